//! Draws the test pane: the next request in the title, the results inside.

use keypool_domain::{Inventory, Secret, TenantKey};
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;
use ratatui::widgets::Paragraph;

use crate::tui::action::Action;
use crate::tui::app::App;
use crate::tui::layout::Pane;
use crate::tui::panes::messages;
use crate::tui::text;
use crate::tui::widgets::panel;

use super::{CallTarget, TestPane, content};

pub(crate) fn draw(app: &App, area: Rect, frame: &mut Frame<'_>) {
    let title = title(app, usize::from(area.width).saturating_sub(6));
    let inside = panel::draw(frame, area, &title, app.focus == Pane::Test, &app.options.styles);
    let height = usize::from(inside.height);
    let lines = app.test.lines(app, inside);
    if lines.is_empty() {
        return messages::draw_text(app, inside, frame, &hint_text(app));
    }
    let from = app.test.scroll.min(lines.len().saturating_sub(height));
    let visible: Vec<_> = lines.into_iter().skip(from).take(height).collect();
    frame.render_widget(Paragraph::new(visible), inside);
}

impl TestPane {
    /// `inside` is the area without the border; a single row holds just the summary.
    pub(crate) fn lines(&self, app: &App, inside: Rect) -> Vec<Line<'static>> {
        let cells = usize::from(inside.width).saturating_sub(1);
        match (&self.results, inside.height) {
            (None, _) | (_, 0) => Vec::new(),
            (Some(results), 1) => vec![content::summary_line(app, results, cells, true)],
            (Some(results), _) => content::lines(app, results, cells),
        }
    }
}

/// The request that `t` sends, in the longest form that fits.
fn title(app: &App, room: usize) -> String {
    let (Some(inventory), Ok(key)) = (app.inventory(), app.key_to_call()) else { return "4 Test".to_owned() };
    let owner = plan_and_tenant(inventory, &key);
    let masked = key.stored_value().map_or_else(|| "••••".to_owned(), Secret::masked);
    let Some(target) = app.test.target(&key.plan) else { return format!("4 Test · {masked} ({owner})") };
    let (method, url) = (&target.request.method, target.request.url());
    let forms = [
        format!("4 Test · {method} {url} · X-Api-Key {masked} ({owner})"),
        format!("4 Test · {method} {} · X-Api-Key {masked} ({owner})", short_url(&target, &url)),
        format!("4 Test · {method} {} · {masked} ({owner})", short_url(&target, &url)),
        format!(
            "4 Test · {method} {} · {masked}{}",
            target.request.path,
            super::shared_suffix(inventory, &key)
        ),
        format!("4 Test · {method} {} · {masked}", target.request.path),
    ];
    let longest = forms.iter().position(|form| text::width(form) <= room).unwrap_or(forms.len() - 1);
    forms[longest].clone()
}

/// E.g. `BasicPlan/acme, shared by 8`.
fn plan_and_tenant(inventory: &Inventory, key: &TenantKey) -> String {
    let shared = super::shared_suffix(inventory, key);
    format!("{}/{}{shared}", inventory.plan_name(&key.plan), key.tenant)
}

/// The URL without its host.
fn short_url(target: &CallTarget, url: &str) -> String {
    let scheme = url.split("://").next().unwrap_or_default();
    format!("{scheme}://…/{}{}", target.stage.stage, target.request.path)
}

/// Shown before the first call: the hotkeys that work here, and what they do.
fn hint_text(app: &App) -> String {
    if app.inventory().is_none() {
        return "no keys to call with yet".to_owned();
    }
    if app.test.pending_call.is_some() {
        return format!("{} reading methods · Esc stops", app.spinner());
    }
    let key = match app.key_to_call() {
        Ok(key) => key,
        Err(why) => return why,
    };
    let key_text = match app.focus {
        Pane::Keys | Pane::Test => "this key".to_owned(),
        Pane::Plans | Pane::Pool => format!("key \"{}\" of {}", text::clean(&key.name), key.tenant),
    };
    let call_text = format!("calls the API with {key_text}");
    let label = |action| app.options.keymap.label(action);
    let parts = [
        (label(Action::Call), call_text.as_str()),
        (label(Action::CallSeries), "runs a series"),
        (label(Action::EditRequest).filter(|_| app.focus == Pane::Test), "edits method, path and headers"),
    ];
    let hints = parts.into_iter().filter_map(|(key, text)| Some(format!("{} {text}", key?)));
    hints.collect::<Vec<_>>().join(" · ")
}
