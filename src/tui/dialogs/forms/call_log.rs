//! Asks for the access log from which the report counts calls.

use keypool_domain::charging::AccessLogFields;

use crate::tui::dialogs::form::{self, Form, Submission, form_fields};
use crate::tui::model::Model;
use crate::tui::screen::Command;
use crate::tui::widgets::text_field::TextField;

#[derive(Debug, Clone)]
struct CallLogForm {
    file: TextField,
}

/// `file` is the suggestion.
pub(crate) fn open(file: String, fields: &AccessLogFields) -> Command {
    let AccessLogFields { api_key, tenant, status, time: _ } = fields;
    let note = format!(
        "API Gateway access log as JSON lines with {api_key}, {status} and {tenant}, to count the calls of shared \
         keys exactly. Leave empty for none."
    );
    form::open("access log", note, CallLogForm { file: TextField::with_suggestion("file", file) })
}

impl Form for CallLogForm {
    const ASKS_FOR_CHANGE: bool = false;
    form_fields!(file);

    fn submit(&self, model: &Model) -> Submission {
        let path = model.options().expand_home(self.file.text());
        Ok(Command::UseAccessLog(Some(path).filter(|path| !path.as_os_str().is_empty())))
    }
}
