//! `keypool setup tables`.

use clap::Args;
use keypool_domain::{Announcement, ApiChange, Change, Inventory};

use crate::cli::announcement::NOTHING_TO_DO;
use crate::cli::apply::{self, WriteArgs};
use crate::cli::output::{self, OutputArgs, records};
use crate::cli::session::Session;
use crate::cli::{CommandError, announcement};
use crate::ops::{self, TableSetup};

/// Create missing DynamoDB tables with their indexes
#[derive(Debug, Args)]
pub(super) struct CreateTables {
    #[command(flatten)]
    writing: WriteArgs,
    #[command(flatten)]
    output: OutputArgs,
}

records! {
    struct TableRecord<'a> {
        table: &'a str => "table",
        state: &'static str => "state",
    }
}

impl CreateTables {
    pub(super) async fn run(&self, session: &Session) -> Result<(), CommandError> {
        let format = self.output.output;
        let planned = ops::plan_tables(&session.aws).await?;
        let announcement = announce_tables(&planned, session)?;
        if self.writing.dry_run {
            return announcement::print_with_list(
                &announcement,
                format,
                "tables",
                &table_records(&planned, "missing"),
            );
        }
        if planned.created.is_empty() {
            return output::list(&table_records(&planned, "missing"), format);
        }
        apply::confirm(session, &announcement, self.writing).await?;
        let setup = session.wait_for(ops::setup_tables(&session.aws, &session.run)).await?;
        output::list(&table_records(&setup, "created"), format)
    }
}

fn announce_tables(planned: &TableSetup, session: &Session) -> Result<Announcement, CommandError> {
    if planned.created.is_empty() {
        return Ok(Announcement::merge(NOTHING_TO_DO, []));
    }
    let change = Change::from(ApiChange::CreateTables(planned.created.clone()));
    Ok(Announcement::new(&change, &Inventory::empty(session.aws.now()))?)
}

fn table_records<'a>(setup: &'a TableSetup, state: &'static str) -> Vec<TableRecord<'a>> {
    let record = |table: &'a str, state| TableRecord { table, state };
    let created = setup.created.iter().map(|table| record(table.as_str(), state));
    let existing = setup.existing.iter().map(|table| record(table.as_str(), "existing"));
    created.chain(existing).collect()
}
