//! Arguments shared by the commands that change given tenant keys.

use clap::Args;
use keypool_domain::change::OtherPlans;
use keypool_domain::{Change, Expiry, Inventory, TenantKeyId};

use super::record::{RevealArgs, key_records};
use crate::cli::CommandError;
use crate::cli::apply::{self, WriteArgs};
use crate::cli::output::{self, OutputArgs};
use crate::cli::session::Session;
use crate::ops::ExpiryArg;

#[derive(Debug, Args)]
pub(super) struct KeyIds {
    /// IDs of the tenant keys, as listed by `keypool keys list`
    #[arg(value_name = "ID", required = true)]
    ids: Vec<String>,
}

/// What to do with the usage plans of the API keys that the target does not cover.
#[derive(Debug, Clone, Copy, Args)]
pub(super) struct OtherPlanArgs {
    /// Let tenants lose the other plans of their API keys that the target does not cover
    #[arg(long)]
    leave_other_plans: bool,
}

impl OtherPlanArgs {
    pub(super) const fn other_plans(self) -> OtherPlans {
        if self.leave_other_plans { OtherPlans::Leave } else { OtherPlans::Refuse }
    }
}

/// The end that `--expires` gives, which must not have passed.
pub(super) fn expiry_of(
    expires: Option<ExpiryArg>,
    session: &Session,
) -> Result<Option<Expiry>, CommandError> {
    let expiry = expires.map(|expires| expires.expiry(session.aws.now())).transpose();
    expiry.map_err(|why| {
        CommandError::usage(format!("--expires: {why}"), "`keypool keys edit` changes it later")
    })
}

#[derive(Debug, Args)]
pub(super) struct KeyChangeArgs {
    #[command(flatten)]
    pub(super) keys: KeyIds,
    #[command(flatten)]
    pub(super) writing: WriteArgs,
    #[command(flatten)]
    pub(super) reveal: RevealArgs,
    #[command(flatten)]
    pub(super) output: OutputArgs,
}

impl KeyIds {
    /// Returns each id once, in the order given.
    pub(super) fn tenant_key_ids(&self) -> Vec<TenantKeyId> {
        let mut tenant_keys: Vec<TenantKeyId> = Vec::new();
        for id in &self.ids {
            let tenant_key = TenantKeyId::new(id.as_str());
            if !tenant_keys.contains(&tenant_key) {
                tenant_keys.push(tenant_key);
            }
        }
        tenant_keys
    }
}

impl KeyChangeArgs {
    /// Applies a change that moves keys, and lists the moved keys as they are afterwards.
    pub(super) async fn apply_and_list(
        &self,
        session: &Session,
        before: &Inventory,
        change: &Change,
    ) -> Result<(), CommandError> {
        let format = self.output.output;
        let Some(applied) = apply::apply_change(session, before, change, self.writing, format).await? else {
            return Ok(());
        };
        let after = apply::read_back(session, &applied.moved).await?;
        let moved = applied.moved.iter().filter_map(|id| after.tenant_key(id));
        output::list(&key_records(moved, self.reveal, session, &after, format).await?, format)?;
        Ok(())
    }
}
