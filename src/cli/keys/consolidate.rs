//! `keypool keys consolidate`.

use clap::Args;
use keypool_domain::Change;

use super::chosen::{ChosenArgs, LeaveArgs};
use crate::cli::Stop;
use crate::cli::session::Session;

/// Let siloed tenant keys share the pool of their plan; their own API keys go
#[derive(Debug, Args)]
pub(super) struct Consolidate {
    #[command(flatten)]
    leave: LeaveArgs,
    #[command(flatten)]
    chosen: ChosenArgs,
}

impl Consolidate {
    pub(super) async fn run(&self, session: &Session) -> Result<(), Stop> {
        let before = session.inventory().await?;
        let change = Change::Consolidate { rows: self.chosen.keys.rows(), others: self.leave.others() };
        self.chosen.relocate(session, &before, &change).await
    }
}
