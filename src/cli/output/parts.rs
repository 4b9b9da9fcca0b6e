//! Formats a long list in parts, with the same result as all records at once.

use serde_json::Value;

use super::table::Layout;
use crate::cli::CommandError;
use crate::ops::listing::{self, Grid, Record};

type Print<'a> = &'a mut dyn FnMut(&str) -> Result<(), CommandError>;

/// Records that all have the same fields, to be formatted `max_len` at a time.
pub(super) struct Parts<I> {
    pub(super) records: I,
    pub(super) max_len: usize,
}

impl<R: Record, I: Iterator<Item = R> + Clone> Parts<I> {
    pub(super) fn print_json(&self, print: Print<'_>) -> Result<(), CommandError> {
        let mut separator = "[\n";
        for part in self.values() {
            let json = listing::to_json(&Value::Array(part?))?;
            let lines = json.strip_prefix("[\n").and_then(|json| json.strip_suffix("\n]\n"));
            print(separator)?;
            print(lines.unwrap_or(&json))?;
            separator = ",\n";
        }
        print(if separator == "[\n" { "[]\n" } else { "\n]\n" })
    }

    pub(super) fn print_csv(&self, print: Print<'_>) -> Result<(), CommandError> {
        let mut parts = self.values();
        print(&super::csv::<R>(&parts.next().unwrap_or_else(|| Ok(Vec::new()))?)?)?;
        for part in parts {
            let text = super::csv::<R>(&part?)?;
            print(text.split_once('\n').map_or("", |(_head, lines)| lines))?;
        }
        Ok(())
    }

    /// Measures all records before it prints the first.
    pub(super) fn print_table(
        &self,
        terminal_cells: Option<usize>,
        print: Print<'_>,
    ) -> Result<(), CommandError> {
        let mut layout = Layout::of(&listing::to_table::<R>(&[]));
        for grid in self.grids() {
            layout = Layout::of(&grid?).and(&layout);
        }
        let layout = layout.fit(terminal_cells);
        print(&layout.render_head())?;
        self.grids().try_for_each(|grid| print(&layout.render_rows(&grid?)))
    }

    fn grids(&self) -> impl Iterator<Item = Result<Grid, CommandError>> {
        self.values().map(|part| Ok(listing::to_table::<R>(&part?)))
    }

    fn values(&self) -> impl Iterator<Item = Result<Vec<Value>, CommandError>> {
        let (mut records, max_len) = (self.records.clone(), self.max_len);
        std::iter::from_fn(move || {
            let part: Vec<R> = records.by_ref().take(max_len).collect();
            (!part.is_empty()).then(|| Ok(listing::to_values(&part)?))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ops::listing::records;

    records! {
        #[derive(Clone)]
        struct Row {
            name: String => "name",
            amount: Option<String> => "amount",
        }
    }

    fn rows(count: usize) -> Vec<Row> {
        let amount = |n: usize| (!n.is_multiple_of(3)).then(|| format!("{}", 7 * n * n));
        (0..count).map(|n| Row { name: "x\n\u{1b}é".repeat(n % 4), amount: amount(n) }).collect()
    }

    /// The list as JSON, CSV, table and narrow table.
    fn print_all(rows: &[Row], max_len: usize) -> [String; 4] {
        let parts = Parts { records: rows.iter().cloned(), max_len };
        let printed = |format: &dyn Fn(Print<'_>) -> Result<(), CommandError>| {
            let mut text = String::new();
            format(&mut |part| {
                text.push_str(part);
                Ok(())
            })
            .expect("printed");
            text
        };
        [
            printed(&|print| parts.print_json(print)),
            printed(&|print| parts.print_csv(print)),
            printed(&|print| parts.print_table(None, print)),
            printed(&|print| parts.print_table(Some(14), print)),
        ]
    }

    #[test]
    fn a_list_in_parts_reads_like_one_at_once() {
        for count in [0, 1, 2, 3, 4, 11] {
            let rows = rows(count);
            let values = listing::to_values(&rows).expect("values");
            let at_once = [
                listing::to_json(&Value::Array(values.clone())).expect("json"),
                super::super::csv::<Row>(&values).expect("csv"),
                super::super::table::render_table(&listing::to_table::<Row>(&values), None),
                super::super::table::render_table(&listing::to_table::<Row>(&values), Some(14)),
            ];
            for max_len in [1, 2, 3, 100] {
                assert_eq!(print_all(&rows, max_len), at_once, "{count} rows, {max_len} at a time");
            }
        }
    }
}
