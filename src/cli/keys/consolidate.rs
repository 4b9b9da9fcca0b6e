//! `keypool keys consolidate`.

use clap::Args;
use keypool_domain::Change;

use super::chosen::ChosenArgs;
use crate::cli::Stop;
use crate::cli::session::Session;

/// Let siloed tenant keys share the pool of their plan; their own API keys go
#[derive(Debug, Args)]
pub(super) struct Consolidate {
    #[command(flatten)]
    chosen: ChosenArgs,
}

impl Consolidate {
    pub(super) async fn run(&self, session: &Session) -> Result<(), Stop> {
        let before = session.inventory().await?;
        self.chosen.relocate(session, &before, &Change::Consolidate(self.chosen.keys.rows())).await
    }
}
