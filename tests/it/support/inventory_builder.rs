//! Builds inventories for tests.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use keypool_domain::{
    ApiKey, ApiKeyId, Inventory, InventoryParts, Known, Period, Plan, PlanId, Pool, PoolKey, PoolKeyState,
    Quota, Secret, StageRef, Strategy, TenantKey, TenantKeyId, Throttle, Unknown,
};

/// The time at which every scenario starts.
pub(crate) fn start_time() -> Timestamp {
    "2026-11-22T18:48:00Z".parse().expect("a time")
}

pub(crate) struct InventoryBuilder {
    parts: InventoryParts,
}

impl InventoryBuilder {
    pub(crate) fn empty() -> Self {
        Self {
            parts: InventoryParts {
                plans: Vec::new(),
                api_keys: Vec::new().into(),
                members: BTreeMap::new(),
                tenant_keys: Vec::new(),
                pools: Vec::new(),
                remarks: Vec::new(),
                taken_at: start_time(),
            },
        }
    }

    /// The four plans of the sample application, with a few tenants each.
    pub(crate) fn sample() -> Self {
        let mut builder = Self::empty()
            .plan("TestPlan", 20)
            .plan("FreePlan", 100)
            .pool("FreePlan", &["freeq0001x"], 10)
            .plan("BasicPlan", 2_000)
            .pool("BasicPlan", &["basic0001x", "basic0002x", "basic0003x", "basic0004x", "basic0005x"], 10)
            .plan("PremiumPlan", 50_000);
        for (n, tenant) in ["acme", "globex", "initech", "umbrella"].into_iter().enumerate() {
            builder = builder
                .pooled_key("FreePlan", "freeq0001x", tenant, "trial")
                .pooled_key("BasicPlan", &format!("basic000{}x", n + 1), tenant, "web")
                .siloed_key("PremiumPlan", &format!("premium{n:03}"), tenant, "backend");
        }
        builder
    }

    /// `count` siloed tenant keys, spread over three plans.
    pub(crate) fn many_keys(count: usize) -> Self {
        let mut builder = Self::empty().plan("Bronze", 100).plan("Silver", 1_000).plan("Gold", 10_000);
        for n in 0..count {
            let plan = ["Bronze", "Silver", "Gold"][n % 3];
            builder = builder.siloed_key(
                plan,
                &format!("key{n:07}"),
                &format!("tenant-{:05}", n % 5_000),
                &format!("service-{n}"),
            );
        }
        builder
    }

    /// Adds a managed plan with a quota of `limit` calls per day.
    pub(crate) fn plan(mut self, name: &str, limit: u64) -> Self {
        self.parts.plans.push(Plan {
            description: format!("the {name}"),
            throttle: Some(Throttle { rate: 10.0, burst: 20 }),
            quota: Some(Quota { limit, period: Period::Day, offset: 0 }),
            stages: vec![StageRef { api: "a1b2c3d4e5".to_owned(), stage: "prod".to_owned() }],
            // The request tag makes it a managed plan.
            tags: BTreeMap::from([("keypool:request".to_owned(), "r".to_owned())]).into(),
            ..Plan::new(name.to_lowercase(), name)
        });
        self
    }

    /// Adds a pool, made of new API keys, to a plan.
    pub(crate) fn pool(mut self, plan: &str, keys: &[&str], capacity: u32) -> Self {
        for id in keys {
            self = self.api_key(id, true);
        }
        let key = |id: &&str| PoolKey {
            api_key: ApiKeyId::new(*id),
            tenants: 0.into(),
            capacity: capacity.into(),
            state: PoolKeyState::Active,
            revision: 0,
        };
        self.parts.pools.push(Pool {
            plan: PlanId::new(plan.to_lowercase()),
            strategy: Strategy::LeastTenants,
            capacity: capacity.into(),
            keys: keys.iter().map(key).collect(),
            revision: 1,
        });
        self
    }

    pub(crate) fn api_key(mut self, id: &str, enabled: bool) -> Self {
        self.parts.api_keys.value_mut().expect("listed").push(ApiKey {
            id: id.into(),
            name: id.to_owned(),
            description: String::new(),
            enabled,
            created_at: Some(start_time()),
            customer_id: None,
            tags: BTreeMap::new(),
        });
        self
    }

    pub(crate) fn siloed_key(self, plan: &str, id: &str, tenant: &str, name: &str) -> Self {
        let mut builder = self.api_key(id, true);
        builder.push_tenant_key(plan, id, tenant, name, None);
        builder
    }

    pub(crate) fn pooled_key(mut self, plan: &str, pool_key: &str, tenant: &str, name: &str) -> Self {
        let id = format!("{plan}-{tenant}-{name}");
        self.push_tenant_key(plan, &id, tenant, name, Some(pool_key.into()));
        let keys = self.parts.pools.iter_mut().flat_map(|pool| &mut pool.keys);
        if let Some(key) = keys.into_iter().find(|key| key.api_key.as_str() == pool_key) {
            key.tenants = key.tenants.clone().map(|tenants| tenants + 1);
        }
        self
    }

    fn push_tenant_key(
        &mut self,
        plan: &str,
        id: &str,
        tenant: &str,
        name: &str,
        pool_key: Option<ApiKeyId>,
    ) {
        let age = SignedDuration::from_hours(self.parts.tenant_keys.len() as i64 % 1_000);
        self.parts.tenant_keys.push(TenantKey {
            id: TenantKeyId::new(id),
            plan: PlanId::new(plan.to_lowercase()),
            name: name.to_owned(),
            description: String::new(),
            enabled: true.into(),
            tenant: tenant.into(),
            pool_key: pool_key.into(),
            value: Some(Secret::new(format!("value-of-{id}-0123456789abcdef"))).into(),
            created_at: Some(start_time() - age),
            revision: Some(1),
        });
    }

    pub(crate) fn remark(mut self, text: &str) -> Self {
        self.parts.remarks.push(text.to_owned());
        self
    }

    pub(crate) fn without_key(mut self, id: &str) -> Self {
        self.parts.tenant_keys.retain(|key| key.id.as_str() != id);
        self
    }

    pub(crate) fn rename_key(mut self, id: &str, name: &str) -> Self {
        self.parts
            .tenant_keys
            .iter_mut()
            .filter(|key| key.id.as_str() == id)
            .for_each(|key| key.name = name.to_owned());
        self
    }

    /// Edits the tenant key that was added last.
    pub(crate) fn edit_last_key(mut self, change: impl FnOnce(&mut TenantKey)) -> Self {
        change(self.parts.tenant_keys.last_mut().expect("a tenant key"));
        self
    }

    /// Makes the pool key of a tenant key unknown, because reading the members of its plan is denied.
    pub(crate) fn with_unknown_pool_key(mut self, id: &str) -> Self {
        let keys = self.parts.tenant_keys.iter_mut().filter(|key| key.id.as_str() == id);
        keys.for_each(|key| key.pool_key = Known::not_allowed("apigateway:GET", "/usageplans/p/keys"));
        self
    }

    /// Makes the tags of a plan unread, so that it is unknown whether keypool manages it.
    pub(crate) fn with_unread_tags(self, plan: &str) -> Self {
        self.set_tags(plan, Known::Unknown(Unknown::NotReadYet))
    }

    /// Makes the tags of a plan unknown because reading them is denied.
    pub(crate) fn with_denied_tags(self, plan: &str) -> Self {
        self.set_tags(plan, Known::not_allowed("apigateway:GET", "/usageplans/p"))
    }

    fn set_tags(mut self, plan: &str, tags: Known<BTreeMap<String, String>>) -> Self {
        self.parts
            .plans
            .iter_mut()
            .filter(|existing| existing.name == plan)
            .for_each(|existing| existing.tags = tags.clone());
        self
    }

    pub(crate) fn with_unreadable_counter(mut self, pool_key: &str) -> Self {
        let keys = self.parts.pools.iter_mut().flat_map(|pool| &mut pool.keys);
        for key in keys.filter(|key| key.api_key.as_str() == pool_key) {
            key.tenants = Known::unreadable("`tenants` is missing", "item key#x of the Pools table");
        }
        self
    }

    pub(crate) fn build(mut self) -> Arc<Inventory> {
        for plan in &self.parts.plans {
            let pools_of_plan = self.parts.pools.iter().filter(|pool| pool.plan == plan.id);
            let pool_keys = pools_of_plan.flat_map(|pool| &pool.keys).map(|key| key.api_key.clone());
            let siloed_tenant_keys = self
                .parts
                .tenant_keys
                .iter()
                .filter(|key| key.plan == plan.id && key.known_pool_key().is_none());
            let siloed_api_keys = siloed_tenant_keys.map(|key| ApiKeyId::new(key.id.as_str()));
            let members = pool_keys.chain(siloed_api_keys).collect();
            self.parts.members.entry(plan.id.clone()).or_insert(Known::Value(members));
        }
        Arc::new(Inventory::new(self.parts))
    }
}
