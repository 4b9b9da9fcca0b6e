//! The items of the three tables, and their import into DynamoDB.

use std::collections::BTreeMap;

use dynoxide::actions::create_table::CreateTableRequest;
use dynoxide::{AttributeValue, Database, ImportOptions, Item};
use serde_json::json;

// CloudFormation's names in the sample's deployment.
pub(super) const PLANS: &str = "ApiStack-TieredAPIPlans4C7E21B9-1QK3V8ZT5MW0R";
pub(super) const KEYS: &str = "ApiStack-TieredAPIKeys9A05D3F6-X2C6PLH74JB1";
// keypool's own table.
pub(super) const POOLS: &str = "keypool-pools";

/// Size of a batch, which is one transaction.
const ITEMS_PER_BATCH: usize = 20_000;

/// Items by id.
#[derive(Debug, Default)]
pub(super) struct Tables {
    pub(super) plans: BTreeMap<String, Item>,
    pub(super) keys: BTreeMap<String, Item>,
    pub(super) pools: BTreeMap<String, Item>,
}

impl Tables {
    /// Creates the tables and imports the items.
    pub(super) fn load(self, database: &Database) -> dynoxide::Result<()> {
        for (name, items) in [(PLANS, self.plans), (KEYS, self.keys), (POOLS, self.pools)] {
            database.create_table(schema(name)?)?;
            let mut items = items.into_values();
            loop {
                let batch: Vec<Item> = items.by_ref().take(ITEMS_PER_BATCH).collect();
                if batch.is_empty() {
                    break;
                }
                database.import_items(name, batch, ImportOptions::default())?;
            }
        }
        Ok(())
    }
}

/// The sample's schema: hash key `id`, no indexes.
fn schema(name: &str) -> dynoxide::Result<CreateTableRequest> {
    let request = json!({
        "TableName": name,
        "KeySchema": [{ "AttributeName": "id", "KeyType": "HASH" }],
        "AttributeDefinitions": [{ "AttributeName": "id", "AttributeType": "S" }],
        "BillingMode": "PAY_PER_REQUEST",
    });
    serde_json::from_value(request)
        .map_err(|error| dynoxide::DynoxideError::InternalServerError(error.to_string()))
}

pub(super) fn item<const N: usize>(attributes: [(&str, AttributeValue); N]) -> Item {
    attributes.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

pub(super) fn text(value: impl Into<String>) -> AttributeValue {
    AttributeValue::S(value.into())
}

pub(super) fn number(value: impl ToString) -> AttributeValue {
    AttributeValue::N(value.to_string())
}
