//! The view of the doctor: finds problems and fixes one or all of them.

use std::collections::HashMap;
use std::sync::Arc;

use keypool_domain::change::pluralize;
use keypool_domain::drift::{Finding, FindingKind};

use crate::aws::Failure;
use crate::ops::{ConfirmedFix, DoctorReport, FixOutcome, FixReport, Query};
use crate::tui::action::{Action, DoctorAction, ViewAction};
use crate::tui::effect::Effect;
use crate::tui::message::{Message, Tone};
use crate::tui::overlays::{Confirm, Menu, Overlay};
use crate::tui::snapshot::Snapshot;
use crate::tui::store::{Task, TaskKind};
use crate::tui::view::View;
use crate::tui::widgets::cursor::Motion;

use super::App;

impl App {
    pub(crate) fn findings(&self) -> &[Finding] {
        self.doctor_report.value().map_or(&[], |diagnosis| &diagnosis.findings)
    }

    pub(super) fn open_doctor(&mut self) {
        if self.inventory().is_none() {
            return self.show_message(Tone::Error, "the account is not loaded yet");
        }
        self.view = View::Doctor;
        self.keys.is_typing_filter = false;
        self.diagnose();
    }

    /// Reads the account and everything else the doctor checks.
    pub(super) fn diagnose(&mut self) {
        if self.is_diagnosing() {
            return;
        }
        // The diagnosis includes the inventory.
        self.cancel_refresh();
        self.doctor_report.start();
        self.load(Query::Diagnosis);
    }

    fn is_diagnosing(&self) -> bool {
        self.tasks.find(|kind| *kind == TaskKind::Load(Query::Diagnosis)).is_some()
    }

    pub(super) fn handle_diagnosis(&mut self, diagnosis: Arc<DoctorReport>, snapshot: Snapshot) {
        let at = diagnosis.inventory.taken_at();
        self.last_refresh_at = Some(self.now);
        self.doctor_report.finish(Ok(diagnosis), at);
        if let Some(previous) = self.snapshot.value().cloned() {
            self.emit(Effect::DropSnapshot(previous));
        }
        self.snapshot.finish(Ok(snapshot), at);
        self.resume_pending();
    }

    pub(super) fn handle_diagnosis_failure(&mut self, failure: &Failure) {
        self.doctor_report.finish(Err(failure.clone()), self.now);
        self.snapshot.stop();
        self.cancel_requested_undo();
    }

    /// Performs an action of this view; returns false for all others.
    pub(super) fn perform_in_doctor(&mut self, action: Action) -> bool {
        match (action.as_doctor(), action.as_view()) {
            (Some(DoctorAction::Doctor), _) | (_, Some(ViewAction::Refresh)) => self.diagnose(),
            (Some(DoctorAction::Fix), _) => self.fix_selected(),
            (Some(DoctorAction::FixAll), _) => self.confirm_fix_all(),
            (_, Some(ViewAction::Back | ViewAction::Close)) => self.leave_doctor(),
            (None, None) => return false,
        }
        true
    }

    pub(super) fn move_in_doctor(&mut self, motion: Motion) {
        let findings = self.findings().len();
        self.doctor.move_cursor(motion, findings);
    }

    /// Does the first that applies: stops the running change, stops the running check, leaves the view.
    fn leave_doctor(&mut self) {
        if self.stop_change() {
        } else if self.is_diagnosing() {
            self.stop_reading();
        } else {
            self.view = View::Home;
        }
    }

    /// Opens the confirm dialog for the selected problem's fix, or a menu if there are several fixes.
    fn fix_selected(&mut self) {
        let Some(diagnosis) = self.doctor_report.value().cloned() else { return };
        let Some(finding) = diagnosis.findings.get(self.doctor.selected()) else {
            return self.show_message(Tone::Info, "nothing to fix");
        };
        match &finding.fix.options()[..] {
            [] => self.show_message(Tone::Error, self.unfixable_hint(finding.kind)),
            [(None, change)] => {
                let fix = ConfirmedFix::new(finding, change, &diagnosis.inventory);
                self.confirm_fixes(vec![fix], 0);
            }
            _ => self.overlay = Some(Overlay::Menu(Menu::for_fixes(finding, &diagnosis.inventory))),
        }
    }

    /// What to do about a problem that has no fix.
    pub(crate) fn unfixable_hint(&self, kind: FindingKind) -> String {
        if kind.is_fixed_by_setup() {
            format!("this needs a decision: see the step in the setup ({})", self.key_label(Action::Setup))
        } else {
            "keypool cannot fix this".to_owned()
        }
    }

    fn confirm_fix_all(&mut self) {
        let Some(diagnosis) = self.doctor_report.value().cloned() else { return };
        let fixes = diagnosis.bulk_fixes();
        let fixable = diagnosis.findings.iter().filter(|finding| finding.fix.is_possible()).count();
        let skipped = fixable - fixes.len();
        match (fixes.is_empty(), skipped) {
            (true, 0) => self.show_message(Tone::Info, "nothing to fix"),
            (true, _) => {
                let key = self.key_label(Action::Fix);
                self.show_message(Tone::Info, format!("each of these needs a decision: {key} fixes one"));
            }
            (false, _) => self.confirm_fixes(fixes, skipped),
        }
    }

    /// Opens the confirm dialog. `skipped` is the number of problems left out because each needs its own decision.
    pub(super) fn confirm_fixes(&mut self, fixes: Vec<ConfirmedFix>, skipped: usize) {
        let inventory = self.inventory_or_empty();
        let dialog = Confirm::fixes(fixes, skipped, &inventory, &self.options);
        self.open_dialog(dialog);
    }

    pub(super) fn start_fixes(&mut self, fixes: Vec<ConfirmedFix>) {
        let inventory = self.inventory_or_empty();
        for fix in &fixes {
            self.record_undo(&fix.change, &inventory, &HashMap::new());
        }
        let description = match &fixes[..] {
            [fix] => fix.change.describe(&inventory),
            _ => format!("fix {}", pluralize(fixes.len(), "problem")),
        };
        let id = self.tasks.start(TaskKind::Fix(fixes.clone(), description), self.now);
        self.emit(Effect::Fix(id, fixes));
    }

    pub(super) fn handle_fixes_ended(
        &mut self,
        task: &Task,
        reports: &[FixReport],
        ended: Result<(), Failure>,
    ) {
        let TaskKind::Fix(fixes, _) = &task.kind else { return };
        let mut can_be_undone = false;
        for fix in fixes {
            let report = reports.iter().find(|report| report.fix == *fix);
            let failure = match report.map(|report| &report.outcome) {
                Some(FixOutcome::Fixed) => None,
                Some(FixOutcome::Failed(failure)) => Some(failure.clone()),
                Some(FixOutcome::AlreadyGone | FixOutcome::Changed) | None => Some(Failure::Cancelled),
            };
            can_be_undone |= self.offer_undo(&fix.change, failure.as_ref());
        }
        let fixed = reports.iter().filter(|report| report.outcome == FixOutcome::Fixed).count();
        let failed: Vec<_> = reports
            .iter()
            .filter_map(|report| Some((&report.fix.finding.summary, report.failure_message()?)))
            .collect();
        let tone = if failed.is_empty() && ended.is_ok() { Tone::Success } else { Tone::Error };
        let first_failure =
            failed.first().map(|(problem, why)| format!("{} not fixed: {problem}: {why}", failed.len()));
        let undo = can_be_undone.then(|| self.undo_hint());
        let hint = ended.err().map(|failure| failure.to_string()).or(first_failure).or(undo);
        let text = format!("{} fixed", pluralize(fixed, "problem"));
        self.message = Some(Message { tone, text, hint, tenant_key: None });
        self.reload();
        self.quit_if_requested();
    }
}
