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
    let failure = model.load_state(part).failure();
    let failed = model.context().failure().is_some() || failure.is_some();
    let connecting = matches!(model.context(), Remote::NotRequested | Remote::Loading { .. });
    let text = match (failed, connecting) {
        (true, _) if matches!(failure, Some(Failure::Tables(_))) => {
            format!("No {what} yet. Press {} to set up this account.", model.key_label(Action::Setup))
        }
        (true, _) => format!("could not read {what}"),
        (false, true) => format!("{} connecting", model.spinner()),
        (false, false) => format!("{} reading {what}{}", model.spinner(), model.refresh_progress()),
    };
    draw_text(model, area, frame, &text);
}
