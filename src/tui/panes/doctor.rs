//! The view of the doctor: every finding, and what the selected one means.

use keypool_domain::drift::{Consent, Finding};
use ratatui::Frame;
use ratatui::layout::{Constraint, Rect};
use ratatui::style::Style;
use ratatui::text::Line;
use ratatui::widgets::Paragraph;

use crate::tui::app::App;
use crate::tui::look::Role;
use crate::tui::store::Remote;
use crate::tui::text;
use crate::tui::widgets::cursor::{Cursor, Motion};
use crate::tui::widgets::panel;
use crate::tui::widgets::table::{self, Cell, Column, View};

use super::messages;

/// Lines below the list, about the selected finding.
const ABOUT: u16 = 6;
/// Cells of the column of kinds.
const KIND: u16 = 22;

/// Where one is in the findings.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct DoctorPane {
    cursor: Cursor,
    height: usize,
}

impl DoctorPane {
    pub(crate) const fn selected(&self) -> usize {
        self.cursor.at
    }

    pub(crate) fn go(&mut self, motion: Motion, findings: usize) {
        self.cursor.go(motion, findings, self.height);
    }

    pub(crate) fn scroll(&mut self, area: Rect, findings: usize) {
        self.height = table::body_height(list_height(area.height.saturating_sub(2)), findings);
        self.cursor.settle(findings, self.height);
    }
}

/// On a low screen list and explanation share what there is.
const fn list_height(inside: u16) -> u16 {
    inside - if ABOUT < inside / 2 { ABOUT } else { inside / 2 }
}

pub(crate) fn draw(app: &App, area: Rect, frame: &mut Frame<'_>) {
    let look = &app.options.look;
    let findings = app.findings();
    let inside = panel::draw(frame, area, &title(app), true, look);
    if findings.is_empty() {
        return messages::plain(app, inside, frame, &nothing(app));
    }
    let columns = [
        Column::new("kind", Constraint::Length(KIND)),
        Column::new("finding", Constraint::Fill(1)),
        Column::new("fix", Constraint::Length(4)),
    ];
    let view =
        View { columns: &columns, rows: findings.len(), cursor: app.doctor.cursor, focused: true, look };
    let list = Rect { height: list_height(inside.height), ..inside };
    table::draw(frame, list, &view, |at| {
        let plain = Style::new();
        let finding = &findings[at];
        let mend = fix_word(finding);
        let kind = Cell::Text(finding.kind.as_str(), look.style(Role::Warn));
        (false, vec![kind, Cell::Text(&finding.seen, plain), Cell::Text(mend, plain)])
    });
    if let Some(finding) = findings.get(app.doctor.cursor.at) {
        let about = Rect { y: list.bottom(), height: inside.height - list.height, ..inside };
        draw_about(app, about, finding, frame);
    }
}

fn title(app: &App) -> String {
    let findings = app.findings();
    let fixable = findings.iter().filter(|finding| finding.fix.is_possible()).count();
    let spinner = match &app.diagnosis {
        Remote::Loading { .. } => format!(" · {} looking", app.spinner()),
        Remote::Failed { .. } => " · stale".to_owned(),
        Remote::NotAsked | Remote::Ready { .. } => String::new(),
    };
    format!("Doctor · findings {} · {} can be fixed{spinner}", text::grouped(findings.len()), fixable)
}

fn nothing(app: &App) -> String {
    match &app.diagnosis {
        Remote::Ready { .. } => "everything fits together".to_owned(),
        Remote::Failed { .. } => "the account could not be looked over".to_owned(),
        Remote::NotAsked | Remote::Loading { .. } => format!("{} looking the account over", app.spinner()),
    }
}

/// Whether it can be fixed: with all others, or by a question of its own.
const fn fix_word(finding: &Finding) -> &'static str {
    match finding.fix.consent() {
        None => "–",
        Some(Consent::WithAll) => "yes",
        Some(Consent::Asked | Consent::Choice) => "ask",
    }
}

fn how_to_fix(app: &App, finding: &Finding) -> String {
    let Some(inventory) = app.known() else { return app.instead_of_mending(finding.kind) };
    let ways: Vec<_> =
        finding.fix.answers().into_iter().map(|(_, change)| change.describe(inventory)).collect();
    match finding.fix.consent() {
        None => app.instead_of_mending(finding.kind),
        Some(Consent::WithAll) => format!("fix: {}", ways.join("; ")),
        Some(Consent::Asked | Consent::Choice) => format!("fix, if you say so: {}", ways.join(", or ")),
    }
}

/// What was seen, what it means, and what fixes it.
fn draw_about(app: &App, area: Rect, finding: &Finding, frame: &mut Frame<'_>) {
    let look = &app.options.look;
    let cells = usize::from(area.width).saturating_sub(2);
    let mend = how_to_fix(app, finding);
    let said = [
        (finding.seen.clone(), Role::Title),
        (format!("for tenants: {}", finding.kind.meaning()), Role::Text),
        (mend, Role::Muted),
    ];
    let lines = said.into_iter().flat_map(|(words, role)| {
        let style = look.style(role);
        text::wrap(&words, cells).into_iter().map(move |line| Line::styled(format!(" {line}"), style))
    });
    let lines: Vec<_> = std::iter::once(Line::default()).chain(lines).collect();
    frame.render_widget(Paragraph::new(lines), area);
}
