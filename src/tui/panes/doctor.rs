//! The doctor view: all problems, with details of the selected one.

use keypool_domain::change::pluralize;
use keypool_domain::drift::{Consent, Finding};
use ratatui::Frame;
use ratatui::layout::{Constraint, Rect};
use ratatui::style::Style;
use ratatui::text::Line;
use ratatui::widgets::Paragraph;

use crate::tui::app::App;
use crate::tui::store::Remote;
use crate::tui::styles::Role;
use crate::tui::text;
use crate::tui::widgets::cursor::{Cursor, Motion};
use crate::tui::widgets::panel;
use crate::tui::widgets::table::{self, Cell, Column, TableView};

use super::messages;

/// Rows for the details of the selected problem, below the list.
const DETAIL_ROWS: u16 = 6;
const KIND_COLS: u16 = 22;

#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct DoctorPane {
    cursor: Cursor,
    height: usize,
}

impl DoctorPane {
    pub(crate) const fn selected(&self) -> usize {
        self.cursor.selected
    }

    pub(crate) fn move_cursor(&mut self, motion: Motion, findings: usize) {
        self.cursor.move_by(motion, findings, self.height);
    }

    pub(crate) fn resize(&mut self, area: Rect, findings: usize) {
        self.height = table::body_height(list_height(area.height.saturating_sub(2)), findings);
        self.cursor.clamp(findings, self.height);
    }
}

/// Rows of the list; on a low screen, the list and the details below it share the height equally.
const fn list_height(available: u16) -> u16 {
    available - if DETAIL_ROWS < available / 2 { DETAIL_ROWS } else { available / 2 }
}

pub(crate) fn draw(app: &App, area: Rect, frame: &mut Frame<'_>) {
    let styles = &app.options.styles;
    let findings = app.findings();
    let inside = panel::draw(frame, area, &title(app), true, styles);
    if findings.is_empty() {
        return messages::draw_text(app, inside, frame, &empty_text(app));
    }
    let columns = [
        Column::new("kind", Constraint::Length(KIND_COLS)),
        Column::new("problem", Constraint::Fill(1)),
        Column::new("fix", Constraint::Length(4)),
    ];
    let view = TableView {
        columns: &columns,
        rows: findings.len(),
        cursor: app.doctor.cursor,
        focused: true,
        styles,
    };
    let list = Rect { height: list_height(inside.height), ..inside };
    table::draw(frame, list, &view, |at| {
        let plain = Style::new();
        let finding = &findings[at];
        let fix = fix_label(finding);
        let kind = Cell::Text(finding.kind.as_str(), styles.get(Role::Warn));
        (false, vec![kind, Cell::Text(&finding.summary, plain), Cell::Text(fix, plain)])
    });
    if let Some(finding) = findings.get(app.doctor.cursor.selected) {
        let below = Rect { y: list.bottom(), height: inside.height - list.height, ..inside };
        draw_finding(app, below, finding, frame);
    }
}

fn title(app: &App) -> String {
    let findings = app.findings();
    let fixable = findings.iter().filter(|finding| finding.fix.is_possible()).count();
    let state = match &app.doctor_report {
        Remote::Loading { .. } => format!(" · {} checking", app.spinner()),
        Remote::Failed { .. } => " · stale".to_owned(),
        Remote::NotRequested | Remote::Ready { .. } => String::new(),
    };
    let problems = pluralize(findings.len(), "problem");
    format!("Doctor · {problems} · {} can be fixed{state}", text::format_count(fixable))
}

fn empty_text(app: &App) -> String {
    match &app.doctor_report {
        Remote::Ready { .. } => "no problems found".to_owned(),
        Remote::Failed { .. } => "the account could not be checked".to_owned(),
        Remote::NotRequested | Remote::Loading { .. } => {
            format!("{} checking the account", app.spinner())
        }
    }
}

/// `yes` if "fix all" includes the problem, `ask` if its fix needs a separate confirmation, a dash if it has none.
const fn fix_label(finding: &Finding) -> &'static str {
    match finding.fix.consent() {
        None => "–",
        Some(Consent::WithAll) => "yes",
        Some(Consent::Separate | Consent::Choice) => "ask",
    }
}

fn fix_text(app: &App, finding: &Finding) -> String {
    let Some(inventory) = app.inventory() else { return app.unfixable_hint(finding.kind) };
    let changes: Vec<_> =
        finding.fix.options().into_iter().map(|(_, change)| change.describe(inventory)).collect();
    match finding.fix.consent() {
        None => app.unfixable_hint(finding.kind),
        Some(Consent::WithAll) => format!("fix: {}", changes.join("; ")),
        Some(Consent::Separate | Consent::Choice) => format!("fix (asks first): {}", changes.join(", or ")),
    }
}

fn draw_finding(app: &App, area: Rect, finding: &Finding, frame: &mut Frame<'_>) {
    let styles = &app.options.styles;
    let cells = usize::from(area.width).saturating_sub(2);
    let fix = fix_text(app, finding);
    let paragraphs = [
        (finding.summary.clone(), Role::Title),
        (format!("impact: {}", finding.kind.meaning()), Role::Text),
        (fix, Role::Muted),
    ];
    let lines = paragraphs.into_iter().flat_map(|(paragraph, role)| {
        let style = styles.get(role);
        text::wrap(&paragraph, cells).into_iter().map(move |line| Line::styled(format!(" {line}"), style))
    });
    let lines: Vec<_> = std::iter::once(Line::default()).chain(lines).collect();
    frame.render_widget(Paragraph::new(lines), area);
}
