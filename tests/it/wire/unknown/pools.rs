//! Items of pools whose keys, strategy or states cannot be read: too much depends on them to go on.

use aws_sdk_dynamodb::types::AttributeValue;
use keypool::ops;

use super::start_account;
use crate::wire::support::plain_run;
use crate::wire::test_account::{POOLS_TABLE, create_change, n, s};

#[tokio::test]
async fn an_unreadable_pool_blocks_diagnosis_and_changes() {
    let mixed = AttributeValue::L(vec![s("abc"), n(1)]);
    for (is_pool, attribute, odd, expected) in [
        (true, "apiKeys", n(1), "is a number, not a list of texts"),
        (true, "apiKeys", mixed, "is a list with something else than texts"),
        (true, "strategy", s("by-weather"), "\"by-weather\", which this version does not know"),
        (false, "state", AttributeValue::Null(true), "is null, not a text"),
    ] {
        let (_local, stage) = start_account().await;
        let before = stage.inventory().await;
        let id = if is_pool {
            format!("pool#{}", stage.sharded_plan)
        } else {
            format!("key#{}", stage.pool_keys[0])
        };
        let mut item = stage.get_item(POOLS_TABLE, &id).await.expect("the item");
        item.insert(attribute.to_owned(), odd);
        stage.put_item(POOLS_TABLE, item.clone()).await;

        let diagnosis = ops::diagnose(&stage.aws, &plain_run()).await.map(|seen| seen.findings);
        let refused = diagnosis.expect_err(attribute).to_string();
        assert!(
            refused.contains(&format!("`{attribute}` of item {id}")) && refused.contains(expected),
            "{refused}"
        );
        let new = create_change(&stage.sharded_plan, "new", 1);
        ops::apply(&stage.aws, &before, &new, &plain_run()).await.expect_err(attribute);
        assert_eq!(stage.get_item(POOLS_TABLE, &id).await, Some(item), "it is left as it is");
    }
}
