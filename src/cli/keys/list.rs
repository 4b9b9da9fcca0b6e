//! `keypool keys list`.

use clap::Args;

use super::record::{RevealArgs, key_records};
use crate::cli::CommandError;
use crate::cli::output::{self, OutputArgs};
use crate::cli::session::Session;
use crate::ops;
use crate::ops::listing::TenantKeyRecord;

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
    #[command(flatten)]
    reveal: RevealArgs,
    #[command(flatten)]
    output: OutputArgs,
}

impl ListKeys {
    pub(super) async fn run(&self, session: &Session) -> Result<(), CommandError> {
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
}
