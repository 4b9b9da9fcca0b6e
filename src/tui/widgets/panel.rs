//! The frame of a pane with its title. The focused pane has a marker, so that colour is never the only signal.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, BorderType};

use crate::tui::styles::{Role, Styles};
use crate::tui::text;

/// Draws text at the right of the lower border if it fits.
pub(crate) fn draw_footer(frame: &mut Frame<'_>, area: Rect, text: &str, style: Style) {
    let text = format!(" {text} ");
    let cells = u16::try_from(text::width(&text)).unwrap_or(u16::MAX);
    if area.height >= 2 && cells.saturating_add(4) <= area.width {
        let footer = Rect { x: area.right() - cells - 2, y: area.bottom() - 1, width: cells, height: 1 };
        frame.render_widget(Line::styled(text, style), footer);
    }
}

/// Draws the frame and returns the inner area. An area of one row has only the title.
pub(crate) fn draw(frame: &mut Frame<'_>, area: Rect, title: &str, focused: bool, styles: &Styles) -> Rect {
    let border = styles.get(if focused { Role::BorderFocused } else { Role::Border });
    let room = usize::from(area.width).saturating_sub(4);
    let title_role = if focused { Role::Title } else { Role::Text };
    let title = Line::from(vec![
        Span::styled(if focused { "▶" } else { " " }, border),
        Span::styled(format!("{} ", text::fit(title, room)), styles.get(title_role)),
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
