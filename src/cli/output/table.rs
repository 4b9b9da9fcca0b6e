//! Formats a grid as columns.

use unicode_width::UnicodeWidthStr;

use super::plain;
use crate::ops::listing::Grid;

/// The most terminal cells of a column. Names and owners can have thousands of characters.
const MAX_COLUMN_CELLS: usize = 200;

/// Columns are not made narrower than this to fit the terminal.
const MIN_FITTED_CELLS: usize = 8;

/// Separates columns by two spaces, right-aligns numbers, and trims line ends. On a terminal, the widest
/// columns except ids are cut until the table fits into its `terminal_cells`.
pub(super) fn render_table(grid: &Grid, terminal_cells: Option<usize>) -> String {
    let head = grid.headings.iter().map(|heading| heading.to_uppercase()).collect();
    let rows = grid.rows.iter();
    let rows = rows.map(|row| row.iter().map(|cell| plain::fit_line(cell, MAX_COLUMN_CELLS)).collect());
    let lines: Vec<Vec<String>> = std::iter::once(head).chain(rows).collect();
    let width = |at: usize| lines.iter().map(|line| line[at].width()).max().unwrap_or(0);
    let mut widths: Vec<usize> = (0..grid.headings.len()).map(width).collect();
    if let Some(cells) = terminal_cells {
        narrow_widest(&mut widths, &grid.is_id, cells);
    }
    lines.iter().map(|cells| render_line(cells, &widths, &grid.is_numeric)).collect()
}

/// Narrows the widest column without ids, again and again, until all fit or none may become narrower.
fn narrow_widest(widths: &mut [usize], is_id: &[bool], terminal_cells: usize) {
    let gaps = 2 * widths.len().saturating_sub(1);
    while widths.iter().sum::<usize>() + gaps > terminal_cells {
        let columns = widths.iter_mut().zip(is_id);
        let candidates = columns.filter(|(width, is_id)| !**is_id && **width > MIN_FITTED_CELLS);
        let Some((widest, _)) = candidates.max() else { return };
        *widest -= 1;
    }
}

fn render_line(cells: &[String], widths: &[usize], is_numeric: &[bool]) -> String {
    let mut line = String::new();
    for (at, (cell, width)) in cells.iter().zip(widths).enumerate() {
        let cell = if cell.width() > *width { plain::fit_line(cell, *width) } else { cell.clone() };
        let padding = " ".repeat(width.saturating_sub(cell.width()));
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
        render_table(&Grid::new(columns.collect(), fields, records, RecordFormat::Table), None)
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
    fn a_long_text_does_not_widen_the_table() {
        let grid = |name: &str| {
            let columns = ["id", "name"].map(|path| GridColumn { heading: path.into(), path: path.into() });
            let record = json!({ "id": "5f0c6a1e-7f2b-4a51-b7d8-0a1b2c3d4e5f", "name": name });
            Grid::new(columns.into(), &["id", "name"], &[record], RecordFormat::Table)
        };
        let long_name = grid(&"x".repeat(380_000));
        let widest = |cells| render_table(&long_name, cells).lines().map(|line| line.width()).max();
        assert_eq!(widest(None), Some(36 + 2 + MAX_COLUMN_CELLS));
        assert_eq!(widest(Some(100)), Some(100));
        assert_eq!(widest(Some(40)), Some(36 + 2 + MIN_FITTED_CELLS), "the id stays whole");
        assert!(render_table(&grid("acme web"), Some(20)).ends_with("  acme web\n"));
        assert!(render_table(&long_name, Some(100)).ends_with("x…\n"));
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
