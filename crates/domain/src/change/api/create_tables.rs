//! Creates DynamoDB tables.

use crate::change::operation::{Effects, Operation, Record, Scope, Subject};
use crate::step::{InfrastructureStep, Step, Unit};
use crate::text::pluralize;
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
        let mut cautions = vec!["DynamoDB charges for the tables per request".to_owned()];
        cautions.extend(import_caution(inventory));
        Effects { scope: Scope::new(inventory), cautions, needs_confirmation: true }
    }

    fn record(&self, _: &Inventory) -> Record {
        Record::new(Subject::NamedInDescription)
    }
}

/// Tenant keys come from the Keys table as soon as there is one.
fn import_caution(inventory: &Inventory) -> Option<String> {
    let count = inventory.distinct_tenant_keys().count();
    (!inventory.source().has_tables() && count > 0).then(|| {
        format!(
            "afterwards keypool knows none of the {} here until they are imported: run `keypool keys export \
             --include-values` first, and `keypool keys import` right after",
            pluralize(count, "tenant key")
        )
    })
}
