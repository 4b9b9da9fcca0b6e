//! The Keys table as earlier versions created it.

use std::collections::HashMap;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::{
    AttributeDefinition, AttributeValue, BillingMode, GlobalSecondaryIndex, KeySchemaElement, KeyType,
    Projection, ProjectionType, ScalarAttributeType,
};

pub(crate) const KEYS_TABLE: &str = "keypool-keys";

/// Creates keypool's three tables; the Keys table has the indexes of earlier versions.
pub(crate) async fn create_old_tables(dynamodb: &Client) {
    create_table(dynamodb, "keypool-plans", &[]).await;
    let indexes = [("by-plan", "planId"), ("by-owner", "owner"), ("by-pool-key", "poolKeyId")];
    create_table(dynamodb, KEYS_TABLE, &indexes).await;
    create_table(dynamodb, "keypool-pools", &[]).await;
}

async fn create_table(dynamodb: &Client, name: &str, indexes: &[(&str, &str)]) {
    let hash_key = |name: &str| {
        KeySchemaElement::builder().attribute_name(name).key_type(KeyType::Hash).build().expect("a key")
    };
    let text_attribute = |name: &str| {
        let attribute =
            AttributeDefinition::builder().attribute_name(name).attribute_type(ScalarAttributeType::S);
        attribute.build().expect("an attribute")
    };
    let mut table = dynamodb.create_table().table_name(name).billing_mode(BillingMode::PayPerRequest);
    table = table.attribute_definitions(text_attribute("id")).key_schema(hash_key("id"));
    for (index, attribute) in indexes {
        let all = Projection::builder().projection_type(ProjectionType::All).build();
        let index = GlobalSecondaryIndex::builder().index_name(*index).key_schema(hash_key(attribute));
        table = table.attribute_definitions(text_attribute(attribute));
        table = table.global_secondary_indexes(index.projection(all).build().expect("an index"));
    }
    table.send().await.expect("a table");
}

/// Writes an item with these attributes.
pub(crate) async fn put_item(dynamodb: &Client, attributes: &[(&str, &str)]) {
    let attributes =
        attributes.iter().map(|(name, value)| ((*name).to_owned(), AttributeValue::S((*value).to_owned())));
    let item: HashMap<_, _> =
        attributes.chain([("enabled".to_owned(), AttributeValue::Bool(true))]).collect();
    dynamodb.put_item().table_name(KEYS_TABLE).set_item(Some(item)).send().await.expect("an item");
}

/// The indexes of the Keys table with their status, in order of name.
pub(crate) async fn indexes(dynamodb: &Client) -> Vec<(String, String)> {
    let table = dynamodb.describe_table().table_name(KEYS_TABLE).send().await.expect("the table");
    let table = table.table.expect("its description");
    let index = |index: &aws_sdk_dynamodb::types::GlobalSecondaryIndexDescription| {
        let status = index.index_status().map_or("ACTIVE", |status| status.as_str());
        (index.index_name().expect("a name").to_owned(), status.to_owned())
    };
    let mut indexes: Vec<_> = table.global_secondary_indexes().iter().map(index).collect();
    indexes.sort_unstable();
    indexes
}
