//! Forms that ask for a file: to export to, or to count calls from.

use crate::ops::{ExportList, ExportRequest};
use crate::tui::dialogs::prompt_form::{PromptField, PromptForm, PromptPurpose};
use crate::tui::model::Model;
use crate::tui::screen::Command;
use crate::tui::widgets::suggestion::Suggestion;

impl PromptForm {
    /// `name` is the suggested file.
    pub(crate) fn export(list: ExportList, name: &str) -> Self {
        let note = "The extension sets the format: .csv or .json. The file contains no key values, and only you can \
                    read it.";
        let title = "export to file".to_owned();
        Self::new(PromptPurpose::Export(list), title, note.to_owned(), vec![file_field(name)])
    }

    pub(crate) fn report_access_log(name: &str, tenant_field: &str) -> Self {
        let note = format!(
            "API Gateway access log as JSON lines with apiKeyId, status and {tenant_field}, to count the calls of \
             shared keys exactly. Leave empty for none."
        );
        Self::new(PromptPurpose::ReportAccessLog, "access log".to_owned(), note, vec![file_field(name)])
    }

    /// Submits a form that asks for a file; `None` for all other forms.
    pub(super) fn submit_file(&mut self, model: &Model) -> Option<Vec<Command>> {
        let path = model.options().expand_home(self.answer(0));
        Some(match &self.purpose {
            PromptPurpose::ReportAccessLog => {
                vec![
                    Command::Close,
                    Command::UseAccessLog(Some(path).filter(|path| !path.as_os_str().is_empty())),
                ]
            }
            PromptPurpose::Export(list) => {
                let export = ExportRequest { list: list.clone(), path, replace: false };
                match export.check_extension() {
                    Ok(()) => vec![Command::Close, Command::Export(Box::new(export))],
                    Err(why) => {
                        self.error = Some(why.to_string());
                        Vec::new()
                    }
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
