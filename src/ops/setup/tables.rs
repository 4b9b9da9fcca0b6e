//! keypool's own tables.

use serde_json::json;

use crate::aws::{Aws, Failure, TableSpec};
use crate::ops::audit::{self, ChangeSubject};
use crate::ops::{Applied, Progress, Run};

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TableSetup {
    /// The tables that were created; from [`plan_tables`], those that would be.
    pub created: Vec<String>,
    /// The tables that already existed. They are left as they are.
    pub existing: Vec<String>,
}

/// Creates missing tables with their indexes and waits until they are active.
///
/// The sample application's Plans and Keys tables count as existing.
pub async fn setup_tables(aws: &Aws, run: &Run) -> Result<TableSetup, Failure> {
    let tables = aws.table_specs().await?;
    let mut setup = TableSetup::default();
    let is_missing = tables.iter().any(|table| !table.exists);
    let entry =
        if is_missing { Some(audit::begin_entry(aws, run, || tables_subject(&tables)).await?) } else { None };
    let result = create_missing(aws, &tables, &mut setup, run).await;
    let result = match entry {
        Some(entry) => entry.end(&Applied::default(), result, vec![json!({ "tables": setup.created })]),
        None => result,
    };
    result.map(|()| setup)
}

fn tables_subject(tables: &[TableSpec]) -> ChangeSubject {
    let missing = tables.iter().filter(|table| !table.exists);
    ChangeSubject {
        operation: "set up tables".to_owned(),
        reason: None,
        tenants: Vec::new(),
        steps: missing.map(|table| format!("create the DynamoDB table {}", table.name)).collect(),
        before: Vec::new(),
    }
}

async fn create_missing(
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
        let is_created = !table.exists && aws.create_table(table).await?;
        if is_created { &mut setup.created } else { &mut setup.existing }.push(table.name.clone());
    }
    aws.find_tables().await.map(drop)
}

/// Returns what [`setup_tables`] would do.
pub async fn plan_tables(aws: &Aws) -> Result<TableSetup, Failure> {
    let mut planned = TableSetup::default();
    for table in aws.table_specs().await? {
        if table.exists { &mut planned.existing } else { &mut planned.created }.push(table.name);
    }
    Ok(planned)
}
