//! The last line: the keys that matter here, from the table of actions and the keymap in force.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use crate::tui::action::{Action, Row, Scope, TABLE};
use crate::tui::app::App;
use crate::tui::look::Role;
use crate::tui::text;

/// The keys at the end that are always there: on the home screen filter, palette and help.
const KEPT: usize = 3;
/// What gets room first where there is not enough for all: what somebody needs whose tenant is refused at night.
const FIRST: &[Action] = &[
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
    frame.buffer_mut().set_style(area, app.options.look.ground(Role::Status));
    frame.render_widget(line(app, &app.scopes(), area.width), area);
}

/// As many keys of these scopes as fit; the last ones, which lead to all others, are always there.
fn line(app: &App, scopes: &[Scope], width: u16) -> Line<'static> {
    let again = app.is_stale() && scopes.contains(&Scope::Home);
    let again = again
        .then(|| Some((Action::Refresh, app.options.keymap.label(Action::Refresh)?, "refresh")))
        .flatten();
    let rows = TABLE.iter().filter(|row| !row.footer.is_empty() && applies(row, scopes));
    let rows = rows
        .filter(|row| !(app.options.read_only && row.action.writes()))
        .filter_map(|row| Some((row.action, app.options.keymap.label(row.action)?, row.footer)));
    let hints: Vec<_> = again.into_iter().chain(rows).collect();
    let shown = fitting(&hints, width.into());
    let look = &app.options.look;
    Line::from_iter(shown.into_iter().flat_map(|(_, key, word)| {
        [
            Span::styled(format!(" {key}"), look.style(Role::Accent)),
            Span::styled(format!(" {word} "), look.style(Role::Status)),
        ]
    }))
}

/// An action, its key and its word.
type Hint = (Action, String, &'static str);

/// As many as there is room for, in the order in which they stand.
fn fitting(hints: &[Hint], cells: usize) -> Vec<&Hint> {
    let size = |(_, key, word): &Hint| text::width(key) + text::width(word) + 3;
    let (others, kept) = hints.split_at(hints.len().saturating_sub(KEPT));
    let mut room = cells.saturating_sub(kept.iter().map(size).sum());
    let rank = |at: &usize| FIRST.iter().position(|first| *first == others[*at].0).unwrap_or(FIRST.len());
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

fn applies(row: &Row, scopes: &[Scope]) -> bool {
    row.scopes.iter().any(|scope| scopes.contains(scope))
}
