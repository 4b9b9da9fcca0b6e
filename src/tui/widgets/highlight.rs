//! What a filter found, in the cells of a table.

use std::ops::Range;

use ratatui::text::{Line, Span};

use crate::tui::folding::Needle;
use crate::tui::styles::{Role, Styles};

/// Texts to be highlighted: in every column, or in those whose head names the field.
#[derive(Debug, Clone, Default)]
pub(crate) struct Highlight<'a> {
    needles: Vec<(Option<&'static str>, &'a Needle)>,
}

impl<'a> Highlight<'a> {
    pub(crate) fn new(needles: impl IntoIterator<Item = (Option<&'static str>, &'a Needle)>) -> Self {
        Self { needles: needles.into_iter().collect() }
    }

    /// Paints the matches in the cell of a column.
    pub(crate) fn paint(&self, line: Line<'static>, head: &str, styles: &Styles) -> Line<'static> {
        let of_column = |field: &str| head.to_ascii_lowercase().ends_with(field);
        let needles: Vec<&Needle> = self
            .needles
            .iter()
            .filter(|(field, _)| field.is_none_or(of_column))
            .map(|(_, needle)| *needle)
            .collect();
        if needles.is_empty() {
            return line;
        }
        let matched = styles.get(Role::Match);
        let paint = |span: Span<'static>| {
            let mut ranges: Vec<_> =
                needles.iter().flat_map(|needle| needle.ranges_in(&span.content)).collect();
            ranges.sort_by_key(|range| (range.start, range.end));
            split(&span.content, &ranges)
                .map(|(part, is_match)| {
                    let style = if is_match { span.style.patch(matched) } else { span.style };
                    Span::styled(part.to_owned(), style)
                })
                .collect::<Vec<_>>()
        };
        let spans: Vec<_> = line.spans.into_iter().flat_map(paint).collect();
        Line { spans, ..line }
    }
}

/// The parts of the text in these ranges, which are sorted, and between them.
fn split<'t>(text: &'t str, ranges: &[Range<usize>]) -> impl Iterator<Item = (&'t str, bool)> {
    let mut parts = Vec::new();
    let mut end = 0;
    for range in ranges {
        let start = range.start.max(end);
        if start < range.end {
            parts.push((&text[end..start], false));
            parts.push((&text[start..range.end], true));
            end = range.end;
        }
    }
    parts.push((&text[end..], false));
    parts.into_iter().filter(|(part, _)| !part.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn overlapping_matches_are_painted_once() {
        let parts: Vec<_> = split("abcdef", &[0..2, 1..3, 4..5]).collect();
        assert_eq!(parts, [("ab", true), ("c", true), ("d", false), ("e", true), ("f", false)]);
    }

    #[test]
    fn a_field_is_highlighted_in_its_column_only() {
        let needle = Needle::new("acme");
        let highlight = Highlight::new([(Some("tenant"), &needle)]);
        let styles = Styles::new(true, false);
        let spans = |head| highlight.paint(Line::from("acme-web"), head, &styles).spans.len();
        assert_eq!((spans("tenant"), spans("name")), (2, 1));
    }
}
