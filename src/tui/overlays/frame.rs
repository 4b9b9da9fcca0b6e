//! The frame of an overlay in the middle of the screen, and text in it that scrolls.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, BorderType, Clear, Paragraph};

use crate::tui::action::{Action, DialogAction, MotionAction};
use crate::tui::app::App;
use crate::tui::styles::{Role, Styles};
use crate::tui::text;

/// Draws the frame for content of this size, as far as the screen has room, and returns what is inside.
pub(super) fn draw(app: &App, frame: &mut Frame<'_>, title: &str, width: u16, height: u16) -> Rect {
    let area = center(frame.area(), width, height);
    let look = &app.options.styles;
    let title = format!(" {} ", text::fit(title, usize::from(area.width).saturating_sub(6)));
    let mut block = Block::bordered()
        .border_type(BorderType::Rounded)
        .border_style(look.get(Role::BorderFocused))
        .title(Span::styled(title, look.get(Role::Title)));
    if let Some(hint) = app.type_ahead.hint() {
        block = block.title_bottom(Span::styled(format!(" {hint} "), look.get(Role::Warn)));
    }
    let inside = block.inner(area);
    frame.render_widget(Clear, area);
    frame.buffer_mut().set_style(area, look.get(Role::Text));
    frame.render_widget(block, area);
    Rect { x: inside.x + 1, width: inside.width.saturating_sub(2), ..inside }
}

/// Draws the name of a line of a form; a sign tells where one is.
pub(super) fn draw_field_name(
    frame: &mut Frame<'_>,
    area: Rect,
    name: &'static str,
    here: bool,
    look: &Styles,
) {
    let sign = Span::styled(if here { "▶" } else { " " }, look.get(Role::Accent));
    let name = Span::styled(name, look.get(if here { Role::Title } else { Role::Muted }));
    frame.render_widget(Line::from(vec![sign, name]), area);
}

/// The cells across that content of an overlay has on this screen, where it would like so many.
pub(super) fn content_cols(app: &App, wanted: u16) -> u16 {
    wanted.min(app.size.width.saturating_sub(6))
}

/// The middle of the screen, the footer left free.
fn center(screen: Rect, width: u16, height: u16) -> Rect {
    let width = (width + 4).min(screen.width);
    let height = (height + 2).min(screen.height.saturating_sub(2));
    let x = screen.x + (screen.width - width) / 2;
    let y = screen.y + 1 + (screen.height.saturating_sub(2) - height) / 2;
    Rect { x, y, width, height }
}

/// How far a text is scrolled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Scroll(pub(super) u16);

impl Scroll {
    /// Moves by an action; false where it is none that moves.
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

    /// Keeps the last lines on screen.
    pub(super) fn clamp(&mut self, lines: usize, page: u16) {
        let most = u16::try_from(lines).unwrap_or(u16::MAX).saturating_sub(page);
        self.0 = self.0.min(most);
    }

    /// Draws the visible lines, and below them that there are more.
    pub(super) fn draw(self, app: &App, lines: Vec<Line<'static>>, area: Rect, frame: &mut Frame<'_>) {
        let most = u16::try_from(lines.len()).unwrap_or(u16::MAX).saturating_sub(area.height);
        let at = self.0.min(most);
        frame.render_widget(Paragraph::new(lines).scroll((at, 0)), area);
        if at < most {
            let more = app.options.keymap.label(Action::PageDown).unwrap_or_default();
            let more = Line::from(format!(" ↓ more: {more} ")).style(app.options.styles.get(Role::Accent));
            let below = Rect { y: area.bottom(), height: 1, ..area };
            frame.render_widget(more.right_aligned(), below);
        }
    }
}

/// Lines of an overlay's content that a screen of this height shows.
pub(super) fn page_rows(app: &App) -> u16 {
    app.size.height.saturating_sub(4)
}
