//! Draws the request form.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use tui_input::Input;

use crate::tui::dialogs::frame;
use crate::tui::dialogs::request::{RequestField, RequestForm};
use crate::tui::model::Model;
use crate::tui::styles::Role;
use crate::tui::text;
use crate::tui::widgets::prompt;

const WIDTH: u16 = 84;
const NAME_COLS: u16 = 12;

impl RequestForm {
    pub(super) fn draw_form(&self, model: &Model, frame: &mut Frame<'_>) {
        let width = frame::content_cols(model, WIDTH);
        let errors = self.error.as_deref().map_or_else(Vec::new, |why| text::wrap(why, width.into()));
        let fields = self.fields();
        let height = u16::try_from(fields.len() + errors.len()).unwrap_or(u16::MAX);
        let inside = frame::draw(model, frame, "API request", width, height);
        let room = usize::from(inside.height).saturating_sub(errors.len());
        // On a low screen the fields scroll so that the focused one is visible.
        let first_visible = (self.focus + 1).saturating_sub(room);
        let visible = fields.iter().enumerate().skip(first_visible).take(room);
        for ((at, &field), y) in visible.zip(inside.y..) {
            self.draw_field(model, frame, Rect { y, height: 1, ..inside }, field, at == self.focus);
        }
        let style = model.styles().get(Role::Error);
        let below = inside.y + u16::try_from(fields.len().min(room)).unwrap_or(u16::MAX);
        for (line, y) in errors.into_iter().zip(below..inside.bottom()) {
            frame.render_widget(Line::styled(line, style), Rect { y, height: 1, ..inside });
        }
    }

    fn draw_field(
        &self,
        model: &Model,
        frame: &mut Frame<'_>,
        area: Rect,
        field: RequestField,
        is_focused: bool,
    ) {
        let styles = model.styles();
        frame::draw_field_name(frame, area, field.name(), is_focused, styles);
        let value = Rect { x: area.x + NAME_COLS, width: area.width.saturating_sub(NAME_COLS), ..area };
        if let Some(input) = self.field_input(field) {
            return prompt::draw(frame, value, "", input, is_focused, styles);
        }
        let text = match field {
            RequestField::Route => self.route_line(usize::from(value.width).saturating_sub(1)),
            RequestField::Method
            | RequestField::Path
            | RequestField::Header(_)
            | RequestField::Body
            | RequestField::PlainHttp => {
                format!("← {} →", if self.target.request.allow_http { "allowed" } else { "refused" })
            }
        };
        let role = if is_focused { Role::Selection } else { Role::Text };
        frame.render_widget(Line::from(vec![Span::raw(" "), Span::styled(text, styles.get(role))]), value);
    }

    fn field_input(&self, field: RequestField) -> Option<&Input> {
        match field {
            RequestField::Method => Some(&self.method),
            RequestField::Path => Some(&self.path),
            RequestField::Header(at) => self.headers.get(at),
            RequestField::Body => Some(&self.body),
            RequestField::Route | RequestField::PlainHttp => None,
        }
    }

    fn route_line(&self, cells: usize) -> String {
        let text = match self.route_index() {
            Some(at) => {
                let route = &self.routes[at];
                let position = format!("{} of {}", at + 1, self.routes.len());
                format!("← {} {} · stage {} · {position} →", route.method, route.path, route.stage)
            }
            None => format!("← custom · stage {} →", self.target.stage),
        };
        text::fit(&text, cells).into_owned()
    }
}

impl RequestField {
    const fn name(self) -> &'static str {
        match self {
            Self::Route => "route",
            Self::Method => "method",
            Self::Path => "path",
            Self::Header(_) => "header",
            Self::Body => "body",
            Self::PlainHttp => "plain http",
        }
    }
}
