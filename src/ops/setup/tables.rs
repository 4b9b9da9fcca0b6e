//! Our own tables.

use serde_json::json;

use crate::aws::{Aws, Failure, Wanted};
use crate::ops::audit::{self, Subject};
use crate::ops::{Applied, Progress, Run};

/// What a set-up of the tables did.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TablesSetUp {
    /// Tables that it made.
    pub created: Vec<String>,
    /// Tables that stood already; they are left as they are.
    pub existing: Vec<String>,
}

/// Makes the tables that are missing, with their indexes, and waits until they stand.
///
/// The Plans and Keys tables of the sample application count as ours: only what is not there is made.
pub async fn setup_tables(aws: &Aws, run: &Run) -> Result<TablesSetUp, Failure> {
    let wanted = aws.wanted_tables().await?;
    let mut done = TablesSetUp::default();
    let is_missing = wanted.iter().any(|table| !table.stands);
    let entry = if is_missing { Some(audit::begin(aws, run, || subject(&wanted)).await?) } else { None };
    let made = make(aws, &wanted, &mut done, run).await;
    let made = match entry {
        Some(entry) => entry.end(&Applied::default(), made, vec![json!({ "tables": done.created })]),
        None => made,
    };
    made.map(|()| done)
}

fn subject(wanted: &[Wanted]) -> Subject {
    let missing = wanted.iter().filter(|table| !table.stands);
    Subject {
        operation: "set up tables".to_owned(),
        reason: None,
        tenants: Vec::new(),
        steps: missing.map(|table| format!("create the DynamoDB table {}", table.name)).collect(),
        before: Vec::new(),
    }
}

async fn make(aws: &Aws, wanted: &[Wanted], done: &mut TablesSetUp, run: &Run) -> Result<(), Failure> {
    for (at, table) in wanted.iter().enumerate() {
        if run.cancel.is_cancelled() {
            return Err(Failure::Cancelled);
        }
        let doing = format!("table {}", table.name);
        (run.progress)(Progress { done: at, total: Some(wanted.len()), doing });
        let made = !table.stands && aws.make_table(table).await?;
        if made { &mut done.created } else { &mut done.existing }.push(table.name.clone());
    }
    aws.find_tables().await.map(drop)
}

/// What [`setup_tables`] would do, without doing it.
pub async fn planned_tables(aws: &Aws) -> Result<TablesSetUp, Failure> {
    let mut planned = TablesSetUp::default();
    for table in aws.wanted_tables().await? {
        if table.stands { &mut planned.existing } else { &mut planned.created }.push(table.name);
    }
    Ok(planned)
}
