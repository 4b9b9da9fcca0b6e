//! The marks of operations in progress, in the Pools table.
//!
//! Invariant: a mark belongs to one request at a time. It is taken only where there is none or where its deadline is
//! over, and a write that is fenced by it happens only while it still belongs to its request.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use jiff::{SignedDuration, Timestamp};
use keypool_domain::Work;
use keypool_domain::work::{ImportMark, MAX_WORK_DEADLINE, WORK_DEADLINE};

use super::items::{Odd, Reader};
use super::transaction::{Terms, Transaction};
use crate::aws::{Aws, Failure};

pub(super) const WORK: &str = "work#";
/// The mark is there and belongs to the request.
const IS_OURS: &str = "requestId = :request";

/// What a mark holds, and that of an import besides.
const SET: &str = "SET requestId = :request, operationText = :operation, workingUntil = :deadline";
const SET_OF_IMPORT: &str = "SET requestId = :request, operationText = :operation, workingUntil = :deadline, \
                             importNames = :names, importStarted = :started";

fn values_of_import(import: &ImportMark) -> HashMap<String, AttributeValue> {
    let names = import.names.iter().cloned().map(AttributeValue::S).collect();
    let started = AttributeValue::N(import.started.as_second().to_string());
    HashMap::from([(":names".to_owned(), AttributeValue::L(names)), (":started".to_owned(), started)])
}

/// What became of the attempt to mark something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum WorkTaken {
    /// It is marked for this request.
    Ours,
    /// Another operation is inside its deadline.
    Theirs(Work),
}

/// A mark that a write depends on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fence {
    pub(crate) table: String,
    pub(crate) subject: String,
    pub(crate) request: String,
}

/// The mark that an item holds; one that cannot be read protects nothing.
pub(super) fn read(subject: String, mut item: Reader<'_>) -> Option<Work> {
    let deadline = item.maybe("workingUntil")?;
    let import = item.maybe("importStarted").and_then(|started| {
        let started = Timestamp::from_second(started).ok()?;
        Some(ImportMark { names: item.texts("importNames"), started })
    });
    Some(Work {
        import,
        subject,
        request: item.text("requestId"),
        operation: item.text("operationText"),
        deadline: Timestamp::from_second(deadline).ok()?,
    })
}

impl Aws {
    /// Marks something for a request, unless another operation is at it.
    pub(crate) async fn take_work(&self, table: &str, work: &Work) -> Result<WorkTaken, Failure> {
        let call = self.table_call("UpdateItem", format!("table {table}"));
        let condition =
            format!("attribute_not_exists(id) OR {IS_OURS} OR workingUntil <= :now OR workingUntil > :most");
        let most = |now: Timestamp| now.checked_add(MAX_WORK_DEADLINE).unwrap_or(Timestamp::MAX);
        loop {
            let now = self.now();
            let asked = self
                .shared
                .dynamodb
                .update_item()
                .table_name(table)
                .key("id", id_of(&work.subject))
                .update_expression(if work.import.is_some() { SET_OF_IMPORT } else { SET })
                .set_expression_attribute_values(work.import.as_ref().map(values_of_import))
                .condition_expression(&condition)
                .expression_attribute_values(":request", AttributeValue::S(work.request.clone()))
                .expression_attribute_values(":operation", AttributeValue::S(work.operation.clone()))
                .expression_attribute_values(":deadline", seconds(work.deadline))
                .expression_attribute_values(":now", AttributeValue::N(now.as_second().to_string()))
                .expression_attribute_values(":most", seconds(most(now)));
            let Err(why) = asked.send().await else { return Ok(WorkTaken::Ours) };
            if !why.as_service_error().is_some_and(|why| why.is_conditional_check_failed_exception()) {
                return Err(call.failed(why));
            }
            if let Some(theirs) = self.work_on(table, &work.subject).await? {
                return Ok(WorkTaken::Theirs(theirs));
            }
            // It ended between the two calls.
        }
    }

    /// The mark on a subject as it is now.
    async fn work_on(&self, table: &str, subject: &str) -> Result<Option<Work>, Failure> {
        let items = self.get_items(table, &[format!("{WORK}{subject}")]).await?;
        let mut odd = Odd::default();
        Ok(items.into_iter().find_map(|item| read(subject.to_owned(), Reader::new(item, &mut odd)?)))
    }

    /// Lets a mark hold on; whether it still belongs to its request.
    pub(crate) async fn renew_work(&self, fence: &Fence) -> Result<bool, Failure> {
        let call = self.table_call("UpdateItem", format!("table {}", fence.table));
        let asked = self
            .shared
            .dynamodb
            .update_item()
            .table_name(&fence.table)
            .key("id", id_of(&fence.subject))
            .update_expression("SET workingUntil = :deadline")
            .condition_expression(IS_OURS)
            .expression_attribute_values(":request", AttributeValue::S(fence.request.clone()))
            .expression_attribute_values(":deadline", seconds(self.work_deadline()));
        match asked.send().await {
            Ok(_) => Ok(true),
            Err(why)
                if why.as_service_error().is_some_and(|why| why.is_conditional_check_failed_exception()) =>
            {
                Ok(false)
            }
            Err(why) => Err(call.failed(why)),
        }
    }

    /// Takes a mark away, unless it belongs to another request by now.
    pub(crate) async fn end_work(&self, fence: &Fence) -> Result<(), Failure> {
        let call = self.table_call("DeleteItem", format!("table {}", fence.table));
        let asked = self
            .shared
            .dynamodb
            .delete_item()
            .table_name(&fence.table)
            .key("id", id_of(&fence.subject))
            .condition_expression(IS_OURS)
            .expression_attribute_values(":request", AttributeValue::S(fence.request.clone()));
        match asked.send().await {
            Ok(_) => Ok(()),
            Err(why)
                if why.as_service_error().is_some_and(|why| why.is_conditional_check_failed_exception()) =>
            {
                Ok(())
            }
            Err(why) => Err(call.failed(why)),
        }
    }

    /// Takes away a mark that was read and whose deadline is over, unless it was renewed or taken over since.
    pub(crate) async fn sweep_work(&self, table: &str, seen: &Work) -> Result<(), Failure> {
        let call = self.table_call("DeleteItem", format!("table {table}"));
        let asked = self
            .shared
            .dynamodb
            .delete_item()
            .table_name(table)
            .key("id", id_of(&seen.subject))
            .condition_expression(format!("{IS_OURS} AND workingUntil = :seen AND workingUntil <= :now"))
            .expression_attribute_values(":request", AttributeValue::S(seen.request.clone()))
            .expression_attribute_values(":seen", seconds(seen.deadline))
            .expression_attribute_values(":now", AttributeValue::N(self.now().as_second().to_string()));
        match asked.send().await {
            Err(why)
                if !why.as_service_error().is_some_and(|why| why.is_conditional_check_failed_exception()) =>
            {
                Err(call.failed(why))
            }
            _ => Ok(()),
        }
    }

    /// When a mark that is set or renewed now is over.
    pub(crate) fn work_deadline(&self) -> Timestamp {
        self.now().checked_add(WORK_DEADLINE).unwrap_or(Timestamp::MAX)
    }

    /// The marks of the table as they are now.
    pub(crate) async fn work(&self, table: &str) -> Result<Vec<Work>, Failure> {
        self.pools(table).await.map(|read| read.work)
    }
}

impl Transaction {
    /// The other writes happen only while the mark belongs to its request, which has it anew.
    pub(super) fn fenced(self, fence: Option<&Fence>, deadline: Timestamp) -> Self {
        let Some(fence) = fence else { return self };
        let terms = Terms::on(IS_OURS)
            .update("SET workingUntil = :deadline")
            .text(":request", &fence.request)
            .value(":deadline", seconds(deadline));
        self.update(&fence.table, &format!("{WORK}{}", fence.subject), terms)
    }
}

impl Fence {
    /// What is said where another operation has the mark.
    pub(super) fn lost(&self) -> Failure {
        Failure::TakenOver(self.subject.clone())
    }
}

/// Whole seconds, upwards: a mark never ends early.
fn seconds(time: Timestamp) -> AttributeValue {
    let up = time.checked_add(SignedDuration::from_nanos(999_999_999)).unwrap_or(time);
    AttributeValue::N(up.as_second().to_string())
}

fn id_of(subject: &str) -> AttributeValue {
    AttributeValue::S(format!("{WORK}{subject}"))
}
