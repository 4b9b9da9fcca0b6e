//! Asks for the role with which API Gateway writes logs.

use keypool_domain::ApiChange;
use keypool_domain::setup::ReadResult;

use crate::tui::dialogs::form::{self, Form, Submission, form_fields};
use crate::tui::model::Model;
use crate::tui::screen::Command;
use crate::tui::widgets::text_field::TextField;

const NOTE: &str = "IAM role ARN, e.g. arn:aws:iam::123456789012:role/NAME. It must trust apigateway.amazonaws.com, and \
                    applies to the whole account and region.";

#[derive(Debug, Clone)]
struct LogRoleForm {
    /// The current role, if it could be read.
    replaces: ReadResult<Option<String>>,
    role: TextField,
}

pub(crate) fn open(replaces: ReadResult<Option<String>>) -> Command {
    form::open("logging role", NOTE, LogRoleForm { replaces, role: TextField::new("role", "") })
}

impl Form for LogRoleForm {
    const ASKS_FOR_CHANGE: bool = true;
    form_fields!(role);

    fn submit(&self, model: &Model) -> Submission {
        let (role, replaces) = (self.role.text().to_owned(), self.replaces.clone());
        form::confirm(ApiChange::SetLogRole { role, replaces }.into(), model)
    }
}
