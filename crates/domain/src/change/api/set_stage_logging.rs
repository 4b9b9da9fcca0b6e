//! Sets execution and access logging of a stage.

use crate::change::operation::{Effects, Operation, Record, Scope, Subject};
use crate::stage_logging::{self, AccessLog, StageLogging};
use crate::step::{InfrastructureStep, Step, Unit};
use crate::{Inventory, Refusal, StageRef};

pub(crate) struct SetStageLogging<'a> {
    pub(crate) stage: &'a StageRef,
    pub(crate) logging: &'a StageLogging,
    /// The current access log, if known.
    pub(crate) replaces: Option<&'a AccessLog>,
}

impl Operation for SetStageLogging<'_> {
    fn units(&self, _: &Inventory) -> Result<Vec<Unit>, Refusal> {
        stage_logging::validate_logging(self.logging)?;
        let step =
            InfrastructureStep::SetStageLogging { stage: self.stage.clone(), logging: self.logging.clone() };
        Ok(vec![Unit { subject: self.stage.to_string(), steps: vec![Step::Infrastructure(step)] }])
    }

    fn describe(&self, _: &Inventory) -> String {
        format!("stage {}: {}", self.stage, self.logging.describe())
    }

    fn effects<'a>(&self, inventory: &'a Inventory) -> Effects<'a> {
        let new = self.logging.access.as_ref();
        let replaced = self.replaces.filter(|old| new.is_some_and(|new| new != *old));
        let replacement_caution = replaced.map(|old| {
            let AccessLog { destination, format } = old;
            format!("this replaces the stage's access log (destination {destination}, format {format})")
        });
        let caution = "CloudWatch charges for the logs".to_owned();
        Effects {
            scope: Scope::new(inventory).with_stages([self.stage]),
            cautions: replacement_caution.into_iter().chain([caution]).collect(),
            needs_confirmation: replaced.is_some(),
        }
    }

    fn record(&self, _: &Inventory) -> Record {
        Record::new(Subject::NamedInDescription)
    }
}
