//! Our own tables.

use super::{Progress, Run};
use crate::aws::{Aws, Failure};

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
    for (at, table) in wanted.iter().enumerate() {
        if run.cancel.is_cancelled() {
            return Err(Failure::Cancelled);
        }
        let doing = format!("table {}", table.name);
        (run.progress)(Progress { done: at, total: Some(wanted.len()), doing });
        let made = !table.stands && aws.make_table(table).await?;
        if made { &mut done.created } else { &mut done.existing }.push(table.name.clone());
    }
    aws.find_tables().await?;
    Ok(done)
}

/// What [`setup_tables`] would do, without doing it.
pub async fn planned_tables(aws: &Aws) -> Result<TablesSetUp, Failure> {
    let mut planned = TablesSetUp::default();
    for table in aws.wanted_tables().await? {
        if table.stands { &mut planned.existing } else { &mut planned.created }.push(table.name);
    }
    Ok(planned)
}
