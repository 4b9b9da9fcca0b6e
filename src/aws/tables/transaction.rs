//! Writes to several items that happen together or not at all.
//!
//! Invariant: a transaction whose answer was lost is asked for again with the same token, which DynamoDB answers
//! without writing twice.

use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::types::{AttributeValue, Delete, Put, TransactWriteItem, Update};

use super::items::Item;
use crate::aws::failure::is_in_doubt;
use crate::aws::{Aws, Failure};

/// Writes in the making.
#[derive(Debug, Default)]
pub(super) struct Transaction {
    writes: Vec<TransactWriteItem>,
    unfit: Option<String>,
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

/// A condition, or a change of attributes, with the names and values it speaks of.
#[derive(Debug, Clone, Default)]
pub(super) struct Terms {
    update: String,
    condition: String,
    names: Vec<(&'static str, &'static str)>,
    values: Vec<(&'static str, AttributeValue)>,
}

impl Terms {
    /// Terms that hold where the condition does.
    pub(super) fn on(condition: &str) -> Self {
        Self { condition: condition.to_owned(), ..Self::default() }
    }

    /// What is set.
    pub(super) fn update(self, update: &str) -> Self {
        Self { update: update.to_owned(), ..self }
    }

    /// A name that DynamoDB would take for a word of its own.
    pub(super) fn name(mut self, placeholder: &'static str, name: &'static str) -> Self {
        self.names.push((placeholder, name));
        self
    }

    pub(super) fn text(self, placeholder: &'static str, text: &str) -> Self {
        self.value(placeholder, AttributeValue::S(text.to_owned()))
    }

    pub(super) fn number(self, placeholder: &'static str, number: impl std::fmt::Display) -> Self {
        self.value(placeholder, AttributeValue::N(number.to_string()))
    }

    pub(super) fn value(mut self, placeholder: &'static str, value: AttributeValue) -> Self {
        self.values.push((placeholder, value));
        self
    }
}

impl Transaction {
    /// Writes an item that must not be there yet.
    pub(super) fn put_new(mut self, table: &str, item: Item) -> Self {
        let put = Put::builder().table_name(table).set_item(Some(item));
        let put = put.condition_expression("attribute_not_exists(id)").build();
        self.add(put.map(|put| TransactWriteItem::builder().put(put).build()));
        self
    }

    /// Deletes an item where the terms hold.
    pub(super) fn delete(mut self, table: &str, id: &str, terms: Terms) -> Self {
        let mut delete = Delete::builder()
            .table_name(table)
            .key("id", AttributeValue::S(id.to_owned()))
            .condition_expression(terms.condition);
        for (placeholder, name) in terms.names {
            delete = delete.expression_attribute_names(placeholder, name);
        }
        for (placeholder, value) in terms.values {
            delete = delete.expression_attribute_values(placeholder, value);
        }
        self.add(delete.build().map(|delete| TransactWriteItem::builder().delete(delete).build()));
        self
    }

    /// Changes attributes of an item where the terms hold.
    pub(super) fn update(mut self, table: &str, id: &str, terms: Terms) -> Self {
        let mut update = Update::builder()
            .table_name(table)
            .key("id", AttributeValue::S(id.to_owned()))
            .update_expression(terms.update)
            .condition_expression(terms.condition);
        for (placeholder, name) in terms.names {
            update = update.expression_attribute_names(placeholder, name);
        }
        for (placeholder, value) in terms.values {
            update = update.expression_attribute_values(placeholder, value);
        }
        self.add(update.build().map(|update| TransactWriteItem::builder().update(update).build()));
        self
    }

    fn add<E: std::fmt::Display>(&mut self, write: Result<TransactWriteItem, E>) {
        match write {
            Ok(write) => self.writes.push(write),
            Err(why) => self.unfit = Some(why.to_string()),
        }
    }
}

impl Aws {
    /// Has all writes done, or none.
    pub(super) async fn commit(&self, transaction: Transaction) -> Result<Committed, Failure> {
        let call = self.table_call("TransactWriteItems", "one of the tables");
        if let Some(why) = transaction.unfit {
            return Err(call.unexpected(why));
        }
        let token = self.random_uuid();
        let ask = || {
            let asked = self.shared.dynamodb.transact_write_items().client_request_token(&token);
            asked.set_transact_items(Some(transaction.writes.clone())).send()
        };
        let answer = match ask().await {
            Err(lost) if is_in_doubt(&lost) => ask().await,
            answer => answer,
        };
        let Err(why) = answer else { return Ok(Committed::Done) };
        why.as_service_error().and_then(refused).map_or_else(|| Err(call.failed(why)), Ok)
    }
}

/// What a cancelled transaction says; `None` where it was cancelled for something else.
fn refused(error: &TransactWriteItemsError) -> Option<Committed> {
    if matches!(error, TransactWriteItemsError::TransactionInProgressException(_)) {
        return Some(Committed::Busy);
    }
    let TransactWriteItemsError::TransactionCanceledException(cancelled) = error else { return None };
    let codes = cancelled.cancellation_reasons().iter().map(|reason| reason.code().unwrap_or_default());
    let failed = codes.clone().enumerate().filter(|(_, code)| *code == "ConditionalCheckFailed");
    let failed: Vec<_> = failed.map(|(at, _)| at).collect();
    match failed.is_empty() {
        false => Some(Committed::Refused(failed)),
        true if codes.clone().any(|code| code == "TransactionConflict") => Some(Committed::Busy),
        true => None,
    }
}
