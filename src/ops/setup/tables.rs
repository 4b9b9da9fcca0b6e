//! Our own tables.

use serde_json::json;

use crate::aws::{Aws, Failure, TableSpec};
use crate::ops::audit::{self, ChangeSubject};
use crate::ops::{Applied, Progress, Run};

/// What a set-up of the tables did.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TableSetup {
    /// Tables that it made.
    pub created: Vec<String>,
    /// Tables that stood already; they are left as they are.
    pub existing: Vec<String>,
}

/// Makes the tables that are missing, with their indexes, and waits until they stand.
///
/// The Plans and Keys tables of the sample application count as ours: only what is not there is made.
pub async fn setup_tables(aws: &Aws, run: &Run) -> Result<TableSetup, Failure> {
    let wanted = aws.table_specs().await?;
    let mut done = TableSetup::default();
    let is_missing = wanted.iter().any(|table| !table.exists);
    let entry =
        if is_missing { Some(audit::begin_entry(aws, run, || tables_subject(&wanted)).await?) } else { None };
    let made = create_missing(aws, &wanted, &mut done, run).await;
    let made = match entry {
        Some(entry) => entry.end(&Applied::default(), made, vec![json!({ "tables": done.created })]),
        None => made,
    };
    made.map(|()| done)
}

fn tables_subject(wanted: &[TableSpec]) -> ChangeSubject {
    let missing = wanted.iter().filter(|table| !table.exists);
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
    wanted: &[TableSpec],
    done: &mut TableSetup,
    run: &Run,
) -> Result<(), Failure> {
    for (at, table) in wanted.iter().enumerate() {
        if run.cancel.is_cancelled() {
            return Err(Failure::Cancelled);
        }
        let doing = format!("table {}", table.name);
        (run.progress)(Progress { done: at, total: Some(wanted.len()), doing });
        let made = !table.exists && aws.create_table(table).await?;
        if made { &mut done.created } else { &mut done.existing }.push(table.name.clone());
    }
    aws.find_tables().await.map(drop)
}

/// What [`setup_tables`] would do, without doing it.
pub async fn plan_tables(aws: &Aws) -> Result<TableSetup, Failure> {
    let mut planned = TableSetup::default();
    for table in aws.table_specs().await? {
        if table.exists { &mut planned.existing } else { &mut planned.created }.push(table.name);
    }
    Ok(planned)
}
