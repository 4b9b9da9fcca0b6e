//! Creates DynamoDB tables, and adds and removes their indexes.

use crate::change::kinds::TableStep;
use crate::change::operation::{Effects, Operation, Record, Scope, Subject};
use crate::step::{InfrastructureStep, Step, Unit};
use crate::text::pluralize;
use crate::{Inventory, Refusal};

pub(crate) struct SetUpTables<'a>(pub(crate) &'a [TableStep]);

impl Operation for SetUpTables<'_> {
    fn units(&self, _: &Inventory) -> Result<Vec<Unit>, Refusal> {
        let unit = |step: &TableStep| Unit {
            subject: format!("table {}", step.table()),
            steps: vec![Step::Infrastructure(InfrastructureStep::SetUpTable(step.clone()))],
        };
        Ok(self.0.iter().map(unit).collect())
    }

    fn describe(&self, _: &Inventory) -> String {
        let created: Vec<_> = self.created().collect();
        let indexes = self.0.iter().filter(|step| !matches!(step, TableStep::Create { .. }));
        let created =
            (!created.is_empty()).then(|| format!("create the DynamoDB tables {}", created.join(", ")));
        created.into_iter().chain(indexes.map(TableStep::describe)).collect::<Vec<_>>().join("; ")
    }

    /// Nothing is lost, but AWS charges for tables and for filling indexes.
    fn effects<'a>(&self, inventory: &'a Inventory) -> Effects<'a> {
        let mut cautions = Vec::new();
        if self.created().next().is_some() {
            cautions.push("DynamoDB charges for the tables per request".to_owned());
            cautions.extend(import_caution(inventory));
        }
        if self.0.iter().any(|step| matches!(step, TableStep::AddIndex { .. })) {
            cautions.push(
                "DynamoDB charges one write per item for filling an index, which takes minutes to hours; keys and \
                 calls work meanwhile, and AWS goes on if you stop waiting"
                    .to_owned(),
            );
        }
        Effects { scope: Scope::new(inventory), cautions, needs_confirmation: true }
    }

    fn record(&self, _: &Inventory) -> Record {
        Record::new(Subject::NamedInDescription)
    }
}

impl SetUpTables<'_> {
    fn created(&self) -> impl Iterator<Item = &str> {
        self.0.iter().filter_map(|step| match step {
            TableStep::Create { table } => Some(table.as_str()),
            TableStep::AddIndex { .. } | TableStep::RemoveIndex { .. } => None,
        })
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
