//! `keypool setup tables`.

use clap::Args;
use keypool_domain::{Announcement, ApiChange, Change, Inventory};
use serde::Serialize;

use crate::cli::announced::NOTHING;
use crate::cli::output::{self, OutputArgs, Record};
use crate::cli::session::Session;
use crate::cli::writing::{self, WritingArgs};
use crate::cli::{Stop, announced};
use crate::ops::{self, TablesSetUp};

/// Make the DynamoDB tables that are missing, with their indexes
#[derive(Debug, Args)]
pub(super) struct Tables {
    #[command(flatten)]
    writing: WritingArgs,
    #[command(flatten)]
    output: OutputArgs,
}

#[derive(Debug, Serialize)]
struct TableRecord<'a> {
    table: &'a str,
    state: &'static str,
}

impl Record for TableRecord<'_> {
    const FIELDS: &'static [&'static str] = &["table", "state"];
    const TABLE: &'static [(&'static str, &'static str)] = &[("table", "table"), ("state", "state")];
}

impl Tables {
    pub(super) async fn run(&self, session: &Session) -> Result<(), Stop> {
        let format = self.output.output;
        let planned = ops::planned_tables(&session.aws).await?;
        let announcement = announcement(&planned, session)?;
        if self.writing.dry_run {
            return announced::print_with(&announcement, format, "tables", &records(&planned, "missing"));
        }
        if planned.created.is_empty() {
            return output::list(&records(&planned, "missing"), format);
        }
        writing::agree(session, &announcement, self.writing).await?;
        let set_up = ops::setup_tables(&session.aws, &session.run).await;
        session.clear_progress();
        output::list(&records(&set_up?, "created"), format)
    }
}

fn announcement(planned: &TablesSetUp, session: &Session) -> Result<Announcement, Stop> {
    if planned.created.is_empty() {
        return Ok(Announcement::merged(NOTHING, []));
    }
    let change = Change::from(ApiChange::MakeTables(planned.created.clone()));
    Ok(Announcement::new(&change, &Inventory::empty(session.aws.now()))?)
}

fn records<'a>(set_up: &'a TablesSetUp, state: &'static str) -> Vec<TableRecord<'a>> {
    let record = |table: &'a str, state| TableRecord { table, state };
    let created = set_up.created.iter().map(|table| record(table.as_str(), state));
    let existing = set_up.existing.iter().map(|table| record(table.as_str(), "existing"));
    created.chain(existing).collect()
}
