//! The only way to stdout: lists as table, JSON or CSV, whose names come from one description of a record.
//!
//! Text from AWS cannot steer a terminal: what is not plain text is written as an escape.

use std::borrow::Cow;
use std::io::{self, IsTerminal, Write};
use std::path::Path;

use clap::{Args, ValueEnum};
use keypool_domain::text;
use serde::Serialize;
use serde_json::Value;

use super::Stop;

mod flat;
pub(super) mod plain;

use flat::{Column, Grid};

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

/// Something that is listed: its JSON is its definition, and table and CSV are taken from that.
pub(super) trait Record: Serialize {
    /// Paths of the fields in the JSON, in the order of the CSV; a list of objects becomes several lines.
    const FIELDS: &'static [&'static str];
    /// Those that the table shows, each with its heading.
    const TABLE: &'static [(&'static str, &'static str)];
}

/// Writes a list.
pub(super) fn list<R: Record>(records: &[R], format: Format) -> Result<(), Stop> {
    let written = records.iter().map(serde_json::to_value).collect::<Result<Vec<_>, _>>();
    let values = written.map_err(io::Error::from)?;
    let column = |heading: &str, path: &str| Column { heading: heading.to_owned(), path: path.to_owned() };
    write(&match format {
        Format::Json => json(&Value::Array(values))?,
        Format::Csv => {
            let columns = R::FIELDS.iter().map(|path| column(path, path)).collect();
            csv(&Grid::of(columns, R::FIELDS, &values, ["true", "false"]))?
        }
        Format::Table => {
            let columns = R::TABLE.iter().map(|(heading, path)| column(heading, path)).collect();
            Grid::of(columns, R::FIELDS, &values, ["yes", "no"]).table()
        }
    })
}

/// Writes one record: in JSON as an object, otherwise as a list of one.
pub(super) fn one<R: Record>(record: &R, format: Format) -> Result<(), Stop> {
    match format {
        Format::Json => write(&json(&serde_json::to_value(record).map_err(io::Error::from)?)?),
        _ => list(std::slice::from_ref(record), format),
    }
}

/// Writes a document whose form is another's.
pub(super) fn document(document: &impl Serialize) -> Result<(), Stop> {
    write(&json(&serde_json::to_value(document).map_err(io::Error::from)?)?)
}

/// Writes text of our own as it stands.
pub(super) fn text(text: &str) -> Result<(), Stop> {
    write(text)
}

/// Writes a new file that its owner alone may read; one that is there is left alone.
pub(super) fn file(path: &Path, text: &str) -> Result<(), Stop> {
    let failed = |why| Stop::Io { what: format!("{} cannot be written", path.display()), why };
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path).map_err(failed)?;
    file.write_all(text.as_bytes()).and_then(|()| file.sync_all()).map_err(failed)
}

/// A decimal number: one of JSON, which has no trailing zeros, and elsewhere as it is written.
pub(super) fn number(text: &str, format: Format) -> Value {
    let number = (format == Format::Json).then(|| text.parse().ok().map(Value::Number)).flatten();
    number.unwrap_or_else(|| text.into())
}

/// Tells the person at the terminal something that is not data.
pub(super) fn note(text: &str) {
    // Nobody is left to tell when stderr is closed.
    let _ = writeln!(io::stderr(), "{}", plain::lines(text));
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
        let _ = write!(stderr, "\r\u{1b}[2K{}", plain::line(text)).and_then(|()| stderr.flush());
    }
}

fn json(value: &Value) -> Result<String, Stop> {
    let text = serde_json::to_string_pretty(value).map_err(io::Error::from)?;
    Ok(plain::json(&text) + "\n")
}

fn csv(grid: &Grid) -> Result<String, Stop> {
    let is_seen = io::stdout().is_terminal();
    let mut writer = ::csv::Writer::from_writer(Vec::new());
    let mut line = |cells: &[String]| {
        let cells = cells.iter().map(|cell| guarded(cell));
        let cells = cells.map(|cell| if is_seen { plain::line(&cell) } else { cell.into_owned() });
        writer.write_record(cells).map_err(io::Error::other)
    };
    line(&grid.headings)?;
    grid.rows.iter().try_for_each(|row| line(row))?;
    let bytes = writer.into_inner().map_err(|e| io::Error::other(e.to_string()))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// A number is never taken for a formula, other text may be.
fn guarded(cell: &str) -> Cow<'_, str> {
    if cell.parse::<f64>().is_ok() { Cow::Borrowed(cell) } else { text::guarded(cell) }
}

fn write(text: &str) -> Result<(), Stop> {
    let mut stdout = io::stdout().lock();
    stdout.write_all(text.as_bytes())?;
    stdout.flush()?;
    Ok(())
}
