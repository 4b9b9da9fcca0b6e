//! Requests about one item, by its id, and the attribute values in them.

use aws_sdk_dynamodb::operation::delete_item::builders::DeleteItemFluentBuilder;
use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder;
use aws_sdk_dynamodb::types::AttributeValue;

use crate::aws::Aws;

impl Aws {
    pub(super) fn update_item(&self, table: &str, id: impl Into<String>) -> UpdateItemFluentBuilder {
        self.shared.dynamodb.update_item().table_name(table).key("id", text(id))
    }

    pub(super) fn delete_item(&self, table: &str, id: impl Into<String>) -> DeleteItemFluentBuilder {
        self.shared.dynamodb.delete_item().table_name(table).key("id", text(id))
    }
}

pub(super) fn text(text: impl Into<String>) -> AttributeValue {
    AttributeValue::S(text.into())
}

pub(super) fn number(number: impl ToString) -> AttributeValue {
    AttributeValue::N(number.to_string())
}
