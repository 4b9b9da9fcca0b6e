//! The last line: hints for the keys that work here, from the action table and the current keymap.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use crate::tui::keys::action::{ACTIONS, Action, ActionSpec, Scope};
use crate::tui::model::Model;
use crate::tui::screen::Screen;
use crate::tui::styles::Role;
use crate::tui::text;

/// Number of hints at the end that are always shown; on the home screen: filter, palette and help.
const PINNED_HINTS: usize = 3;
/// The hints kept first, in this order, if not all hints fit: what an on-call operator needs when a tenant's
/// calls are refused.
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

/// `scopes` are the active ones; `screen` has the focus.
pub(crate) fn draw(model: &Model, scopes: &[Scope], screen: &dyn Screen, area: Rect, frame: &mut Frame<'_>) {
    frame.buffer_mut().set_style(area, model.styles().background(Role::Status));
    frame.render_widget(hints_line(model, scopes, screen, area.width), area);
}

/// On the home screen, refresh comes first while the data is stale.
fn hints_line(model: &Model, scopes: &[Scope], screen: &dyn Screen, width: u16) -> Line<'static> {
    let needs_refresh = model.is_stale() && scopes.contains(&Scope::Home);
    let refresh =
        needs_refresh.then(|| Some((Action::Refresh, model.label(Action::Refresh)?, "refresh"))).flatten();
    let specs = ACTIONS.iter().filter(|spec| !spec.footer.is_empty() && is_in_scope(spec, scopes));
    let specs = specs
        .filter(|spec| !(model.is_read_only() && spec.action.writes()))
        .filter_map(|spec| Some((spec.action, model.label(spec.action)?, screen.hint(spec, model)?)));
    let hints: Vec<_> = refresh.into_iter().chain(specs).collect();
    let visible = fit_hints(&hints, width.into());
    let styles = model.styles();
    Line::from_iter(visible.into_iter().flat_map(|(_, key, label)| {
        [
            Span::styled(format!(" {key}"), styles.get(Role::Accent)),
            Span::styled(format!(" {label} "), styles.get(Role::Status)),
        ]
    }))
}

/// An action, its key and its label.
type Hint = (Action, String, &'static str);

/// Drops hints of low priority until the others fit; their order on screen stays the same.
fn fit_hints(hints: &[Hint], cells: usize) -> Vec<&Hint> {
    let size = |(_, key, label): &Hint| text::width(key) + text::width(label) + 3;
    let (droppable, pinned) = hints.split_at(hints.len().saturating_sub(PINNED_HINTS));
    let mut room = cells.saturating_sub(pinned.iter().map(size).sum());
    let rank = |at: &usize| {
        PRIORITY_ACTIONS
            .iter()
            .position(|priority| *priority == droppable[*at].0)
            .unwrap_or(PRIORITY_ACTIONS.len())
    };
    let mut ranked: Vec<usize> = (0..droppable.len()).collect();
    ranked.sort_by_key(rank);
    let fits = |at: &usize| {
        let remaining = room.checked_sub(size(&droppable[*at]));
        room = remaining.unwrap_or(room);
        remaining.is_some()
    };
    let mut chosen: Vec<usize> = ranked.into_iter().filter(fits).collect();
    chosen.sort_unstable();
    chosen.into_iter().map(|at| &droppable[at]).chain(pinned).collect()
}

fn is_in_scope(spec: &ActionSpec, scopes: &[Scope]) -> bool {
    spec.scopes.iter().any(|scope| scopes.contains(scope))
}
