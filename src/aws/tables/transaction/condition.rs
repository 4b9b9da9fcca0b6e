//! The condition under which an item is written, with its update expression.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;

use crate::aws::tables::items::Item;

/// A condition expression, an optional update expression, and their names and values.
#[derive(Debug, Clone, Default)]
pub(in crate::aws::tables) struct Condition {
    pub(super) update: String,
    pub(super) expression: String,
    names: HashMap<String, String>,
    values: Item,
}

impl Condition {
    pub(in crate::aws::tables) fn new(expression: &str) -> Self {
        Self { expression: expression.to_owned(), ..Self::default() }
    }

    /// Requires that the item does not exist.
    pub(in crate::aws::tables) fn item_absent() -> Self {
        Self::new("attribute_not_exists(id)")
    }

    /// Requires that a number of the item is unchanged since it was read.
    pub(in crate::aws::tables) fn number_unchanged(attribute: &'static str, number: u64) -> Self {
        let expression = match number {
            // A missing attribute was read as 0.
            0 => "attribute_exists(id) AND (attribute_not_exists(#seen) OR #seen = :seen)",
            _ => "#seen = :seen",
        };
        Self::new(expression).with_name("#seen", attribute).with_number(":seen", number)
    }

    /// Sets the update expression.
    pub(in crate::aws::tables) fn with_update(self, update: &str) -> Self {
        Self { update: update.to_owned(), ..self }
    }

    /// Adds a placeholder for a name that is a reserved word in DynamoDB.
    pub(in crate::aws::tables) fn with_name(mut self, placeholder: &'static str, name: &'static str) -> Self {
        self.names.insert(placeholder.to_owned(), name.to_owned());
        self
    }

    pub(in crate::aws::tables) fn with_text(self, placeholder: &'static str, text: &str) -> Self {
        self.with_value(placeholder, AttributeValue::S(text.to_owned()))
    }

    pub(in crate::aws::tables) fn with_number(
        self,
        placeholder: &'static str,
        number: impl std::fmt::Display,
    ) -> Self {
        self.with_value(placeholder, AttributeValue::N(number.to_string()))
    }

    pub(in crate::aws::tables) fn with_value(
        mut self,
        placeholder: &'static str,
        value: AttributeValue,
    ) -> Self {
        self.values.insert(placeholder.to_owned(), value);
        self
    }

    /// Returns the name placeholders; DynamoDB rejects an empty map.
    pub(super) fn names(&self) -> Option<HashMap<String, String>> {
        Some(self.names.clone()).filter(|names| !names.is_empty())
    }

    /// Returns the value placeholders; DynamoDB rejects an empty map.
    pub(super) fn values(&self) -> Option<Item> {
        Some(self.values.clone()).filter(|values| !values.is_empty())
    }
}
