//! A quota period as a line: past, now, future, and when the quota runs out.

use jiff::Timestamp;
use ratatui::text::Span;

use crate::tui::styles::{Role, Styles};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Timeline {
    pub(crate) from: Timestamp,
    pub(crate) now: Timestamp,
    /// `None` if the quota lasts until the end of the period.
    pub(crate) runs_out_at: Option<Timestamp>,
    pub(crate) to: Timestamp,
}

impl Timeline {
    pub(crate) fn spans(&self, cells: usize, styles: &Styles) -> Vec<Span<'static>> {
        let now = self.cell(self.now, cells);
        let runs_out = self.runs_out_at.map(|at| self.cell(at, cells).max(now));
        let mut spans = Vec::new();
        let mut push = |symbol: &str, count: usize, role: Role| {
            if count > 0 {
                spans.push(Span::styled(symbol.repeat(count), styles.get(role)));
            }
        };
        push("━", now, Role::Bar);
        match runs_out {
            Some(runs_out) => {
                push("●", usize::from(runs_out > now), Role::Accent);
                push("─", runs_out.saturating_sub(now + 1), Role::Warn);
                push("×", usize::from(cells > 0), Role::Error);
                push("·", cells.saturating_sub(runs_out + 1), Role::Error);
            }
            None => {
                push("●", usize::from(cells > 0), Role::Accent);
                push("─", cells.saturating_sub(now + 1), Role::Ok);
            }
        }
        spans
    }

    fn cell(&self, at: Timestamp, cells: usize) -> usize {
        let total = self.to.duration_since(self.from).as_secs().max(1);
        let elapsed = at.duration_since(self.from).as_secs().clamp(0, total);
        let last = cells.saturating_sub(1);
        let share = elapsed.unsigned_abs() as u128 * last as u128 / total.unsigned_abs() as u128;
        usize::try_from(share).unwrap_or(last).min(last)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn render(now: i64, runs_out: Option<i64>, cells: usize) -> String {
        let at = |second| Timestamp::from_second(second).expect("a time");
        let line = Timeline { from: at(0), now: at(now), runs_out_at: runs_out.map(at), to: at(100) };
        line.spans(cells, &Styles::new(true, false)).iter().map(|span| span.content.as_ref()).collect()
    }

    #[test]
    fn the_timeline_fills_every_cell_and_marks_when_the_quota_runs_out() {
        assert_eq!(render(50, None, 11), "━━━━━●─────");
        assert_eq!(render(50, Some(80), 11), "━━━━━●──×··");
        assert_eq!(render(50, Some(51), 11), "━━━━━×·····");
        assert_eq!(render(0, Some(100), 11), "●─────────×");
        assert_eq!(render(200, None, 5), "━━━━●");
        assert_eq!((render(50, Some(60), 1), render(50, None, 0)), ("×".to_owned(), String::new()));
    }
}
