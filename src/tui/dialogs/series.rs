//! The form for a series of calls: number and rate.

use keypool_domain::TenantKeyId;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;
use tui_input::InputRequest;

use crate::tui::dialogs::frame;
use crate::tui::keys::action::ActionSpec;
use crate::tui::keys::action::Scope;
use crate::tui::keys::action::{Action, DialogAction};
use crate::tui::model::Model;
use crate::tui::model::calls::CallSeries;
use crate::tui::screen::{Command, Dialog, Handled, Screen, close_with, done};
use crate::tui::styles::Role;
use crate::tui::text;
use crate::tui::widgets::prompt;
use crate::tui::widgets::suggestion::Suggestion;

const WIDTH: u16 = 56;
const NAME_COLS: u16 = 14;
/// The test pane keeps a symbol in its strip for each response.
const MAX_CALLS: u32 = 100_000;
const FIELD_NAMES: [&str; 2] = ["count", "per second"];

#[derive(Debug, Clone)]
pub(crate) struct SeriesForm {
    tenant_key: TenantKeyId,
    fields: [Suggestion; 2],
    focus: usize,
    error: Option<String>,
}

impl SeriesForm {
    pub(crate) fn new(tenant_key: TenantKeyId) -> Self {
        Self { tenant_key, fields: ["20", ""].map(Suggestion::new), focus: 0, error: None }
    }

    fn parse_series(&self) -> Result<CallSeries, String> {
        let [count, rate] = [0, 1].map(|index| self.fields[index].value().trim());
        let count = count.parse().ok().filter(|count| (1..=MAX_CALLS).contains(count));
        let count = count.ok_or_else(|| {
            format!("count must be a number from 1 to {}", text::format_count(MAX_CALLS as usize))
        })?;
        let invalid_rate = || "per second must be a number, e.g. 5 or 0.5, or empty for no limit".to_owned();
        let rate = match rate {
            "" => None,
            rate => Some(
                rate.parse().ok().filter(|rate| (0.001..=1_000.0).contains(rate)).ok_or_else(invalid_rate)?,
            ),
        };
        Ok(CallSeries { count, rate })
    }
}

impl Screen for SeriesForm {
    fn scopes(&self) -> &'static [Scope] {
        &[Scope::Dialog]
    }

    fn takes_text(&self) -> bool {
        true
    }

    fn hint(&self, spec: &ActionSpec, _model: &Model) -> Option<&'static str> {
        Some(if spec.action == Action::Accept { "start" } else { spec.footer })
    }

    fn handle(&mut self, action: Action, _model: &Model) -> Handled {
        match action.as_dialog()? {
            DialogAction::Dismiss => return Some(vec![Command::Close]),
            DialogAction::Accept => match self.parse_series() {
                Ok(series) => return close_with(Command::Call(self.tenant_key.clone(), series)),
                Err(why) => self.error = Some(why),
            },
            DialogAction::NextField | DialogAction::PreviousField => self.focus = 1 - self.focus,
            DialogAction::NextChoice | DialogAction::PreviousChoice => return None,
        }
        done()
    }

    fn edit(&mut self, request: InputRequest, _model: &Model) {
        self.fields[self.focus].handle(request);
        self.error = None;
    }

    fn draw(&self, model: &Model, _area: Rect, frame: &mut Frame<'_>) {
        let styles = model.styles();
        let width = frame::content_cols(model, WIDTH);
        let note =
            self.error.as_deref().unwrap_or("Without a rate, each call waits for the previous response.");
        let notes = text::wrap(note, width.into());
        let role = if self.error.is_some() { Role::Error } else { Role::Muted };
        let height = 2 + u16::try_from(notes.len()).unwrap_or(1);
        let inside = frame::draw(model, frame, "series of calls", width, height);
        let lines = notes.into_iter().map(|note| Line::styled(note, styles.get(role)));
        for (index, y) in (0..2).zip(inside.y..inside.bottom()) {
            let area = Rect { y, height: 1, ..inside };
            let is_focused = index == self.focus;
            frame::draw_field_name(frame, area, FIELD_NAMES[index], is_focused, styles);
            let value = Rect { x: area.x + NAME_COLS, width: area.width.saturating_sub(NAME_COLS), ..area };
            prompt::draw(frame, value, "", &self.fields[index].input, is_focused, styles);
        }
        for (line, y) in lines.zip(inside.y + 2..inside.bottom()) {
            frame.render_widget(line, Rect { y, height: 1, ..inside });
        }
    }
}

impl Dialog for SeriesForm {}
