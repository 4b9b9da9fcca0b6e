//! The text of a list that has nothing to list.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;
use ratatui::widgets::Paragraph;

use crate::aws::Failure;
use crate::tui::keys::action::Action;
use crate::tui::model::Model;
use crate::tui::model::load_states::Part;
use crate::tui::model::remote::Remote;
use crate::tui::styles::Role;
use crate::tui::text;

/// Draws text where a pane has nothing to list.
pub(crate) fn draw_text(model: &Model, area: Rect, frame: &mut Frame<'_>, text: &str) {
    let cells = usize::from(area.width).saturating_sub(2);
    let style = model.styles().get(Role::Muted);
    let lines = text::wrap(text, cells).into_iter().map(|line| Line::styled(format!(" {line}"), style));
    frame.render_widget(Paragraph::new(lines.collect::<Vec<_>>()), area);
}

/// Draws the progress or failure of loading this part of the account while there is no inventory; `what` says what the
/// pane lists, in the plural.
pub(crate) fn draw_placeholder(model: &Model, area: Rect, frame: &mut Frame<'_>, part: Part, what: &str) {
    draw_text(model, area, frame, &placeholder_text(model, part, what));
}

/// Why there is no inventory yet.
pub(crate) fn placeholder_text(model: &Model, part: Part, what: &str) -> String {
    match (model.context(), model.load_state(part)) {
        (_, Remote::Failed { failure: Failure::Tables(_), .. }) => {
            format!("No {what} yet. Press {} to set up this account.", model.key_label(Action::Setup))
        }
        (Remote::Failed { .. }, _) | (_, Remote::Failed { .. }) => format!("could not read {what}"),
        (Remote::Stopped, _) | (_, Remote::Stopped) => {
            format!("The {what} are not read. Press {} to read them.", model.key_label(Action::Refresh))
        }
        (Remote::NotRequested | Remote::Loading { .. }, _) => format!("{} connecting", model.spinner()),
        (Remote::Ready { .. }, Remote::NotRequested | Remote::Loading { .. } | Remote::Ready { .. }) => {
            format!("{} reading {what}{}", model.spinner(), model.refresh_progress())
        }
    }
}
