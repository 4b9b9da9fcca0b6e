//! `keypool pools drain`.

use clap::Args;
use keypool_domain::{ApiKeyId, Change};

use super::list;
use crate::cli::Stop;
use crate::cli::changed::ChangedArgs;
use crate::cli::session::Session;

/// Move the tenants of a pool key to the others, and delete it
#[derive(Debug, Args)]
pub(super) struct Drain {
    /// The pool key, as `keypool pools` names it
    #[arg(value_name = "API KEY ID")]
    api_key: String,
    #[command(flatten)]
    changed: ChangedArgs,
}

impl Drain {
    pub(super) async fn run(&self, session: &Session) -> Result<(), Stop> {
        let before = session.inventory().await?;
        let change = Change::Drain(ApiKeyId::new(self.api_key.as_str()));
        self.changed.carry_out(session, &before, &change, list::print).await
    }
}
