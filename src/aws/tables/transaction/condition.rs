//! On what condition an item is written, and what is set.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;

use crate::aws::tables::items::Item;

/// A condition, or a change of attributes, with the names and values it speaks of.
#[derive(Debug, Clone, Default)]
pub(in crate::aws::tables) struct Condition {
    pub(super) update: String,
    pub(super) expression: String,
    names: HashMap<String, String>,
    values: Item,
}

impl Condition {
    /// Terms that hold where the condition does.
    pub(in crate::aws::tables) fn new(condition: &str) -> Self {
        Self { expression: condition.to_owned(), ..Self::default() }
    }

    /// Terms that hold where there is no such item.
    pub(in crate::aws::tables) fn item_absent() -> Self {
        Self::new("attribute_not_exists(id)")
    }

    /// Terms that hold where a number of the item is the one that was read.
    pub(in crate::aws::tables) fn number_unchanged(attribute: &'static str, number: u64) -> Self {
        let condition = match number {
            // An attribute that is absent was read as nought.
            0 => "attribute_exists(id) AND (attribute_not_exists(#seen) OR #seen = :seen)",
            _ => "#seen = :seen",
        };
        Self::new(condition).with_name("#seen", attribute).with_number(":seen", number)
    }

    /// What is set.
    pub(in crate::aws::tables) fn update(self, update: &str) -> Self {
        Self { update: update.to_owned(), ..self }
    }

    /// A name that DynamoDB would take for a word of its own.
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

    /// The names it speaks of; DynamoDB refuses an empty map of them.
    pub(super) fn names(&self) -> Option<HashMap<String, String>> {
        Some(self.names.clone()).filter(|names| !names.is_empty())
    }

    /// The values it speaks of, likewise.
    pub(super) fn values(&self) -> Option<Item> {
        Some(self.values.clone()).filter(|values| !values.is_empty())
    }
}
