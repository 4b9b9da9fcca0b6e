//! `keypool keys rotate`.

use clap::Args;
use keypool_domain::Change;

use super::chosen::ChosenArgs;
use crate::cli::Stop;
use crate::cli::session::Session;
use crate::ops::Grace;

/// Give siloed tenant keys other API keys; the rows get other ids, and the old values go
#[derive(Debug, Args)]
pub(super) struct Rotate {
    /// How long the old values still work, for example 15m, 24h or 7d; 0 ends them at once
    #[arg(long, value_name = "TIME")]
    grace: Grace,
    #[command(flatten)]
    chosen: ChosenArgs,
}

impl Rotate {
    pub(super) async fn run(&self, session: &Session) -> Result<(), Stop> {
        let before = session.inventory().await?;
        let change = Change::Rotate { rows: self.chosen.keys.rows(), grace: self.grace.seconds() };
        self.chosen.relocate(session, &before, &change).await
    }
}
