//! Opens the confirm dialog of a change, after reading details that the inventory does not contain.

use std::sync::Arc;

use keypool_domain::{Change, Inventory};

use crate::ops::{self, Query};
use crate::tui::effect::Effect;
use crate::tui::message::Tone;
use crate::tui::overlays::{Confirm, Overlay};
use crate::tui::store::TaskKind;

use super::{App, DecisionBasis};

impl App {
    /// Opens the confirm dialog, or shows why the change is refused. Reads missing details first.
    pub(super) fn confirm(&mut self, change: Change) {
        self.stop_reading_change_details();
        let inventory = self.inventory_or_empty();
        if self.context.value().is_some() && ops::needs_details(&change, &inventory) {
            return self.load(Query::ChangeDetails(Box::new(change)));
        }
        self.open_confirm(change, DecisionBasis::from_inventory(inventory));
    }

    /// Opens the confirm dialog after the details were read, unless something else was opened meanwhile.
    pub(super) fn confirm_with_details(&mut self, change: Change, inventory: Arc<Inventory>) {
        if self.overlay.is_some() || self.keys.is_typing_filter {
            let description = change.describe(&inventory);
            return self.show_message(
                Tone::Error,
                format!("cancelled, because something else was opened: {description}"),
            );
        }
        let base = self.inventory_or_empty();
        self.open_confirm(change, DecisionBasis { with_details: inventory, base });
    }

    fn open_confirm(&mut self, change: Change, decision: DecisionBasis) {
        let caution = self.hidden_marks_caution(&change);
        match Confirm::new(change, decision, &self.options) {
            Ok(mut dialog) => {
                caution.into_iter().for_each(|caution| dialog.add_caution(caution));
                self.open_dialog(dialog);
            }
            Err(refusal) => self.show_failure(&refusal.into()),
        }
    }

    /// Opens a dialog that writes. It ignores keys until it is on the screen.
    pub(super) fn open_dialog(&mut self, dialog: Confirm) {
        self.type_ahead.reset_overlay();
        self.overlay = Some(Overlay::Confirm(dialog));
    }

    pub(super) fn is_reading_change_details(&self) -> bool {
        self.tasks.find(reads_change_details).is_some()
    }

    fn stop_reading_change_details(&mut self) {
        if let Some((id, _)) = self.tasks.find(reads_change_details) {
            self.tasks.end(id);
            self.emit(Effect::Cancel(id));
        }
    }
}

const fn reads_change_details(kind: &TaskKind) -> bool {
    matches!(kind, TaskKind::Load(Query::ChangeDetails(_)))
}
