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

pub(crate) fn draw(app: &App, area: Rect, frame: &mut Frame<'_>) {
    frame.buffer_mut().set_style(area, app.options.look.ground(Role::Status));
    frame.render_widget(line(app, &app.scopes(), area.width), area);
}

/// As many keys of these scopes as fit; the last ones, which lead to all others, are always there.
fn line(app: &App, scopes: &[Scope], width: u16) -> Line<'static> {
    let again = app.is_stale() && scopes.contains(&Scope::Home);
    let again = again.then(|| Some((app.options.keymap.label(Action::Refresh)?, "refresh"))).flatten();
    let rows = TABLE.iter().filter(|row| !row.footer.is_empty() && applies(row, scopes));
    let rows = rows
        .filter(|row| !(app.options.read_only && row.action.writes()))
        .filter_map(|row| Some((app.options.keymap.label(row.action)?, row.footer)));
    let hints: Vec<_> = again.into_iter().chain(rows).collect();
    let size = |(key, word): &(String, &str)| text::width(key) + text::width(word) + 3;
    let room = usize::from(width);
    let mut used: usize = 0;
    let mut shown = Vec::new();
    let kept: usize = hints.iter().rev().take(KEPT).map(size).sum();
    for (at, hint) in hints.iter().enumerate() {
        let last = at + KEPT >= hints.len();
        let needed = used + size(hint) + if last { 0 } else { kept };
        if needed <= room || last {
            used += size(hint);
            shown.push(hint);
        }
    }
    let look = &app.options.look;
    Line::from_iter(shown.into_iter().flat_map(|(key, word)| {
        [
            Span::styled(format!(" {key}"), look.style(Role::Accent)),
            Span::styled(format!(" {word} "), look.style(Role::Status)),
        ]
    }))
}

fn applies(row: &Row, scopes: &[Scope]) -> bool {
    row.scopes.iter().any(|scope| scopes.contains(scope))
}
