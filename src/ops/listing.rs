//! Records for scripts and files: CSV and JSON from one description, for both front ends.

mod alerts;
mod charges;
mod endings;
mod findings;
mod format;
mod grid;
mod keys;
mod plans;
mod pools;
pub(crate) mod record;
pub(crate) mod usage;

use std::borrow::Cow;
use std::io;

use keypool_domain::text;
use serde_json::Value;

pub(crate) use alerts::AlertRecord;
pub(crate) use charges::charge_records;
pub(crate) use endings::EndingRecord;
pub(crate) use findings::{FindingRecord, step_sentences};
pub(crate) use format::RecordFormat;
pub(crate) use grid::{Contents, Grid, GridColumn};
pub(crate) use keys::TenantKeyRecord;
pub(crate) use plans::PlanRecord;
pub(crate) use pools::PoolRecord;
pub(crate) use record::{Record, records};

pub(crate) fn to_values<R: Record>(records: &[R]) -> io::Result<Vec<Value>> {
    let values = records.iter().map(serde_json::to_value).collect::<Result<_, _>>();
    Ok(values?)
}

/// Formats JSON without characters that control a terminal.
pub(crate) fn to_json(value: &Value) -> io::Result<String> {
    let text = serde_json::to_string_pretty(value)?;
    Ok(format!("{}\n", text::terminal_safe_json(&text)))
}

/// Lays out a table. The columns of fields that only some records have come last.
pub(crate) fn to_table<R: Record>(records: &[Value]) -> Grid {
    Grid::new(record::table_columns::<R>(), &record::csv_paths::<R>(), records, RecordFormat::Table)
}

/// Formats CSV: a header line, then a line per record. `finish_cell` makes the last change to each cell.
pub(crate) fn to_csv<R: Record>(
    records: &[Value],
    finish_cell: impl Fn(Cow<'_, str>) -> String,
) -> io::Result<String> {
    let paths = record::csv_paths::<R>();
    let columns = paths.iter().map(|path| GridColumn { heading: path.clone(), path: path.clone() });
    let grid = Grid::new(columns.collect(), &paths, records, RecordFormat::Csv);
    let mut writer = ::csv::Writer::from_writer(Vec::new());
    let mut line = |cells: &[String]| {
        writer
            .write_record(cells.iter().map(|cell| finish_cell(guard_formula(cell))))
            .map_err(io::Error::other)
    };
    line(&grid.headings)?;
    grid.rows.iter().try_for_each(|row| line(row))?;
    let bytes = writer.into_inner().map_err(|why| io::Error::other(why.to_string()))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// Escapes text that a spreadsheet would take for a formula, except numbers.
fn guard_formula(cell: &str) -> Cow<'_, str> {
    if cell.parse::<f64>().is_ok() { Cow::Borrowed(cell) } else { text::escape_formula(cell) }
}

#[cfg(test)]
mod tests {
    use keypool_domain::text::is_unsafe_in_terminal;

    use super::*;

    #[test]
    fn json_escapes_control_characters_and_parses_to_the_same_value() {
        let value = serde_json::json!({ "name": "a\u{9b}31m\u{202e}\u{1b}\n" });
        let text = to_json(&value).expect("json");
        assert!(text.chars().all(|c| c == '\n' || !is_unsafe_in_terminal(c)), "{text}");
        assert_eq!(serde_json::from_str::<Value>(&text).expect("json"), value);
    }
}
