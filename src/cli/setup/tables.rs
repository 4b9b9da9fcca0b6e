//! `keypool setup tables`.

use clap::Args;
use keypool_domain::{Announcement, ApiChange, Change, Inventory, TableStep};

use crate::cli::announcement::NOTHING_TO_DO;
use crate::cli::apply::{self, WriteArgs};
use crate::cli::output::{self, OutputArgs, records};
use crate::cli::session::Session;
use crate::cli::{CommandError, announcement};
use crate::ops::{self, TableSetup};

/// Create missing DynamoDB tables, and bring the indexes of existing ones up to date
///
/// A new index is filled by DynamoDB, and only then is the one that it replaces removed. Keys and calls
/// work meanwhile. Ctrl-C stops waiting; the next run continues.
#[derive(Debug, Args)]
pub(super) struct SetUpTables {
    #[command(flatten)]
    writing: WriteArgs,
    #[command(flatten)]
    output: OutputArgs,
}

records! {
    struct TableRecord<'a> {
        table: &'a str => "table",
        /// Null for the table itself.
        index: Option<&'a str> => "index",
        state: &'static str => "state",
    }
}

impl SetUpTables {
    pub(super) async fn run(&self, session: &Session) -> Result<(), CommandError> {
        let format = self.output.output;
        let planned = ops::plan_tables(&session.aws).await?;
        let announcement = announce_tables(&planned, session)?;
        if self.writing.dry_run {
            return announcement::print_with_list(
                &announcement,
                format,
                "tables",
                &table_records(&planned, Tense::Planned),
            );
        }
        if planned.steps.is_empty() {
            return output::list(&table_records(&planned, Tense::Planned), format);
        }
        apply::confirm(session, &announcement, self.writing).await?;
        let setup = session.wait_for(ops::setup_tables(&session.aws, &session.run)).await?;
        output::list(&table_records(&setup, Tense::Done), format)
    }
}

fn announce_tables(planned: &TableSetup, session: &Session) -> Result<Announcement, CommandError> {
    if planned.steps.is_empty() {
        return Ok(Announcement::merge(NOTHING_TO_DO, []));
    }
    let change = Change::from(ApiChange::SetUpTables(planned.steps.clone()));
    Ok(Announcement::new(&change, &Inventory::empty(session.aws.now()))?)
}

/// Whether steps are still to be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Tense {
    Planned,
    Done,
}

fn table_records(setup: &TableSetup, tense: Tense) -> Vec<TableRecord<'_>> {
    let created = setup.steps.iter().filter(|step| matches!(step, TableStep::Create { .. }));
    let indexes = setup.steps.iter().filter(|step| !matches!(step, TableStep::Create { .. }));
    let existing = setup.existing.iter().map(|table| TableRecord { table, index: None, state: "existing" });
    let record = |step| step_record(step, tense);
    created.map(record).chain(existing).chain(indexes.map(record)).collect()
}

fn step_record(step: &TableStep, tense: Tense) -> TableRecord<'_> {
    let (index, planned, done) = match step {
        TableStep::Create { .. } => (None, "missing", "created"),
        TableStep::AddIndex { index, .. } => (Some(index.as_str()), "missing", "added"),
        TableStep::RemoveIndex { index, .. } => (Some(index.as_str()), "outdated", "removed"),
    };
    let state = match tense {
        Tense::Planned => planned,
        Tense::Done => done,
    };
    TableRecord { table: step.table(), index, state }
}
