//! Sets the IAM role with which API Gateway writes logs; one per account and region.

use crate::change::operation::{Effects, Operation, Record, Scope, Subject};
use crate::step::{InfrastructureStep, Step, Unit};
use crate::{Inventory, Refusal, stage_logging};

pub(crate) struct SetLogRole<'a> {
    /// ARN.
    pub(crate) role: &'a str,
    /// The current role, or why it is not known.
    pub(crate) replaces: &'a Result<Option<String>, String>,
}

impl Operation for SetLogRole<'_> {
    fn units(&self, _: &Inventory) -> Result<Vec<Unit>, Refusal> {
        stage_logging::validate_role(self.role)?;
        let steps = vec![Step::Infrastructure(InfrastructureStep::SetLogRole(self.role.to_owned()))];
        Ok(vec![Unit { subject: "the account".to_owned(), steps }])
    }

    fn describe(&self, _: &Inventory) -> String {
        format!("set the account's logging role to {}", self.role)
    }

    fn effects<'a>(&self, inventory: &'a Inventory) -> Effects<'a> {
        let replaced = match self.replaces {
            Ok(Some(old)) if old != self.role => {
                Some(format!("this replaces the current logging role {old}"))
            }
            Ok(_) => None,
            Err(why) => Some(format!("the current logging role, which this replaces, is not known: {why}")),
        };
        let caution = "the role applies to every API in this account and region".to_owned();
        let cautions = replaced.into_iter().chain([caution]).collect();
        Effects { scope: Scope::new(inventory), cautions, needs_confirmation: true }
    }

    fn record(&self, _: &Inventory) -> Record {
        Record::new(Subject::NamedInDescription)
    }
}
