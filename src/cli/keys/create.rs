//! `keypool keys create`.

use clap::Args;
use keypool_domain::{Change, NewKey, NewKeys, Tenant};

use super::record::{RevealArgs, records};
use crate::cli::Stop;
use crate::cli::output::{self, OutputArgs};
use crate::cli::session::Session;
use crate::cli::writing::{self, WritingArgs};

/// Create keys for a tenant: with API keys of their own, or out of the plan's pool
#[derive(Debug, Args)]
pub(super) struct Create {
    /// The usage plan
    #[arg(long, value_name = "NAME|ID")]
    plan: String,
    /// Who pays
    #[arg(long, value_name = "TENANT")]
    tenant: String,
    /// The key's name; of several, each ends in a number from 1
    #[arg(long, value_name = "NAME")]
    name: String,
    /// Free text
    #[arg(long, value_name = "TEXT", default_value = "")]
    description: String,
    /// Create it disabled
    #[arg(long)]
    disabled: bool,
    /// How many
    #[arg(long, value_name = "NUMBER", default_value_t = 1)]
    count: u32,
    #[command(flatten)]
    writing: WritingArgs,
    #[command(flatten)]
    reveal: RevealArgs,
    #[command(flatten)]
    output: OutputArgs,
}

impl Create {
    pub(super) async fn run(&self, session: &Session) -> Result<(), Stop> {
        let before = session.inventory().await?;
        let key = NewKey {
            plan: before.find_plan(&self.plan)?.id.clone(),
            tenant: Tenant::new(self.tenant.as_str()),
            name: self.name.clone(),
            description: self.description.clone(),
            enabled: !self.disabled,
        };
        let change = Change::Create(NewKeys { key, count: self.count });
        let format = self.output.output;
        let Some(applied) = writing::carry_out(session, &before, &change, self.writing, format).await? else {
            return Ok(());
        };
        let after = writing::read_back(session, &applied.created).await?;
        let created = applied.created.iter().filter_map(|id| after.row(id));
        output::list(&records(created, self.reveal, session, &after, format).await?, format)
    }
}
