//! Opens the confirm dialog for a change, for fixes or for an undo.

use std::sync::Arc;

use keypool_domain::{Change, Inventory, Refusal};

use crate::ops::{self, ConfirmedFix};
use crate::tui::app::App;
use crate::tui::dialogs::confirm::Confirm;
use crate::tui::model::message::{Message, Tone};
use crate::tui::model::query::Query;
use crate::tui::model::tasks::TaskKind;
use crate::tui::screen::{Command, DecisionBasis};

impl App {
    /// Opens the confirm dialog, or shows why the change is refused. Reads missing details first.
    pub(super) fn confirm(&mut self, change: Change) {
        self.model.cancel_task(reads_change_details);
        let inventory = self.model.inventory_or_empty();
        if let Some(part) = change.find_unread_part(&inventory) {
            return self.show_refusal(&change, Message::from_failure(&Refusal::NotReadYet(part).into()));
        }
        if self.model.context().value().is_some() && ops::needs_details(&change, &inventory) {
            return self.model.load(Query::ChangeDetails(Box::new(change)));
        }
        self.open_confirm(change, DecisionBasis::from_inventory(inventory));
    }

    /// Opens the confirm dialog after the details were read, unless something else was opened meanwhile.
    pub(super) fn confirm_with_details(&mut self, change: Change, inventory: Arc<Inventory>) {
        if self.stack.is_operator_busy() {
            let description = change.describe(&inventory);
            let text = format!("cancelled, because something else was opened: {description}");
            self.message = Some(Message::new(Tone::Error, text));
            return;
        }
        let base = self.model.inventory_or_empty();
        self.open_confirm(change, DecisionBasis { with_details: inventory, base });
    }

    pub(super) fn open_confirm(&mut self, change: Change, basis: DecisionBasis) {
        let caution = self.stack.screens.home.hidden_marks_caution(&change.subject(&basis.with_details));
        match Confirm::new(change.clone(), basis, self.model.options()) {
            Ok(mut dialog) => {
                caution.into_iter().for_each(|caution| dialog.add_caution(caution));
                self.execute(Command::open(dialog));
            }
            Err(refusal) => self.show_refusal(&change, Message::from_failure(&refusal.into())),
        }
    }

    /// Opens the confirm dialog. `excluded` is the number of problems left out because each needs
    /// its own decision.
    pub(super) fn confirm_fixes(&mut self, fixes: Vec<ConfirmedFix>, excluded: usize) {
        let inventory = self.model.inventory_or_empty();
        let dialog = Confirm::for_fixes(fixes, excluded, &inventory, self.model.options());
        self.execute(Command::open(dialog));
    }

    /// Opens the confirm dialog to undo the last change.
    pub(super) fn undo(&mut self) {
        match self.changes.undo(&self.model) {
            Ok(change) => {
                self.confirm(change);
                if self.stack.dialog.is_none() && self.model.tasks().find(reads_change_details).is_none() {
                    self.changes.drop_last_undo();
                }
            }
            Err(message) => self.message = Some(message),
        }
    }
}

const fn reads_change_details(kind: &TaskKind) -> bool {
    matches!(kind, TaskKind::Load(Query::ChangeDetails(_)))
}
