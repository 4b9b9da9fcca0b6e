//! The doctor: all problems, with details of the selected one.

use std::sync::Arc;

use jiff::Timestamp;
use keypool_domain::drift::{Consent, Finding, FindingKind};
use keypool_domain::text::pluralize;
use ratatui::Frame;
use ratatui::layout::{Constraint, Rect};
use ratatui::text::Line;
use ratatui::widgets::Paragraph;

use crate::ops::{ConfirmedFix, ExportList};
use crate::tui::dialogs::menu::Menu;
use crate::tui::keys::action::{Action, ActionSpec, DoctorAction, Scope, ViewAction};
use crate::tui::model::Model;
use crate::tui::model::message::Tone;
use crate::tui::model::remote::Remote;
use crate::tui::screen::{Command, Handled, NamedList, Screen, done};
use crate::tui::screens::empty;
use crate::tui::styles::Role;
use crate::tui::text;
use crate::tui::view::View;
use crate::tui::widgets::cursor::Cursor;
use crate::tui::widgets::follower::Follower;
use crate::tui::widgets::panel;
use crate::tui::widgets::table::{self, Cell, Column, TableView};

/// Rows for the details of the selected problem, below the list.
const DETAIL_ROWS: u16 = 6;
const KIND_COLS: u16 = 22;

#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Doctor {
    cursor: Cursor,
    /// The line whose details are shown.
    details: Follower<usize>,
    height: usize,
}

type FindingColumn<'a> = Column<'a, &'a Finding>;

impl Screen for Doctor {
    fn scopes(&self) -> &'static [Scope] {
        &[Scope::Doctor, Scope::View]
    }

    fn handle(&mut self, action: Action, model: &Model) -> Handled {
        if let Some(motion) = action.motion() {
            let (is_repeated, selected) = (model.type_ahead().is_repeated(), self.cursor.selected);
            self.details.hold_if(is_repeated, model.now(), || selected);
            self.cursor.move_by(motion, findings(model).len(), self.height);
            return done();
        }
        self.details.release();
        match (action.as_doctor(), action.as_view()) {
            (Some(DoctorAction::Doctor), _) | (_, Some(ViewAction::Refresh)) => Some(vec![Command::Diagnose]),
            (Some(DoctorAction::Fix), _) => Some(self.fix_selected(model).into_iter().collect()),
            (Some(DoctorAction::FixAll), _) => Some(confirm_fix_all(model).into_iter().collect()),
            (_, Some(ViewAction::Back | ViewAction::Close)) => Some(vec![leave(model)]),
            (None, None) => None,
        }
    }

    fn entered(&mut self, _model: &Model) -> Vec<Command> {
        vec![Command::Diagnose]
    }

    fn settle(&mut self, area: Rect, model: &Model) {
        let findings = findings(model).len();
        self.height = table::body_height(list_height(area.height.saturating_sub(2)));
        self.cursor.clamp(findings, self.height);
    }

    /// Fixing has no effect if no problem can be fixed.
    fn hint(&self, spec: &ActionSpec, model: &Model) -> Option<&'static str> {
        let is_fix = matches!(spec.action.as_doctor(), Some(DoctorAction::Fix | DoctorAction::FixAll));
        let has_no_effect = is_fix && !findings(model).iter().any(|finding| finding.fix.is_possible());
        (!has_no_effect).then_some(spec.footer)
    }

    fn export(&self, model: &Model) -> Result<NamedList, String> {
        let report = model.doctor_report().value().ok_or("the doctor has not run yet")?;
        Ok((ExportList::Findings(Arc::clone(report)), "findings".to_owned()))
    }

    fn tick(&mut self, now: Timestamp) {
        self.details.tick(now);
    }

    fn wakes_at(&self) -> Option<Timestamp> {
        self.details.wakes_at()
    }

    fn draw(&self, model: &Model, area: Rect, frame: &mut Frame<'_>) {
        let styles = model.styles();
        let findings = findings(model);
        let inside = panel::draw(frame, area, &title(model), true, styles);
        if findings.is_empty() {
            return empty::draw_text(model, inside, frame, &empty_text(model));
        }
        let warn = styles.get(Role::Warn);
        let columns = [
            FindingColumn::new("kind", Constraint::Length(KIND_COLS), |finding| {
                Cell::Text(finding.kind.as_str(), warn)
            }),
            FindingColumn::new("problem", Constraint::Fill(1), |finding| &finding.summary[..]),
            FindingColumn::new("fix", Constraint::Length(4), |finding| fix_label(finding)),
        ];
        let view = TableView { rows: findings.len(), cursor: self.cursor, focused: true, styles };
        let list = Rect { height: list_height(inside.height), ..inside };
        table::draw(frame, list, &view, &columns, |at| findings.get(at));
        let detailed = self.details.held().copied().unwrap_or(self.cursor.selected);
        if let Some(finding) = findings.get(detailed) {
            let below = Rect { y: list.bottom(), height: inside.height - list.height, ..inside };
            draw_finding(model, below, finding, frame);
        }
    }
}

impl Doctor {
    /// Opens the confirm dialog for the selected problem's fix, or a menu if there are several fixes.
    fn fix_selected(&self, model: &Model) -> Option<Command> {
        let report = model.doctor_report().value()?;
        let Some(finding) = report.findings.get(self.cursor.selected) else {
            return Some(Command::say(Tone::Info, "nothing to fix"));
        };
        Some(match &finding.fix.options()[..] {
            [] => Command::refuse(unfixable_hint(model, finding.kind)),
            [(None, change)] => {
                Command::ConfirmFixes(vec![ConfirmedFix::new(finding, change, &report.inventory)], 0)
            }
            _ => Command::open(Menu::for_fixes(finding, &report.inventory)),
        })
    }
}

fn confirm_fix_all(model: &Model) -> Option<Command> {
    let report = model.doctor_report().value()?;
    let fixes = report.bulk_fixes();
    let fixable = report.findings.iter().filter(|finding| finding.fix.is_possible()).count();
    let skipped = fixable - fixes.len();
    Some(match (fixes.is_empty(), skipped) {
        (true, 0) => Command::say(Tone::Info, "nothing to fix"),
        (true, _) => {
            let key = model.key_label(Action::Fix);
            Command::say(Tone::Info, format!("each of these needs a decision: {key} fixes one"))
        }
        (false, _) => Command::ConfirmFixes(fixes, skipped),
    })
}

/// Does the first that applies: stops the running change, stops the running check, leaves the screen.
fn leave(model: &Model) -> Command {
    let check = || model.running_read(View::Doctor);
    let task = model.running_change().map(|(id, _)| id).or_else(check);
    task.map_or(Command::Go(View::Home), Command::Stop)
}

/// What to do about a problem that has no fix.
fn unfixable_hint(model: &Model, kind: FindingKind) -> String {
    if kind.is_fixed_by_setup() {
        format!("this needs a decision: see the step in the setup ({})", model.key_label(Action::Setup))
    } else {
        "keypool cannot fix this".to_owned()
    }
}

/// Rows of the list; on a low screen, the list and the details below it share the height equally.
const fn list_height(available: u16) -> u16 {
    available - if DETAIL_ROWS < available / 2 { DETAIL_ROWS } else { available / 2 }
}

/// The rows of the list, which are none until the account was checked.
fn findings(model: &Model) -> &[Finding] {
    model.findings().unwrap_or_default()
}

fn title(model: &Model) -> String {
    let Some(findings) = model.findings() else {
        return match model.doctor_report() {
            Remote::NotRequested | Remote::Loading { .. } | Remote::Ready { .. } => {
                format!("Doctor · {} checking · problems: …", model.spinner())
            }
            Remote::Failed { .. } | Remote::Stopped => "Doctor · not checked · problems: ?".to_owned(),
        };
    };
    let fixable = findings.iter().filter(|finding| finding.fix.is_possible()).count();
    let state = match model.doctor_report() {
        Remote::Loading { .. } => format!(" · {} checking", model.spinner()),
        Remote::Failed { .. } => " · stale".to_owned(),
        Remote::Ready { .. } if unfinished(model).is_some() => " · unfinished".to_owned(),
        Remote::NotRequested | Remote::Ready { .. } | Remote::Stopped => String::new(),
    };
    let problems = pluralize(findings.len(), "problem");
    format!("Doctor · {problems} · {} can be fixed{state}", text::format_count(fixable))
}

fn empty_text(model: &Model) -> String {
    match model.doctor_report() {
        Remote::Ready { .. } => match unfinished(model) {
            Some(remark) => format!("the check is unfinished: {remark}"),
            None => "no problems found".to_owned(),
        },
        Remote::Failed { .. } => "the account could not be checked".to_owned(),
        Remote::Stopped => {
            format!("The check was stopped. Press {} to check again.", model.key_label(Action::Refresh))
        }
        Remote::NotRequested | Remote::Loading { .. } => {
            format!("{} checking the account", model.spinner())
        }
    }
}

fn unfinished(model: &Model) -> Option<String> {
    model.doctor_report().value().and_then(|report| report.unfinished())
}

/// `yes` if "fix all" includes the problem, `ask` if its fix needs a separate confirmation, a dash if it has none.
const fn fix_label(finding: &Finding) -> &'static str {
    match finding.fix.consent() {
        None => "–",
        Some(Consent::WithAll) => "yes",
        Some(Consent::Separate | Consent::Choice) => "ask",
    }
}

fn fix_text(model: &Model, finding: &Finding) -> String {
    let Some(inventory) = model.inventory() else { return unfixable_hint(model, finding.kind) };
    let changes: Vec<_> =
        finding.fix.options().into_iter().map(|(_, change)| change.describe(inventory)).collect();
    match finding.fix.consent() {
        None => unfixable_hint(model, finding.kind),
        Some(Consent::WithAll) => format!("fix: {}", changes.join("; ")),
        Some(Consent::Separate | Consent::Choice) => format!("fix (asks first): {}", changes.join(", or ")),
    }
}

fn draw_finding(model: &Model, area: Rect, finding: &Finding, frame: &mut Frame<'_>) {
    let styles = model.styles();
    let cells = usize::from(area.width).saturating_sub(2);
    let fix = fix_text(model, finding);
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

#[cfg(test)]
mod tests {
    use keypool_domain::drift::FixOffer;
    use keypool_domain::testing::InventoryBuilder;
    use ratatui::layout::Size;

    use super::*;
    use crate::ops::DoctorReport;
    use crate::tui::model::options::Options;
    use crate::tui::model::snapshot::Snapshot;

    fn model() -> Model {
        Model::new(Options::for_tests(), jiff::Timestamp::UNIX_EPOCH, Size::new(80, 24))
    }

    /// A model that knows nothing but these problems, none of which can be fixed.
    fn model_with_problems(kinds: &[FindingKind]) -> Model {
        let inventory = InventoryBuilder::empty().build();
        let finding = |kind: &FindingKind| Finding {
            kind: *kind,
            subject: "5v2seh60kv".to_owned(),
            summary: "a problem".to_owned(),
            fix: FixOffer::Manual,
        };
        let findings = kinds.iter().map(finding).collect();
        let report = DoctorReport {
            inventory: Arc::clone(&inventory),
            findings,
            remarks: Vec::new(),
            unchecked_count: 0,
        };
        let mut model = model();
        model.finish_diagnosis(Ok((Arc::new(report), Snapshot::new(inventory))));
        model
    }

    fn commands(action: Action, model: &Model) -> String {
        format!("{:?}", Doctor::default().handle(action, model))
    }

    #[test]
    fn going_back_stops_a_running_check_before_it_leaves() {
        let mut model = model();
        assert_eq!(commands(Action::Back, &model), "Some([Go(Home)])");
        model.diagnose();
        assert_eq!(commands(Action::Back, &model), "Some([Stop(TaskId(1))])");
    }

    #[test]
    fn a_problem_that_needs_a_decision_names_the_setup_and_others_say_that_there_is_no_fix() {
        let by_setup = FindingKind::ALL.iter().find(|kind| kind.is_fixed_by_setup()).expect("a kind");
        let fixed_nowhere = FindingKind::ALL.iter().find(|kind| !kind.is_fixed_by_setup()).expect("a kind");
        let text = commands(Action::Fix, &model_with_problems(&[*by_setup]));
        assert!(text.contains("see the step in the setup (s)"), "{text}");
        let text = commands(Action::Fix, &model_with_problems(&[*fixed_nowhere]));
        assert!(text.contains("keypool cannot fix this"), "{text}");
        assert!(commands(Action::FixAll, &model_with_problems(&[])).contains("nothing to fix"));
    }
}
