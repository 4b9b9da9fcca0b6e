//! The strategy `least_privilege-used` by the usage that API Gateway tells: a new tenant key goes to the pool key that has used the
//! smallest share of the period's quota, however many calls that are.

use aws_sdk_apigateway::types::{Op, PatchOperation};
use keypool::aws::Aws;
use keypool::ops;
use keypool_domain::assign::PeriodUsage;
use keypool_domain::{ApiKeyId, Change, Inventory, Plan, Strategy};
use keypool_local_aws::World;

use super::support::{plain_run, read_inventory, sdk_clients, start_local_aws};
use super::test_account::create_change;

/// Calls, and the calls that the period grants, of each key of the plan's pool.
async fn pool_usage(aws: &Aws, seen: &Inventory, plan: &Plan) -> Vec<(ApiKeyId, u64, u64)> {
    let days = PeriodUsage::period_days(plan, seen.taken_at());
    let usage = ops::read_usage(aws, seen.plans(), days, None, &plain_run()).await.expect("usage");
    let of_plan = usage.plan(&plan.id).expect("usage of the plan");
    let of_key = |id: &ApiKeyId| {
        let status = of_plan.quota_status(id, plan.quota.as_ref(), seen.taken_at());
        let limit = plan.quota.expect("a quota").limit;
        let (used, granted) =
            status.map_or((0, limit), |status| (status.used, status.limit.unwrap_or(limit)));
        (id.clone(), used, granted)
    };
    seen.pool(&plan.id).expect("the pool").keys.iter().map(|key| of_key(&key.api_key)).collect()
}

/// The pool key that a new tenant key is given.
async fn create_and_get_pool_key(aws: &Aws, plan: &Plan) -> ApiKeyId {
    let change = create_change(&plan.id, "new", 1);
    let applied =
        ops::apply(aws, &read_inventory(aws).await, &change, &plain_run()).await.expect("it is created");
    let seen = read_inventory(aws).await;
    seen.tenant_key(&applied.created[0]).and_then(|row| row.known_pool_key()).expect("a pool key").clone()
}

#[tokio::test]
async fn a_new_tenant_key_goes_to_the_pool_key_with_the_smallest_share_used() {
    let (local, aws) = start_local_aws(World::Sample).await;
    let seen = read_inventory(&aws).await;
    let plan = seen.find_plan("BasicPlan").expect("the plan").clone();
    let set = Change::SetPool { plan: plan.id.clone(), strategy: Some(Strategy::LeastUsed), capacity: None };
    ops::apply(&aws, &seen, &set, &plain_run()).await.expect("the strategy is set");
    let shares = |usage: &[(ApiKeyId, u64, u64)]| -> Vec<(u128, ApiKeyId)> {
        let share = |(id, used, granted): &(ApiKeyId, u64, u64)| {
            (u128::from(*used) * 1_000_000 / u128::from(*granted), id.clone())
        };
        let mut shares: Vec<_> = usage.iter().map(share).collect();
        shares.sort();
        shares
    };
    let before = pool_usage(&aws, &seen, &plan).await;
    let least = shares(&before);
    assert!(least[0].0 < least[1].0, "one has used less than all others: {least:?}");
    assert_eq!(create_and_get_pool_key(&aws, &plan).await, least[0].1, "{before:?}");

    // The key with the most calls gets so many more that its share is the smallest.
    let busiest = before.iter().max_by_key(|(_, used, _)| *used).expect("pool keys").0.clone();
    assert_ne!(busiest, least[0].1);
    let (gateway, _) = sdk_clients(&local.endpoint());
    let remaining = PatchOperation::builder().op(Op::Replace).path("/remaining").value("100000000").build();
    let update = gateway.update_usage().usage_plan_id(plan.id.as_str()).key_id(busiest.as_str());
    update.patch_operations(remaining).send().await.expect("more calls");
    assert_eq!(create_and_get_pool_key(&aws, &plan).await, busiest);
}
