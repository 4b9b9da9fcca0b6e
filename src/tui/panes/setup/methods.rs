//! Resources × methods, each with whether it needs a key, and how often plans let it be called.

use keypool_domain::text::grouped_decimal;
use keypool_domain::{Inventory, MethodRef, StageRef, Throttle};
use ratatui::Frame;
use ratatui::layout::{Constraint, Rect};
use ratatui::style::Style;

use crate::tui::action::Action;
use crate::tui::app::App;
use crate::tui::look::Role;
use crate::tui::panes::messages;
use crate::tui::text;
use crate::tui::widgets::panel;
use crate::tui::widgets::table::{self, Cell, Column, View};

use super::{STATE, about, list_height, title};

/// Cells of a limit, as in `BasicPlan 10/s · 20`.
const LIMIT: u16 = 24;

pub(crate) fn draw(app: &App, area: Rect, frame: &mut Frame<'_>) {
    let look = &app.options.look;
    let methods = app.methods();
    let undeployed = app.setup.value().map(|read| read.reading.undeployed()).unwrap_or_default();
    let waiting = format!("{} edited and not deployed", text::grouped(undeployed.len()));
    let inside = panel::draw(frame, area, &title(app, "Methods", &waiting), true, look);
    if methods.is_empty() {
        return messages::plain(app, inside, frame, "no method is known of this API");
    }
    let columns = [
        Column::new("method", Constraint::Fill(1)).at_most(80),
        Column::new("needs a key", Constraint::Length(11)),
        Column::new("deployed", Constraint::Length(STATE)),
        Column::new("throttled in", Constraint::Length(LIMIT)),
    ];
    let cursor = app.methods_pane.cursor;
    let view = View { columns: &columns, rows: methods.len(), cursor, focused: true, look };
    let list = Rect { height: list_height(inside.height), ..inside };
    table::draw(frame, list, &view, |at| {
        let one = &methods[at];
        let depth = one.method.path.matches('/').count().saturating_sub(1);
        let name = format!("{}{} {}", "  ".repeat(depth), one.method.verb, one.method.path);
        let (mark, key) = if one.needs_key { ("[x] yes", Role::Ok) } else { ("[ ] no", Role::Warn) };
        let waits = undeployed.contains(&&one.method);
        let (deployed, deployment) = if waits { ("not yet", Role::Warn) } else { ("yes", Role::Text) };
        let cells = vec![
            Cell::Owned(name, Style::new()),
            Cell::Text(mark, look.style(key)),
            Cell::Text(deployed, look.style(deployment)),
            Cell::Owned(in_short(&limits(app, &one.method)), Style::new()),
        ];
        (false, cells)
    });
    if let Some(one) = methods.get(cursor.at) {
        let below = Rect { y: list.bottom(), height: inside.height - list.height, ..inside };
        about(app, below, &in_full(&one.method, &limits(app, &one.method)), &keys(app), frame);
    }
}

/// What each plan that covers the stage allows of a method, beyond what it allows of all.
fn limits<'a>(app: &'a App, method: &MethodRef) -> Vec<(&'a str, Throttle)> {
    let (Some(stage), Some(inventory)) = (app.stage(), app.known()) else { return Vec::new() };
    of_method(inventory, stage, method)
}

fn of_method<'a>(inventory: &'a Inventory, stage: &StageRef, method: &MethodRef) -> Vec<(&'a str, Throttle)> {
    let key = (stage.clone(), method.clone());
    let limit = |plan: &'a keypool_domain::Plan| Some((&plan.name[..], *plan.method_throttles.get(&key)?));
    inventory.plans().iter().filter_map(limit).collect()
}

fn in_short(limits: &[(&str, Throttle)]) -> String {
    match limits {
        [] => "–".to_owned(),
        [(plan, limit)] => format!(
            "{plan} {}/s · {}",
            grouped_decimal(&limit.rate.to_string()),
            text::grouped(limit.burst as usize)
        ),
        several => format!("{} plans", several.len()),
    }
}

fn in_full(method: &MethodRef, limits: &[(&str, Throttle)]) -> String {
    if limits.is_empty() {
        return format!("{method}: no plan limits it beyond what it allows of all methods");
    }
    let said: Vec<_> = limits.iter().map(|(plan, limit)| format!("{limit} in {plan}")).collect();
    format!("{method}: {}", said.join("; "))
}

fn keys(app: &App) -> String {
    format!(
        "{} lets it need a key, or none, which callers meet once {} deploys it; {} throttles it at once",
        app.key_of(Action::RequireKey),
        app.key_of(Action::Deploy),
        app.key_of(Action::ThrottleMethod)
    )
}
