//! The marks of operations in progress, in the Pools table.
//!
//! Invariant: a mark belongs to one request at a time. It is taken only where there is none or where its deadline is
//! over, and a write that is fenced by it happens only while it still belongs to its request.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use jiff::{SignedDuration, Timestamp};
use keypool_domain::WorkMark;
use keypool_domain::work::{ImportMark, MAX_WORK_MARK_TTL, WORK_MARK_TTL};

use super::items::{AttributeProblems, ItemReader};
use super::transaction::{Condition, Transaction};
use crate::aws::{Aws, Failure};

pub(super) const WORK_ID_PREFIX: &str = "work#";
/// The mark is there and belongs to the request.
const OWNED_BY_REQUEST: &str = "requestId = :request";

/// What a mark holds, and that of an import besides.
const SET_MARK: &str = "SET requestId = :request, operationText = :operation, workingUntil = :deadline";
const SET_IMPORT_MARK: &str = "SET requestId = :request, operationText = :operation, workingUntil = :deadline, \
                             importNames = :names, importStarted = :started";

fn import_values(import: &ImportMark) -> HashMap<String, AttributeValue> {
    let names = import.names.iter().cloned().map(AttributeValue::S).collect();
    let started = AttributeValue::N(import.started.as_second().to_string());
    HashMap::from([(":names".to_owned(), AttributeValue::L(names)), (":started".to_owned(), started)])
}

/// What became of the attempt to mark something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum WorkClaim {
    /// It is marked for this request.
    Claimed,
    /// Another operation is inside its deadline.
    HeldBy(WorkMark),
}

/// A mark that a write depends on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fence {
    pub(crate) table: String,
    pub(crate) subject: String,
    pub(crate) request: String,
}

/// The mark that an item holds; one that cannot be read protects nothing.
pub(super) fn read_mark(subject: String, mut item: ItemReader<'_>) -> Option<WorkMark> {
    let deadline = item.optional("workingUntil")?;
    let import = item.optional("importStarted").and_then(|started| {
        let started = Timestamp::from_second(started).ok()?;
        Some(ImportMark { names: item.texts("importNames"), started })
    });
    Some(WorkMark {
        import,
        subject,
        request: item.text("requestId"),
        operation: item.text("operationText"),
        deadline: Timestamp::from_second(deadline).ok()?,
    })
}

impl Aws {
    /// Marks something for a request, unless another operation is at it.
    pub(crate) async fn claim_work_mark(&self, table: &str, work: &WorkMark) -> Result<WorkClaim, Failure> {
        let call = self.table_call("UpdateItem", format!("table {table}"));
        let condition = format!(
            "attribute_not_exists(id) OR {OWNED_BY_REQUEST} OR workingUntil <= :now OR workingUntil > :most"
        );
        let most = |now: Timestamp| now.checked_add(MAX_WORK_MARK_TTL).unwrap_or(Timestamp::MAX);
        loop {
            let now = self.now();
            let asked = self
                .shared
                .dynamodb
                .update_item()
                .table_name(table)
                .key("id", work_id(&work.subject))
                .update_expression(if work.import.is_some() { SET_IMPORT_MARK } else { SET_MARK })
                .set_expression_attribute_values(work.import.as_ref().map(import_values))
                .condition_expression(&condition)
                .expression_attribute_values(":request", AttributeValue::S(work.request.clone()))
                .expression_attribute_values(":operation", AttributeValue::S(work.operation.clone()))
                .expression_attribute_values(":deadline", epoch_seconds(work.deadline))
                .expression_attribute_values(":now", AttributeValue::N(now.as_second().to_string()))
                .expression_attribute_values(":most", epoch_seconds(most(now)));
            let Err(why) = asked.send().await else { return Ok(WorkClaim::Claimed) };
            if !why.as_service_error().is_some_and(|why| why.is_conditional_check_failed_exception()) {
                return Err(call.failure(why));
            }
            if let Some(theirs) = self.current_work_mark(table, &work.subject).await? {
                return Ok(WorkClaim::HeldBy(theirs));
            }
            // It ended between the two calls.
        }
    }

    /// The mark on a subject as it is now.
    async fn current_work_mark(&self, table: &str, subject: &str) -> Result<Option<WorkMark>, Failure> {
        let items = self.get_items(table, &[format!("{WORK_ID_PREFIX}{subject}")]).await?;
        let mut odd = AttributeProblems::default();
        Ok(items.into_iter().find_map(|item| read_mark(subject.to_owned(), ItemReader::new(item, &mut odd)?)))
    }

    /// Lets a mark hold on; whether it still belongs to its request.
    pub(crate) async fn renew_work_mark(&self, fence: &Fence) -> Result<bool, Failure> {
        let call = self.table_call("UpdateItem", format!("table {}", fence.table));
        let asked = self
            .shared
            .dynamodb
            .update_item()
            .table_name(&fence.table)
            .key("id", work_id(&fence.subject))
            .update_expression("SET workingUntil = :deadline")
            .condition_expression(OWNED_BY_REQUEST)
            .expression_attribute_values(":request", AttributeValue::S(fence.request.clone()))
            .expression_attribute_values(":deadline", epoch_seconds(self.work_mark_deadline()));
        match asked.send().await {
            Ok(_) => Ok(true),
            Err(why)
                if why.as_service_error().is_some_and(|why| why.is_conditional_check_failed_exception()) =>
            {
                Ok(false)
            }
            Err(why) => Err(call.failure(why)),
        }
    }

    /// Takes a mark away, unless it belongs to another request by now.
    pub(crate) async fn release_work_mark(&self, fence: &Fence) -> Result<(), Failure> {
        let call = self.table_call("DeleteItem", format!("table {}", fence.table));
        let asked = self
            .shared
            .dynamodb
            .delete_item()
            .table_name(&fence.table)
            .key("id", work_id(&fence.subject))
            .condition_expression(OWNED_BY_REQUEST)
            .expression_attribute_values(":request", AttributeValue::S(fence.request.clone()));
        match asked.send().await {
            Ok(_) => Ok(()),
            Err(why)
                if why.as_service_error().is_some_and(|why| why.is_conditional_check_failed_exception()) =>
            {
                Ok(())
            }
            Err(why) => Err(call.failure(why)),
        }
    }

    /// Takes away a mark that was read and whose deadline is over, unless it was renewed or taken over since.
    pub(crate) async fn remove_expired_work_mark(&self, table: &str, seen: &WorkMark) -> Result<(), Failure> {
        let call = self.table_call("DeleteItem", format!("table {table}"));
        let asked = self
            .shared
            .dynamodb
            .delete_item()
            .table_name(table)
            .key("id", work_id(&seen.subject))
            .condition_expression(format!(
                "{OWNED_BY_REQUEST} AND workingUntil = :seen AND workingUntil <= :now"
            ))
            .expression_attribute_values(":request", AttributeValue::S(seen.request.clone()))
            .expression_attribute_values(":seen", epoch_seconds(seen.deadline))
            .expression_attribute_values(":now", AttributeValue::N(self.now().as_second().to_string()));
        match asked.send().await {
            Err(why)
                if !why.as_service_error().is_some_and(|why| why.is_conditional_check_failed_exception()) =>
            {
                Err(call.failure(why))
            }
            _ => Ok(()),
        }
    }

    /// When a mark that is set or renewed now is over.
    pub(crate) fn work_mark_deadline(&self) -> Timestamp {
        self.now().checked_add(WORK_MARK_TTL).unwrap_or(Timestamp::MAX)
    }

    /// The marks of the table as they are now.
    pub(crate) async fn work_marks(&self, table: &str) -> Result<Vec<WorkMark>, Failure> {
        self.pools(table).await.map(|read| read.work_marks)
    }
}

impl Transaction {
    /// The other writes happen only while the mark belongs to its request, which has it anew.
    pub(super) fn with_fence(self, fence: Option<&Fence>, deadline: Timestamp) -> Self {
        let Some(fence) = fence else { return self };
        let terms = Condition::new(OWNED_BY_REQUEST)
            .update("SET workingUntil = :deadline")
            .with_text(":request", &fence.request)
            .with_value(":deadline", epoch_seconds(deadline));
        self.update(&fence.table, &format!("{WORK_ID_PREFIX}{}", fence.subject), terms)
    }
}

impl Fence {
    /// What is said where another operation has the mark.
    pub(super) fn taken_over(&self) -> Failure {
        Failure::TakenOver(self.subject.clone())
    }
}

/// Whole seconds, upwards: a mark never ends early.
fn epoch_seconds(time: Timestamp) -> AttributeValue {
    let up = time.checked_add(SignedDuration::from_nanos(999_999_999)).unwrap_or(time);
    AttributeValue::N(up.as_second().to_string())
}

fn work_id(subject: &str) -> AttributeValue {
    AttributeValue::S(format!("{WORK_ID_PREFIX}{subject}"))
}
