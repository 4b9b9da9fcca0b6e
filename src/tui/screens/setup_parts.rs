//! What the setup screen and the screen of methods share: their title, and a list with details below it.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;
use ratatui::widgets::Paragraph;

use crate::tui::keys::action::Action;
use crate::tui::model::Model;
use crate::tui::model::remote::Remote;
use crate::tui::styles::Role;
use crate::tui::text;

/// Rows for the details of the selected step or method, below the list.
const DETAIL_ROWS: u16 = 5;
pub(super) const STATE_COLS: u16 = 9;

/// Rows of the list; on a low screen, the list and the details below it share the height equally.
pub(super) const fn list_height(available: u16) -> u16 {
    available - if DETAIL_ROWS < available / 2 { DETAIL_ROWS } else { available / 2 }
}

pub(super) fn title(model: &Model, view: &str, count: &str) -> String {
    let reading = model.setup().value().map(|setup| &setup.state);
    let stage = reading.and_then(|reading| {
        let stage = reading.stage.as_ref()?;
        Some(format!(" · {} {stage}", reading.api().map_or("", |api| &api.name)))
    });
    let state = match model.setup() {
        Remote::Loading { .. } => format!(" · {} reading", model.spinner()),
        Remote::Failed { .. } => " · stale".to_owned(),
        Remote::NotRequested | Remote::Ready { .. } | Remote::Stopped => String::new(),
    };
    match reading {
        Some(_) => format!("{view}{} · {count}{state}", stage.unwrap_or_default()),
        None => view.to_owned(),
    }
}

/// Shown after the first read was stopped.
pub(super) fn stopped_text(model: &Model) -> String {
    format!("Reading was stopped. Press {} to read again.", model.key_label(Action::Refresh))
}

pub(super) fn draw_detail(model: &Model, area: Rect, summary: &str, action: &str, frame: &mut Frame<'_>) {
    let styles = model.styles();
    let cells = usize::from(area.width).saturating_sub(2);
    let paragraphs = [(summary, Role::Title), (action, Role::Accent)];
    let lines = paragraphs.into_iter().flat_map(|(paragraph, role)| {
        let style = styles.get(role);
        text::wrap(paragraph, cells).into_iter().map(move |line| Line::styled(format!(" {line}"), style))
    });
    let lines: Vec<_> = std::iter::once(Line::default()).chain(lines).collect();
    frame.render_widget(Paragraph::new(lines), area);
}
