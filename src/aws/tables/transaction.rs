//! Writes to several items that happen together or not at all.
//!
//! Invariant: a transaction whose answer was lost is asked for again with the same token, which DynamoDB answers
//! without writing twice.

mod cancellation;
mod condition;

use std::collections::BTreeSet;

use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::types::{AttributeValue, Delete, Put, TransactWriteItem, Update};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;

use super::items::Item;
use crate::aws::failure::is_in_doubt;
use crate::aws::{Aws, Failure};
pub(in crate::aws) use cancellation::CancellationReasons;
pub(super) use condition::Condition;

/// The most items that a transaction takes.
const MAX_ITEMS: usize = 100;

/// Writes in the making.
#[derive(Debug, Default)]
pub(super) struct Transaction {
    writes: Vec<TransactWriteItem>,
    tables: BTreeSet<String>,
    build_error: Option<String>,
    is_token_internal: bool,
}

/// What became of a transaction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum CommitOutcome {
    /// All is written.
    Done,
    /// Nothing is written, because the conditions of these writes, by position, did not hold.
    Refused(Vec<usize>),
    /// Nothing is written, because another transaction was at one of the items.
    Busy,
}

impl Transaction {
    /// Writes a whole item where the terms hold.
    pub(super) fn put(self, table: &str, item: Item, terms: Condition) -> Self {
        let put = Put::builder()
            .table_name(table)
            .set_item(Some(item))
            .set_expression_attribute_names(terms.names())
            .set_expression_attribute_values(terms.values())
            .condition_expression(terms.expression)
            .build();
        self.add(table, put.map(|put| TransactWriteItem::builder().put(put).build()))
    }

    /// Deletes an item where the terms hold.
    pub(super) fn delete(self, table: &str, id: &str, terms: Condition) -> Self {
        let delete = Delete::builder()
            .table_name(table)
            .key("id", AttributeValue::S(id.to_owned()))
            .set_expression_attribute_names(terms.names())
            .set_expression_attribute_values(terms.values())
            .condition_expression(terms.expression)
            .build();
        self.add(table, delete.map(|delete| TransactWriteItem::builder().delete(delete).build()))
    }

    /// Changes attributes of an item where the terms hold.
    pub(super) fn update(self, table: &str, id: &str, terms: Condition) -> Self {
        let update = Update::builder()
            .table_name(table)
            .key("id", AttributeValue::S(id.to_owned()))
            .set_expression_attribute_names(terms.names())
            .set_expression_attribute_values(terms.values())
            .update_expression(terms.update)
            .condition_expression(terms.expression)
            .build();
        self.add(table, update.map(|update| TransactWriteItem::builder().update(update).build()))
    }

    /// Its token is not among the random numbers from which shown ids come.
    pub(super) fn with_internal_token(self) -> Self {
        Self { is_token_internal: true, ..self }
    }

    fn add<E: std::fmt::Display>(mut self, table: &str, write: Result<TransactWriteItem, E>) -> Self {
        self.tables.insert(table.to_owned());
        match write {
            Ok(write) => self.writes.push(write),
            Err(why) => self.build_error = Some(why.to_string()),
        }
        self
    }

    fn subject(&self) -> String {
        let names: Vec<_> = self.tables.iter().map(String::as_str).collect();
        format!("table {}", names.join(" or "))
    }
}

impl Aws {
    /// Has all writes done, or none.
    pub(super) async fn commit(&self, transaction: Transaction) -> Result<CommitOutcome, Failure> {
        let call = self.table_call("TransactWriteItems", transaction.subject());
        if let Some(why) = transaction.build_error {
            return Err(call.unexpected_failure(why));
        }
        let count = transaction.writes.len();
        if count > MAX_ITEMS {
            let message = format!("{count} items do not fit into one transaction, which takes {MAX_ITEMS}");
            return Err(Failure::Limit { operation: call.operation.to_owned(), message });
        }
        let token = if transaction.is_token_internal { self.internal_uuid() } else { self.random_uuid() };
        let ask = || {
            let asked = self.shared.dynamodb.transact_write_items().client_request_token(&token);
            asked.set_transact_items(Some(transaction.writes.clone())).send()
        };
        let answer = match ask().await {
            Err(lost) if may_have_committed(&lost) => ask().await,
            answer => answer,
        };
        let Err(why) = answer else { return Ok(CommitOutcome::Done) };
        match cancellation_reasons(&why) {
            None => Err(call.failure(why)),
            Some(reasons) => reasons.outcome().ok_or_else(|| match reasons.has_throttling() {
                true => Failure::Limit {
                    operation: call.operation.to_owned(),
                    message: format!("too much at once for {} ({reasons})", call.subject),
                },
                false => {
                    Failure::Tables(format!("DynamoDB takes no such write to {}: {reasons}", call.subject))
                }
            }),
        }
    }
}

type TransactError = SdkError<TransactWriteItemsError, HttpResponse>;

/// Whether it is, or may be, written all the same.
fn may_have_committed(error: &TransactError) -> bool {
    let in_progress = TransactWriteItemsError::is_transaction_in_progress_exception;
    error.as_service_error().is_some_and(in_progress) || is_in_doubt(error)
}

/// Why nothing was written, where DynamoDB says that nothing was.
fn cancellation_reasons(error: &TransactError) -> Option<CancellationReasons<'_>> {
    match error.as_service_error()? {
        TransactWriteItemsError::TransactionCanceledException(cancelled) => {
            Some(CancellationReasons::from_exception(cancelled))
        }
        _ => None,
    }
}
