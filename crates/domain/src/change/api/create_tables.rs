//! Creates DynamoDB tables.

use crate::change::operation::{Effects, Operation, Record, Scope, Subject};
use crate::step::{InfrastructureStep, Step, Unit};
use crate::{Inventory, Refusal};

pub(crate) struct CreateTables<'a>(pub(crate) &'a [String]);

impl Operation for CreateTables<'_> {
    fn units(&self, _: &Inventory) -> Result<Vec<Unit>, Refusal> {
        let unit = |table: &String| Unit {
            subject: format!("table {table}"),
            steps: vec![Step::Infrastructure(InfrastructureStep::CreateTable(table.clone()))],
        };
        Ok(self.0.iter().map(unit).collect())
    }

    fn describe(&self, _: &Inventory) -> String {
        format!("create the DynamoDB tables {}", self.0.join(", "))
    }

    /// Nothing is lost, but AWS charges for the tables.
    fn effects<'a>(&self, inventory: &'a Inventory) -> Effects<'a> {
        let caution = "DynamoDB charges for the tables per request".to_owned();
        Effects { scope: Scope::new(inventory), cautions: vec![caution], needs_confirmation: true }
    }

    fn record(&self, _: &Inventory) -> Record {
        Record::new(Subject::NamedInDescription)
    }
}
