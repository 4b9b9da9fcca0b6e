//! Draws the key form.

use keypool_domain::{Inventory, PlanId};
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use tui_input::Input;

use crate::tui::dialogs::frame;
use crate::tui::dialogs::key_form::{KeyField, KeyForm};
use crate::tui::model::Model;
use crate::tui::styles::Role;
use crate::tui::text;
use crate::tui::widgets::prompt;

const WIDTH: u16 = 72;
const NAME_COLS: u16 = 13;

impl KeyField {
    const fn name(self) -> &'static str {
        match self {
            Self::Plan => "plan",
            Self::Tenant => "tenant",
            Self::Name => "name",
            Self::Description => "description",
            Self::Enabled => "enabled",
            Self::Count => "count",
        }
    }
}

impl KeyForm {
    pub(super) fn draw_form(&self, model: &Model, frame: &mut Frame<'_>) {
        let width = frame::content_cols(model, WIDTH);
        let errors = self.error_lines(width);
        let lines = self.fields().len() + errors.len();
        let inside =
            frame::draw(model, frame, &self.title(model), width, u16::try_from(lines).unwrap_or(u16::MAX));
        let mut y = inside.y;
        for (at, &field) in self.fields().iter().enumerate() {
            if y < inside.bottom() {
                self.draw_field(model, frame, Rect { y, height: 1, ..inside }, field, at == self.focus);
            }
            y += 1;
            if self.error.as_ref().is_some_and(|(error_field, _)| *error_field == field) {
                for line in &errors {
                    let area =
                        Rect { x: inside.x + NAME_COLS, y, width: inside.width - NAME_COLS, height: 1 };
                    let line = Line::styled(line.clone(), model.styles().get(Role::Error));
                    frame.render_widget(line, area.intersection(inside));
                    y += 1;
                }
            }
        }
    }

    fn title(&self, model: &Model) -> String {
        let Some(tenant_key) = &self.tenant_key else { return "new key".to_owned() };
        match model.inventory().and_then(|inventory| inventory.tenant_key(tenant_key)) {
            Some(key) => format!("edit key \"{}\" of {}", key.name, key.tenant),
            None => "edit key".to_owned(),
        }
    }

    fn error_lines(&self, width: u16) -> Vec<String> {
        let cells = usize::from(width.saturating_sub(NAME_COLS));
        self.error.as_ref().map_or_else(Vec::new, |(_, why)| text::wrap(why, cells))
    }

    fn draw_field(
        &self,
        model: &Model,
        frame: &mut Frame<'_>,
        area: Rect,
        field: KeyField,
        is_focused: bool,
    ) {
        let styles = model.styles();
        frame::draw_field_name(frame, area, field.name(), is_focused, styles);
        let value = Rect { x: area.x + NAME_COLS, width: area.width.saturating_sub(NAME_COLS), ..area };
        if let Some(input) = self.field_input(field) {
            return prompt::draw(frame, value, "", input, is_focused, styles);
        }
        let text = match field {
            KeyField::Plan => self.plan_line(model, usize::from(value.width)),
            KeyField::Tenant
            | KeyField::Name
            | KeyField::Description
            | KeyField::Enabled
            | KeyField::Count => {
                format!("← {} →", self.enabled.map_or("unknown", |on| if on { "yes" } else { "no" }))
            }
        };
        let role = if is_focused { Role::Selection } else { Role::Text };
        frame.render_widget(Line::from(vec![Span::raw(" "), Span::styled(text, styles.get(role))]), value);
    }

    fn field_input(&self, field: KeyField) -> Option<&Input> {
        match field {
            KeyField::Tenant => Some(&self.tenant),
            KeyField::Name => Some(&self.name),
            KeyField::Description => Some(&self.description),
            KeyField::Count => Some(&self.count.input),
            KeyField::Plan | KeyField::Enabled => None,
        }
    }

    fn plan_line(&self, model: &Model, cells: usize) -> String {
        let (Some(inventory), Some(id)) = (model.inventory(), self.plans.get(self.plan)) else {
            return String::new();
        };
        let line = format!("← {} → {}", text::clean(inventory.plan_name(id)), plan_room(inventory, id));
        text::fit(&line, cells.saturating_sub(1)).into_owned()
    }
}

/// E.g. `pooled: shared API key, room for 12`.
fn plan_room(inventory: &Inventory, plan: &PlanId) -> String {
    let model = inventory.model(plan);
    match inventory.pool(plan) {
        None => format!("{model}: own API key"),
        Some(pool) => {
            let live = pool.keys.iter().filter(|key| inventory.is_live(&key.api_key));
            let rooms: Vec<_> = live.map(keypool_domain::PoolKey::remaining_capacity).collect();
            let known = rooms.iter().filter_map(|room| room.value_to_show());
            let room: u64 = known.map(|room| u64::from(*room)).sum();
            let room = text::format_count_u64(room);
            let are_all_known = rooms.iter().all(|room| room.reason().is_none());
            let at_least = if are_all_known { "" } else { "at least " };
            format!("{model}: shared API key, room for {at_least}{room}")
        }
    }
}
