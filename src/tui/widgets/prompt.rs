//! A single-line text input.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use tui_input::Input;

use crate::tui::styles::{Role, Styles};
use crate::tui::text;

/// Places the terminal cursor in the text if `is_focused`.
pub(crate) fn draw(
    frame: &mut Frame<'_>,
    area: Rect,
    prefix: &str,
    input: &Input,
    is_focused: bool,
    styles: &Styles,
) {
    let room = usize::from(area.width).saturating_sub(text::width(prefix) + 2);
    let scroll = input.visual_scroll(room.max(1));
    let visible = text_from_cell(input.value(), scroll);
    let style = styles.get(if is_focused { Role::Text } else { Role::Muted });
    let line = Line::from(vec![
        Span::styled(format!(" {prefix}"), styles.get(Role::Accent)),
        Span::styled(text::fit(&visible, room).into_owned(), style),
    ]);
    frame.render_widget(line, area);
    if is_focused {
        let at = input.visual_cursor().saturating_sub(scroll) + text::width(prefix) + 1;
        let x = area.x + u16::try_from(at).unwrap_or(0).min(area.width.saturating_sub(1));
        frame.set_cursor_position((x, area.y));
    }
}

/// Drops the first `from` cells.
fn text_from_cell(value: &str, from: usize) -> String {
    let mut cells = 0;
    let hidden = value.chars().take_while(|&c| {
        cells += unicode_width::UnicodeWidthChar::width(c).unwrap_or(0);
        cells <= from
    });
    let skip = hidden.count();
    value.chars().skip(skip).collect()
}
