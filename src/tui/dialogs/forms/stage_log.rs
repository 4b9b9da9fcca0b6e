//! Asks where a stage without an access log is to write one.

use keypool_domain::setup::{AccessLog, StageLogging};
use keypool_domain::{ApiChange, StageRef};

use crate::tui::dialogs::form::{self, Form, Submission, form_fields};
use crate::tui::model::Model;
use crate::tui::screen::Command;
use crate::tui::widgets::text_field::TextField;

const NOTE: &str = "ARN of an existing log group, e.g. arn:aws:logs:REGION:ACCOUNT:log-group:NAME, or of a Firehose \
                    stream named amazon-apigateway-NAME. Lines contain the API key's id, never its value.";

#[derive(Debug, Clone)]
struct StageLogForm {
    stage: StageRef,
    log: TextField,
}

pub(crate) fn open(stage: StageRef) -> Command {
    let title = format!("access log of {stage}");
    form::open(title, NOTE, StageLogForm { stage, log: TextField::new("log", "") })
}

impl Form for StageLogForm {
    const ASKS_FOR_CHANGE: bool = true;
    form_fields!(log);

    fn submit(&self, model: &Model) -> Submission {
        let access = Some(AccessLog::to_destination(self.log.text(), &model.options().access_log_fields));
        let (stage, logging) = (self.stage.clone(), StageLogging { level: None, access });
        form::confirm(ApiChange::SetStageLogging { stage, logging, replaces: None }.into(), model)
    }
}
