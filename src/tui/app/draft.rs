//! Opens a submitted form again, as it was filled in, if the change that it asked for was not made.

use keypool_domain::Change;

use crate::tui::app::App;
use crate::tui::model::message::Message;
use crate::tui::screen::Command;

impl App {
    /// Shows why a change was not made, also in the form that asked for it.
    pub(super) fn show_refusal(&mut self, change: &Change, why: Message) {
        let text = why.plain_text();
        self.message = Some(why);
        // A form that opens over another dialog would take its keys.
        if self.stack.is_operator_busy() {
            return;
        }
        if let Some((mut form, _)) = self.draft.take_if(|(_, asked_for)| asked_for == change) {
            form.show_error(text);
            self.execute(Command::Open(form));
        }
    }

    /// The change was made, or a part of it, so its form is not needed again.
    pub(super) fn drop_draft(&mut self, change: &Change) {
        self.draft.take_if(|(_, asked_for)| asked_for == change);
    }
}
