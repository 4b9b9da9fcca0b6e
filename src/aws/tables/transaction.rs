//! Writes to several items that succeed together or not at all.
//!
//! Invariant: a transaction whose response was lost is repeated with the same token, so DynamoDB
//! does not write it twice.

mod cancellation;
mod condition;

use std::collections::BTreeSet;

use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::types::{Delete, Put, TransactWriteItem, Update};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;

use super::item_requests::text;
use super::items::Item;
use crate::aws::failure::is_in_doubt;
use crate::aws::{Aws, Failure};
pub(in crate::aws) use cancellation::CancellationReasons;
pub(super) use condition::Condition;

/// The most items that DynamoDB accepts in a transaction.
const MAX_ITEMS: usize = 100;

/// The writes of a transaction.
#[derive(Debug, Default)]
pub(super) struct Transaction {
    writes: Vec<TransactWriteItem>,
    tables: BTreeSet<String>,
    build_error: Option<String>,
    is_token_undisplayed: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum CommitOutcome {
    /// Everything is written.
    Done,
    /// Nothing is written: the conditions of these writes, by position, did not hold.
    Refused(Vec<usize>),
    /// Nothing is written: another transaction was changing one of the items.
    Busy,
}

impl Transaction {
    /// Writes a whole item if the condition holds.
    pub(super) fn put(self, table: &str, item: Item, condition: Condition) -> Self {
        let put = Put::builder()
            .table_name(table)
            .set_item(Some(item))
            .set_expression_attribute_names(condition.names())
            .set_expression_attribute_values(condition.values())
            .condition_expression(condition.expression)
            .build();
        self.add(table, put.map(|put| TransactWriteItem::builder().put(put).build()))
    }

    /// Deletes an item if the condition holds.
    pub(super) fn delete(self, table: &str, id: &str, condition: Condition) -> Self {
        let delete = Delete::builder()
            .table_name(table)
            .key("id", text(id))
            .set_expression_attribute_names(condition.names())
            .set_expression_attribute_values(condition.values())
            .condition_expression(condition.expression)
            .build();
        self.add(table, delete.map(|delete| TransactWriteItem::builder().delete(delete).build()))
    }

    /// Changes attributes of an item if the condition holds.
    pub(super) fn update(self, table: &str, id: &str, condition: Condition) -> Self {
        let update = Update::builder()
            .table_name(table)
            .key("id", text(id))
            .set_expression_attribute_names(condition.names())
            .set_expression_attribute_values(condition.values())
            .update_expression(condition.update())
            .condition_expression(condition.expression)
            .build();
        self.add(table, update.map(|update| TransactWriteItem::builder().update(update).build()))
    }

    /// Draws the token from the generator of ids that are never displayed, so that the number of such
    /// transactions does not change the ids that tests with a seed display.
    pub(super) fn with_undisplayed_token(self) -> Self {
        Self { is_token_undisplayed: true, ..self }
    }

    pub(super) fn write_count(&self) -> usize {
        self.writes.len()
    }

    fn add<E: std::fmt::Display>(mut self, table: &str, write: Result<TransactWriteItem, E>) -> Self {
        self.tables.insert(table.to_owned());
        match write {
            Ok(write) => self.writes.push(write),
            Err(error) => self.build_error = Some(error.to_string()),
        }
        self
    }

    fn subject(&self) -> String {
        let names: Vec<_> = self.tables.iter().map(String::as_str).collect();
        format!("table {}", names.join(" or "))
    }
}

impl Aws {
    /// Performs all writes or none.
    pub(super) async fn commit(&self, transaction: Transaction) -> Result<CommitOutcome, Failure> {
        let call = self.table_call("TransactWriteItems", transaction.subject());
        if let Some(error) = transaction.build_error {
            return Err(call.unexpected_failure(error));
        }
        let count = transaction.writes.len();
        if count > MAX_ITEMS {
            let message = format!("{count} items do not fit into one transaction, which takes {MAX_ITEMS}");
            return Err(Failure::Limit { operation: call.operation.to_owned(), message });
        }
        let token =
            if transaction.is_token_undisplayed { self.undisplayed_uuid() } else { self.random_uuid() };
        let send = || {
            let request = self.shared.dynamodb.transact_write_items().client_request_token(&token);
            request.set_transact_items(Some(transaction.writes.clone())).send()
        };
        let result = match send().await {
            Err(error) if may_have_committed(&error) => send().await,
            result => result,
        };
        let Err(error) = result else { return Ok(CommitOutcome::Done) };
        match cancellation_reasons(&error) {
            None => Err(call.failure(error)),
            Some(reasons) => reasons.outcome().ok_or_else(|| match reasons.has_throttling() {
                true => Failure::Limit {
                    operation: call.operation.to_owned(),
                    message: format!("too many requests to {} ({reasons})", call.subject),
                },
                false => {
                    Failure::Tables(format!("DynamoDB rejects the write to {}: {reasons}", call.subject))
                }
            }),
        }
    }
}

type TransactError = SdkError<TransactWriteItemsError, HttpResponse>;

/// Whether the writes may have been performed.
fn may_have_committed(error: &TransactError) -> bool {
    let in_progress = TransactWriteItemsError::is_transaction_in_progress_exception;
    error.as_service_error().is_some_and(in_progress) || is_in_doubt(error)
}

/// Returns why nothing was written, if DynamoDB says so.
fn cancellation_reasons(error: &TransactError) -> Option<CancellationReasons<'_>> {
    match error.as_service_error()? {
        TransactWriteItemsError::TransactionCanceledException(exception) => {
            Some(CancellationReasons::from_exception(exception))
        }
        _ => None,
    }
}
