//! The strategy `least-used`: a new tenant key gets the pool key with the smallest used share of the quota in the
//! current period, not the one with the fewest calls.

use aws_sdk_apigateway::types::{Op, PatchOperation};
use keypool::aws::Aws;
use keypool::ops;
use keypool_domain::assign::PeriodUsage;
use keypool_domain::{ApiKeyId, Change, Inventory, Plan, Strategy};
use keypool_local_aws::World;

use super::support::{read_inventory, sdk_clients, silent_run, start_local_aws};
use super::test_account::create_change;

/// Used calls and limit of each pool key in the current period.
async fn pool_usage(aws: &Aws, inventory: &Inventory, plan: &Plan) -> Vec<(ApiKeyId, u64, u64)> {
    let days = PeriodUsage::period_days(plan, inventory.taken_at());
    let usage = ops::read_usage(aws, inventory.plans(), days, None, &silent_run()).await.expect("usage");
    let plan_usage = usage.plan(&plan.id).expect("usage of the plan");
    let key_usage = |id: &ApiKeyId| {
        let figure = plan_usage.quota_figure(id, inventory, inventory.taken_at());
        let limit = plan.quota.expect("a quota").limit;
        let (used, key_limit) =
            figure.map_or((0, limit), |figure| (figure.used(), figure.limit().unwrap_or(limit)));
        (id.clone(), used, key_limit)
    };
    inventory.pool(&plan.id).expect("the pool").keys.iter().map(|key| key_usage(&key.api_key)).collect()
}

/// Creates a tenant key; returns the pool key that it got.
async fn create_and_get_pool_key(aws: &Aws, plan: &Plan) -> ApiKeyId {
    let change = create_change(&plan.id, "new", 1);
    let applied =
        ops::apply(aws, &read_inventory(aws).await, &change, &silent_run()).await.expect("it is created");
    let inventory = read_inventory(aws).await;
    inventory
        .tenant_key(&applied.created[0])
        .and_then(|tenant_key| tenant_key.known_pool_key())
        .expect("a pool key")
        .clone()
}

#[tokio::test]
async fn a_new_tenant_key_goes_to_the_pool_key_with_the_smallest_share_used() {
    let (local, aws) = start_local_aws(World::Sample).await;
    let inventory = read_inventory(&aws).await;
    let plan = inventory.find_plan("BasicPlan").expect("the plan").clone();
    let set = Change::SetPool { plan: plan.id.clone(), strategy: Some(Strategy::LeastUsed), capacity: None };
    ops::apply(&aws, &inventory, &set, &silent_run()).await.expect("the strategy is set");
    let shares = |usage: &[(ApiKeyId, u64, u64)]| -> Vec<(u128, ApiKeyId)> {
        let share = |(id, used, key_limit): &(ApiKeyId, u64, u64)| {
            (u128::from(*used) * 1_000_000 / u128::from(*key_limit), id.clone())
        };
        let mut shares: Vec<_> = usage.iter().map(share).collect();
        shares.sort();
        shares
    };
    let before = pool_usage(&aws, &inventory, &plan).await;
    let sorted_shares = shares(&before);
    assert!(
        sorted_shares[0].0 < sorted_shares[1].0,
        "one pool key has the smallest share: {sorted_shares:?}"
    );
    assert_eq!(create_and_get_pool_key(&aws, &plan).await, sorted_shares[0].1, "{before:?}");

    // Raises the limit of the key with the most calls until its share is the smallest.
    let busiest = before.iter().max_by_key(|(_, used, _)| *used).expect("pool keys").0.clone();
    assert_ne!(busiest, sorted_shares[0].1);
    let (gateway, _) = sdk_clients(&local.endpoint());
    let remaining = PatchOperation::builder().op(Op::Replace).path("/remaining").value("100000000").build();
    let update = gateway.update_usage().usage_plan_id(plan.id.as_str()).key_id(busiest.as_str());
    update.patch_operations(remaining).send().await.expect("the limit is raised");
    assert_eq!(create_and_get_pool_key(&aws, &plan).await, busiest);
}
