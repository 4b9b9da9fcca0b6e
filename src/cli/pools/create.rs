//! `keypool pools create`.

use clap::Args;
use keypool_domain::setup::DEFAULT_CAPACITY;
use keypool_domain::{ApiKeyId, Change, NewPoolRequest, Strategy};

use super::list;
use crate::cli::CommandError;
use crate::cli::change_args::ChangeArgs;
use crate::cli::session::Session;

/// Create the pool of a usage plan from its API keys, new ones, or both
#[derive(Debug, Args)]
pub(super) struct CreatePool {
    /// Usage plan
    #[arg(value_name = "PLAN")]
    plan: String,
    /// ID of an API key that tenants will share; may be repeated
    #[arg(long = "key", value_name = "API KEY ID", required_unless_present = "new_keys")]
    api_keys: Vec<String>,
    /// Number of API keys to create for the pool
    #[arg(long = "new", value_name = "NUMBER", default_value_t = 0)]
    new_keys: u32,
    /// How new tenants are assigned to keys: least-tenants, least-used, sticky or random
    #[arg(long, value_name = "STRATEGY", default_value_t)]
    strategy: Strategy,
    /// Maximum number of tenant keys per API key
    #[arg(long, value_name = "NUMBER", default_value_t = DEFAULT_CAPACITY)]
    capacity: u32,
    #[command(flatten)]
    change: ChangeArgs,
}

impl CreatePool {
    pub(super) async fn run(&self, session: &Session) -> Result<(), CommandError> {
        let change = |plan| {
            Change::CreatePool(NewPoolRequest {
                plan,
                api_keys: self.api_keys.iter().map(|id| ApiKeyId::new(id.as_str())).collect(),
                new_keys: self.new_keys,
                strategy: self.strategy,
                capacity: self.capacity,
            })
        };
        self.change.change_plan(session, &self.plan, change, list::print).await
    }
}
