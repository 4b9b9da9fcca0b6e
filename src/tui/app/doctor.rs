//! The view of the doctor: looking, and fixing one finding or all that one yes includes.

use std::collections::HashMap;
use std::sync::Arc;

use keypool_domain::change::counted;
use keypool_domain::drift::{Finding, Kind};

use crate::aws::Failure;
use crate::ops::{ConfirmedFix, Diagnosis, FixOutcome, FixReport, Query};
use crate::tui::action::{Action, DoctorAction, ViewAction};
use crate::tui::effect::Effect;
use crate::tui::message::{Message, Tone};
use crate::tui::overlays::{Confirm, Menu, Overlay};
use crate::tui::reading::Reading;
use crate::tui::store::{Errand, Task};
use crate::tui::view::View;
use crate::tui::widgets::cursor::Motion;

use super::App;

impl App {
    /// What was found when it was looked last.
    pub(crate) fn findings(&self) -> &[Finding] {
        self.diagnosis.value().map_or(&[], |diagnosis| &diagnosis.findings)
    }

    pub(super) fn open_doctor(&mut self) {
        if self.known().is_none() {
            return self.say(Tone::Bad, "nothing was read yet");
        }
        self.view = View::Doctor;
        self.keys.typing = false;
        self.look();
    }

    /// Reads the account and whatever else shows what does not fit together.
    pub(super) fn look(&mut self) {
        if self.is_looking() {
            return;
        }
        // The same reading serves both.
        self.drop_reading();
        self.diagnosis.start();
        self.load(Query::Diagnosis);
    }

    fn is_looking(&self) -> bool {
        self.tasks.find(|errand| *errand == Errand::Load(Query::Diagnosis)).is_some()
    }

    pub(super) fn looked(&mut self, diagnosis: Arc<Diagnosis>, reading: Reading) {
        let at = diagnosis.inventory.taken_at();
        self.asked_at = Some(self.now);
        self.diagnosis.finish(Ok(diagnosis), at);
        if let Some(before) = self.account.value().cloned() {
            self.ask(Effect::Forget(before));
        }
        self.account.finish(Ok(reading), at);
        self.resume_when_read();
    }

    pub(super) fn not_looked(&mut self, failure: &Failure) {
        self.diagnosis.finish(Err(failure.clone()), self.now);
        self.account.stop();
        self.undo_no_more();
    }

    /// Does what is meant for the doctor alone; false where it is not.
    pub(super) fn perform_in_doctor(&mut self, action: Action) -> bool {
        match (action.as_doctor(), action.as_view()) {
            (Some(DoctorAction::Doctor), _) | (_, Some(ViewAction::Refresh)) => self.look(),
            (Some(DoctorAction::Fix), _) => self.mend(),
            (Some(DoctorAction::FixAll), _) => self.ask_to_mend_all(),
            (_, Some(ViewAction::Back | ViewAction::Close)) => self.leave_doctor(),
            (None, None) => return false,
        }
        true
    }

    pub(super) fn go_in_doctor(&mut self, motion: Motion) {
        let findings = self.findings().len();
        self.doctor.go(motion, findings);
    }

    /// One thing at a time: the change, the look, the view.
    fn leave_doctor(&mut self) {
        if self.stop_change() {
        } else if self.is_looking() {
            self.stop_reading();
        } else {
            self.view = View::Home;
        }
    }

    /// Asks for the fix of the selected finding, and first for the way to fix it where there are several.
    fn mend(&mut self) {
        let Some(diagnosis) = self.diagnosis.value().cloned() else { return };
        let Some(finding) = diagnosis.findings.get(self.doctor.selected()) else {
            return self.say(Tone::Plain, "there is nothing to fix");
        };
        match &finding.fix.answers()[..] {
            [] => self.say(Tone::Bad, self.instead_of_mending(finding.kind)),
            [(None, change)] => {
                let fix = ConfirmedFix::new(finding, change, &diagnosis.inventory);
                self.confirm_fixes(vec![fix], 0);
            }
            _ => self.overlay = Some(Overlay::Menu(Menu::fixes(finding, &diagnosis.inventory))),
        }
    }

    /// What is done about a finding that no change fixes by itself.
    pub(crate) fn instead_of_mending(&self, kind: Kind) -> String {
        if kind.is_of_setup() {
            format!("this takes a decision: the set-up ({}) has the step for it", self.key_of(Action::Setup))
        } else {
            "keypool cannot fix this".to_owned()
        }
    }

    fn ask_to_mend_all(&mut self) {
        let Some(diagnosis) = self.diagnosis.value().cloned() else { return };
        let fixes = diagnosis.fixes_with_all();
        let fixable = diagnosis.findings.iter().filter(|finding| finding.fix.is_possible()).count();
        let waiting = fixable - fixes.len();
        match (fixes.is_empty(), waiting) {
            (true, 0) => self.say(Tone::Plain, "there is nothing to fix"),
            (true, _) => {
                let each = format!("{} one by one", self.key_of(Action::Fix));
                self.say(Tone::Plain, format!("what is left is a question of its own: {each}"));
            }
            (false, _) => self.confirm_fixes(fixes, waiting),
        }
    }

    /// Shows the steps of fixes and asks.
    pub(super) fn confirm_fixes(&mut self, fixes: Vec<ConfirmedFix>, waiting: usize) {
        let inventory = self.decided_on();
        let dialog = Confirm::fixes(fixes, waiting, &inventory, &self.options);
        self.open_dialog(dialog);
    }

    /// Carries out fixes that were confirmed.
    pub(super) fn fix(&mut self, fixes: Vec<ConfirmedFix>) {
        let inventory = self.decided_on();
        for fix in &fixes {
            self.remember(&fix.change, &inventory, &HashMap::new());
        }
        let words = match &fixes[..] {
            [fix] => fix.change.describe(&inventory),
            _ => format!("fix {}", counted(fixes.len(), "finding")),
        };
        let id = self.tasks.start(Errand::Fix(fixes.clone(), words), self.now);
        self.ask(Effect::Fix(id, fixes));
    }

    pub(super) fn fixes_ended(&mut self, task: &Task, reports: &[FixReport], ended: Result<(), Failure>) {
        let Errand::Fix(fixes, _) = &task.errand else { return };
        let mut can_be_undone = false;
        for fix in fixes {
            let report = reports.iter().find(|report| report.fix == *fix);
            let failure = match report.map(|report| &report.outcome) {
                Some(FixOutcome::Fixed) => None,
                Some(FixOutcome::Failed(failure)) => Some(failure.clone()),
                Some(FixOutcome::NoLongerThere | FixOutcome::Changed) | None => Some(Failure::Cancelled),
            };
            can_be_undone |= self.can_be_undone(&fix.change, failure.as_ref());
        }
        let fixed = reports.iter().filter(|report| report.outcome == FixOutcome::Fixed).count();
        let not: Vec<_> =
            reports.iter().filter_map(|report| Some((&report.fix.finding.seen, report.failure()?))).collect();
        let tone = if not.is_empty() && ended.is_ok() { Tone::Good } else { Tone::Bad };
        let first = not.first().map(|(seen, why)| format!("{} not: {seen}: {why}", not.len()));
        let undo = can_be_undone.then(|| self.undo_hint());
        let hint = ended.err().map(|failure| failure.to_string()).or(first).or(undo);
        let text = format!("{} fixed", counted(fixed, "finding"));
        self.message = Some(Message { tone, text, hint, about: None });
        self.reread();
        self.leave_after_step();
    }
}
