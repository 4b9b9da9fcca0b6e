//! A line that is typed, with its cursor.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use tui_input::Input;

use crate::tui::styles::{Role, Styles};
use crate::tui::text;

/// Draws sign and text; the terminal's own cursor stands in it while it is typed.
pub(crate) fn draw(
    frame: &mut Frame<'_>,
    area: Rect,
    sign: &str,
    input: &Input,
    typing: bool,
    look: &Styles,
) {
    let room = usize::from(area.width).saturating_sub(text::width(sign) + 2);
    let scroll = input.visual_scroll(room.max(1));
    let shown = text_from_cell(input.value(), scroll);
    let style = look.get(if typing { Role::Text } else { Role::Muted });
    let line = Line::from(vec![
        Span::styled(format!(" {sign}"), look.get(Role::Accent)),
        Span::styled(text::fit(&shown, room).into_owned(), style),
    ]);
    frame.render_widget(line, area);
    if typing {
        let at = input.visual_cursor().saturating_sub(scroll) + text::width(sign) + 1;
        let x = area.x + u16::try_from(at).unwrap_or(0).min(area.width.saturating_sub(1));
        frame.set_cursor_position((x, area.y));
    }
}

/// The text from this cell on.
fn text_from_cell(value: &str, from: usize) -> String {
    let mut cells = 0;
    let hidden = value.chars().take_while(|&c| {
        cells += unicode_width::UnicodeWidthChar::width(c).unwrap_or(0);
        cells <= from
    });
    let skip = hidden.count();
    value.chars().skip(skip).collect()
}
