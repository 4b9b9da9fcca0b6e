//! The form of a request on screen.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use tui_input::Input;

use crate::tui::app::App;
use crate::tui::look::Role;
use crate::tui::overlays::frame;
use crate::tui::text;
use crate::tui::widgets::prompt;

use super::{Field, RequestForm};

const WIDTH: u16 = 84;
/// Cells of the column of names.
const NAME: u16 = 12;

impl RequestForm {
    pub(in crate::tui::overlays) fn draw(&self, app: &App, frame: &mut Frame<'_>) {
        let width = frame::room(app, WIDTH);
        let mistake = self.mistake.as_deref().map_or_else(Vec::new, |why| text::wrap(why, width.into()));
        let fields = self.fields();
        let height = u16::try_from(fields.len() + mistake.len()).unwrap_or(u16::MAX);
        let inside = frame::draw(app, frame, "what is called", width, height);
        let room = usize::from(inside.height).saturating_sub(mistake.len());
        // On a low screen the fields scroll with the cursor.
        let from = (self.at + 1).saturating_sub(room);
        let shown = fields.iter().enumerate().skip(from).take(room);
        for ((at, &field), y) in shown.zip(inside.y..) {
            self.draw_field(app, frame, Rect { y, height: 1, ..inside }, field, at == self.at);
        }
        let style = app.options.look.style(Role::Error);
        let below = inside.y + u16::try_from(fields.len().min(room)).unwrap_or(u16::MAX);
        for (line, y) in mistake.into_iter().zip(below..inside.bottom()) {
            frame.render_widget(Line::styled(line, style), Rect { y, height: 1, ..inside });
        }
    }

    fn draw_field(&self, app: &App, frame: &mut Frame<'_>, area: Rect, field: Field, here: bool) {
        let look = &app.options.look;
        frame::name(frame, area, field.name(), here, look);
        let value = Rect { x: area.x + NAME, width: area.width.saturating_sub(NAME), ..area };
        if let Some(input) = self.text(field) {
            return prompt::draw(frame, value, "", input, here, look);
        }
        let shown = match field {
            Field::Route => self.route_line(usize::from(value.width).saturating_sub(1)),
            Field::Method | Field::Path | Field::Header(_) | Field::Body | Field::PlainHttp => {
                format!("← {} →", if self.aim.request.allow_http { "allowed" } else { "refused" })
            }
        };
        let role = if here { Role::Selection } else { Role::Text };
        frame.render_widget(Line::from(vec![Span::raw(" "), Span::styled(shown, look.style(role))]), value);
    }

    fn text(&self, field: Field) -> Option<&Input> {
        match field {
            Field::Method => Some(&self.method),
            Field::Path => Some(&self.path),
            Field::Header(at) => self.headers.get(at),
            Field::Body => Some(&self.body),
            Field::Route | Field::PlainHttp => None,
        }
    }

    fn route_line(&self, cells: usize) -> String {
        let words = match self.route() {
            Some(at) => {
                let route = &self.routes[at];
                let of = format!("{} of {}", at + 1, self.routes.len());
                format!("← {} {} · stage {} · {of} →", route.method, route.path, route.stage)
            }
            None => format!("← your own · stage {} →", self.aim.stage),
        };
        text::fit(&words, cells).into_owned()
    }
}

impl Field {
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
