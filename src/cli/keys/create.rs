//! `keypool keys create`.

use clap::Args;
use keypool_domain::{Change, Expiry, NewTenantKey, NewTenantKeys, Tenant};

use super::key_args::expiry_of;
use super::record::{RevealArgs, key_records};
use crate::cli::CommandError;
use crate::cli::apply::{self, WriteArgs};
use crate::cli::output::{self, OutputArgs};
use crate::cli::session::Session;
use crate::ops::ExpiryArg;

/// Create keys for a tenant: with their own API keys, or from the plan's pool
#[derive(Debug, Args)]
pub(super) struct CreateKeys {
    /// Usage plan
    #[arg(long, value_name = "NAME|ID")]
    plan: String,
    /// Tenant that owns the keys
    #[arg(long, value_name = "TENANT")]
    tenant: String,
    /// Name of the key; several keys are numbered from 1
    #[arg(long, value_name = "NAME")]
    name: String,
    /// Description
    #[arg(long, value_name = "TEXT", default_value = "")]
    description: String,
    /// Create the key disabled
    #[arg(long)]
    disabled: bool,
    /// When the tenant loses access, for example 2026-12-31 (00:00 UTC) or 2026-12-31T18:00:00Z;
    /// `keypool keys retire --due` disables the key then
    #[arg(long, value_name = "TIME")]
    expires: Option<ExpiryArg>,
    /// Number of keys
    #[arg(long, value_name = "NUMBER", default_value_t = 1)]
    count: u32,
    #[command(flatten)]
    writing: WriteArgs,
    #[command(flatten)]
    reveal: RevealArgs,
    #[command(flatten)]
    output: OutputArgs,
}

impl CreateKeys {
    pub(super) async fn run(&self, session: &Session) -> Result<(), CommandError> {
        let before = session.read_inventory_for_change(&[]).await?;
        let template = NewTenantKey {
            plan: before.find_plan(&self.plan)?.id.clone(),
            tenant: Tenant::new(self.tenant.as_str()),
            name: self.name.clone(),
            description: self.description.clone(),
            enabled: !self.disabled,
            expires_at: expiry_of(self.expires, session)?.and_then(Expiry::time),
        };
        let change = Change::Create(NewTenantKeys { template, count: self.count });
        let format = self.output.output;
        let Some(applied) = apply::apply_change(session, &before, &change, self.writing, format).await?
        else {
            return Ok(());
        };
        let after = apply::read_back(session, &applied.created).await?;
        let created = applied.created.iter().filter_map(|id| after.tenant_key(id));
        output::list(&key_records(created, self.reveal, session, &after, format).await?, format)
    }
}
