//! Rotation of a pool key with 10,000 tenants: it can be cancelled and resumed, and every tenant always has a live key.

use keypool::aws::{Aws, Failure};
use keypool::ops::{self, Applied, Run};
use keypool_domain::{ApiKeyId, Change, Inventory, PoolKeyState, Presence};
use keypool_local_aws::{Answer, Fault, LocalAws, World};
use tokio_util::sync::CancellationToken;

use super::support::{read_inventory, silent_run, start_local_aws};

const TENANTS: u32 = 10_000;
/// A transaction holds 100 items, two of which are counters.
const TENANT_KEYS_PER_TRANSACTION: u32 = 98;
const TRANSACTION: &str = "TransactWriteItems";

async fn rotate(aws: &Aws, inventory: &Inventory, old: &ApiKeyId, run: &Run) -> Result<Applied, Failure> {
    ops::apply(aws, inventory, &Change::RotatePoolKey { api_key: old.clone(), grace: 0 }, run).await
}

/// Rotates and cancels during transaction number `transaction` (from 0); returns the inventory afterwards.
async fn rotate_and_cancel(
    transaction: u32,
    local: &LocalAws,
    aws: &Aws,
    inventory: &Inventory,
    old: &ApiKeyId,
) -> Inventory {
    local.faults().clear();
    local.faults().script(Fault::on(TRANSACTION, Answer::Normal).skip(transaction));
    let cancel = CancellationToken::new();
    let run = Run { cancel: cancel.clone(), ..silent_run() };
    let cancel_later = async {
        local.faults().wait_for_hit().await;
        cancel.cancel();
    };
    let (rotated, ()) = tokio::join!(rotate(aws, inventory, old, &run), cancel_later);
    assert!(matches!(rotated, Err(Failure::Unfinished { .. } | Failure::Cancelled)), "{rotated:?}");
    read_inventory(aws).await
}

/// Asserts that every pool key is live and has the right tenant count, and that every tenant key has a pool key.
/// Returns how many tenant keys have the old pool key.
fn assert_consistent(inventory: &Inventory, old: &ApiKeyId) -> usize {
    assert_eq!(inventory.tenant_keys().len(), TENANTS as usize);
    let Presence::Present(_) = inventory.api_key(old) else { panic!("the old key is missing") };
    for key in &inventory.pools()[0].keys {
        assert!(inventory.is_live(&key.api_key), "API key {} is dead", key.api_key);
        assert_eq!(
            inventory.tenant_keys_of_api_key(&key.api_key).len(),
            key.require_tenant_count().expect("the tenant count is known") as usize
        );
    }
    assert!(inventory.tenant_keys().iter().all(|tenant_key| {
        inventory.pool_of_api_key(&tenant_key.require_api_key().expect("known")).is_some()
    }));
    inventory.tenant_keys_of_api_key(old).len()
}

#[tokio::test]
async fn a_pool_key_with_ten_thousand_tenants_is_rotated_in_the_fewest_calls() {
    let (local, aws) = start_local_aws(World::Scale { plans: 1, keys: 1, tenants: TENANTS }).await;
    let inventory = read_inventory(&aws).await;
    let old = inventory.pools()[0].keys[0].api_key.clone();
    let tenant_count = assert_consistent(&inventory, &old);
    assert_eq!(tenant_count, TENANTS as usize);
    local.calls().clear();

    // The first transaction adds the successor to the pool; the others move 98 tenant keys each.
    let mut inventory = rotate_and_cancel(0, &local, &aws, &inventory, &old).await;
    assert_eq!(assert_consistent(&inventory, &old), tenant_count);
    assert_eq!(inventory.pools()[0].pool_key(&old).expect("the old key").state, PoolKeyState::Draining);
    for (transaction, remaining) in [(49, 5_100), (51, 4)] {
        inventory = rotate_and_cancel(transaction, &local, &aws, &inventory, &old).await;
        assert_eq!(assert_consistent(&inventory, &old), remaining);
    }
    local.faults().clear();
    rotate(&aws, &inventory, &old, &silent_run()).await.expect("the rotation is finished");

    let inventory = read_inventory(&aws).await;
    let keys = &inventory.pools()[0].keys[..];
    assert_eq!(keys.len(), 1);
    assert_eq!(inventory.tenant_keys_of_api_key(&keys[0].api_key).len(), tenant_count);
    assert!(keys[0].tenants == TENANTS.into() && inventory.is_live(&keys[0].api_key));
    assert_eq!(inventory.api_key(&old), Presence::Missing);

    // Besides the transactions that move tenant keys, one adds the successor and one removes the old key.
    let transactions = TENANTS.div_ceil(TENANT_KEYS_PER_TRANSACTION) as usize + 2;
    assert_eq!(local.calls().count(TRANSACTION), transactions);
    for (operation, times) in
        [("CreateApiKey", 1), ("CreateUsagePlanKey", 1), ("UpdateApiKey", 1), ("DeleteApiKey", 1)]
    {
        assert_eq!(local.calls().count(operation), times, "{operation}");
    }
    // The old key is disabled and deleted only after the last tenant key was moved.
    let calls = local.calls().all();
    let last = |operation: &str| calls.iter().rposition(|call| call.operation == operation);
    let first = |operation: &str| calls.iter().position(|call| call.operation == operation);
    assert!(last(TRANSACTION) < first("UpdateApiKey") && first("UpdateApiKey") < first("DeleteApiKey"));
}
