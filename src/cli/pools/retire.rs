//! `keypool pools retire`.

use clap::Args;
use keypool_domain::{ApiKeyId, Change};

use super::list;
use crate::cli::Stop;
use crate::cli::changed::ChangedArgs;
use crate::cli::session::Session;

/// Delete an API key that another took the place of
#[derive(Debug, Args)]
pub(super) struct Retire {
    /// The API key that was replaced
    #[arg(value_name = "API KEY ID")]
    api_key: String,
    #[command(flatten)]
    changed: ChangedArgs,
}

impl Retire {
    pub(super) async fn run(&self, session: &Session) -> Result<(), Stop> {
        let before = session.inventory().await?;
        let change = Change::Retire(ApiKeyId::new(self.api_key.as_str()));
        self.changed.carry_out(session, &before, &change, list::print).await
    }
}
