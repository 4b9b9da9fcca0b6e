//! The only way to stdout: lists as table, JSON or CSV, whose names come from one description of a record.
//!
//! Text from AWS cannot steer a terminal: what is not plain text is written as an escape.

use std::io::{self, IsTerminal, Write};
use std::path::Path;

use clap::{Args, ValueEnum};
use serde::Serialize;
use serde_json::Value;

use super::CommandError;
use crate::ops::listing::{self, Grid, GridColumn, RecordFormat};
use crate::ops::private_file;

pub(super) mod plain;
mod table;

pub(super) use crate::ops::listing::Record;

/// How a list is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum Format {
    /// Columns for people
    #[default]
    Table,
    /// An array of objects
    Json,
    /// A line of names, then a line for each record
    Csv,
}

/// The flag that chooses how a list is written.
#[derive(Debug, Clone, Copy, Default, Args)]
pub struct OutputArgs {
    /// How the result is written
    #[arg(short, long, value_enum, default_value_t, value_name = "FORMAT")]
    pub output: Format,
}

impl Format {
    /// The same for the records.
    pub(super) const fn form(self) -> RecordFormat {
        match self {
            Self::Table => RecordFormat::Table,
            Self::Json => RecordFormat::Json,
            Self::Csv => RecordFormat::Csv,
        }
    }
}

/// Writes a list.
pub(super) fn list<R: Record>(records: &[R], format: Format) -> Result<(), CommandError> {
    let values = listing::to_values(records)?;
    write(&match format {
        Format::Json => listing::to_json(&Value::Array(values))?,
        Format::Csv => csv::<R>(&values)?,
        Format::Table => {
            let column = |(heading, path): &(&str, &str)| GridColumn {
                heading: (*heading).into(),
                path: (*path).into(),
            };
            let columns = R::COLUMNS.iter().map(column).collect();
            table::render_table(&Grid::new(columns, R::FIELDS, &values, ["yes", "no"]))
        }
    })
}

/// Writes one record: in JSON as an object, otherwise as a list of one.
pub(super) fn record<R: Record>(record: &R, format: Format) -> Result<(), CommandError> {
    match format {
        Format::Json => write(&listing::to_json(&serde_json::to_value(record).map_err(io::Error::from)?)?),
        _ => list(std::slice::from_ref(record), format),
    }
}

/// Writes a document whose form is another's.
pub(super) fn document(document: &impl Serialize) -> Result<(), CommandError> {
    write(&listing::to_json(&serde_json::to_value(document).map_err(io::Error::from)?)?)
}

/// Writes text of our own as it stands.
pub(super) fn text(text: &str) -> Result<(), CommandError> {
    write(text)
}

/// Writes a new file that its owner alone may read; one that is there is left alone.
pub(super) fn file(path: &Path, text: &str) -> Result<(), CommandError> {
    private_file::create_new(path, text)
        .map_err(|why| CommandError::Io { what: format!("{} cannot be written", path.display()), why })
}

/// Tells the person at the terminal something that is not data.
pub(super) fn note(text: &str) {
    // Nobody is left to tell when stderr is closed.
    let _ = writeln!(io::stderr(), "{}", plain::escape_lines(text));
}

/// Asks on stderr, so that a question never stands among the data.
pub(super) fn prompt(text: &str) -> io::Result<()> {
    let mut stderr = io::stderr();
    write!(stderr, "{text}").and_then(|()| stderr.flush())
}

/// Shows how far something is on the last line of the terminal; empty text takes the line away.
pub(super) fn progress(text: &str) {
    let mut stderr = io::stderr();
    if stderr.is_terminal() {
        // Nobody is left to tell when stderr is closed.
        let _ = write!(stderr, "\r\u{1b}[2K{}", plain::escape_line(text)).and_then(|()| stderr.flush());
    }
}

/// What a person sees cannot steer the terminal; a file holds what it is about.
fn csv<R: Record>(values: &[Value]) -> io::Result<String> {
    let is_seen = io::stdout().is_terminal();
    listing::to_csv::<R>(values, |cell| if is_seen { plain::escape_line(&cell) } else { cell.into_owned() })
}

fn write(text: &str) -> Result<(), CommandError> {
    let mut stdout = io::stdout().lock();
    stdout.write_all(text.as_bytes())?;
    stdout.flush()?;
    Ok(())
}
