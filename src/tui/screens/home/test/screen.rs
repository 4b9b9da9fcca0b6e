//! Draws the test pane: the next request in the title, the results inside.

use keypool_domain::{Inventory, Known, Secret, TenantKey, TenantKeyId};
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;
use ratatui::widgets::Paragraph;

use crate::tui::keys::action::Action;
use crate::tui::layout::Pane;
use crate::tui::model::Model;
use crate::tui::model::calls::CallTarget;
use crate::tui::model::load_states::Part;
use crate::tui::screens::empty;
use crate::tui::screens::home::pane::PaneContext;
use crate::tui::screens::home::test::content;
use crate::tui::screens::home::test::state::{TestContext, TestPane};
use crate::tui::text;

impl TestPane {
    /// `inside` is the area without the border; a single row holds just the summary.
    pub(crate) fn lines(
        &self,
        model: &Model,
        selected: Option<&TenantKeyId>,
        inside: Rect,
    ) -> Vec<Line<'static>> {
        let cells = usize::from(inside.width).saturating_sub(1);
        match (&self.results, inside.height) {
            (None, _) | (_, 0) => Vec::new(),
            (Some(results), 1) => vec![content::summary_line(model, self, results, selected, cells, true)],
            (Some(results), _) => content::lines(model, self, results, selected, cells),
        }
    }

    pub(crate) fn draw(
        &self,
        model: &Model,
        context: TestContext<'_>,
        pane: PaneContext<'_>,
        frame: &mut Frame<'_>,
    ) {
        let inside = pane.area.inside;
        if pane.area.is_title_only() {
            return pane.draw_title(frame, &self.short_title_forms(), None, model.styles());
        }
        pane.draw_title(frame, &self.title_forms(model, context), None, model.styles());
        let height = usize::from(inside.height);
        let lines = self.lines(model, context.selected, inside);
        if lines.is_empty() {
            return empty::draw_text(model, inside, frame, &self.hint_text(model, context));
        }
        let from = self.scroll.min(lines.len().saturating_sub(height));
        let visible: Vec<_> = lines.into_iter().skip(from).take(height).collect();
        frame.render_widget(Paragraph::new(visible), inside);
    }

    /// The status of the last response.
    fn short_title_forms(&self) -> Vec<String> {
        let last = self.results.as_ref().and_then(|results| results.last.as_ref());
        let status = last.and_then(|sample| sample.status).map(|status| format!("4 Test · {status}"));
        status.into_iter().chain(["4 Test".to_owned()]).collect()
    }

    /// The request that `t` sends.
    fn title_forms(&self, model: &Model, context: TestContext<'_>) -> Vec<String> {
        let (Some(inventory), Ok(key)) = (model.inventory(), context.key_to_call) else {
            return vec!["4 Test".to_owned()];
        };
        let owner = plan_and_tenant(inventory, key);
        let masked = key.stored_value().map_or_else(|| "••••".to_owned(), Secret::masked);
        let Some(target) = self.target(&key.plan) else {
            return vec![format!("4 Test · {masked} ({owner})")];
        };
        let (method, url) = (&target.request.method, target.request.url());
        vec![
            format!("4 Test · {method} {url} · X-Api-Key {masked} ({owner})"),
            format!("4 Test · {method} {} · X-Api-Key {masked} ({owner})", short_url(&target, &url)),
            format!("4 Test · {method} {} · {masked} ({owner})", short_url(&target, &url)),
            format!("4 Test · {method} {} · {masked}{}", target.request.path, shared_suffix(inventory, key)),
            format!("4 Test · {method} {} · {masked}", target.request.path),
        ]
    }

    /// Shown before the first call: the hotkeys that work here, and what they do.
    fn hint_text(&self, model: &Model, context: TestContext<'_>) -> String {
        let Some(inventory) = model.inventory() else {
            return empty::placeholder_text(model, Part::TenantKeys, "keys");
        };
        if self.pending_call.is_some() {
            return format!("{} reading methods · Esc stops", model.spinner());
        }
        let key = match context.key_to_call {
            Ok(key) => key,
            Err(why) => return why.clone(),
        };
        let key_text = match context.focus {
            Pane::Keys | Pane::Test => "this key".to_owned(),
            Pane::Plans | Pane::Pool => {
                format!("key \"{}\" of {}", text::clean(&inventory.key_name(key)), key.tenant)
            }
        };
        let call_text = format!("calls the API with {key_text}");
        let label = |action| model.label(action);
        let parts = [
            (label(Action::Call), call_text.as_str()),
            (label(Action::CallSeries), "runs a series"),
            (
                label(Action::EditRequest).filter(|_| context.focus == Pane::Test),
                "edits method, path and headers",
            ),
        ];
        let hints = parts.into_iter().filter_map(|(key, text)| Some(format!("{} {text}", key?)));
        hints.collect::<Vec<_>>().join(" · ")
    }
}

/// E.g. `, shared by 8`: a call with a shared key counts towards the quota of all tenants that share it.
fn shared_suffix(inventory: &Inventory, key: &TenantKey) -> String {
    match (inventory.is_shared(key), key.api_key()) {
        (Known::Value(true), Known::Value(id)) => {
            format!(", shared by {}", text::format_tenant_keys_of(inventory, &id))
        }
        (Known::Value(_), _) => String::new(),
        (Known::Unknown(_), _) => ", possibly shared".to_owned(),
    }
}

/// E.g. `BasicPlan/acme, shared by 8`.
fn plan_and_tenant(inventory: &Inventory, key: &TenantKey) -> String {
    let shared = shared_suffix(inventory, key);
    format!("{}/{}{shared}", inventory.plan_name(&key.plan), key.tenant)
}

/// The URL without its host.
fn short_url(target: &CallTarget, url: &str) -> String {
    let scheme = url.split("://").next().unwrap_or_default();
    format!("{scheme}://…/{}{}", target.stage.stage, target.request.path)
}
