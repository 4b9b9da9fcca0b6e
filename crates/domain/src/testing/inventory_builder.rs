//! Builds inventories for tests.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use super::parts::{at, parts, pool, pool_key, tags, tenant_key};
use crate::key::tag;
use crate::{
    ApiKey, ApiKeyId, Inventory, InventoryParts, Known, Period, Plan, PoolKey, Quota, Secret, StageRef,
    TenantKey, Throttle,
};

/// The time at which every scenario starts.
pub fn start_time() -> Timestamp {
    at("2026-11-22T18:48:00Z")
}

pub struct InventoryBuilder {
    parts: InventoryParts,
}

impl InventoryBuilder {
    pub fn empty() -> Self {
        Self { parts: InventoryParts { api_keys: Vec::new().into(), taken_at: start_time(), ..parts() } }
    }

    /// The four plans of the sample application, with a few tenants each.
    pub fn sample() -> Self {
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
    pub fn many_keys(count: usize) -> Self {
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
    pub fn plan(mut self, name: &str, limit: u64) -> Self {
        self.parts.plans.push(Plan {
            description: format!("the {name}"),
            throttle: Some(Throttle { rate: 10.0, burst: 20 }),
            quota: Some(Quota { limit, period: Period::Day, offset: 0 }),
            stages: vec![StageRef { api: "a1b2c3d4e5".to_owned(), stage: "prod".to_owned() }],
            // The request tag makes it a managed plan.
            tags: tags(&[(tag::REQUEST, "r")]).into(),
            ..Plan::new(name.to_lowercase(), name)
        });
        self
    }

    pub fn rename_plan(mut self, id: &str, name: &str) -> Self {
        let plan = self.parts.plans.iter_mut().find(|plan| plan.id.as_str() == id);
        plan.expect("a plan with this id").name = name.to_owned();
        self
    }

    /// Adds a pool, made of new API keys, to a plan.
    pub fn pool(mut self, plan: &str, keys: &[&str], capacity: u32) -> Self {
        for id in keys {
            self = self.api_key(id, true);
        }
        let keys = keys.iter().map(|id| pool_key(id, 0, capacity)).collect();
        self.parts.pools.push(pool(&plan.to_lowercase(), capacity, keys));
        self
    }

    pub fn api_key(mut self, id: &str, enabled: bool) -> Self {
        let key = ApiKey { enabled, created_at: Some(start_time()), ..ApiKey::new(id, id) };
        self.parts.api_keys.value_mut().expect("listed").push(key);
        self
    }

    pub fn siloed_key(self, plan: &str, id: &str, tenant: &str, name: &str) -> Self {
        let mut builder = self.api_key(id, true);
        builder.push_tenant_key(plan, id, tenant, name, None);
        builder
    }

    pub fn pooled_key(mut self, plan: &str, pool_key: &str, tenant: &str, name: &str) -> Self {
        let id = format!("{plan}-{tenant}-{name}");
        self.push_tenant_key(plan, &id, tenant, name, Some(pool_key));
        self.edit_pool_key(pool_key, |key| key.tenants = key.tenants.clone().map(|tenants| tenants + 1))
    }

    fn push_tenant_key(&mut self, plan: &str, id: &str, tenant: &str, name: &str, pool_key: Option<&str>) {
        let age = SignedDuration::from_hours(self.parts.tenant_keys.len() as i64 % 1_000);
        self.parts.tenant_keys.push(TenantKey {
            name: name.into(),
            value: Some(Secret::new(format!("value-of-{id}-0123456789abcdef"))).into(),
            created_at: Some((start_time() - age).into()),
            ..tenant_key(id, &plan.to_lowercase(), tenant, pool_key)
                .with_attributes(|its| its.revision = Some(1))
        });
    }

    pub fn remark(mut self, text: &str) -> Self {
        self.parts.remarks.push(text.to_owned());
        self
    }

    pub fn without_key(mut self, id: &str) -> Self {
        self.parts.tenant_keys.retain(|key| key.id.as_str() != id);
        self
    }

    pub fn edit_key(mut self, id: &str, edit: impl FnOnce(&mut TenantKey)) -> Self {
        let mut keys = self.parts.tenant_keys.iter_mut();
        edit(keys.find(|key| key.id.as_str() == id).expect("a tenant key"));
        self
    }

    /// Edits the tenant key that was added last.
    pub fn edit_last_key(mut self, edit: impl FnOnce(&mut TenantKey)) -> Self {
        edit(self.parts.tenant_keys.last_mut().expect("a tenant key"));
        self
    }

    pub fn edit_plan(mut self, name: &str, edit: impl FnOnce(&mut Plan)) -> Self {
        edit(self.parts.plans.iter_mut().find(|plan| plan.name == name).expect("a plan"));
        self
    }

    pub fn edit_pool_key(mut self, id: &str, edit: impl FnOnce(&mut PoolKey)) -> Self {
        let mut keys = self.parts.pools.iter_mut().flat_map(|pool| &mut pool.keys);
        edit(keys.find(|key| key.api_key.as_str() == id).expect("a pool key"));
        self
    }

    pub fn edit_parts(mut self, edit: impl FnOnce(&mut InventoryParts)) -> Self {
        edit(&mut self.parts);
        self
    }

    /// Builds the inventory without adding the keys of plans.
    pub fn build_as_read(self) -> Arc<Inventory> {
        Arc::new(Inventory::new(self.parts))
    }

    pub fn build(mut self) -> Arc<Inventory> {
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
