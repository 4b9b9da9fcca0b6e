//! The tree of methods: which need an API key, which are deployed, and their throttles per plan.

use keypool_domain::text::group_thousands_decimal;
use keypool_domain::{Inventory, MethodRef, StageRef, Throttle};
use ratatui::Frame;
use ratatui::layout::{Constraint, Rect};
use ratatui::style::Style;

use crate::tui::action::Action;
use crate::tui::app::App;
use crate::tui::panes::messages;
use crate::tui::styles::Role;
use crate::tui::text;
use crate::tui::widgets::panel;
use crate::tui::widgets::table::{self, Cell, Column, TableView};

use super::{STATE_COLS, draw_detail, list_height, title};

/// Fits e.g. `BasicPlan 10/s · 20`.
const THROTTLE_COLS: u16 = 24;

pub(crate) fn draw(app: &App, area: Rect, frame: &mut Frame<'_>) {
    let styles = &app.options.styles;
    let methods = app.methods();
    let undeployed = app.setup.value().map(|setup| setup.state.undeployed_methods()).unwrap_or_default();
    let undeployed_count = format!("{} not deployed", text::format_count(undeployed.len()));
    let inside = panel::draw(frame, area, &title(app, "Methods", &undeployed_count), true, styles);
    if methods.is_empty() {
        return messages::draw_text(app, inside, frame, "no methods found for this API");
    }
    let columns = [
        Column::new("method", Constraint::Fill(1)).with_max_cols(80),
        Column::new("needs a key", Constraint::Length(11)),
        Column::new("deployed", Constraint::Length(STATE_COLS)),
        Column::new("method throttle", Constraint::Length(THROTTLE_COLS)),
    ];
    let cursor = app.methods_pane.cursor;
    let view = TableView { columns: &columns, rows: methods.len(), cursor, focused: true, styles };
    let list = Rect { height: list_height(inside.height), ..inside };
    table::draw(frame, list, &view, |at| {
        let entry = &methods[at];
        let depth = entry.method.path.matches('/').count().saturating_sub(1);
        let name = format!("{}{} {}", "  ".repeat(depth), entry.method.verb, entry.method.path);
        let (key_text, key_role) =
            if entry.needs_key { ("[x] yes", Role::Ok) } else { ("[ ] no", Role::Warn) };
        let is_undeployed = undeployed.contains(&&entry.method);
        let (deployed_text, deployed_role) =
            if is_undeployed { ("not yet", Role::Warn) } else { ("yes", Role::Text) };
        let cells = vec![
            Cell::Owned(name, Style::new()),
            Cell::Text(key_text, styles.get(key_role)),
            Cell::Text(deployed_text, styles.get(deployed_role)),
            Cell::Owned(format_throttles(&throttles_of_method(app, &entry.method)), Style::new()),
        ];
        (false, cells)
    });
    if let Some(entry) = methods.get(cursor.selected) {
        let below = Rect { y: list.bottom(), height: inside.height - list.height, ..inside };
        draw_detail(
            app,
            below,
            &describe_throttles(&entry.method, &throttles_of_method(app, &entry.method)),
            &key_hints(app),
            frame,
        );
    }
}

/// The throttles for this method of the selected stage, by name of the plan that sets them.
fn throttles_of_method<'a>(app: &'a App, method: &MethodRef) -> Vec<(&'a str, Throttle)> {
    let (Some(stage), Some(inventory)) = (app.stage(), app.inventory()) else { return Vec::new() };
    throttles_in_plans(inventory, stage, method)
}

fn throttles_in_plans<'a>(
    inventory: &'a Inventory,
    stage: &StageRef,
    method: &MethodRef,
) -> Vec<(&'a str, Throttle)> {
    let key = (stage.clone(), method.clone());
    let throttle = |plan: &'a keypool_domain::Plan| Some((&plan.name[..], *plan.method_throttles.get(&key)?));
    inventory.plans().iter().filter_map(throttle).collect()
}

fn format_throttles(throttles: &[(&str, Throttle)]) -> String {
    match throttles {
        [] => "–".to_owned(),
        [(plan, throttle)] => format!(
            "{plan} {}/s · {}",
            group_thousands_decimal(&throttle.rate.to_string()),
            text::format_count(throttle.burst as usize)
        ),
        plans => format!("{} plans", plans.len()),
    }
}

fn describe_throttles(method: &MethodRef, throttles: &[(&str, Throttle)]) -> String {
    if throttles.is_empty() {
        return format!("{method}: no method throttle in any plan");
    }
    let parts: Vec<_> = throttles.iter().map(|(plan, throttle)| format!("{throttle} in {plan}")).collect();
    format!("{method}: {}", parts.join("; "))
}

fn key_hints(app: &App) -> String {
    format!(
        "{}: require a key or not, takes effect when you deploy ({}) · {}: throttle, takes effect at once",
        app.key_label(Action::RequireKey),
        app.key_label(Action::Deploy),
        app.key_label(Action::ThrottleMethod)
    )
}
