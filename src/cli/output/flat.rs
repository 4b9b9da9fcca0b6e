//! JSON records laid out as a grid: a nested object is a dotted name, a list of objects is several lines.

use serde_json::Value;
use unicode_width::UnicodeWidthStr;

use super::plain;

/// A column: its heading, and the path of its field in the JSON.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Column {
    pub(super) heading: String,
    pub(super) path: String,
}

/// Headings and lines of cells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Grid {
    pub(super) headings: Vec<String>,
    pub(super) rows: Vec<Vec<String>>,
    numeric: Vec<bool>,
}

/// One line of a grid before its columns are chosen.
type Line = Vec<(String, Value)>;

impl Grid {
    /// The chosen columns, then what the records hold beyond their known fields; true and false have words.
    pub(super) fn of(mut columns: Vec<Column>, known: &[&str], records: &[Value], switch: [&str; 2]) -> Self {
        let lines: Vec<Line> = records.iter().flat_map(|record| spread("", record)).collect();
        for (path, _) in lines.iter().flatten() {
            let is_new = columns.iter().all(|column| column.path != *path);
            if is_new && !known.iter().any(|field| is_within(field, path)) {
                columns.push(Column { heading: path.clone(), path: path.clone() });
            }
        }
        let value =
            |line: &Line, path: &str| line.iter().find(|(name, _)| name == path).map(|(_, v)| v.clone());
        let cells = |line: &Line| columns.iter().map(|column| value(line, &column.path)).collect();
        let cells: Vec<Vec<Option<Value>>> = lines.iter().map(cells).collect();
        let told =
            |at: usize| cells.iter().filter_map(move |row| row[at].as_ref()).filter(|cell| !cell.is_null());
        let is_number = |at: usize| {
            told(at).any(Value::is_number) || (told(at).next().is_some() && told(at).all(is_amount))
        };
        Self {
            numeric: (0..columns.len()).map(is_number).collect(),
            rows: cells
                .iter()
                .map(|row| row.iter().map(|value| text(value.as_ref(), switch)).collect())
                .collect(),
            headings: columns.into_iter().map(|column| column.heading).collect(),
        }
    }

    /// Columns for people: two spaces apart, numbers to the right, nothing at the end of a line.
    pub(super) fn table(&self) -> String {
        let head = self.headings.iter().map(|heading| heading.to_uppercase()).collect();
        let rows = self.rows.iter().map(|row| row.iter().map(|cell| plain::line(cell)).collect());
        let lines: Vec<Vec<String>> = std::iter::once(head).chain(rows).collect();
        let width = |at: usize| lines.iter().map(|line| line[at].width()).max().unwrap_or(0);
        let widths: Vec<usize> = (0..self.headings.len()).map(width).collect();
        lines.iter().map(|line| self.line(line, &widths)).collect()
    }

    fn line(&self, cells: &[String], widths: &[usize]) -> String {
        let mut line = String::new();
        for (at, (cell, width)) in cells.iter().zip(widths).enumerate() {
            let gap = " ".repeat(width - cell.width());
            let apart = if at == 0 { "" } else { "  " };
            line +=
                &if self.numeric[at] { format!("{apart}{gap}{cell}") } else { format!("{apart}{cell}{gap}") };
        }
        line.truncate(line.trim_end().len());
        line + "\n"
    }
}

/// Whether it is written as an amount of money is, `49` or `49.90`.
fn is_amount(value: &Value) -> bool {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    value.as_str().is_some_and(|text| match text.split_once('.') {
        Some((whole, hundredths)) => digits(whole) && hundredths.len() == 2 && digits(hundredths),
        None => digits(text),
    })
}

/// Whether a known field is this path, lies below it, or holds it.
fn is_within(field: &str, path: &str) -> bool {
    let below =
        |inner: &str, outer: &str| inner.strip_prefix(outer).is_some_and(|rest| rest.starts_with('.'));
    field == path || below(field, path) || below(path, field)
}

/// The lines that a value takes, each a list of paths and plain values.
fn spread(path: &str, value: &Value) -> Vec<Line> {
    match value {
        Value::Object(fields) => fields.iter().fold(vec![Vec::new()], |lines, (name, field)| {
            let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
            let more = spread(&path, field);
            lines.iter().flat_map(|line| more.iter().map(|rest| [&line[..], &rest[..]].concat())).collect()
        }),
        Value::Array(items) if items.iter().any(Value::is_object) => {
            items.iter().flat_map(|item| spread(path, item)).collect()
        }
        plain => vec![vec![(path.to_owned(), plain.clone())]],
    }
}

fn text(value: Option<&Value>, switch: [&str; 2]) -> String {
    match value {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(Value::Bool(on)) => switch[usize::from(!on)].to_owned(),
        Some(Value::Array(items)) => {
            items.iter().map(|item| text(Some(item), switch)).collect::<Vec<_>>().join(" ")
        }
        Some(other) => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const SWITCH: [&str; 2] = ["yes", "no"];

    fn columns(paths: &[&str]) -> Vec<Column> {
        paths.iter().map(|path| Column { heading: (*path).into(), path: (*path).into() }).collect()
    }

    #[test]
    fn nested_objects_are_dotted_and_lists_of_objects_are_lines() {
        let fields = ["plan", "quota.limit", "keys.id", "keys.tenants"];
        let records = [
            json!({ "plan": "Basic", "quota": { "limit": 5 }, "keys": [{ "id": "a", "tenants": 1 }, { "id": "b", "tenants": 20 }] }),
            json!({ "plan": "Free", "quota": null, "keys": [] }),
        ];
        let grid = Grid::of(columns(&fields), &fields, &records, SWITCH);
        assert_eq!(grid.headings, fields);
        assert_eq!(grid.rows, [["Basic", "5", "a", "1"], ["Basic", "5", "b", "20"], ["Free", "", "", ""]]);
        assert_eq!(
            grid.table(),
            "PLAN   QUOTA.LIMIT  KEYS.ID  KEYS.TENANTS\n\
             Basic            5  a                   1\n\
             Basic            5  b                  20\n\
             Free\n"
        );
    }

    #[test]
    fn what_only_some_records_hold_comes_last() {
        let records = [json!({ "id": "a", "name": "x" }), json!({ "id": "b", "name": "y", "value": "s" })];
        let grid = Grid::of(columns(&["id"]), &["id", "name"], &records, SWITCH);
        assert_eq!(grid.headings, ["id", "value"]);
        assert_eq!(grid.rows, [["a", ""], ["b", "s"]]);
    }

    #[test]
    fn wide_letters_keep_the_columns_straight_and_escapes_are_shown() {
        let records = [json!({ "a": "漢字", "b": "x" }), json!({ "a": "\u{1b}[31m", "b": "y" })];
        let table = Grid::of(columns(&["a", "b"]), &["a", "b"], &records, SWITCH).table();
        assert_eq!(table, "A           B\n漢字        x\n\\u{1b}[31m  y\n");
    }

    #[test]
    fn amounts_stand_to_the_right_as_numbers_do() {
        let records =
            [json!({ "a": "49.90", "b": "1.5x" }), json!({ "a": "199", "b": "7" }), json!({ "a": null })];
        let table = Grid::of(columns(&["a", "b"]), &["a", "b"], &records, SWITCH).table();
        assert_eq!(table, "    A  B\n49.90  1.5x\n  199  7\n\n");
    }

    #[test]
    fn an_empty_list_still_has_its_head() {
        assert_eq!(Grid::of(columns(&["id", "name"]), &["id", "name"], &[], SWITCH).table(), "ID  NAME\n");
    }
}
