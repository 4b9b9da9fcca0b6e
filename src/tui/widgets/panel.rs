//! The frame of a pane: number, title, and the focus told by more than colour.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, BorderType};

use crate::tui::look::{Look, Role};
use crate::tui::text;

/// Draws the frame and returns what is inside; an area of one row holds the title alone.
pub(crate) fn draw(frame: &mut Frame<'_>, area: Rect, title: &str, focused: bool, look: &Look) -> Rect {
    let border = look.style(if focused { Role::BorderFocused } else { Role::Border });
    let room = usize::from(area.width).saturating_sub(4);
    let name = if focused { Role::Title } else { Role::Text };
    let title = Line::from(vec![
        Span::styled(if focused { "▶" } else { " " }, border),
        Span::styled(format!("{} ", text::fit(title, room)), look.style(name)),
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
