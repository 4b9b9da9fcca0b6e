//! Adds and removes indexes of an existing Keys table, and waits for DynamoDB.

use std::time::Duration;

use keypool_domain::TableStep;
use keypool_domain::text::group_thousands;

use crate::aws::{Aws, Failure, IndexProgress};
use crate::ops::{Progress, Run};

/// The time between two reads of the table's state.
const POLL_INTERVAL: Duration = Duration::from_secs(5);
const LOOPBACK_POLL_INTERVAL: Duration = Duration::from_millis(20);

/// Completes a step on an index. A cancellation ends the wait at once; DynamoDB goes on, and the next run continues.
pub(in crate::ops) async fn complete_index_step(
    aws: &Aws,
    step: &TableStep,
    run: &Run,
) -> Result<(), Failure> {
    let work = poll_until_done(aws, step, run);
    run.cancel.run_until_cancelled(work).await.ok_or(Failure::Cancelled)?
}

async fn poll_until_done(aws: &Aws, step: &TableStep, run: &Run) -> Result<(), Failure> {
    let interval = if aws.is_loopback() { LOOPBACK_POLL_INTERVAL } else { POLL_INTERVAL };
    let mut has_begun = false;
    loop {
        let progress = aws.advance_index(step).await?;
        match progress {
            IndexProgress::Done => return Ok(()),
            // It was added and has gone, or was removed and is there: another caller does the opposite.
            IndexProgress::Begun if has_begun => {
                return Err(Failure::Changed(format!("the list of indexes of table {}", step.table())));
            }
            IndexProgress::Begun => has_begun = true,
            IndexProgress::InWork { .. } | IndexProgress::Blocked => {}
        }
        if let Some(doing) = describe_wait(step, progress) {
            (run.progress)(Progress { done: 0, total: None, doing });
        }
        tokio::time::sleep(interval).await;
    }
}

/// For example "index by-plan-owner of keypool-keys is filled with about 1,200,000 items; Ctrl-C stops waiting, and AWS
/// goes on".
fn describe_wait(step: &TableStep, progress: IndexProgress) -> Option<String> {
    let (table, what) = match step {
        TableStep::Create { .. } => return None,
        TableStep::AddIndex { table, index } => {
            let items = match progress {
                IndexProgress::InWork { items: Some(items) } => {
                    format!(" with about {} items", group_thousands(items))
                }
                _ => String::new(),
            };
            (table, format!("index {index} of {table} is filled{items}"))
        }
        TableStep::RemoveIndex { table, index } => (table, format!("index {index} of {table} is removed")),
    };
    let what = match progress {
        IndexProgress::Blocked => format!("DynamoDB changes {table} already, and does one change at a time"),
        IndexProgress::Done | IndexProgress::Begun | IndexProgress::InWork { .. } => what,
    };
    Some(format!("{what}; Ctrl-C stops waiting, and AWS goes on"))
}
