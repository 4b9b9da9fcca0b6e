//! Diagnosis of 403 and 429 responses: each check from the key to the response, the failing one, and its fix.

use keypool_domain::call::diagnosis::{Check, CheckKind, CheckState, Diagnosis, SuggestedFix};
use keypool_domain::{Change, Inventory, PlanId};
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use crate::tui::dialogs::forms::extend;
use crate::tui::dialogs::frame::{self, Scroll};
use crate::tui::keys::action::ActionSpec;
use crate::tui::keys::action::Scope;
use crate::tui::keys::action::{Action, DialogAction};
use crate::tui::model::Model;
use crate::tui::quota_text;
use crate::tui::screen::{Command, Dialog, DialogPurpose, Handled, Screen, close_with, done};
use crate::tui::styles::{Role, Styles};
use crate::tui::text;

const WIDTH: u16 = 92;
/// The column of check names.
const NAME_COLS: usize = 20;

/// One diagnosis per call; one of them is shown.
#[derive(Debug, Clone)]
pub(crate) struct Explanation {
    diagnoses: Vec<Diagnosis>,
    selected: usize,
    scroll: Scroll,
}

impl Explanation {
    /// Returns `None` if there is no diagnosis.
    pub(crate) fn new(diagnoses: Vec<Diagnosis>) -> Option<Self> {
        // Starts with a failing call.
        let at = diagnoses.iter().position(|diagnosis| diagnosis.failed_check().is_some()).unwrap_or(0);
        (!diagnoses.is_empty()).then_some(Self { diagnoses, selected: at, scroll: Scroll::default() })
    }

    fn diagnosis(&self) -> Option<&Diagnosis> {
        self.diagnoses.get(self.selected)
    }

    fn step(&mut self, by: usize) {
        self.selected = (self.selected + by) % self.diagnoses.len().max(1);
        self.scroll = Scroll::default();
    }

    /// Opens the fix of the failing check, if it has one.
    fn open_fix(&self, model: &Model) -> Handled {
        let fix = self.diagnosis().and_then(|diagnosis| find_fix(diagnosis).map(|fix| (diagnosis, fix)));
        match fix {
            Some((_, FixOption::Change(change))) => close_with(Command::Confirm(change.clone())),
            Some((diagnosis, FixOption::Extension(plan))) => {
                let Some(inventory) = model.inventory() else { return done() };
                let keys = vec![diagnosis.call.api_key.clone()];
                let note = quota_text::extension_note(model.usage(), plan, &keys);
                Some(vec![extend::open(plan.clone(), keys, note, inventory)])
            }
            None => done(),
        }
    }

    /// The fix of the failing check. A read-only context does not offer to change the remaining quota.
    pub(super) fn available_fix(&self, model: &Model) -> Option<FixOption<'_>> {
        let fix = self.diagnosis().and_then(find_fix)?;
        let is_refused = model.is_read_only() && matches!(fix, FixOption::Extension(_));
        (!is_refused).then_some(fix)
    }

    fn lines(&self, model: &Model) -> Vec<Line<'static>> {
        let (Some(diagnosis), Some(inventory)) = (self.diagnosis(), model.inventory()) else {
            return Vec::new();
        };
        let cells = usize::from(frame::content_cols(model, WIDTH));
        let styles = model.styles();
        let mut lines =
            heading_lines(diagnosis, inventory, self.selected, self.diagnoses.len(), cells, styles);
        if let Some(fix) = self.available_fix(model) {
            let key = model.label(Action::Accept).unwrap_or_default();
            let effect = match fix {
                FixOption::Change(_) => "shows the steps to fix it",
                FixOption::Extension(_) => "adjusts the remaining quota",
            };
            lines.push(Line::styled(format!("{key} {effect}"), styles.get(Role::Accent)));
        }
        lines.push(Line::default());
        lines.extend(diagnosis.checks.iter().flat_map(|check| check_lines(check, inventory, cells, styles)));
        lines
    }
}

impl Screen for Explanation {
    fn scopes(&self) -> &'static [Scope] {
        &[Scope::Dialog, Scope::Text]
    }

    fn hint(&self, spec: &ActionSpec, model: &Model) -> Option<&'static str> {
        match spec.action.as_dialog() {
            Some(DialogAction::Accept) => self.available_fix(model).map(|_| "fix"),
            Some(DialogAction::NextField) => None,
            Some(
                DialogAction::Dismiss
                | DialogAction::PreviousField
                | DialogAction::NextChoice
                | DialogAction::PreviousChoice,
            )
            | None => Some(spec.footer),
        }
    }

    fn handle(&mut self, action: Action, model: &Model) -> Handled {
        if action.closes_text() {
            return Some(vec![Command::Close]);
        }
        match action.as_dialog() {
            Some(DialogAction::Accept) => return self.open_fix(model),
            Some(DialogAction::NextChoice) => self.step(1),
            Some(DialogAction::PreviousChoice) => self.step(self.diagnoses.len().saturating_sub(1)),
            Some(DialogAction::Dismiss | DialogAction::NextField | DialogAction::PreviousField) | None => {
                self.scroll.act(action, frame::page_rows(model));
                self.scroll.clamp(self.lines(model).len(), frame::page_rows(model));
            }
        }
        done()
    }

    fn draw(&self, model: &Model, _area: Rect, frame: &mut Frame<'_>) {
        let lines = self.lines(model);
        let height = u16::try_from(lines.len()).unwrap_or(u16::MAX);
        let inside = frame::draw(model, frame, "diagnosis", frame::content_cols(model, WIDTH), height);
        self.scroll.draw(model, lines, inside, frame);
    }
}

impl Dialog for Explanation {
    fn purpose(&self) -> DialogPurpose {
        DialogPurpose::Shows
    }
}

/// How the failing check can be fixed from here.
pub(super) enum FixOption<'a> {
    Change(&'a Change),
    /// Raises the remaining quota of the API key in this plan.
    Extension(&'a PlanId),
}

fn find_fix(diagnosis: &Diagnosis) -> Option<FixOption<'_>> {
    let check = diagnosis.failed_check()?;
    match (&check.fix, check.kind) {
        (Some(SuggestedFix::Change(change)), _) => Some(FixOption::Change(change)),
        (_, CheckKind::Quota) => diagnosis.plan.as_ref().map(FixOption::Extension),
        _ => None,
    }
}

/// The key, the method and stage, and the outcome.
fn heading_lines(
    diagnosis: &Diagnosis,
    inventory: &Inventory,
    at: usize,
    count: usize,
    cells: usize,
    styles: &Styles,
) -> Vec<Line<'static>> {
    let key = diagnosis.call.tenant_key.as_ref().and_then(|key| inventory.tenant_key(key));
    let key_text = key.map_or_else(
        || format!("API key {}", diagnosis.call.api_key),
        |key| format!("{} · {} · API key {}", key.tenant, key.name, diagnosis.call.api_key),
    );
    let method = diagnosis.call.method.as_deref().unwrap_or("any method");
    let stage = diagnosis.call.stage.as_ref().map_or_else(|| "no stage".to_owned(), ToString::to_string);
    let position = if count > 1 { format!(" · {} of {count}: ← →", at + 1) } else { String::new() };
    let (role, verdict) = match (diagnosis.failed_check(), diagnosis.unexplained_message()) {
        (Some(check), _) => {
            let response =
                check.actual_response().map_or_else(|| "fails".to_owned(), |response| response.describe());
            (Role::Error, format!("{response}: {}", check.summary))
        }
        (None, Some(text)) => (Role::Warn, text),
        (None, None) => (Role::Ok, diagnosis.success_message()),
    };
    let paragraphs =
        [(Role::Title, key_text), (Role::Muted, format!("{method} on {stage}{position}")), (role, verdict)];
    let lines = paragraphs.into_iter().flat_map(|(role, text)| {
        let style = styles.get(role);
        text::wrap(&text, cells).into_iter().map(move |line| Line::styled(line, style))
    });
    lines.collect()
}

/// One check: its state, the response that callers get because of it, and its fix.
fn check_lines(check: &Check, inventory: &Inventory, cells: usize, styles: &Styles) -> Vec<Line<'static>> {
    let (symbol, role) = match check.state {
        CheckState::Passed => ("✓", Role::Ok),
        CheckState::Failed => ("✗", Role::Error),
        CheckState::Unknown => ("?", Role::Warn),
        CheckState::NotChecked => ("·", Role::Warn),
        CheckState::Skipped => ("–", Role::Muted),
    };
    let summary_role = if check.state == CheckState::Skipped { Role::Muted } else { Role::Text };
    let response =
        check.actual_response().map(|response| (Role::Error, format!("returns {}", response.describe())));
    let fix = check.fix.as_ref();
    let fix = fix.map(|fix| (Role::Accent, format!("fix: {}", fix.describe(inventory))));
    let paragraphs = [Some((summary_role, check.summary.clone())), response, fix].into_iter().flatten();
    let room = cells.saturating_sub(NAME_COLS);
    let wrapped =
        paragraphs.flat_map(|(role, text)| text::wrap(&text, room).into_iter().map(move |line| (role, line)));
    let head = format!("{symbol} {:<width$}", check.kind.as_str(), width = NAME_COLS - 2);
    wrapped
        .enumerate()
        .map(|(at, (line_role, line))| {
            let name = if at == 0 { head.clone() } else { " ".repeat(NAME_COLS) };
            Line::from(vec![Span::styled(name, styles.get(role)), Span::styled(line, styles.get(line_role))])
        })
        .collect()
}
