//! The centred frame of a dialog, and scrolling text in it.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, BorderType, Clear, Paragraph};

use crate::tui::keys::action::{Action, DialogAction, MotionAction};
use crate::tui::model::Model;
use crate::tui::styles::Role;
use crate::tui::text;

/// Draws the frame for content of this size, limited to the screen, and returns the inner area.
pub(super) fn draw(model: &Model, frame: &mut Frame<'_>, title: &str, width: u16, height: u16) -> Rect {
    let area = center(frame.area(), width, height);
    let styles = model.styles();
    let title = format!(" {} ", text::fit(title, usize::from(area.width).saturating_sub(6)));
    let mut block = Block::bordered()
        .border_type(BorderType::Rounded)
        .border_style(styles.get(Role::BorderFocused))
        .title(Span::styled(title, styles.get(Role::Title)));
    if let Some(hint) = model.type_ahead().hint() {
        block = block.title_bottom(Span::styled(format!(" {hint} "), styles.get(Role::Warn)));
    }
    let inside = block.inner(area);
    frame.render_widget(Clear, area);
    frame.buffer_mut().set_style(area, styles.get(Role::Text));
    frame.render_widget(block, area);
    Rect { x: inside.x + 1, width: inside.width.saturating_sub(2), ..inside }
}

/// The width of dialog content: `wanted`, limited to the screen.
pub(super) fn content_cols(model: &Model, wanted: u16) -> u16 {
    wanted.min(model.size().width.saturating_sub(6))
}

/// The area of a dialog whose content has this size. Leaves the footer visible.
fn center(screen: Rect, width: u16, height: u16) -> Rect {
    let width = (width + 4).min(screen.width);
    let height = (height + 2).min(screen.height.saturating_sub(2));
    let x = screen.x + (screen.width - width) / 2;
    let y = screen.y + 1 + (screen.height.saturating_sub(2) - height) / 2;
    Rect { x, y, width, height }
}

/// The number of lines scrolled off the top.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Scroll(pub(super) u16);

impl Scroll {
    /// Returns false if the action does not scroll.
    pub(super) fn act(&mut self, action: Action, page: u16) -> bool {
        let half = (page / 2).max(1);
        let motion = match (action.as_motion(), action.as_dialog()) {
            (Some(motion), _) => motion,
            (None, Some(DialogAction::NextField)) => MotionAction::Down,
            (None, Some(DialogAction::PreviousField)) => MotionAction::Up,
            (
                None,
                None
                | Some(
                    DialogAction::Accept
                    | DialogAction::Dismiss
                    | DialogAction::NextChoice
                    | DialogAction::PreviousChoice,
                ),
            ) => return false,
        };
        self.0 = match motion {
            MotionAction::Down => self.0.saturating_add(1),
            MotionAction::Up => self.0.saturating_sub(1),
            MotionAction::HalfDown => self.0.saturating_add(half),
            MotionAction::HalfUp => self.0.saturating_sub(half),
            MotionAction::PageDown => self.0.saturating_add(page),
            MotionAction::PageUp => self.0.saturating_sub(page),
            MotionAction::Top => 0,
            MotionAction::Bottom => u16::MAX,
        };
        true
    }

    /// Keeps the last page filled.
    pub(super) fn clamp(&mut self, lines: usize, page: u16) {
        let max = u16::try_from(lines).unwrap_or(u16::MAX).saturating_sub(page);
        self.0 = self.0.min(max);
    }

    /// Draws the visible lines, and a hint below if there are more.
    pub(super) fn draw(self, model: &Model, lines: Vec<Line<'static>>, area: Rect, frame: &mut Frame<'_>) {
        let max = u16::try_from(lines.len()).unwrap_or(u16::MAX).saturating_sub(area.height);
        let at = self.0.min(max);
        frame.render_widget(Paragraph::new(lines).scroll((at, 0)), area);
        if at < max {
            let more = model.label(Action::PageDown).unwrap_or_default();
            let more = Line::from(format!(" ↓ more: {more} ")).style(model.styles().get(Role::Accent));
            let below = Rect { y: area.bottom(), height: 1, ..area };
            frame.render_widget(more.right_aligned(), below);
        }
    }
}

/// Lines of dialog content that fit on the screen.
pub(super) fn page_rows(model: &Model) -> u16 {
    model.size().height.saturating_sub(4)
}
