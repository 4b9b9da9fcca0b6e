//! The only way to stdout: lists as table, JSON or CSV, with the fields and columns of a [`Record`].
//!
//! Text from AWS is escaped so that it cannot control the terminal.

use std::io::{self, IsTerminal, Write};
use std::path::Path;

use clap::{Args, ValueEnum};
use serde::Serialize;
use serde_json::Value;

use super::CommandError;
use crate::ops::listing::{self, RecordFormat};
use crate::ops::private_file;

mod parts;
pub(super) mod plain;
mod table;

use parts::Parts;

pub(super) use crate::ops::listing::{Record, records};

/// The most records of a long list that are in memory at a time.
const RECORDS_OF_A_PART: usize = 1_000;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum Format {
    /// Columns for people
    #[default]
    Table,
    /// An array of objects
    Json,
    /// A header line, then a line per record
    Csv,
}

#[derive(Debug, Clone, Copy, Default, Args)]
pub struct OutputArgs {
    /// Output format
    #[arg(short, long, value_enum, default_value_t, value_name = "FORMAT")]
    pub output: Format,
}

impl Format {
    /// The corresponding format of records.
    pub(super) const fn record_format(self) -> RecordFormat {
        match self {
            Self::Table => RecordFormat::Table,
            Self::Json => RecordFormat::Json,
            Self::Csv => RecordFormat::Csv,
        }
    }
}

pub(super) fn list<R: Record>(records: &[R], format: Format) -> Result<(), CommandError> {
    let values = listing::to_values(records)?;
    write(&match format {
        Format::Json => listing::to_json(&Value::Array(values))?,
        Format::Csv => csv::<R>(&values)?,
        Format::Table => table::render_table(&listing::to_table::<R>(&values), terminal_cells()),
    })
}

/// Prints records of which only some are in memory at a time. All have the same fields.
pub(super) fn long_list<R: Record>(
    records: impl Iterator<Item = R> + Clone,
    format: Format,
) -> Result<(), CommandError> {
    let parts = Parts { records, max_len: RECORDS_OF_A_PART };
    match format {
        Format::Json => parts.print_json(&mut write),
        Format::Csv => parts.print_csv(&mut write),
        Format::Table => parts.print_table(terminal_cells(), &mut write),
    }
}

/// Prints one record: an object in JSON, otherwise a list of one.
pub(super) fn record<R: Record>(record: &R, format: Format) -> Result<(), CommandError> {
    match format {
        Format::Json => write(&listing::to_json(&serde_json::to_value(record).map_err(io::Error::from)?)?),
        _ => list(std::slice::from_ref(record), format),
    }
}

/// Prints a document that is not a [`Record`], such as an IAM policy, as JSON.
pub(super) fn document(document: &impl Serialize) -> Result<(), CommandError> {
    write(&listing::to_json(&serde_json::to_value(document).map_err(io::Error::from)?)?)
}

/// Prints text unescaped.
pub(super) fn text(text: &str) -> Result<(), CommandError> {
    write(text)
}

/// Prints text exactly; on a terminal, without characters that control it.
pub(super) fn exact_text(text: &str) -> Result<(), CommandError> {
    if io::stdout().is_terminal() { write(&plain::escape_lines(text)) } else { write(text) }
}

/// Writes a new file that only its owner may read. Fails if it exists.
pub(super) fn file(path: &Path, text: &str) -> Result<(), CommandError> {
    private_file::create_new(path, text).map_err(CommandError::cannot_write(path))
}

/// Prints a note to stderr.
pub(super) fn note(text: &str) {
    // If stderr is closed, there is nowhere to report it.
    let _ = writeln!(io::stderr(), "{}", plain::escape_lines(text));
}

/// Prints remarks to stderr, one line each.
pub(super) fn remarks<T: std::fmt::Display>(remarks: impl IntoIterator<Item = T>) {
    remarks.into_iter().for_each(|remark| note(&format!("note: {remark}")));
}

/// Prints a prompt to stderr, so that it never mixes with the data on stdout.
pub(super) fn prompt(text: &str) -> io::Result<()> {
    let mut stderr = io::stderr();
    write!(stderr, "{text}").and_then(|()| stderr.flush())
}

/// Shows progress on the last line of the terminal; an empty text clears it.
pub(super) fn progress(text: &str) {
    let mut stderr = io::stderr();
    if stderr.is_terminal() {
        // If stderr is closed, there is nowhere to report it.
        let _ = write!(stderr, "\r\u{1b}[2K{}", plain::escape_line(text)).and_then(|()| stderr.flush());
    }
}

/// The width of the terminal that stdout is connected to.
fn terminal_cells() -> Option<usize> {
    let (columns, _) = io::stdout().is_terminal().then(crossterm::terminal::size)?.ok()?;
    Some(columns.into())
}

/// Formats records as CSV. On a terminal, cells are escaped; files and pipes get the original text.
fn csv<R: Record>(values: &[Value]) -> io::Result<String> {
    let is_terminal = io::stdout().is_terminal();
    listing::to_csv::<R>(
        values,
        |cell| if is_terminal { plain::escape_line(&cell) } else { cell.into_owned() },
    )
}

fn write(text: &str) -> Result<(), CommandError> {
    let mut stdout = io::stdout().lock();
    stdout.write_all(text.as_bytes())?;
    stdout.flush()?;
    Ok(())
}
