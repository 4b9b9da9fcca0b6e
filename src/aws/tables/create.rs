//! Our own tables: their keys, their indexes, and waiting until they stand.

use std::time::Duration;

use aws_sdk_dynamodb::operation::create_table::CreateTableError;
use aws_sdk_dynamodb::types::{
    AttributeDefinition, BillingMode, GlobalSecondaryIndex, KeySchemaElement, KeyType, Projection,
    ProjectionType, ScalarAttributeType, TableStatus,
};
use futures_util::future::try_join_all;
use tokio::time::sleep;

use super::discovery::{DEFAULT_KEYS_TABLE, DEFAULT_PLANS_TABLE, DEFAULT_POOLS_TABLE, existing_tables};
use crate::aws::{Aws, Failure};

/// The indexes of the Keys table: name and attribute.
const KEYS_INDEXES: &[(&str, &str)] =
    &[("by-plan", "planId"), ("by-owner", "owner"), ("by-pool-key", "poolKeyId")];

/// Between two looks at a table that is being made, and how often it is looked at.
const POLL_INTERVAL: Duration = Duration::from_secs(1);
const MAX_POLLS: u32 = 120;

/// A table that a set-up wants.
#[derive(Debug, Clone)]
pub(crate) struct TableSpec {
    pub(crate) name: String,
    /// Whether it stands already.
    pub(crate) exists: bool,
    /// The setting that names it.
    setting: &'static str,
    indexes: &'static [(&'static str, &'static str)],
}

impl Aws {
    /// The tables there should be: those that are configured or found, and ours for the rest; refused where one that
    /// stands has another key than ours.
    pub(crate) async fn table_specs(&self) -> Result<Vec<TableSpec>, Failure> {
        let listed = self.table_names().await?;
        let (plans, keys) = existing_tables(&self.shared.table_names, &listed)?;
        let pools = self.shared.table_names.pools.clone();
        let wanted = [
            ("plans", plans, DEFAULT_PLANS_TABLE, &[][..]),
            ("keys", keys, DEFAULT_KEYS_TABLE, KEYS_INDEXES),
            ("pools", pools, DEFAULT_POOLS_TABLE, &[]),
        ];
        let wanted = wanted.map(|(setting, name, ours, indexes)| {
            let name = name.unwrap_or_else(|| ours.to_owned());
            TableSpec { exists: listed.contains(&name), name, setting, indexes }
        });
        let stand = wanted.iter().filter(|table| table.exists);
        try_join_all(stand.map(|table| self.check_key_schema(table.setting, &table.name))).await?;
        Ok(wanted.into())
    }

    /// Makes a table and waits until it stands; false where somebody else made it meanwhile.
    pub(crate) async fn create_table(&self, wanted: &TableSpec) -> Result<bool, Failure> {
        let call = self.table_call("CreateTable", format!("table {}", wanted.name));
        let unfit = |why: String| call.unexpected_failure(why);
        let mut asked = self
            .shared
            .dynamodb
            .create_table()
            .table_name(&wanted.name)
            .billing_mode(BillingMode::PayPerRequest)
            .attribute_definitions(text_attribute("id").map_err(unfit)?)
            .key_schema(hash_key("id").map_err(unfit)?);
        for (index, attribute) in wanted.indexes {
            asked = asked
                .attribute_definitions(text_attribute(attribute).map_err(unfit)?)
                .global_secondary_indexes(index_by(index, attribute).map_err(unfit)?);
        }
        match asked.send().await {
            Ok(_) => self.wait_until_active(&wanted.name).await.map(|()| true),
            Err(why)
                if matches!(why.as_service_error(), Some(CreateTableError::ResourceInUseException(_))) =>
            {
                self.wait_until_active(&wanted.name).await.map(|()| false)
            }
            Err(why) => Err(call.failure(why)),
        }
    }

    async fn wait_until_active(&self, table: &str) -> Result<(), Failure> {
        let call = self.table_call("DescribeTable", format!("table {table}"));
        for _ in 0..MAX_POLLS {
            let asked = self.shared.dynamodb.describe_table().table_name(table).send().await;
            let status = asked.map_err(|why| call.failure(why))?.table.and_then(|table| table.table_status);
            if status.is_none_or(|status| status == TableStatus::Active) {
                return Ok(());
            }
            sleep(POLL_INTERVAL).await;
        }
        Err(call.unexpected_failure(format!("table {table} is still not active")))
    }
}

fn text_attribute(name: &str) -> Result<AttributeDefinition, String> {
    let built =
        AttributeDefinition::builder().attribute_name(name).attribute_type(ScalarAttributeType::S).build();
    built.map_err(|why| why.to_string())
}

fn hash_key(name: &str) -> Result<KeySchemaElement, String> {
    let built = KeySchemaElement::builder().attribute_name(name).key_type(KeyType::Hash).build();
    built.map_err(|why| why.to_string())
}

fn index_by(name: &str, attribute: &str) -> Result<GlobalSecondaryIndex, String> {
    GlobalSecondaryIndex::builder()
        .index_name(name)
        .key_schema(hash_key(attribute)?)
        .projection(Projection::builder().projection_type(ProjectionType::All).build())
        .build()
        .map_err(|why| why.to_string())
}
