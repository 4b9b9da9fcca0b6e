//! The condition under which an item is written, with its update expression.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use keypool_domain::Secret;

use crate::aws::tables::items::Item;

/// A condition expression, the assignments of an update, and their names and values.
#[derive(Debug, Clone, Default)]
pub(in crate::aws::tables) struct Condition {
    sets: Vec<String>,
    removed: Option<&'static str>,
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

    /// Adds an assignment such as `planId = :plan`.
    pub(in crate::aws::tables) fn with_set(mut self, assignment: impl Into<String>) -> Self {
        self.sets.push(assignment.into());
        self
    }

    /// Increments the revision; a missing one counts as 0.
    pub(in crate::aws::tables) fn with_next_revision(self) -> Self {
        let condition = self.with_set("revision = if_not_exists(revision, :zero) + :one");
        condition.with_number(":zero", 0).with_number(":one", 1)
    }

    /// Sets the stored value of a key.
    pub(in crate::aws::tables) fn with_stored_value(self, value: &Secret) -> Self {
        self.with_set("#value = :value").with_name("#value", "value").with_text(":value", value.expose())
    }

    /// Removes an attribute.
    pub(in crate::aws::tables) fn with_remove(self, attribute: &'static str) -> Self {
        Self { removed: Some(attribute), ..self }
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

    /// Returns the update expression.
    pub(super) fn update(&self) -> String {
        let remove = self.removed.map(|attribute| format!(" REMOVE {attribute}")).unwrap_or_default();
        format!("SET {}{remove}", self.sets.join(", "))
    }

    /// Returns the name placeholders; DynamoDB rejects an empty map.
    pub(super) fn names(&self) -> Option<HashMap<String, String>> {
        Some(self.names.clone()).filter(|names| !names.is_empty())
    }

    /// Returns the value placeholders; DynamoDB rejects an empty map.
    pub(in crate::aws::tables) fn expression(&self) -> &str {
        &self.expression
    }

    pub(in crate::aws::tables) fn values(&self) -> Option<Item> {
        Some(self.values.clone()).filter(|values| !values.is_empty())
    }
}
