//! `keypool setup tables`.

use clap::Args;
use serde::Serialize;

use crate::cli::output::{self, OutputArgs, Record};
use crate::cli::session::Session;
use crate::cli::writing::{self, WritingArgs};
use crate::cli::{Format, Stop};
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
        if self.writing.dry_run || planned.created.is_empty() {
            return print(&planned, "missing", format);
        }
        session.may_write()?;
        if !self.writing.yes {
            writing::ask(session, &format!("create the DynamoDB tables {}", planned.created.join(", ")))
                .await?;
        }
        let set_up = ops::setup_tables(&session.aws, &session.run).await;
        session.clear_progress();
        print(&set_up?, "created", format)
    }
}

fn print(set_up: &TablesSetUp, state: &'static str, format: Format) -> Result<(), Stop> {
    let record = |table, state| TableRecord { table, state };
    let created = set_up.created.iter().map(|table| record(table.as_str(), state));
    let existing = set_up.existing.iter().map(|table| record(table.as_str(), "existing"));
    output::list(&created.chain(existing).collect::<Vec<_>>(), format)
}
