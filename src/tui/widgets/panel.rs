//! The frame of a pane with its title. The focused pane has a marker, so that colour is never the only signal.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};
use ratatui::symbols::merge::MergeStrategy;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, BorderType};

use crate::tui::styles::{Role, Styles};
use crate::tui::text;

/// Corner or edge and focus marker before a title.
const TITLE_INDENT: u16 = 1;
/// Least cells of border between a title and the text at its right.
const TITLE_GAP: usize = 2;

/// A title in a line that is a border.
pub(crate) struct Title<'a> {
    /// The same title in several forms, the longest first.
    pub(crate) forms: &'a [String],
    /// A position or a hint; left out if it does not fit beside the form of the title that does.
    pub(crate) at_right: Option<(String, Style)>,
    pub(crate) is_focused: bool,
}

/// Draws the frame and returns the inner area. An area of one row has only the title.
pub(crate) fn draw(frame: &mut Frame<'_>, area: Rect, title: &str, focused: bool, styles: &Styles) -> Rect {
    let forms = [title.to_owned()];
    let title = Title { forms: &forms, at_right: None, is_focused: focused };
    if area.height < 2 {
        draw_title(frame, area, &title, styles);
        return Rect { height: 0, ..area };
    }
    let block =
        Block::bordered().border_type(BorderType::Rounded).border_style(border_style(focused, styles));
    let inside = block.inner(area);
    frame.render_widget(block, area);
    draw_title(frame, Rect { height: 1, ..area }, &title, styles);
    inside
}

/// Draws frames of which neighbours share a border, the focused one last, so that all its edges stand out.
pub(crate) fn draw_joined_frames(frame: &mut Frame<'_>, areas: &[Rect], focused: usize, styles: &Styles) {
    let others = (0..areas.len()).filter(|at| *at != focused);
    for at in others.chain([focused]) {
        let block = Block::bordered()
            .border_type(BorderType::Rounded)
            .border_style(border_style(at == focused, styles))
            .merge_borders(MergeStrategy::Fuzzy);
        frame.render_widget(block, areas[at]);
    }
}

/// Draws a horizontal line, for titles.
pub(crate) fn draw_rule(frame: &mut Frame<'_>, row: Rect, focused: bool, styles: &Styles) {
    let rule = "─".repeat(row.width.into());
    frame.render_widget(Line::styled(rule, border_style(focused, styles)), row);
}

/// Draws the title on its line.
pub(crate) fn draw_title(frame: &mut Frame<'_>, row: Rect, title: &Title<'_>, styles: &Styles) {
    let room = usize::from(row.width).saturating_sub(4);
    let fitting = title.forms.iter().find(|form| text::width(form) <= room).or(title.forms.last());
    let form = text::fit(fitting.map_or("", String::as_str), room);
    let line = Line::from(vec![
        Span::styled(if title.is_focused { "►" } else { " " }, border_style(title.is_focused, styles)),
        Span::styled(
            format!("{form} "),
            without_other_modifiers(styles.get(if title.is_focused { Role::Title } else { Role::Text })),
        ),
    ]);
    let area = Rect { x: row.x + TITLE_INDENT, width: row.width.saturating_sub(TITLE_INDENT), ..row };
    frame.render_widget(line, area);
    if let Some((text, style)) = &title.at_right
        && text::width(&form) + TITLE_GAP + text::width(text) <= room
    {
        let text = format!(" {text} ");
        let cells = u16::try_from(text::width(&text)).unwrap_or(u16::MAX);
        let at = Rect { x: row.right() - cells - 2, width: cells, ..row };
        frame.render_widget(Line::styled(text, without_other_modifiers(*style)), at);
    }
}

fn border_style(focused: bool, styles: &Styles) -> Style {
    without_other_modifiers(styles.get(if focused { Role::BorderFocused } else { Role::Border }))
}

/// On a border that two frames share, the modifiers of the other frame must not remain.
fn without_other_modifiers(style: Style) -> Style {
    style.remove_modifier(Modifier::all().difference(style.add_modifier))
}
