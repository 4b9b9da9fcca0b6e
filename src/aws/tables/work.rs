//! Marks of operations in progress, in the Pools table.
//!
//! Invariant: a mark belongs to one operation at a time, identified by the operation's request id. A
//! mark is claimed only if there is none, or if its deadline has passed or is further ahead than any
//! deadline may be. Fenced writes succeed only while the mark belongs to their operation.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use jiff::{SignedDuration, Timestamp};
use keypool_domain::WorkMark;
use keypool_domain::work::{ImportMark, MAX_WORK_MARK_TTL, WORK_MARK_TTL};

use super::conditional::is_condition_failure;
use super::item_requests::{number, text};
use super::items::{AttributeProblems, ItemReader};
use super::transaction::{CommitOutcome, Condition, Transaction};
use crate::aws::{Aws, Failure};

pub(super) const WORK_ID_PREFIX: &str = "work#";
/// The mark exists and belongs to the operation with this request id.
const OWNED_BY_REQUEST: &str = "requestId = :request";

/// Sets the attributes of a mark.
const SET_MARK: &str = "SET requestId = :request, operationText = :operation, workingUntil = :deadline";
/// Sets the attributes of an import's mark, which has two more.
const SET_IMPORT_MARK: &str = "SET requestId = :request, operationText = :operation, workingUntil = :deadline, \
                             importNames = :names, importStarted = :started";

fn import_values(import: &ImportMark) -> HashMap<String, AttributeValue> {
    let names = import.names.iter().cloned().map(AttributeValue::S).collect();
    let started = number(import.started.as_second());
    HashMap::from([(":names".to_owned(), AttributeValue::L(names)), (":started".to_owned(), started)])
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum WorkClaim {
    /// The mark belongs to this operation.
    Claimed,
    /// Another operation holds the mark, and its deadline has not passed.
    HeldBy(WorkMark),
}

/// A mark that a write depends on, and the request id of the operation to which it must belong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fence {
    pub(crate) table: String,
    pub(crate) subject: String,
    pub(crate) request_id: String,
}

/// Reads a mark from an item; unreadable marks protect nothing.
pub(super) fn read_mark(subject: String, mut item: ItemReader<'_>) -> Option<WorkMark> {
    let deadline = item.optional_value("workingUntil")?;
    let import = item.optional_value("importStarted").and_then(|started| {
        let started = Timestamp::from_second(started).ok()?;
        Some(ImportMark { names: item.texts("importNames"), started })
    });
    Some(WorkMark {
        import,
        subject,
        request_id: item.text("requestId"),
        operation: item.text("operationText"),
        deadline: Timestamp::from_second(deadline).ok()?,
    })
}

impl Aws {
    /// Claims the mark on a subject, unless another operation holds it.
    pub(crate) async fn claim_work_mark(&self, table: &str, mark: &WorkMark) -> Result<WorkClaim, Failure> {
        let call = self.table_call("UpdateItem", format!("table {table}"));
        let condition = format!(
            "attribute_not_exists(id) OR {OWNED_BY_REQUEST} OR workingUntil <= :now OR workingUntil > :most"
        );
        let max_deadline = |now: Timestamp| now.checked_add(MAX_WORK_MARK_TTL).unwrap_or(Timestamp::MAX);
        loop {
            let now = self.now();
            let request = self
                .update_item(table, work_id(&mark.subject))
                .update_expression(if mark.import.is_some() { SET_IMPORT_MARK } else { SET_MARK })
                .set_expression_attribute_values(mark.import.as_ref().map(import_values))
                .condition_expression(&condition)
                .expression_attribute_values(":request", text(&mark.request_id))
                .expression_attribute_values(":operation", text(&mark.operation))
                .expression_attribute_values(":deadline", epoch_seconds(mark.deadline))
                .expression_attribute_values(":now", number(now.as_second()))
                .expression_attribute_values(":most", epoch_seconds(max_deadline(now)));
            let Err(error) = request.send().await else { return Ok(WorkClaim::Claimed) };
            if !is_condition_failure(&error) {
                return Err(call.failure(error));
            }
            if let Some(held) = self.current_work_mark(table, &mark.subject).await? {
                return Ok(WorkClaim::HeldBy(held));
            }
            // The mark was released between the two calls.
        }
    }

    /// Returns the current mark on a subject.
    async fn current_work_mark(&self, table: &str, subject: &str) -> Result<Option<WorkMark>, Failure> {
        let items = self.get_items(table, &[work_id(subject)]).await?;
        let mut problems = AttributeProblems::default();
        Ok(items
            .into_iter()
            .find_map(|item| read_mark(subject.to_owned(), ItemReader::new(item, &mut problems)?)))
    }

    /// Extends a mark's deadline; returns false if the mark belongs to another operation by now.
    pub(crate) async fn renew_work_mark(&self, fence: &Fence) -> Result<bool, Failure> {
        let call = self.table_call("UpdateItem", format!("table {}", fence.table));
        let request = self
            .update_item(&fence.table, work_id(&fence.subject))
            .update_expression("SET workingUntil = :deadline")
            .condition_expression(OWNED_BY_REQUEST)
            .expression_attribute_values(":request", text(&fence.request_id))
            .expression_attribute_values(":deadline", epoch_seconds(self.work_mark_deadline()));
        call.took_effect(request.send().await)
    }

    /// Deletes a mark, unless it belongs to another operation by now.
    pub(crate) async fn release_work_mark(&self, fence: &Fence) -> Result<(), Failure> {
        let call = self.table_call("DeleteItem", format!("table {}", fence.table));
        let request = self
            .delete_item(&fence.table, work_id(&fence.subject))
            .condition_expression(OWNED_BY_REQUEST)
            .expression_attribute_values(":request", text(&fence.request_id));
        call.took_effect(request.send().await).map(|_| ())
    }

    /// Deletes an expired mark, unless it was renewed or claimed since it was read.
    pub(crate) async fn remove_expired_work_mark(&self, table: &str, mark: &WorkMark) -> Result<(), Failure> {
        let call = self.table_call("DeleteItem", format!("table {table}"));
        let request = self
            .delete_item(table, work_id(&mark.subject))
            .condition_expression(format!(
                "{OWNED_BY_REQUEST} AND workingUntil = :seen AND workingUntil <= :now"
            ))
            .expression_attribute_values(":request", text(&mark.request_id))
            .expression_attribute_values(":seen", epoch_seconds(mark.deadline))
            .expression_attribute_values(":now", number(self.now().as_second()));
        call.took_effect(request.send().await).map(|_| ())
    }

    /// Performs all writes or none, and only while the mark belongs to its request. `subject` is what has
    /// changed if a condition does not hold.
    pub(super) async fn commit_fenced(
        &self,
        transaction: Transaction,
        fence: Option<&Fence>,
        subject: String,
    ) -> Result<(), Failure> {
        let fence_position = transaction.write_count();
        match (self.commit(transaction.with_fence(fence, self.work_mark_deadline())).await?, fence) {
            (CommitOutcome::Done, _) => Ok(()),
            (CommitOutcome::Refused(positions), Some(fence)) if positions.contains(&fence_position) => {
                Err(fence.taken_over_failure())
            }
            (CommitOutcome::Refused(_) | CommitOutcome::Busy, _) => Err(Failure::Changed(subject)),
        }
    }

    /// Returns the deadline of a mark that is set or renewed now.
    pub(crate) fn work_mark_deadline(&self) -> Timestamp {
        self.now().checked_add(WORK_MARK_TTL).unwrap_or(Timestamp::MAX)
    }

    /// Returns the table's current marks.
    pub(crate) async fn work_marks(&self, table: &str) -> Result<Vec<WorkMark>, Failure> {
        self.pools(table).await.map(|items| items.work_marks)
    }
}

impl Transaction {
    /// Makes all writes depend on the mark still belonging to the operation, and renews the mark.
    pub(super) fn with_fence(self, fence: Option<&Fence>, deadline: Timestamp) -> Self {
        let Some(fence) = fence else { return self };
        let condition = Condition::new(OWNED_BY_REQUEST)
            .with_set("workingUntil = :deadline")
            .with_text(":request", &fence.request_id)
            .with_value(":deadline", epoch_seconds(deadline));
        self.update(&fence.table, &work_id(&fence.subject), condition)
    }
}

impl Fence {
    /// Returns the failure for a mark that another operation has claimed.
    pub(super) fn taken_over_failure(&self) -> Failure {
        Failure::TakenOver(self.subject.clone())
    }
}

/// Rounds up to whole seconds, so that a mark never expires early.
fn epoch_seconds(time: Timestamp) -> AttributeValue {
    let rounded_up = time.checked_add(SignedDuration::from_nanos(999_999_999)).unwrap_or(time);
    number(rounded_up.as_second())
}

fn work_id(subject: &str) -> String {
    format!("{WORK_ID_PREFIX}{subject}")
}
