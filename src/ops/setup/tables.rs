//! keypool's own tables.

use keypool_domain::TableStep;
use serde_json::json;

use super::indexes::complete_index_step;
use crate::aws::{Aws, Failure, TableSpec};
use crate::ops::audit::{self, ChangeSubject};
use crate::ops::{Applied, Progress, Run};

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TableSetup {
    /// The steps that were made; from [`plan_tables`], those that would be.
    pub steps: Vec<TableStep>,
    /// The tables that already existed.
    pub existing: Vec<String>,
}

impl TableSetup {
    /// The tables that were created, or would be.
    pub fn created(&self) -> Vec<String> {
        let creations = self.steps.iter().filter(|step| matches!(step, TableStep::Create { .. }));
        creations.map(|step| step.table().to_owned()).collect()
    }
}

/// Creates missing tables with their indexes, and brings the indexes of keypool's existing Keys table up to date. Waits
/// until all are active.
///
/// The sample application's Plans and Keys tables count as existing, and get no index.
pub async fn setup_tables(aws: &Aws, run: &Run) -> Result<TableSetup, Failure> {
    let tables = aws.table_specs().await?;
    let mut setup = TableSetup::default();
    let is_complete = tables.iter().all(|table| table.steps.is_empty());
    let entry = if is_complete {
        None
    } else {
        Some(audit::begin_entry(aws, run, || tables_subject(&tables)).await?)
    };
    let result = make_steps(aws, &tables, &mut setup, run).await;
    let result = match entry {
        Some(entry) => entry.end(&Applied::default(), result, vec![after(&setup)]),
        None => result,
    };
    result.map(|()| setup)
}

fn tables_subject(tables: &[TableSpec]) -> ChangeSubject {
    ChangeSubject {
        operation: "set up tables".to_owned(),
        reason: None,
        tenants: Vec::new(),
        steps: tables.iter().flat_map(|table| &table.steps).map(TableStep::describe).collect(),
        before: Vec::new(),
    }
}

/// The audit trail's record of what there is afterwards.
fn after(setup: &TableSetup) -> serde_json::Value {
    let indexes = setup.steps.iter().filter_map(|step| match step {
        TableStep::Create { .. } => None,
        TableStep::AddIndex { index, .. } => Some(json!({ "added": index })),
        TableStep::RemoveIndex { index, .. } => Some(json!({ "removed": index })),
    });
    let indexes: Vec<_> = indexes.collect();
    if indexes.is_empty() {
        return json!({ "tables": setup.created() });
    }
    json!({ "tables": setup.created(), "indexes": indexes })
}

async fn make_steps(
    aws: &Aws,
    tables: &[TableSpec],
    setup: &mut TableSetup,
    run: &Run,
) -> Result<(), Failure> {
    for (at, table) in tables.iter().enumerate() {
        if run.cancel.is_cancelled() {
            return Err(Failure::Cancelled);
        }
        let doing = format!("table {}", table.name);
        (run.progress)(Progress { done: at, total: Some(tables.len()), doing });
        if table.exists {
            setup.existing.push(table.name.clone());
        }
        for step in &table.steps {
            let is_made = match step {
                TableStep::Create { .. } => aws.create_table(table).await?,
                TableStep::AddIndex { .. } | TableStep::RemoveIndex { .. } => {
                    complete_index_step(aws, step, run).await?;
                    true
                }
            };
            if is_made {
                setup.steps.push(step.clone());
            } else {
                setup.existing.push(table.name.clone());
            }
        }
    }
    aws.find_tables().await.map(drop)
}

/// Returns what [`setup_tables`] would do.
pub async fn plan_tables(aws: &Aws) -> Result<TableSetup, Failure> {
    let mut planned = TableSetup::default();
    for mut table in aws.table_specs().await? {
        planned.steps.append(&mut table.steps);
        if table.exists {
            planned.existing.push(table.name);
        }
    }
    Ok(planned)
}
