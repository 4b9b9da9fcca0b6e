//! Formats a grid as columns.

use unicode_width::UnicodeWidthStr;

use super::plain;
use crate::ops::listing::Grid;

/// Separates columns by two spaces, right-aligns numbers, and trims line ends.
pub(super) fn render_table(grid: &Grid) -> String {
    let head = grid.headings.iter().map(|heading| heading.to_uppercase()).collect();
    let rows = grid.rows.iter().map(|row| row.iter().map(|cell| plain::escape_line(cell)).collect());
    let lines: Vec<Vec<String>> = std::iter::once(head).chain(rows).collect();
    let width = |at: usize| lines.iter().map(|line| line[at].width()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..grid.headings.len()).map(width).collect();
    lines.iter().map(|cells| render_line(cells, &widths, &grid.is_numeric)).collect()
}

fn render_line(cells: &[String], widths: &[usize], is_numeric: &[bool]) -> String {
    let mut line = String::new();
    for (at, (cell, width)) in cells.iter().zip(widths).enumerate() {
        let padding = " ".repeat(width - cell.width());
        let separator = if at == 0 { "" } else { "  " };
        line += &if is_numeric[at] {
            format!("{separator}{padding}{cell}")
        } else {
            format!("{separator}{cell}{padding}")
        };
    }
    line.truncate(line.trim_end().len());
    line + "\n"
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::ops::listing::{GridColumn, RecordFormat};

    fn table(fields: &[&str], records: &[Value]) -> String {
        let columns = fields.iter().map(|path| GridColumn { heading: (*path).into(), path: (*path).into() });
        render_table(&Grid::new(columns.collect(), fields, records, RecordFormat::Table))
    }

    #[test]
    fn numbers_are_right_aligned_and_lines_have_no_trailing_spaces() {
        let fields = ["plan", "quota.limit", "keys.id", "keys.tenants"];
        let records = [
            json!({ "plan": "Basic", "quota": { "limit": 5 }, "keys": [{ "id": "a", "tenants": 1 }, { "id": "b", "tenants": 20 }] }),
            json!({ "plan": "Free", "quota": null, "keys": [] }),
        ];
        assert_eq!(
            table(&fields, &records),
            "PLAN   QUOTA.LIMIT  KEYS.ID  KEYS.TENANTS\n\
             Basic            5  a                   1\n\
             Basic            5  b                  20\n\
             Free\n"
        );
    }

    #[test]
    fn wide_characters_keep_columns_aligned_and_escapes_are_shown() {
        let records = [json!({ "a": "漢字", "b": "x" }), json!({ "a": "\u{1b}[31m", "b": "y" })];
        assert_eq!(table(&["a", "b"], &records), "A           B\n漢字        x\n\\u{1b}[31m  y\n");
    }

    #[test]
    fn amounts_are_right_aligned_like_numbers() {
        let records =
            [json!({ "a": "49.90", "b": "1.5x" }), json!({ "a": "199", "b": "7" }), json!({ "a": null })];
        assert_eq!(table(&["a", "b"], &records), "    A  B\n49.90  1.5x\n  199  7\n\n");
    }

    #[test]
    fn an_empty_list_still_has_a_header() {
        assert_eq!(table(&["id", "name"], &[]), "ID  NAME\n");
    }
}
