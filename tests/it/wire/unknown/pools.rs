//! Items of pools whose keys, strategy or states cannot be read: too much depends on them to go on.

use aws_sdk_dynamodb::types::AttributeValue;
use keypool::ops;

use super::staged;
use crate::wire::stage::{POOLS, n, new_keys, s};
use crate::wire::support::unwatched;

#[tokio::test]
async fn nothing_is_decided_by_a_pool_that_cannot_be_read() {
    let mixed = AttributeValue::L(vec![s("abc"), n(1)]);
    for (is_pool, attribute, odd, expected) in [
        (true, "apiKeys", n(1), "is a number, not a list of texts"),
        (true, "apiKeys", mixed, "is a list with something else than texts"),
        (true, "strategy", s("by-weather"), "\"by-weather\", which this version does not know"),
        (false, "state", AttributeValue::Null(true), "is null, not a text"),
    ] {
        let (_local, stage) = staged().await;
        let before = stage.inventory().await;
        let id =
            if is_pool { format!("pool#{}", stage.sharded) } else { format!("key#{}", stage.pool_keys[0]) };
        let mut item = stage.item(POOLS, &id).await.expect("the item");
        item.insert(attribute.to_owned(), odd);
        stage.put(POOLS, item.clone()).await;

        let diagnosis = ops::diagnose(&stage.aws, &unwatched()).await.map(|seen| seen.findings);
        let refused = diagnosis.expect_err(attribute).to_string();
        assert!(
            refused.contains(&format!("`{attribute}` of item {id}")) && refused.contains(expected),
            "{refused}"
        );
        let new = new_keys(&stage.sharded, "new", 1);
        ops::apply(&stage.aws, &before, &new, &unwatched()).await.expect_err(attribute);
        assert_eq!(stage.item(POOLS, &id).await, Some(item), "it is left as it is");
    }
}
