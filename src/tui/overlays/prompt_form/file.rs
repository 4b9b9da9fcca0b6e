//! The names of files: where a list is written, and which access log is counted.

use crate::ops::{ExportList, ExportRequest};
use crate::tui::app::App;
use crate::tui::widgets::suggestion::Suggestion;

use super::{PromptField, PromptForm, PromptPurpose, Reply};

impl PromptForm {
    /// Where a list is written; `name` is offered.
    pub(crate) fn export(listed: ExportList, name: &str) -> Self {
        let note = "A name that ends in .csv or .json: that says how it is written. It holds no secret, and nobody \
                    but you may read it.";
        let title = "write the list to which file?".to_owned();
        Self::new(PromptPurpose::Export(listed), title, note.to_owned(), vec![file_field(name)])
    }

    /// Which access log tells whose the calls of shared keys were.
    pub(crate) fn report_access_log(name: &str, tenant_field: &str) -> Self {
        let note = format!(
            "JSON lines of API Gateway with apiKeyId, status and {tenant_field}: they make the calls of shared keys \
             exact. Nothing is no log."
        );
        Self::new(
            PromptPurpose::ReportAccessLog,
            "which access log?".to_owned(),
            note,
            vec![file_field(name)],
        )
    }

    /// The answer, where a file was asked for.
    pub(super) fn file_reply(&mut self, app: &App) -> Option<Reply> {
        let path = app.expand_home(self.answer(0));
        Some(match &self.purpose {
            PromptPurpose::ReportAccessLog => {
                Reply::UseAccessLog(Some(path).filter(|path| !path.as_os_str().is_empty()))
            }
            PromptPurpose::Export(listed) => {
                let export = ExportRequest { list: listed.clone(), path, replace: false };
                match export.check_extension() {
                    Ok(()) => Reply::Export(Box::new(export)),
                    Err(why) => self.refuse(why.to_string()),
                }
            }
            PromptPurpose::Rotate(_)
            | PromptPurpose::RotatePoolKey(_)
            | PromptPurpose::Grow(_)
            | PromptPurpose::SetPool(_)
            | PromptPurpose::CreatePool(..)
            | PromptPurpose::Extend(..)
            | PromptPurpose::LookUpKey
            | PromptPurpose::NewPlan
            | PromptPurpose::EditPlan(_)
            | PromptPurpose::LinkPlan(_)
            | PromptPurpose::LogRole(_)
            | PromptPurpose::AccessLog(_)
            | PromptPurpose::ThrottleMethod(..) => return None,
        })
    }
}

fn file_field(name: &str) -> PromptField {
    PromptField { name: "file", value: Suggestion::new(name), choices: Vec::new() }
}
