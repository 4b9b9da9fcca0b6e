//! Formats a grid as columns.

use unicode_width::UnicodeWidthStr;

use super::plain;
use crate::ops::listing::{Contents, Grid};

/// The most terminal cells of a column. Names and owners can have thousands of characters.
const MAX_COLUMN_CELLS: usize = 200;

/// Columns are not made narrower than this to fit the terminal.
const MIN_FITTED_CELLS: usize = 8;

/// The columns of a table. Its rows may come in several grids with the same columns: all are measured first, then
/// printed.
pub(super) struct Layout {
    headings: Vec<String>,
    widths: Vec<usize>,
    contents: Vec<Contents>,
    is_id: Vec<bool>,
}

/// Separates columns by two spaces, right-aligns numbers, and trims line ends. On a terminal, the widest
/// columns except ids are cut until the table fits into its `terminal_cells`.
pub(super) fn render_table(grid: &Grid, terminal_cells: Option<usize>) -> String {
    let layout = Layout::of(grid).fit(terminal_cells);
    layout.render_head() + &layout.render_rows(grid)
}

impl Layout {
    pub(super) fn of(grid: &Grid) -> Self {
        let headings: Vec<String> = grid.headings.iter().map(|heading| heading.to_uppercase()).collect();
        let mut widths: Vec<usize> = headings.iter().map(|heading| heading.width()).collect();
        for row in &grid.rows {
            for (width, cell) in widths.iter_mut().zip(row) {
                *width = (*width).max(plain::fit_line(cell, MAX_COLUMN_CELLS).width());
            }
        }
        Self { headings, widths, contents: grid.contents.clone(), is_id: grid.is_id.clone() }
    }

    /// The layout of a table with the rows of both.
    pub(super) fn and(mut self, other: &Self) -> Self {
        for (at, (width, contents)) in other.widths.iter().zip(&other.contents).enumerate() {
            self.widths[at] = self.widths[at].max(*width);
            self.contents[at] = self.contents[at].and(*contents);
        }
        self
    }

    pub(super) fn fit(mut self, terminal_cells: Option<usize>) -> Self {
        if let Some(cells) = terminal_cells {
            narrow_widest(&mut self.widths, &self.is_id, cells);
        }
        self
    }

    pub(super) fn render_head(&self) -> String {
        self.render_line(&self.headings)
    }

    pub(super) fn render_rows(&self, grid: &Grid) -> String {
        grid.rows.iter().map(|row| self.render_line(row)).collect()
    }

    fn render_line(&self, cells: &[String]) -> String {
        let mut line = String::new();
        for (at, (cell, width)) in cells.iter().zip(&self.widths).enumerate() {
            let cell = plain::fit_line(cell, *width);
            let padding = " ".repeat(width.saturating_sub(cell.width()));
            let separator = if at == 0 { "" } else { "  " };
            line += &if self.contents[at].is_numeric() {
                format!("{separator}{padding}{cell}")
            } else {
                format!("{separator}{cell}{padding}")
            };
        }
        line.truncate(line.trim_end().len());
        line + "\n"
    }
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
