//! The indexes of keypool's own Keys table: which it has, and what is left to do with them.
//!
//! DynamoDB cannot change an index, so one with another key has another name, and replaces the old one. Tables that
//! others created, such as the sample application's, are left as they are.

use aws_sdk_dynamodb::types::{
    AttributeDefinition, GlobalSecondaryIndexDescription, IndexStatus, KeySchemaElement, KeyType, Projection,
    ProjectionType, ScalarAttributeType, TableDescription,
};
use keypool_domain::TableStep;

use super::discovery::DEFAULT_KEYS_TABLE;
use crate::aws::Failure;

/// The key of an index; both attributes are strings. An item without one of them is not in the index.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct IndexSpec {
    pub(super) name: &'static str,
    pub(super) hash: &'static str,
    pub(super) range: Option<&'static str>,
}

pub(super) const BY_PLAN_OWNER: IndexSpec =
    IndexSpec { name: "by-plan-owner", hash: "planId", range: Some("owner") };
pub(super) const BY_OWNER: IndexSpec = IndexSpec { name: "by-owner", hash: "owner", range: None };
pub(super) const BY_POOL_KEY: IndexSpec = IndexSpec { name: "by-pool-key", hash: "poolKeyId", range: None };

/// The indexes of the Keys table.
pub(super) const KEYS_INDEXES: &[IndexSpec] = &[BY_PLAN_OWNER, BY_OWNER, BY_POOL_KEY];

/// Indexes that earlier versions created, each with the one that replaces it.
const OUTDATED_INDEXES: &[(IndexSpec, IndexSpec)] =
    &[(IndexSpec { name: "by-plan", hash: "planId", range: None }, BY_PLAN_OWNER)];

/// Whether an index can be read, and whether others may be added or removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum IndexState {
    Missing,
    /// It is being filled.
    Creating,
    Active,
    Deleting,
}

impl IndexSpec {
    pub(super) fn attributes(&self) -> impl Iterator<Item = &'static str> + use<> {
        [self.hash].into_iter().chain(self.range)
    }

    pub(super) fn definitions(&self) -> Result<Vec<AttributeDefinition>, String> {
        self.attributes().map(text_attribute).collect()
    }

    pub(super) fn key_schema(&self) -> Result<Vec<KeySchemaElement>, String> {
        self.attributes().zip([KeyType::Hash, KeyType::Range]).map(|(name, kind)| key(name, kind)).collect()
    }

    /// Returns the index with this name, among those that are wanted or outdated.
    pub(super) fn find(name: &str) -> Option<Self> {
        let outdated = OUTDATED_INDEXES.iter().map(|(outdated, _)| outdated);
        KEYS_INDEXES.iter().chain(outdated).find(|spec| spec.name == name).copied()
    }

    /// The index that must be active before this one may be removed.
    pub(super) fn replacement(&self) -> Option<Self> {
        OUTDATED_INDEXES.iter().find(|(outdated, _)| outdated == self).map(|(_, replacement)| *replacement)
    }

    /// Returns the state of this index. Fails if the table has another index with its name.
    pub(super) fn state(&self, name: &str, table: &TableDescription) -> Result<IndexState, Failure> {
        let Some(index) = self.find_in(table) else { return Ok(IndexState::Missing) };
        if !self.describes(index) {
            return Err(Failure::Tables(format!(
                "table {name} has another index named {}, on {}, and keypool's is on {}: remove that index, then run \
                 `keypool setup tables` again",
                self.name,
                describe_key(index.key_schema().iter().map(|element| element.attribute_name.as_str())),
                describe_key(self.attributes())
            )));
        }
        Ok(index_state(index))
    }

    fn find_in<'a>(&self, table: &'a TableDescription) -> Option<&'a GlobalSecondaryIndexDescription> {
        table.global_secondary_indexes().iter().find(|index| index.index_name() == Some(self.name))
    }

    fn describes(&self, index: &GlobalSecondaryIndexDescription) -> bool {
        let projection = index.projection().and_then(Projection::projection_type);
        let elements = index.key_schema().iter().map(|element| element.attribute_name.as_str());
        elements.eq(self.attributes()) && projection.is_none_or(|kind| *kind == ProjectionType::All)
    }

    fn is_in(&self, table: &TableDescription) -> bool {
        self.find_in(table).is_some_and(|index| self.describes(index))
    }
}

fn index_state(index: &GlobalSecondaryIndexDescription) -> IndexState {
    match index.index_status() {
        Some(IndexStatus::Creating) => IndexState::Creating,
        Some(IndexStatus::Deleting) => IndexState::Deleting,
        // An index whose throughput is being changed can be read. Endpoints without a status have no other indexes.
        _ => IndexState::Active,
    }
}

/// Whether DynamoDB is adding or removing an index: it does one at a time.
pub(super) fn has_index_in_work(table: &TableDescription) -> bool {
    let states = table.global_secondary_indexes().iter().map(index_state);
    states.into_iter().any(|state| matches!(state, IndexState::Creating | IndexState::Deleting))
}

/// Returns what is left to do with the indexes of a Keys table; nothing if it is not keypool's own.
pub(super) fn missing_steps(name: &str, table: &TableDescription) -> Result<Vec<TableStep>, Failure> {
    let outdated = OUTDATED_INDEXES.iter().map(|(outdated, _)| outdated);
    let is_ours = name == DEFAULT_KEYS_TABLE
        || KEYS_INDEXES.iter().chain(outdated.clone()).any(|index| index.is_in(table));
    if !is_ours {
        return Ok(Vec::new());
    }
    let mut steps = Vec::new();
    for index in KEYS_INDEXES {
        if index.state(name, table)? != IndexState::Active {
            steps.push(TableStep::AddIndex { table: name.to_owned(), index: index.name.to_owned() });
        }
    }
    // Another index with the name of an outdated one is not keypool's.
    for index in outdated.filter(|index| index.is_in(table)) {
        if index.state(name, table)? != IndexState::Deleting {
            steps.push(TableStep::RemoveIndex { table: name.to_owned(), index: index.name.to_owned() });
        }
    }
    Ok(steps)
}

pub(super) fn text_attribute(name: &str) -> Result<AttributeDefinition, String> {
    let built =
        AttributeDefinition::builder().attribute_name(name).attribute_type(ScalarAttributeType::S).build();
    built.map_err(|error| error.to_string())
}

pub(super) fn key(name: &str, kind: KeyType) -> Result<KeySchemaElement, String> {
    let built = KeySchemaElement::builder().attribute_name(name).key_type(kind).build();
    built.map_err(|error| error.to_string())
}

fn describe_key<'a>(attributes: impl Iterator<Item = &'a str>) -> String {
    attributes.map(|attribute| format!("`{attribute}`")).collect::<Vec<_>>().join(" and ")
}

#[cfg(test)]
mod tests;
