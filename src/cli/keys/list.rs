//! `keypool keys list`.

use clap::Args;
use keypool_domain::ending::{Ending, find_endings};

use super::record::{RevealArgs, key_records};
use crate::cli::CommandError;
use crate::cli::output::{self, OutputArgs};
use crate::cli::session::Session;
use crate::ops;
use crate::ops::listing::{EndingRecord, TenantKeyRecord};

/// List tenant keys
///
/// With --plan or --tenant, only these are read, if keypool's Keys table has its indexes.
#[derive(Debug, Args)]
pub(super) struct ListKeys {
    /// List only keys of this usage plan
    #[arg(long, value_name = "NAME|ID")]
    plan: Option<String>,
    /// List only keys of this tenant
    #[arg(long, value_name = "TENANT")]
    tenant: Option<String>,
    /// List the keys that stop working at a known time instead, soonest first: API keys in their grace
    /// period, and tenant keys with an expiry
    #[arg(long, conflicts_with = "reveal")]
    ending: bool,
    #[command(flatten)]
    reveal: RevealArgs,
    #[command(flatten)]
    output: OutputArgs,
}

impl ListKeys {
    pub(super) async fn run(&self, session: &Session) -> Result<(), CommandError> {
        if self.ending {
            return self.list_endings(session).await;
        }
        let selection = ops::KeySelection { plan: self.plan.as_deref(), tenant: self.tenant.as_deref() };
        let inventory = session.read_selected_inventory(selection).await?;
        let plan = self.plan.as_deref().map(|plan| inventory.find_plan(plan)).transpose()?;
        let selected = inventory.tenant_keys().iter().filter(|tenant_key| {
            plan.is_none_or(|plan| tenant_key.plan == plan.id)
                && self.tenant.as_deref().is_none_or(|tenant| tenant_key.tenant.as_str() == tenant)
        });
        let format = self.output.output;
        if self.reveal.reveal {
            return output::list(
                &key_records(selected, self.reveal, session, &inventory, format).await?,
                format,
            );
        }
        let record = |tenant_key| TenantKeyRecord::new(tenant_key, &inventory, format.record_format());
        output::long_list(selected.map(record), format)
    }

    /// Without indexes: what replaced a key may belong to any tenant key.
    async fn list_endings(&self, session: &Session) -> Result<(), CommandError> {
        let inventory = session.read_inventory().await?;
        let reading = ops::with_tags_of_replaced_keys(&session.aws, inventory);
        let inventory = session.wait_for(reading).await?;
        let plan = self.plan.as_deref().map(|plan| inventory.find_plan(plan)).transpose()?;
        let is_selected = |ending: &Ending<'_>| {
            plan.is_none_or(|plan| ending.plans().contains(&plan.id))
                && self
                    .tenant
                    .as_deref()
                    .is_none_or(|tenant| ending.tenants().iter().any(|owner| owner.as_str() == tenant))
        };
        let (now, format) = (session.aws.now(), self.output.output);
        let endings = find_endings(&inventory).into_iter().filter(is_selected);
        let records: Vec<_> = endings
            .map(|ending| EndingRecord::new(&ending, &inventory, now, format.record_format()))
            .collect();
        output::list(&records, format)
    }
}
