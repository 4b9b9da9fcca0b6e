//! DynamoDB of local AWS through the SDK: indexes, transactions, parallel scans, paging.

use aws_sdk_dynamodb::types::{
    AttributeDefinition, AttributeValue, BillingMode, GlobalSecondaryIndex, KeySchemaElement, KeyType,
    Projection, ProjectionType, Put, ScalarAttributeType, TransactWriteItem,
};

use super::sdk::SdkAccount;

fn text(value: &str) -> AttributeValue {
    AttributeValue::S(value.to_owned())
}

fn hash_key(name: &str) -> KeySchemaElement {
    KeySchemaElement::builder().attribute_name(name).key_type(KeyType::Hash).build().unwrap()
}

fn attribute(name: &str) -> AttributeDefinition {
    let kind = ScalarAttributeType::S;
    AttributeDefinition::builder().attribute_name(name).attribute_type(kind).build().unwrap()
}

async fn create_table(account: &SdkAccount) {
    let all = Projection::builder().projection_type(ProjectionType::All).build();
    let by_owner =
        GlobalSecondaryIndex::builder().index_name("by-owner").key_schema(hash_key("owner")).projection(all);
    let table = account.dynamodb.create_table().table_name("Keys").key_schema(hash_key("id"));
    let table = table.attribute_definitions(attribute("id")).attribute_definitions(attribute("owner"));
    let table = table.billing_mode(BillingMode::PayPerRequest);
    table.global_secondary_indexes(by_owner.build().unwrap()).send().await.unwrap();
}

fn put_request(id: usize) -> TransactWriteItem {
    let put = Put::builder().table_name("Keys").condition_expression("attribute_not_exists(id)");
    let owner = if id.is_multiple_of(2) { "even" } else { "odd" };
    let put = put.item("id", text(&format!("key-{id}"))).item("owner", text(owner));
    TransactWriteItem::builder().put(put.build().unwrap()).build()
}

#[tokio::test]
async fn transactions_are_all_or_nothing() {
    let account = SdkAccount::start_empty().await;
    create_table(&account).await;
    let write = |ids: std::ops::Range<usize>| {
        account
            .dynamodb
            .transact_write_items()
            .set_transact_items(Some(ids.map(put_request).collect()))
            .send()
    };
    write(0..3).await.unwrap();
    let refused = write(2..5).await.unwrap_err().into_service_error();
    match refused {
        aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError::TransactionCanceledException(
            cancelled,
        ) => {
            let codes: Vec<_> = cancelled.cancellation_reasons().iter().map(|reason| reason.code()).collect();
            assert_eq!(codes, [Some("ConditionalCheckFailed"), Some("None"), Some("None")]);
        }
        other => panic!("{other:?}"),
    }
    let scanned = account.dynamodb.scan().table_name("Keys").consistent_read(true).send().await.unwrap();
    assert_eq!(scanned.count(), 3);
}

#[tokio::test]
async fn queries_are_paged_and_scans_are_segmented() {
    let account = SdkAccount::start_empty().await;
    create_table(&account).await;
    for first in [0, 100] {
        let items = (first..first + 100).map(put_request).collect();
        account.dynamodb.transact_write_items().set_transact_items(Some(items)).send().await.unwrap();
    }
    let query = account.dynamodb.query().table_name("Keys").index_name("by-owner").limit(30);
    let query = query.key_condition_expression("#o = :o").expression_attribute_names("#o", "owner");
    let pages = query.expression_attribute_values(":o", text("odd")).into_paginator().send();
    let pages = pages.collect::<Result<Vec<_>, _>>().await.unwrap();
    assert!(pages.len() >= 4, "{} pages", pages.len());
    assert_eq!(pages.iter().map(|page| page.count()).sum::<i32>(), 100);

    let mut found = std::collections::BTreeSet::new();
    for segment in 0..4 {
        let scan = account.dynamodb.scan().table_name("Keys").total_segments(4).segment(segment);
        for item in scan.send().await.unwrap().items() {
            assert!(found.insert(item["id"].as_s().unwrap().clone()), "each item is in one segment");
        }
    }
    assert_eq!(found.len(), 200);
}

#[tokio::test]
async fn failed_conditions_and_missing_tables_are_typed_errors() {
    let account = SdkAccount::start_empty().await;
    create_table(&account).await;
    let write = || {
        let item =
            account.dynamodb.put_item().table_name("Keys").item("id", text("a")).item("owner", text("o"));
        item.condition_expression("attribute_not_exists(id)").send()
    };
    write().await.unwrap();
    assert!(write().await.unwrap_err().into_service_error().is_conditional_check_failed_exception());
    let missing = account.dynamodb.describe_table().table_name("None").send().await.unwrap_err();
    assert!(missing.into_service_error().is_resource_not_found_exception());
}
