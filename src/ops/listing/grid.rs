//! Lays out JSON records as a grid. Nested fields get dotted names; a list of objects becomes several
//! rows.

use keypool_domain::text::terminal_safe_json;
use serde_json::Value;

use super::format::RecordFormat;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct GridColumn {
    pub(crate) heading: String,
    pub(crate) path: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Grid {
    pub(crate) headings: Vec<String>,
    pub(crate) rows: Vec<Vec<String>>,
    pub(crate) contents: Vec<Contents>,
    /// Whether each column contains ids, which are useless if cut.
    pub(crate) is_id: Vec<bool>,
}

/// What the cells of a column have in common.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Contents {
    is_empty: bool,
    has_numbers: bool,
    are_amounts: bool,
}

/// A row before its columns are selected: JSON paths with values.
type GridLine = Vec<(String, Value)>;

impl Grid {
    /// Selects `columns`, then appends the fields of the records that are not in `known_paths`.
    pub(crate) fn new(
        mut columns: Vec<GridColumn>,
        known_paths: &[impl AsRef<str>],
        records: &[Value],
        format: RecordFormat,
    ) -> Self {
        let lines: Vec<GridLine> = records.iter().flat_map(|record| flatten("", record)).collect();
        for (path, _) in lines.iter().flatten() {
            let is_new = columns.iter().all(|column| column.path != *path);
            if is_new && !known_paths.iter().any(|known_path| overlaps(known_path.as_ref(), path)) {
                columns.push(GridColumn { heading: path.clone(), path: path.clone() });
            }
        }
        let value =
            |line: &GridLine, path: &str| line.iter().find(|(name, _)| name == path).map(|(_, v)| v.clone());
        let cells_of_line =
            |line: &GridLine| columns.iter().map(|column| value(line, &column.path)).collect();
        let cells: Vec<Vec<Option<Value>>> = lines.iter().map(cells_of_line).collect();
        let present_values =
            |at: usize| cells.iter().filter_map(move |row| row[at].as_ref()).filter(|cell| !cell.is_null());
        let contents_of = |at: usize| Contents {
            is_empty: present_values(at).next().is_none(),
            has_numbers: present_values(at).any(Value::is_number),
            are_amounts: present_values(at).all(is_amount),
        };
        Self {
            contents: (0..columns.len()).map(contents_of).collect(),
            rows: cells
                .iter()
                .map(|row| row.iter().map(|value| cell_text(value.as_ref(), format)).collect())
                .collect(),
            is_id: columns.iter().map(|column| is_id(&column.path)).collect(),
            headings: columns.into_iter().map(|column| column.heading).collect(),
        }
    }
}

impl Contents {
    /// Whether the column is right-aligned.
    pub(crate) const fn is_numeric(self) -> bool {
        self.has_numbers || (!self.is_empty && self.are_amounts)
    }

    /// The contents of a column that goes on in another grid.
    pub(crate) const fn and(self, other: Self) -> Self {
        Self {
            is_empty: self.is_empty && other.is_empty,
            has_numbers: self.has_numbers || other.has_numbers,
            are_amounts: self.are_amounts && other.are_amounts,
        }
    }
}

/// Whether the field at this path is an id, such as `id` or `keys.apiKeyId`.
fn is_id(path: &str) -> bool {
    let field = path.rsplit('.').next().unwrap_or(path);
    field == "id" || field.ends_with("Id")
}

/// Whether the value is an amount of money, such as `49` or `49.90`.
fn is_amount(value: &Value) -> bool {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    value.as_str().is_some_and(|text| match text.split_once('.') {
        Some((whole, hundredths)) => digits(whole) && hundredths.len() == 2 && digits(hundredths),
        None => digits(text),
    })
}

/// Whether two paths are the same, or one is below the other.
fn overlaps(field: &str, path: &str) -> bool {
    let below =
        |inner: &str, outer: &str| inner.strip_prefix(outer).is_some_and(|rest| rest.starts_with('.'));
    field == path || below(field, path) || below(path, field)
}

/// Flattens a value into rows of paths and plain values.
fn flatten(path: &str, value: &Value) -> Vec<GridLine> {
    match value {
        Value::Object(fields) => fields.iter().fold(vec![Vec::new()], |lines, (name, field)| {
            let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
            let field_lines = flatten(&path, field);
            lines
                .iter()
                .flat_map(|line| field_lines.iter().map(|rest| [&line[..], &rest[..]].concat()))
                .collect()
        }),
        Value::Array(items) if items.iter().any(Value::is_object) => {
            items.iter().flat_map(|item| flatten(path, item)).collect()
        }
        plain => vec![vec![(path.to_owned(), plain.clone())]],
    }
}

/// In CSV a list is JSON, because its items may contain any separator.
fn cell_text(value: Option<&Value>, format: RecordFormat) -> String {
    match (value, format) {
        (None | Some(Value::Null), _) => String::new(),
        (Some(Value::String(text)), _) => text.clone(),
        (Some(Value::Bool(on)), RecordFormat::Table) => if *on { "yes" } else { "no" }.to_owned(),
        (Some(Value::Array(items)), RecordFormat::Table) => {
            items.iter().map(|item| cell_text(Some(item), format)).collect::<Vec<_>>().join(" ")
        }
        (Some(list @ Value::Array(_)), RecordFormat::Csv | RecordFormat::Json) => {
            terminal_safe_json(&list.to_string()).into_owned()
        }
        (Some(other @ (Value::Bool(_) | Value::Number(_) | Value::Object(_))), _) => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn columns(paths: &[&str]) -> Vec<GridColumn> {
        paths.iter().map(|path| GridColumn { heading: (*path).into(), path: (*path).into() }).collect()
    }

    #[test]
    fn nested_fields_are_dotted_and_lists_of_objects_become_rows() {
        let fields = ["plan", "quota.limit", "keys.id", "keys.tenants"];
        let records = [
            json!({ "plan": "Basic", "quota": { "limit": 5 }, "keys": [{ "id": "a", "tenants": 1 }, { "id": "b", "tenants": 20 }] }),
            json!({ "plan": "Free", "quota": null, "keys": [] }),
        ];
        let grid = Grid::new(columns(&fields), &fields, &records, RecordFormat::Table);
        assert_eq!(grid.headings, fields);
        assert_eq!(grid.rows, [["Basic", "5", "a", "1"], ["Basic", "5", "b", "20"], ["Free", "", "", ""]]);
    }

    #[test]
    fn a_list_is_json_in_csv_and_words_in_a_table() {
        let records = [json!({ "tenants": ["a b", "c\"\u{202e}"], "plans": [], "on": true })];
        let rows = |format| Grid::new(columns(&["tenants", "plans", "on"]), &[""; 0], &records, format).rows;
        assert_eq!(rows(RecordFormat::Table), [["a b c\"\u{202e}", "", "yes"]]);
        assert_eq!(rows(RecordFormat::Csv), [[r#"["a b","c\"\u202e"]"#, "[]", "true"]]);
    }

    #[test]
    fn fields_that_only_some_records_have_come_last() {
        let records = [json!({ "id": "a", "name": "x" }), json!({ "id": "b", "name": "y", "value": "s" })];
        let grid = Grid::new(columns(&["id"]), &["id", "name"], &records, RecordFormat::Table);
        assert_eq!(grid.headings, ["id", "value"]);
        assert_eq!(grid.rows, [["a", ""], ["b", "s"]]);
    }
}
