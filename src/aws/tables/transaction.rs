//! Writes to several items that happen together or not at all.
//!
//! Invariant: a transaction whose answer was lost is asked for again with the same token, which DynamoDB answers
//! without writing twice.

mod reasons;
mod terms;

use std::collections::BTreeSet;

use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::types::{AttributeValue, Delete, Put, TransactWriteItem, Update};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;

use super::items::Item;
use crate::aws::failure::is_in_doubt;
use crate::aws::{Aws, Failure};
pub(in crate::aws) use reasons::Reasons;
pub(super) use terms::Terms;

/// The most items that a transaction takes.
const ITEMS: usize = 100;

/// Writes in the making.
#[derive(Debug, Default)]
pub(super) struct Transaction {
    writes: Vec<TransactWriteItem>,
    tables: BTreeSet<String>,
    unfit: Option<String>,
    is_token_hidden: bool,
}

/// What became of a transaction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Committed {
    /// All is written.
    Done,
    /// Nothing is written, because the conditions of these writes, by position, did not hold.
    Refused(Vec<usize>),
    /// Nothing is written, because another transaction was at one of the items.
    Busy,
}

impl Transaction {
    /// Writes a whole item where the terms hold.
    pub(super) fn put(self, table: &str, item: Item, terms: Terms) -> Self {
        let put = Put::builder()
            .table_name(table)
            .set_item(Some(item))
            .set_expression_attribute_names(terms.names())
            .set_expression_attribute_values(terms.values())
            .condition_expression(terms.condition)
            .build();
        self.add(table, put.map(|put| TransactWriteItem::builder().put(put).build()))
    }

    /// Deletes an item where the terms hold.
    pub(super) fn delete(self, table: &str, id: &str, terms: Terms) -> Self {
        let delete = Delete::builder()
            .table_name(table)
            .key("id", AttributeValue::S(id.to_owned()))
            .set_expression_attribute_names(terms.names())
            .set_expression_attribute_values(terms.values())
            .condition_expression(terms.condition)
            .build();
        self.add(table, delete.map(|delete| TransactWriteItem::builder().delete(delete).build()))
    }

    /// Changes attributes of an item where the terms hold.
    pub(super) fn update(self, table: &str, id: &str, terms: Terms) -> Self {
        let update = Update::builder()
            .table_name(table)
            .key("id", AttributeValue::S(id.to_owned()))
            .set_expression_attribute_names(terms.names())
            .set_expression_attribute_values(terms.values())
            .update_expression(terms.update)
            .condition_expression(terms.condition)
            .build();
        self.add(table, update.map(|update| TransactWriteItem::builder().update(update).build()))
    }

    /// Its token is not among the random numbers from which shown ids come.
    pub(super) fn with_hidden_token(self) -> Self {
        Self { is_token_hidden: true, ..self }
    }

    fn add<E: std::fmt::Display>(mut self, table: &str, write: Result<TransactWriteItem, E>) -> Self {
        self.tables.insert(table.to_owned());
        match write {
            Ok(write) => self.writes.push(write),
            Err(why) => self.unfit = Some(why.to_string()),
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
    pub(super) async fn commit(&self, transaction: Transaction) -> Result<Committed, Failure> {
        let call = self.table_call("TransactWriteItems", transaction.subject());
        if let Some(why) = transaction.unfit {
            return Err(call.unexpected(why));
        }
        let count = transaction.writes.len();
        if count > ITEMS {
            let message = format!("{count} items do not fit into one transaction, which takes {ITEMS}");
            return Err(Failure::Limit { operation: call.operation.to_owned(), message });
        }
        let token = if transaction.is_token_hidden { self.hidden_uuid() } else { self.random_uuid() };
        let ask = || {
            let asked = self.shared.dynamodb.transact_write_items().client_request_token(&token);
            asked.set_transact_items(Some(transaction.writes.clone())).send()
        };
        let answer = match ask().await {
            Err(lost) if may_be_under_way(&lost) => ask().await,
            answer => answer,
        };
        let Err(why) = answer else { return Ok(Committed::Done) };
        match cancelled(&why) {
            None => Err(call.failed(why)),
            Some(reasons) => reasons.outcome().ok_or_else(|| match reasons.are_throttling() {
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

type Lost = SdkError<TransactWriteItemsError, HttpResponse>;

/// Whether it is, or may be, written all the same.
fn may_be_under_way(error: &Lost) -> bool {
    let in_progress = TransactWriteItemsError::is_transaction_in_progress_exception;
    error.as_service_error().is_some_and(in_progress) || is_in_doubt(error)
}

/// Why nothing was written, where DynamoDB says that nothing was.
fn cancelled(error: &Lost) -> Option<Reasons<'_>> {
    match error.as_service_error()? {
        TransactWriteItemsError::TransactionCanceledException(cancelled) => Some(Reasons::of(cancelled)),
        _ => None,
    }
}
