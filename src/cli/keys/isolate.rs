//! `keypool keys isolate`.

use clap::Args;
use keypool_domain::Change;

use super::chosen::ChosenArgs;
use crate::cli::Stop;
use crate::cli::session::Session;

/// Give pooled tenant keys API keys of their own, in the same plan
#[derive(Debug, Args)]
pub(super) struct Isolate {
    #[command(flatten)]
    chosen: ChosenArgs,
}

impl Isolate {
    pub(super) async fn run(&self, session: &Session) -> Result<(), Stop> {
        let before = session.inventory().await?;
        self.chosen.relocate(session, &before, &Change::Isolate(self.chosen.keys.rows())).await
    }
}
