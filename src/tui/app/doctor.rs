//! The view of the doctor: looking, and mending one finding or all of them.

use std::sync::Arc;

use keypool_domain::change::counted;
use keypool_domain::drift::{Finding, Kind};

use crate::aws::Failure;
use crate::ops::{Diagnosis, Query};
use crate::tui::action::Action;
use crate::tui::effect::Effect;
use crate::tui::message::{Message, Tone};
use crate::tui::overlays::{Confirm, Overlay};
use crate::tui::reading::Reading;
use crate::tui::store::Errand;
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
        self.undo_when_read();
    }

    pub(super) fn not_looked(&mut self, failure: &Failure) {
        self.diagnosis.finish(Err(failure.clone()), self.now);
        self.account.stop();
        self.undo_no_more();
    }

    /// Does what is meant for the doctor alone; false where it is not.
    pub(super) fn perform_in_doctor(&mut self, action: Action) -> bool {
        match action {
            Action::Refresh | Action::Doctor => self.look(),
            Action::Mend => self.mend(),
            Action::MendAll => self.ask_to_mend_all(),
            Action::Back | Action::Close => self.leave_doctor(),
            _ => return false,
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

    fn mend(&mut self) {
        let selected = self.findings().get(self.doctor.selected());
        match selected.map(|finding| (finding.mend.clone(), finding.kind)) {
            Some((Some(change), _)) => self.confirm(change),
            Some((None, kind)) => self.say(Tone::Bad, self.instead_of_mending(kind)),
            None => self.say(Tone::Plain, "there is nothing to mend"),
        }
    }

    /// What is done about a finding that no change mends by itself.
    pub(crate) fn instead_of_mending(&self, kind: Kind) -> String {
        if kind.is_of_setup() {
            format!("this takes a decision: the set-up ({}) has the step for it", self.key_of(Action::Setup))
        } else {
            "keypool cannot mend this".to_owned()
        }
    }

    fn ask_to_mend_all(&mut self) {
        let Some(diagnosis) = self.diagnosis.value() else { return };
        if diagnosis.findings.iter().all(|finding| finding.mend.is_none()) {
            return self.say(Tone::Plain, "there is nothing to mend");
        }
        self.overlay = Some(Overlay::Confirm(Confirm::mend_all(diagnosis, &self.options)));
    }

    pub(super) fn mend_all(&mut self) {
        let Some(diagnosis) = self.diagnosis.value().cloned() else { return };
        if self.options.read_only {
            return self.fail(&Failure::ReadOnly);
        }
        let count = diagnosis.findings.iter().filter(|finding| finding.mend.is_some()).count();
        let words = format!("mend {}", counted(count, "finding"));
        let id = self.tasks.start(Errand::MendAll(words), self.now);
        self.ask(Effect::MendAll(id, diagnosis));
    }

    pub(super) fn mended_all(&mut self, mended: usize, failed: &[String], ended: Result<(), Failure>) {
        let said = format!("{} mended", counted(mended, "finding"));
        let tone = if failed.is_empty() && ended.is_ok() { Tone::Good } else { Tone::Bad };
        let not = failed.first().map(|first| format!("{} not: {first}", failed.len()));
        let hint = ended.err().map(|failure| failure.to_string()).or(not);
        self.message = Some(Message { tone, text: said, hint });
        self.reread();
        self.leave_after_step();
    }
}
