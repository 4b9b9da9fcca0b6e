//! Draws the message lines above the footer, and the text of an empty pane.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;

use crate::aws::Failure;
use crate::tui::action::Action;
use crate::tui::app::App;
use crate::tui::message::Tone;
use crate::tui::store::Remote;
use crate::tui::styles::Role;
use crate::tui::text;

pub(crate) fn draw(app: &App, area: Rect, frame: &mut Frame<'_>) {
    let lines = app.message_lines().into_iter().map(|(tone, line)| {
        let role = match tone {
            Tone::Info => Role::Accent,
            Tone::Success => Role::Ok,
            Tone::Error => Role::Error,
            Tone::Ambient(role) => role,
        };
        Line::from(Span::styled(format!(" {line}"), app.options.styles.get(role)))
    });
    frame.render_widget(Paragraph::new(lines.collect::<Vec<_>>()), area);
}

/// Draws text where a pane has nothing to list.
pub(crate) fn draw_text(app: &App, area: Rect, frame: &mut Frame<'_>, text: &str) {
    let cells = usize::from(area.width).saturating_sub(2);
    let style = app.options.styles.get(Role::Muted);
    let lines = text::wrap(text, cells).into_iter().map(|line| Line::styled(format!(" {line}"), style));
    frame.render_widget(Paragraph::new(lines.collect::<Vec<_>>()), area);
}

/// Draws the progress or failure of loading while there is no inventory; `what` says what the pane lists, in the
/// plural.
pub(crate) fn draw_placeholder(app: &App, area: Rect, frame: &mut Frame<'_>, what: &str) {
    let failed = app.context.failure().is_some() || app.snapshot.failure().is_some();
    let connecting = matches!(app.context, Remote::NotRequested | Remote::Loading { .. });
    let text = match (failed, connecting) {
        (true, _) if matches!(app.snapshot.failure(), Some(Failure::Tables(_))) => {
            format!("No {what} yet. Press {} to set up this account.", app.key_label(Action::Setup))
        }
        (true, _) => format!("could not read {what}"),
        (false, true) => format!("{} connecting", app.spinner()),
        (false, false) => format!("{} reading {what}{}", app.spinner(), app.refresh_progress()),
    };
    draw_text(app, area, frame, &text);
}
