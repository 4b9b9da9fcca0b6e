//! The frame of a pane: number, title, and the focus told by more than colour.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, BorderType};

use crate::tui::styles::{Role, Styles};
use crate::tui::text;

/// Writes on the lower border, to the right, where there is room.
pub(crate) fn draw_footer(frame: &mut Frame<'_>, area: Rect, words: &str, style: Style) {
    let words = format!(" {words} ");
    let cells = u16::try_from(text::width(&words)).unwrap_or(u16::MAX);
    if area.height >= 2 && cells.saturating_add(4) <= area.width {
        let place = Rect { x: area.right() - cells - 2, y: area.bottom() - 1, width: cells, height: 1 };
        frame.render_widget(Line::styled(words, style), place);
    }
}

/// Draws the frame and returns what is inside; an area of one row holds the title alone.
pub(crate) fn draw(frame: &mut Frame<'_>, area: Rect, title: &str, focused: bool, look: &Styles) -> Rect {
    let border = look.get(if focused { Role::BorderFocused } else { Role::Border });
    let room = usize::from(area.width).saturating_sub(4);
    let name = if focused { Role::Title } else { Role::Text };
    let title = Line::from(vec![
        Span::styled(if focused { "▶" } else { " " }, border),
        Span::styled(format!("{} ", text::fit(title, room)), look.get(name)),
    ]);
    if area.height < 2 {
        frame.render_widget(title, area);
        return Rect { height: 0, ..area };
    }
    let block = Block::bordered().border_type(BorderType::Rounded).border_style(border).title(title);
    let inside = block.inner(area);
    frame.render_widget(block, area);
    inside
}
