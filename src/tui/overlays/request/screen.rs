//! The form of a request on screen.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use tui_input::Input;

use crate::tui::app::App;
use crate::tui::overlays::frame;
use crate::tui::styles::Role;
use crate::tui::text;
use crate::tui::widgets::prompt;

use super::{RequestField, RequestForm};

const WIDTH: u16 = 84;
/// Cells of the column of names.
const NAME_COLS: u16 = 12;

impl RequestForm {
    pub(in crate::tui::overlays) fn draw(&self, app: &App, frame: &mut Frame<'_>) {
        let width = frame::content_cols(app, WIDTH);
        let mistake = self.error.as_deref().map_or_else(Vec::new, |why| text::wrap(why, width.into()));
        let fields = self.fields();
        let height = u16::try_from(fields.len() + mistake.len()).unwrap_or(u16::MAX);
        let inside = frame::draw(app, frame, "what is called", width, height);
        let room = usize::from(inside.height).saturating_sub(mistake.len());
        // On a low screen the fields scroll with the cursor.
        let from = (self.focus + 1).saturating_sub(room);
        let shown = fields.iter().enumerate().skip(from).take(room);
        for ((at, &field), y) in shown.zip(inside.y..) {
            self.draw_field(app, frame, Rect { y, height: 1, ..inside }, field, at == self.focus);
        }
        let style = app.options.styles.get(Role::Error);
        let below = inside.y + u16::try_from(fields.len().min(room)).unwrap_or(u16::MAX);
        for (line, y) in mistake.into_iter().zip(below..inside.bottom()) {
            frame.render_widget(Line::styled(line, style), Rect { y, height: 1, ..inside });
        }
    }

    fn draw_field(&self, app: &App, frame: &mut Frame<'_>, area: Rect, field: RequestField, here: bool) {
        let look = &app.options.styles;
        frame::draw_field_name(frame, area, field.name(), here, look);
        let value = Rect { x: area.x + NAME_COLS, width: area.width.saturating_sub(NAME_COLS), ..area };
        if let Some(input) = self.field_input(field) {
            return prompt::draw(frame, value, "", input, here, look);
        }
        let shown = match field {
            RequestField::Route => self.route_line(usize::from(value.width).saturating_sub(1)),
            RequestField::Method
            | RequestField::Path
            | RequestField::Header(_)
            | RequestField::Body
            | RequestField::PlainHttp => {
                format!("← {} →", if self.target.request.allow_http { "allowed" } else { "refused" })
            }
        };
        let role = if here { Role::Selection } else { Role::Text };
        frame.render_widget(Line::from(vec![Span::raw(" "), Span::styled(shown, look.get(role))]), value);
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
        let words = match self.route_index() {
            Some(at) => {
                let route = &self.routes[at];
                let of = format!("{} of {}", at + 1, self.routes.len());
                format!("← {} {} · stage {} · {of} →", route.method, route.path, route.stage)
            }
            None => format!("← your own · stage {} →", self.target.stage),
        };
        text::fit(&words, cells).into_owned()
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
