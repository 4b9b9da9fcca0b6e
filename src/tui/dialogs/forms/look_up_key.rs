//! Asks for a key to look up, which may be a secret value.

use keypool_domain::key_lookup::KeyQuery;

use crate::tui::dialogs::form::{self, Form, Submission, form_fields};
use crate::tui::model::Model;
use crate::tui::model::query::Query;
use crate::tui::screen::Command;
use crate::tui::widgets::text_field::TextField;

#[derive(Debug, Clone)]
struct LookUpKeyForm {
    key: TextField,
}

pub(crate) fn open() -> Command {
    let note = "Key value, its last 6 characters (as in logs), API key id, or tenant key id.";
    form::open("look up a key", note, LookUpKeyForm { key: TextField::masked("key") })
}

impl Form for LookUpKeyForm {
    const ASKS_FOR_CHANGE: bool = false;
    form_fields!(key);

    fn submit(&self, _model: &Model) -> Submission {
        Ok(Command::Load(Query::KeyLookup(KeyQuery::new(self.key.text())?)))
    }
}
