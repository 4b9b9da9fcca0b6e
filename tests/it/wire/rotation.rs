//! The rotation of a pool key with 10,000 tenants: stopped on its way it goes on, and nobody is ever without a key.

use keypool::aws::{Aws, Failure};
use keypool::ops::{self, Applied, Run};
use keypool_domain::{ApiKeyId, Change, Inventory, PoolKeyState, Presence};
use keypool_local_aws::{Answer, Fault, LocalAws, World};
use tokio_util::sync::CancellationToken;

use super::support::{plain_run, read_inventory, start_local_aws};

const TENANTS: u32 = 10_000;
/// Rows that fit into one transaction with two counters.
const TENANT_KEYS_PER_TRANSACTION: u32 = 98;
const TRANSACTION: &str = "TransactWriteItems";

async fn rotate(aws: &Aws, seen: &Inventory, old: &ApiKeyId, run: &Run) -> Result<Applied, Failure> {
    ops::apply(aws, seen, &Change::RotatePoolKey { api_key: old.clone(), grace: 0 }, run).await
}

/// Rotates, and is told to stop while so many transactions have been made and one more is under way; what is there
/// then.
async fn rotate_and_cancel(
    transactions: u32,
    local: &LocalAws,
    aws: &Aws,
    seen: &Inventory,
    old: &ApiKeyId,
) -> Inventory {
    local.faults().clear();
    local.faults().script(Fault::on(TRANSACTION, Answer::Normal).skip(transactions));
    let cancel = CancellationToken::new();
    let run = Run { cancel: cancel.clone(), ..plain_run() };
    let stop = async {
        local.faults().met().await;
        cancel.cancel();
    };
    let (rotated, ()) = tokio::join!(rotate(aws, seen, old, &run), stop);
    assert!(matches!(rotated, Err(Failure::Unfinished { .. } | Failure::Cancelled)), "{rotated:?}");
    read_inventory(aws).await
}

/// Every row refers to a key that is there and enabled, and that counts it; gives the rows behind the old key.
fn assert_consistent(seen: &Inventory, old: &ApiKeyId) -> usize {
    assert_eq!(seen.tenant_keys().len(), TENANTS as usize);
    let Presence::Present(_) = seen.api_key(old) else { panic!("the old key is gone") };
    for key in &seen.pools()[0].keys {
        assert!(seen.is_live(&key.api_key), "API key {} is dead", key.api_key);
        assert_eq!(
            seen.tenant_keys_of_api_key(&key.api_key).len(),
            key.require_tenants().expect("a number") as usize
        );
    }
    assert!(
        seen.tenant_keys()
            .iter()
            .all(|row| seen.pool_of_api_key(&row.require_api_key().expect("known")).is_some())
    );
    seen.tenant_keys_of_api_key(old).len()
}

#[tokio::test]
async fn a_pool_key_with_ten_thousand_tenants_is_rotated_in_the_fewest_calls() {
    let (local, aws) = start_local_aws(World::Scale { plans: 1, keys: 1, tenants: TENANTS }).await;
    let seen = read_inventory(&aws).await;
    let old = seen.pools()[0].keys[0].api_key.clone();
    let all = assert_consistent(&seen, &old);
    assert_eq!(all, TENANTS as usize);
    local.calls().clear();

    // The successor joins the pool with the first transaction; then rows go over, 98 with each.
    let mut seen = rotate_and_cancel(0, &local, &aws, &seen, &old).await;
    assert_eq!(assert_consistent(&seen, &old), all);
    assert_eq!(seen.pools()[0].pool_key(&old).expect("the old key").state, PoolKeyState::Draining);
    for (transactions, left) in [(49, 5_100), (51, 4)] {
        seen = rotate_and_cancel(transactions, &local, &aws, &seen, &old).await;
        assert_eq!(assert_consistent(&seen, &old), left);
    }
    local.faults().clear();
    rotate(&aws, &seen, &old, &plain_run()).await.expect("it goes on to the end");

    let seen = read_inventory(&aws).await;
    let successor = &seen.pools()[0].keys[..];
    assert_eq!(successor.len(), 1);
    assert_eq!(seen.tenant_keys_of_api_key(&successor[0].api_key).len(), all);
    assert!(successor[0].tenants == TENANTS.into() && seen.is_live(&successor[0].api_key));
    assert_eq!(seen.api_key(&old), Presence::Missing);

    // One for the successor, one for the old key's leave.
    let transactions = TENANTS.div_ceil(TENANT_KEYS_PER_TRANSACTION) as usize + 2;
    assert_eq!(local.calls().count(TRANSACTION), transactions);
    for (operation, times) in
        [("CreateApiKey", 1), ("CreateUsagePlanKey", 1), ("UpdateApiKey", 1), ("DeleteApiKey", 1)]
    {
        assert_eq!(local.calls().count(operation), times, "{operation}");
    }
    // The old key died after the last row had left it.
    let calls = local.calls().all();
    let last = |operation: &str| calls.iter().rposition(|call| call.operation == operation);
    let first = |operation: &str| calls.iter().position(|call| call.operation == operation);
    assert!(last(TRANSACTION) < first("UpdateApiKey") && first("UpdateApiKey") < first("DeleteApiKey"));
}
