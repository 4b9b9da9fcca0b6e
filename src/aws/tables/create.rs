//! Creates keypool's own tables with their keys and indexes.

use std::time::Duration;

use aws_sdk_dynamodb::operation::create_table::CreateTableError;
use aws_sdk_dynamodb::types::{
    AttributeDefinition, BillingMode, GlobalSecondaryIndex, KeySchemaElement, KeyType, Projection,
    ProjectionType, ScalarAttributeType, TableStatus,
};
use futures_util::future::try_join_all;
use tokio::time::sleep;

use super::discovery::{
    DEFAULT_KEYS_TABLE, DEFAULT_PLANS_TABLE, DEFAULT_POOLS_TABLE, configured_or_found_tables,
};
use crate::aws::{Aws, Failure};

/// The indexes of the Keys table: name and attribute.
const KEYS_INDEXES: &[(&str, &str)] =
    &[("by-plan", "planId"), ("by-owner", "owner"), ("by-pool-key", "poolKeyId")];

/// The time between two reads of a new table's status.
const POLL_INTERVAL: Duration = Duration::from_secs(1);
/// How often the status is read before creating the table fails.
const MAX_POLLS: u32 = 120;

/// A table that setup requires.
#[derive(Debug, Clone)]
pub(crate) struct TableSpec {
    pub(crate) name: String,
    pub(crate) exists: bool,
    /// The setting that names the table.
    setting: &'static str,
    indexes: &'static [(&'static str, &'static str)],
}

impl Aws {
    /// Returns the required tables: configured or found ones, and keypool's own for the others.
    /// Fails if the key schema of an existing table is not keypool's.
    pub(crate) async fn table_specs(&self) -> Result<Vec<TableSpec>, Failure> {
        let listed = self.table_names().await?;
        let (plans, keys) = configured_or_found_tables(&self.shared.table_names, &listed)?;
        let pools = self.shared.table_names.pools.clone();
        let required = [
            ("plans", plans, DEFAULT_PLANS_TABLE, &[][..]),
            ("keys", keys, DEFAULT_KEYS_TABLE, KEYS_INDEXES),
            ("pools", pools, DEFAULT_POOLS_TABLE, &[]),
        ];
        let specs = required.map(|(setting, name, default_name, indexes)| {
            let name = name.unwrap_or_else(|| default_name.to_owned());
            TableSpec { exists: listed.contains(&name), name, setting, indexes }
        });
        let existing = specs.iter().filter(|table| table.exists);
        try_join_all(existing.map(|table| self.check_key_schema(table.setting, &table.name))).await?;
        Ok(specs.into())
    }

    /// Creates a table and waits until it is active; returns false if another caller created it
    /// meanwhile.
    pub(crate) async fn create_table(&self, spec: &TableSpec) -> Result<bool, Failure> {
        let call = self.table_call("CreateTable", format!("table {}", spec.name));
        let invalid = |error: String| call.unexpected_failure(error);
        let mut request = self
            .shared
            .dynamodb
            .create_table()
            .table_name(&spec.name)
            .billing_mode(BillingMode::PayPerRequest)
            .attribute_definitions(text_attribute("id").map_err(invalid)?)
            .key_schema(hash_key("id").map_err(invalid)?);
        for (index, attribute) in spec.indexes {
            request = request
                .attribute_definitions(text_attribute(attribute).map_err(invalid)?)
                .global_secondary_indexes(index_by(index, attribute).map_err(invalid)?);
        }
        match request.send().await {
            Ok(_) => self.wait_until_active(&spec.name).await.map(|()| true),
            Err(error)
                if matches!(error.as_service_error(), Some(CreateTableError::ResourceInUseException(_))) =>
            {
                self.wait_until_active(&spec.name).await.map(|()| false)
            }
            Err(error) => Err(call.failure(error)),
        }
    }

    async fn wait_until_active(&self, table: &str) -> Result<(), Failure> {
        let call = self.table_call("DescribeTable", format!("table {table}"));
        for _ in 0..MAX_POLLS {
            let response = self.shared.dynamodb.describe_table().table_name(table).send().await;
            let status =
                response.map_err(|error| call.failure(error))?.table.and_then(|table| table.table_status);
            if status.is_none_or(|status| status == TableStatus::Active) {
                return Ok(());
            }
            sleep(POLL_INTERVAL).await;
        }
        Err(call.unexpected_failure(format!("table {table} did not become active in time")))
    }
}

fn text_attribute(name: &str) -> Result<AttributeDefinition, String> {
    let built =
        AttributeDefinition::builder().attribute_name(name).attribute_type(ScalarAttributeType::S).build();
    built.map_err(|error| error.to_string())
}

fn hash_key(name: &str) -> Result<KeySchemaElement, String> {
    let built = KeySchemaElement::builder().attribute_name(name).key_type(KeyType::Hash).build();
    built.map_err(|error| error.to_string())
}

fn index_by(name: &str, attribute: &str) -> Result<GlobalSecondaryIndex, String> {
    GlobalSecondaryIndex::builder()
        .index_name(name)
        .key_schema(hash_key(attribute)?)
        .projection(Projection::builder().projection_type(ProjectionType::All).build())
        .build()
        .map_err(|error| error.to_string())
}
