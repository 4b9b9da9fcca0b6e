//! The fields of a form: a label, and a value that keys change.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use tui_input::InputRequest;

use crate::tui::styles::{Role, Styles};
use crate::tui::text;

/// What a key did to a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FieldChange {
    /// The key means nothing here.
    Ignored,
    /// The value of a toggle, which no error is about.
    Toggled,
    /// The text or the choice: what was wrong with it may be right now.
    Edited,
}

pub(crate) trait Field {
    fn label(&self) -> &'static str;

    /// Whether typed characters are text rather than keys.
    fn takes_text(&self) -> bool {
        false
    }

    /// Whether the form draws arrows beside the value, which can be typed or chosen.
    fn has_arrows(&self) -> bool {
        false
    }

    /// Takes the next or the previous choice.
    fn step(&mut self, forward: bool) -> FieldChange;

    fn edit(&mut self, _request: InputRequest) -> FieldChange {
        FieldChange::Ignored
    }

    /// Draws the value into one row.
    fn draw(&self, styles: &Styles, area: Rect, is_focused: bool, frame: &mut Frame<'_>);
}

/// The index of the next or previous of `count` choices, wrapping around, or of the first if none is chosen.
pub(crate) fn neighbour(chosen: Option<usize>, count: usize, forward: bool) -> Option<usize> {
    let step = if forward { 1 } else { count.checked_sub(1)? };
    (count > 0).then(|| chosen.map_or(0, |at| (at + step) % count))
}

/// Draws a value that can only be chosen.
pub(crate) fn draw_choice(
    styles: &Styles,
    area: Rect,
    choice: &str,
    is_focused: bool,
    frame: &mut Frame<'_>,
) {
    let role = if is_focused { Role::Selection } else { Role::Text };
    let choice = text::fit(choice, usize::from(area.width).saturating_sub(1));
    let choice = Span::styled(choice, styles.get(role));
    frame.render_widget(Line::from(vec![Span::raw(" "), choice]), area);
}
