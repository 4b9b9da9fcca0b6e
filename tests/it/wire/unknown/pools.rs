//! Pools and counters with an unreadable `apiKeys`, `strategy` or `state`: diagnosis and changes are refused.

use aws_sdk_dynamodb::types::AttributeValue;
use keypool::ops;

use super::start_account;
use crate::wire::support::silent_run;
use crate::wire::test_account::{POOLS_TABLE, create_change, n, s};

#[tokio::test]
async fn an_unreadable_pool_blocks_diagnosis_and_changes() {
    let mixed = AttributeValue::L(vec![s("abc"), n(1)]);
    for (is_pool, attribute, unreadable, expected) in [
        (true, "apiKeys", n(1), "is a number, not a list of strings"),
        (true, "apiKeys", mixed, "is a list with elements other than strings"),
        (true, "strategy", s("by-weather"), "\"by-weather\", which this version does not support"),
        (false, "state", AttributeValue::Null(true), "is null, not a string"),
    ] {
        let (_local, account) = start_account().await;
        let before = account.inventory().await;
        let id = if is_pool {
            format!("pool#{}", account.pooled_plan)
        } else {
            format!("key#{}", account.pool_keys[0])
        };
        let mut item = account.get_item(POOLS_TABLE, &id).await.expect("the item");
        item.insert(attribute.to_owned(), unreadable);
        account.put_item(POOLS_TABLE, item.clone()).await;

        let diagnosis = ops::diagnose(&account.aws, &silent_run()).await.map(|report| report.findings);
        let refused = diagnosis.expect_err(attribute).to_string();
        assert!(
            refused.contains(&format!("`{attribute}` of item {id}")) && refused.contains(expected),
            "{refused}"
        );
        let new = create_change(&account.pooled_plan, "new", 1);
        ops::apply(&account.aws, &before, &new, &silent_run()).await.expect_err(attribute);
        assert_eq!(account.get_item(POOLS_TABLE, &id).await, Some(item), "the item is unchanged");
    }
}
