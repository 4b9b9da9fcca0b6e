//! The sample application's stack without inconsistencies: four plans, two of them pooled, and their tenants.

mod tenant_keys;

use std::collections::BTreeMap;

use super::builder::{PlanSpec, TenantKeySpec, WorldBuilder, keypool_tags};
use super::history;
use super::protected_api::ProtectedApiSpec;
use crate::quota::Period;
use crate::state::{Settings, Tags};

pub(super) use self::tenant_keys::{SampleTenantKey, TENANT_KEYS};

pub(super) const API: &str = "w4k8t2m7xq";
pub(super) const STAGE: &str = "prod";

// Ids of the usage plans.
pub(super) const TEST: &str = "h3v9qk";
pub(super) const FREE: &str = "u5cq7z";
pub(super) const BASIC: &str = "b7m3xj";
pub(super) const PREMIUM: &str = "p9ts4e";

// Ids of the pool keys.
pub(super) const FREE_KEY: &str = "33xtplpft7";
pub(super) const BASIC_KEYS: [&str; 5] =
    ["5v2seh60kv", "j50ce9uvw5", "3efr4edt2s", "ywb3wkh5dn", "9ri19r0wyo"];

struct Pool {
    plan_id: &'static str,
    plan_name: &'static str,
    /// Maximum number of tenants per key.
    capacity: u32,
    /// Ids of the pool keys, and their calls per day.
    keys: &'static [(&'static str, i64)],
}

const POOLS: [Pool; 2] = [
    Pool { plan_id: FREE, plan_name: "FreePlan", capacity: 100, keys: &[(FREE_KEY, 900)] },
    Pool {
        plan_id: BASIC,
        plan_name: "BasicPlan",
        capacity: 10,
        keys: &[
            (BASIC_KEYS[0], 280),
            (BASIC_KEYS[1], 60),
            (BASIC_KEYS[2], 110),
            (BASIC_KEYS[3], 25),
            (BASIC_KEYS[4], 80),
        ],
    },
];

/// Where the usage plans' quotas come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum QuotaSource {
    /// The quota in the Plans table.
    PlansTable,
    /// The sample's deployment script, which sets the rate as the quota.
    DeploymentScript,
}

pub(super) fn build(builder: &mut WorldBuilder<'_>, quotas: QuotaSource) {
    set_up_account(builder);
    for plan in plan_specs(quotas) {
        builder.add_plan(&plan);
    }
    add_pool_keys(builder);
    for (number, tenant) in (0..).zip(TENANT_KEYS) {
        add_tenant_key(builder, tenant, number);
    }
    add_pools(builder);
}

pub(super) fn set_up_account(builder: &mut WorldBuilder<'_>) {
    let role = "arn:aws:iam::000000000000:role/ApiStack-ApiGatewayCloudWatchRole".to_owned();
    builder.account.set_settings(Settings { cloudwatch_role_arn: Some(role), ..Settings::default() });
    let api = ProtectedApiSpec {
        id: API,
        name: "TieredAPI",
        stage: STAGE,
        path_part: "api",
        created: builder.days_ago(120),
    };
    builder.account.rest_apis.insert(api.to_rest_api());
}

pub(super) fn plan_specs(quotas: QuotaSource) -> [PlanSpec<'static>; 4] {
    let plan = |id, name, description, rate: f64, burst, listed_limit, period, price| {
        let enforced_limit = if quotas == QuotaSource::PlansTable { listed_limit } else { rate as i64 };
        let api_stage = (API, STAGE);
        PlanSpec {
            id,
            name,
            description,
            rate,
            burst,
            listed_limit,
            enforced_limit,
            period,
            price,
            api_stage,
        }
    };
    [
        plan(TEST, "TestPlan", "For trying the API out", 10.0, 5, 20, Period::Day, "0"),
        plan(FREE, "FreePlan", "For small projects", 10.0, 5, 2_000, Period::Day, "0"),
        plan(BASIC, "BasicPlan", "For a business", 100.0, 50, 5_000, Period::Month, "49"),
        plan(PREMIUM, "PremiumPlan", "For a business that grows", 100.0, 50, 50_000, Period::Month, "199"),
    ]
}

fn add_pool_keys(builder: &mut WorldBuilder<'_>) {
    for Pool { plan_id, plan_name, keys, .. } in POOLS {
        for (number, (key_id, calls_a_day)) in (1..).zip(keys) {
            let (name, created) = (format!("{plan_name} pool {number}"), builder.days_ago(100));
            let tags = Tags::from([("keypool:plan".to_owned(), plan_id.to_owned())]);
            builder.add_api_key(key_id, &name, plan_id, tags, created);
            history::record_usage(builder, plan_id, key_id, *calls_a_day);
        }
    }
}

fn add_tenant_key(builder: &mut WorldBuilder<'_>, tenant: &SampleTenantKey, number: i64) {
    let created = builder.days_ago(90 - 2 * number);
    if tenant.id == tenant.api_key {
        let tags = keypool_tags(tenant.owner, tenant.plan_id, tenant.id);
        builder.add_api_key(tenant.api_key, tenant.name, tenant.plan_id, tags, created);
        let calls_a_day = if tenant.plan_id == TEST { 6 } else { 400 + 150 * (number % 5) };
        history::record_usage(builder, tenant.plan_id, tenant.api_key, calls_a_day);
    }
    builder.add_tenant_key(&TenantKeySpec {
        id: tenant.id,
        plan_id: tenant.plan_id,
        name: tenant.name,
        owner: tenant.owner,
        api_key: tenant.api_key,
        author: tenant.author,
        created,
    });
}

fn add_pools(builder: &mut WorldBuilder<'_>) {
    let mut tenants: BTreeMap<&str, u32> = BTreeMap::new();
    for tenant in TENANT_KEYS {
        *tenants.entry(tenant.api_key).or_default() += 1;
    }
    for Pool { plan_id, capacity, keys, .. } in POOLS {
        let with_tenant_count = |(key_id, _): &(&str, i64)| {
            ((*key_id).to_owned(), tenants.get(key_id).copied().unwrap_or_default())
        };
        builder.add_pool(plan_id, capacity, &keys.iter().map(with_tenant_count).collect::<Vec<_>>());
    }
}
