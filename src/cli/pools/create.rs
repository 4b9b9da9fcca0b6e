//! `keypool pools create`.

use clap::Args;
use keypool_domain::setup::DEFAULT_CAPACITY;
use keypool_domain::{ApiKeyId, Change, NewPoolRequest, Strategy};

use super::list;
use crate::cli::CommandError;
use crate::cli::change_args::ChangeArgs;
use crate::cli::session::Session;

/// Turn API keys of a usage plan into its pool, or new ones
#[derive(Debug, Args)]
pub(super) struct CreatePool {
    /// The usage plan
    #[arg(value_name = "PLAN")]
    plan: String,
    /// The API keys that its tenants will share: ids, as often as there are keys
    #[arg(long = "key", value_name = "API KEY ID", required_unless_present = "new_keys")]
    api_keys: Vec<String>,
    /// How many API keys are made for it, besides
    #[arg(long = "new", value_name = "NUMBER", default_value_t = 0)]
    new_keys: u32,
    /// How a new tenant gets its key: least-tenants, least-used, sticky or random
    #[arg(long, value_name = "STRATEGY", default_value_t)]
    strategy: Strategy,
    /// The most tenant keys behind one API key
    #[arg(long, value_name = "NUMBER", default_value_t = DEFAULT_CAPACITY)]
    capacity: u32,
    #[command(flatten)]
    changed: ChangeArgs,
}

impl CreatePool {
    pub(super) async fn run(&self, session: &Session) -> Result<(), CommandError> {
        let before = session.read_inventory().await?;
        let plan = before.find_plan(&self.plan)?.id.clone();
        let change = Change::CreatePool(NewPoolRequest {
            plan,
            api_keys: self.api_keys.iter().map(|id| ApiKeyId::new(id.as_str())).collect(),
            new_keys: self.new_keys,
            strategy: self.strategy,
            capacity: self.capacity,
        });
        self.changed.apply_and_list(session, &before, &change, list::print).await
    }
}
