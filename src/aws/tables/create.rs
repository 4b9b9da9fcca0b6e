//! Creates keypool's own tables with their keys and indexes.

use std::collections::BTreeSet;
use std::time::Duration;

use aws_sdk_dynamodb::operation::create_table::CreateTableError;
use aws_sdk_dynamodb::types::{
    BillingMode, GlobalSecondaryIndex, KeyType, Projection, ProjectionType, TableStatus,
};
use keypool_domain::TableStep;
use tokio::time::sleep;

use super::discovery::{
    DEFAULT_KEYS_TABLE, DEFAULT_PLANS_TABLE, DEFAULT_POOLS_TABLE, configured_or_found_tables,
};
use super::indexes::{IndexSpec, KEYS_INDEXES, key, missing_steps, text_attribute};
use crate::aws::{Aws, Failure};

/// The time between two reads of a new table's status.
const POLL_INTERVAL: Duration = Duration::from_secs(1);
/// How often the status is read before creating the table fails.
const MAX_POLLS: u32 = 120;

/// A table that setup requires.
#[derive(Debug, Clone)]
pub(crate) struct TableSpec {
    pub(crate) name: String,
    pub(crate) exists: bool,
    indexes: &'static [IndexSpec],
    /// What is left to do with the table.
    pub(crate) steps: Vec<TableStep>,
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
        let mut specs = Vec::new();
        for (setting, name, default_name, indexes) in required {
            let name = name.unwrap_or_else(|| default_name.to_owned());
            let exists = listed.contains(&name);
            let steps = match exists {
                false => vec![TableStep::Create { table: name.clone() }],
                true => match self.check_key_schema(setting, &name).await? {
                    Some(table) if !indexes.is_empty() => missing_steps(&name, &table)?,
                    _ => Vec::new(),
                },
            };
            specs.push(TableSpec { name, exists, indexes, steps });
        }
        Ok(specs)
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
            .key_schema(key("id", KeyType::Hash).map_err(invalid)?);
        for index in spec.indexes {
            request = request.global_secondary_indexes(new_index(index).map_err(invalid)?);
        }
        // An attribute may be in several indexes, but is defined once.
        let attributes: BTreeSet<_> = spec.indexes.iter().flat_map(IndexSpec::attributes).collect();
        for attribute in attributes {
            request = request.attribute_definitions(text_attribute(attribute).map_err(invalid)?);
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
        for _ in 0..MAX_POLLS {
            let status = self.describe_table(table).await?.table_status;
            if status.is_none_or(|status| status == TableStatus::Active) {
                return Ok(());
            }
            sleep(POLL_INTERVAL).await;
        }
        let call = self.table_call("DescribeTable", format!("table {table}"));
        Err(call.unexpected_failure(format!("table {table} did not become active in time")))
    }
}

fn new_index(index: &IndexSpec) -> Result<GlobalSecondaryIndex, String> {
    GlobalSecondaryIndex::builder()
        .index_name(index.name)
        .set_key_schema(Some(index.key_schema()?))
        .projection(Projection::builder().projection_type(ProjectionType::All).build())
        .build()
        .map_err(|error| error.to_string())
}
