//! An inventory of any size: four plans, and a quarter of the tenant keys siloed, or fewer where API Gateway's
//! limit on API keys requires it; all other tenant keys are pooled.

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use keypool::tui::Snapshot;
use keypool_domain::limits::MAX_API_KEYS;
use keypool_domain::testing::{self, pool_key};
use keypool_domain::usage::{DayRange, DayUse, PlanUsage, Usage};
use keypool_domain::{
    ApiKey, ApiKeyId, Inventory, InventoryParts, KeyAttributes, Period, Plan, Pool, Quota, StageRef,
    TenantKey, Throttle,
};

const POOL_KEY_COUNT: usize = 100;
const TENANTS: [&str; 8] = ["acme", "globex", "initech", "umbrella", "stark", "wayne", "hooli", "wonka"];
const KEY_NAMES: [&str; 6] = ["web shop", "mobile", "billing", "data import", "partner portal", "search"];

/// The time at which every inventory was read.
pub(crate) fn now() -> Timestamp {
    Timestamp::from_second(1_790_000_000).unwrap()
}

/// Builds an inventory with `count` tenant keys.
pub(crate) fn inventory(count: usize) -> Arc<Inventory> {
    let plans = ["FreePlan", "BasicPlan", "PremiumPlan", "TestPlan"].map(plan);
    let siloed_count = (count / 4).min(MAX_API_KEYS - POOL_KEY_COUNT);
    let tenant_keys: Vec<_> = (0..count).map(|n| tenant_key(n, n < siloed_count)).collect();
    let pool_keys = (0..POOL_KEY_COUNT).map(|n| api_key(pool_key_id(n)));
    let siloed_keys = tenant_keys[..siloed_count]
        .iter()
        .map(|key| api_key(key.require_api_key().expect("a known API key")));
    Arc::new(Inventory::new(InventoryParts {
        plans: plans.into(),
        api_keys: pool_keys.chain(siloed_keys).collect::<Vec<_>>().into(),
        tenant_keys,
        pools: vec![pool("FreePlan", 0..1), pool("BasicPlan", 1..POOL_KEY_COUNT)],
        taken_at: now(),
        ..testing::parts()
    }))
}

/// Builds an indexed inventory with a month of usage.
pub(crate) fn snapshot(count: usize) -> Snapshot {
    let inventory = inventory(count);
    let range = DayRange::last_days(31, now().to_zoned(TimeZone::UTC).date());
    let mut usage = Usage::empty(range);
    for plan in inventory.plans() {
        let keys: BTreeSet<ApiKeyId> = inventory
            .tenant_keys_of_plan(&plan.id)
            .map(|key| key.require_api_key().expect("a known API key"))
            .collect();
        let keys = keys.into_iter().enumerate().map(|(n, key)| (key, days(range, n))).collect();
        let plan_usage = PlanUsage::new(plan.id.clone(), range, keys, now());
        usage.plans.insert(plan.id.clone(), plan_usage);
    }
    Snapshot::new(inventory).with_usage(Arc::new(usage), now())
}

fn days(range: DayRange, key_index: usize) -> Vec<DayUse> {
    let used = |n| pseudo_random(key_index + n) % 1_100;
    let day = |(n, day)| DayUse { day, used: used(n), remaining: Some(1_000 - used(n) as i64) };
    range.days().enumerate().map(day).collect()
}

/// Returns a number that looks random and is the same on every run.
fn pseudo_random(n: usize) -> u64 {
    (n as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

fn tenant_key(n: usize, is_siloed: bool) -> TenantKey {
    let random = pseudo_random(n);
    let plan = match (is_siloed, n % 2) {
        (true, 0) => "PremiumPlan",
        (true, _) => "TestPlan",
        (false, 0) => "FreePlan",
        (false, _) => "BasicPlan",
    };
    let pool_key = (!is_siloed).then(|| {
        if n.is_multiple_of(2) { pool_key_id(0) } else { pool_key_id(1 + n % (POOL_KEY_COUNT - 1)) }
    });
    let id = match is_siloed {
        true => format!("{:010x}", random >> 24),
        false => format!("{:08x}-0000-4000-8000-{:012x}", random >> 32, random >> 16),
    };
    TenantKey {
        name: format!("{} {}", KEY_NAMES[n % KEY_NAMES.len()], n % 10).into(),
        pool_key: pool_key.into(),
        created_at: Some((now() - SignedDuration::from_secs((random % 100_000_000) as i64)).into()),
        attributes: KeyAttributes {
            enabled: (!random.is_multiple_of(20)).into(),
            revision: Some(1),
            ..KeyAttributes::default()
        }
        .into(),
        ..TenantKey::new(id, plan, format!("{}-{:05}", TENANTS[n / 5 % TENANTS.len()], n / 5).as_str())
    }
}

fn pool_key_id(n: usize) -> ApiKeyId {
    ApiKeyId::new(format!("shared{n:04}"))
}

fn api_key(id: ApiKeyId) -> ApiKey {
    let name = id.to_string();
    ApiKey { created_at: Some(now()), ..ApiKey::new(id, name) }
}

fn plan(name: &str) -> Plan {
    Plan {
        throttle: Some(Throttle { rate: 10.0, burst: 20 }),
        quota: Some(Quota { limit: 1_000, period: Period::Day, offset: 0 }),
        stages: vec![StageRef { api: "a1b2c3d4e5".to_owned(), stage: "prod".to_owned() }],
        ..Plan::new(name, name)
    }
}

fn pool(plan: &str, keys: std::ops::Range<usize>) -> Pool {
    let keys = keys.map(|n| pool_key(pool_key_id(n).as_str(), 5_000, 10_000)).collect();
    testing::pool(plan, 10_000, keys)
}
