//! Asks for the access log from which the report counts calls.

use crate::tui::dialogs::form::{self, Form, Submission, form_fields};
use crate::tui::model::Model;
use crate::tui::screen::Command;
use crate::tui::widgets::text_field::TextField;

#[derive(Debug, Clone)]
struct CallLogForm {
    file: TextField,
}

/// `file` is the suggestion; `tenant_field` is the field of the log that holds the tenant.
pub(crate) fn open(file: String, tenant_field: &str) -> Command {
    let note = format!(
        "API Gateway access log as JSON lines with apiKeyId, status and {tenant_field}, to count the calls of \
         shared keys exactly. Leave empty for none."
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
