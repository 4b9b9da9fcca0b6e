//! Builds worlds step by step; each step keeps API Gateway and the tables consistent.

use std::collections::BTreeMap;

use dynoxide::AttributeValue;
use jiff::{SignedDuration, Timestamp};

use super::WorldLogs;
use super::tables::{Tables, item, number, text};
use crate::ids::IdGenerator;
use crate::quota::{Period, Quota};
use crate::state::{Account, ApiKey, ApiStage, KeyValue, Tags, Throttle, UsagePlan};

pub(super) struct WorldBuilder<'a> {
    pub(super) account: &'a mut Account,
    pub(super) tables: Tables,
    pub(super) logs: WorldLogs,
    pub(super) now: Timestamp,
}

/// A usage plan and its price-list entry.
pub(super) struct PlanSpec<'a> {
    pub(super) id: &'a str,
    pub(super) name: &'a str,
    pub(super) description: &'a str,
    pub(super) rate: f64,
    pub(super) burst: i32,
    /// Calls per period in the Plans table.
    pub(super) listed_limit: i64,
    /// Calls per period in the usage plan.
    pub(super) enforced_limit: i64,
    pub(super) period: Period,
    pub(super) price: &'a str,
    /// API id and stage name.
    pub(super) api_stage: (&'a str, &'a str),
}

pub(super) struct TenantKeySpec<'a> {
    pub(super) id: &'a str,
    pub(super) plan_id: &'a str,
    pub(super) name: &'a str,
    pub(super) owner: &'a str,
    /// Id of the tenant's own API key (siloed) or of its pool key.
    pub(super) api_key: &'a str,
    pub(super) author: Author,
    pub(super) created: Timestamp,
}

/// Which program wrote an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Author {
    /// keypool, which writes additional attributes.
    Keypool,
    Sample,
}

impl<'a> WorldBuilder<'a> {
    pub(super) fn new(account: &'a mut Account, now: Timestamp) -> Self {
        // AWS stores whole seconds.
        let now = Timestamp::from_second(now.as_second()).unwrap_or(now);
        Self { account, tables: Tables::default(), logs: WorldLogs::default(), now }
    }

    pub(super) fn days_ago(&self, days: i64) -> Timestamp {
        self.now.saturating_sub(SignedDuration::from_hours(24 * days)).unwrap_or(self.now)
    }

    /// Adds a usage plan and its price-list entry.
    pub(super) fn add_plan(&mut self, plan: &PlanSpec<'_>) {
        let (api_id, stage) = (plan.api_stage.0.to_owned(), plan.api_stage.1.to_owned());
        self.account.usage_plans.insert(UsagePlan {
            id: plan.id.to_owned(),
            name: plan.name.to_owned(),
            description: Some(plan.description.to_owned()),
            api_stages: vec![ApiStage { api_id, stage, throttle: BTreeMap::new() }],
            throttle: Some(Throttle { rate_limit: plan.rate, burst_limit: plan.burst }),
            quota: Some(Quota { limit: plan.enforced_limit, offset: 0, period: plan.period }),
            product_code: None,
            tags: Tags::new(),
        });
        let entry = item([
            ("id", text(plan.id)),
            ("name", text(plan.name)),
            ("description", text(plan.description)),
            ("quota", text(format!("{} per {}", plan.listed_limit, plan.period))),
            ("throttle", text(format!("{} TPS", plan.rate))),
            ("price", number(plan.price)),
        ]);
        self.tables.plans.insert(plan.id.to_owned(), entry);
    }

    /// Adds an enabled API key to the account and to a plan.
    pub(super) fn add_api_key(
        &mut self,
        id: &str,
        name: &str,
        plan_id: &str,
        tags: Tags,
        created: Timestamp,
    ) {
        self.account.add_api_key(ApiKey {
            id: id.to_owned(),
            value: KeyValue(key_value(id)),
            name: Some(name.to_owned()),
            description: None,
            enabled: true,
            customer_id: None,
            stage_keys: Vec::new(),
            created,
            updated: created,
            enabled_changed: created,
            tags,
        });
        self.account.attach(plan_id, id, created);
    }

    /// Adds a tenant key with the value of its API key, or with the value that the API key would have if it does not
    /// exist.
    pub(super) fn add_tenant_key(&mut self, spec: &TenantKeySpec<'_>) {
        let key = self.account.api_keys().get(spec.api_key);
        let value = key.map_or_else(|| key_value(spec.api_key), |key| key.value.0.clone());
        let mut attributes = item([
            ("id", text(spec.id)),
            ("planId", text(spec.plan_id)),
            ("name", text(spec.name)),
            ("description", text(format!("{} of {}", spec.name, spec.owner))),
            ("enabled", AttributeValue::BOOL(true)),
            ("owner", text(spec.owner)),
            ("value", text(value)),
        ]);
        if spec.author == Author::Keypool {
            attributes.extend(item([("createdAt", text(spec.created.to_string())), ("revision", number(1))]));
            if spec.id != spec.api_key {
                attributes.insert("poolKeyId".to_owned(), text(spec.api_key));
            }
        }
        self.tables.keys.insert(spec.id.to_owned(), attributes);
    }

    /// Adds a pool. `keys` has the id and the number of tenants of each pool key.
    pub(super) fn add_pool(&mut self, plan_id: &str, capacity: u32, keys: &[(String, u32)]) {
        let ids = keys.iter().map(|(id, _)| text(id)).collect();
        let pool = item([
            ("id", text(format!("pool#{plan_id}"))),
            ("planId", text(plan_id)),
            ("strategy", text("least-tenants")),
            ("capacity", number(capacity)),
            ("apiKeys", AttributeValue::L(ids)),
            ("revision", number(1)),
        ]);
        self.tables.pools.insert(format!("pool#{plan_id}"), pool);
        let name = self.account.usage_plans.get(plan_id).map_or(plan_id.to_owned(), |plan| plan.name.clone());
        for (key_id, tenants) in keys {
            self.add_pool_key_item(key_id, plan_id, &name);
            let id = format!("key#{key_id}");
            let key = item([
                ("id", text(&id)),
                ("planId", text(plan_id)),
                ("tenants", number(tenants)),
                ("capacity", number(capacity)),
                ("state", text("active")),
            ]);
            self.tables.pools.insert(id, key);
        }
    }
}

impl WorldBuilder<'_> {
    /// Adds a pool key's item in the Keys table, from which the sample application's createKey reads the value.
    fn add_pool_key_item(&mut self, key_id: &str, plan_id: &str, plan_name: &str) {
        let item = item([
            ("id", text(key_id)),
            ("planId", text(plan_id)),
            ("name", text(format!("{plan_name} pool key"))),
            ("description", text("pool key, for createKey of the sample application")),
            ("enabled", AttributeValue::BOOL(true)),
            ("owner", text("keypool:pool")),
            ("value", text(key_value(key_id))),
            ("createdAt", text(self.days_ago(100).to_string())),
            ("revision", number(1)),
        ]);
        self.tables.keys.insert(key_id.to_owned(), item);
    }
}

/// Returns the value of the API key with this id, the same in every world.
pub(super) fn key_value(key_id: &str) -> String {
    IdGenerator::seeded_by(key_id).new_key_value(40)
}

/// Returns the tags of an API key that keypool created.
pub(super) fn keypool_tags(owner: &str, plan_id: &str, request_id: &str) -> Tags {
    let tags = [("ownerId", owner), ("keypool:plan", plan_id), ("keypool:request", request_id)];
    tags.map(|(name, value)| (name.to_owned(), value.to_owned())).into()
}
