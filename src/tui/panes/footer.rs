//! The last line: the keys that matter here, from the table of actions and the keymap in force.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use crate::tui::action::{Action, Row, Scope, TABLE};
use crate::tui::app::App;
use crate::tui::styles::Role;
use crate::tui::text;

/// The keys at the end that are always there: on the home screen filter, palette and help.
const PINNED_HINTS: usize = 3;
/// What gets room first where there is not enough for all: what somebody needs whose tenant is refused at night.
const PRIORITY_ACTIONS: &[Action] = &[
    Action::Refresh,
    Action::EditRequest,
    Action::Call,
    Action::Explain,
    Action::Extend,
    Action::Usage,
    Action::Doctor,
    Action::Open,
];

pub(crate) fn draw(app: &App, area: Rect, frame: &mut Frame<'_>) {
    frame.buffer_mut().set_style(area, app.options.styles.background(Role::Status));
    frame.render_widget(hints_line(app, &app.scopes(), area.width), area);
}

/// As many keys of these scopes as fit; the last ones, which lead to all others, are always there.
fn hints_line(app: &App, scopes: &[Scope], width: u16) -> Line<'static> {
    let again = app.is_stale() && scopes.contains(&Scope::Home);
    let again = again
        .then(|| Some((Action::Refresh, app.options.keymap.label(Action::Refresh)?, "refresh")))
        .flatten();
    let rows = TABLE.iter().filter(|row| !row.footer.is_empty() && is_in_scope(row, scopes));
    let rows = rows
        .filter(|row| !(app.options.is_read_only && row.action.writes()))
        .filter_map(|row| Some((row.action, app.options.keymap.label(row.action)?, row.footer)));
    let hints: Vec<_> = again.into_iter().chain(rows).collect();
    let shown = fit_hints(&hints, width.into());
    let look = &app.options.styles;
    Line::from_iter(shown.into_iter().flat_map(|(_, key, word)| {
        [
            Span::styled(format!(" {key}"), look.get(Role::Accent)),
            Span::styled(format!(" {word} "), look.get(Role::Status)),
        ]
    }))
}

/// An action, its key and its word.
type Hint = (Action, String, &'static str);

/// As many as there is room for, in the order in which they stand.
fn fit_hints(hints: &[Hint], cells: usize) -> Vec<&Hint> {
    let size = |(_, key, word): &Hint| text::width(key) + text::width(word) + 3;
    let (others, kept) = hints.split_at(hints.len().saturating_sub(PINNED_HINTS));
    let mut room = cells.saturating_sub(kept.iter().map(size).sum());
    let rank = |at: &usize| {
        PRIORITY_ACTIONS.iter().position(|first| *first == others[*at].0).unwrap_or(PRIORITY_ACTIONS.len())
    };
    let mut ranked: Vec<usize> = (0..others.len()).collect();
    ranked.sort_by_key(rank);
    let fits = |at: &usize| {
        let left = room.checked_sub(size(&others[*at]));
        room = left.unwrap_or(room);
        left.is_some()
    };
    let mut chosen: Vec<usize> = ranked.into_iter().filter(fits).collect();
    chosen.sort_unstable();
    chosen.into_iter().map(|at| &others[at]).chain(kept).collect()
}

fn is_in_scope(row: &Row, scopes: &[Scope]) -> bool {
    row.scopes.iter().any(|scope| scopes.contains(scope))
}
