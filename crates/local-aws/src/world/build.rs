//! The steps every world is made of, each of which leaves gateway and tables in agreement.

use std::collections::BTreeMap;

use dynoxide::AttributeValue;
use jiff::{SignedDuration, Timestamp};

use super::tables::{Tables, item, number, text};
use crate::ids::Ids;
use crate::quota::{Period, Quota};
use crate::state::{Account, ApiKey, ApiStage, KeyValue, Tags, Throttle, UsagePlan};

/// A world in the making.
pub(super) struct Build<'a> {
    pub(super) account: &'a mut Account,
    pub(super) tables: Tables,
    pub(super) now: Timestamp,
}

/// A usage plan and what is shown of it to those who buy.
pub(super) struct PlanSpec<'a> {
    pub(super) id: &'a str,
    pub(super) name: &'a str,
    pub(super) description: &'a str,
    pub(super) rate: f64,
    pub(super) burst: i32,
    /// Calls in a period, as shown.
    pub(super) limit: i64,
    /// Calls in a period, as enforced.
    pub(super) enforced: i64,
    pub(super) period: Period,
    pub(super) price: &'a str,
    /// The API and the stage it covers.
    pub(super) covers: (&'a str, &'a str),
}

/// A tenant's row.
pub(super) struct Row<'a> {
    pub(super) id: &'a str,
    pub(super) plan_id: &'a str,
    pub(super) name: &'a str,
    pub(super) owner: &'a str,
    /// The API key it stands for or refers to.
    pub(super) api_key: &'a str,
    pub(super) author: Author,
    pub(super) created: Timestamp,
}

/// Who wrote a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Author {
    /// This program, with the attributes that are its own.
    Keypool,
    /// The sample application, which knows fewer.
    Sample,
}

impl<'a> Build<'a> {
    pub(super) fn new(account: &'a mut Account, now: Timestamp) -> Self {
        // Whole seconds, as the services keep them.
        let now = Timestamp::from_second(now.as_second()).unwrap_or(now);
        Self { account, tables: Tables::default(), now }
    }

    pub(super) fn days_ago(&self, days: i64) -> Timestamp {
        self.now.saturating_sub(SignedDuration::from_hours(24 * days)).unwrap_or(self.now)
    }

    /// A usage plan with its row.
    pub(super) fn plan(&mut self, plan: &PlanSpec<'_>) {
        let (api_id, stage) = (plan.covers.0.to_owned(), plan.covers.1.to_owned());
        self.account.usage_plans.insert(UsagePlan {
            id: plan.id.to_owned(),
            name: plan.name.to_owned(),
            description: Some(plan.description.to_owned()),
            api_stages: vec![ApiStage { api_id, stage, throttle: BTreeMap::new() }],
            throttle: Some(Throttle { rate_limit: plan.rate, burst_limit: plan.burst }),
            quota: Some(Quota { limit: plan.enforced, offset: 0, period: plan.period }),
            product_code: None,
            tags: Tags::new(),
        });
        let row = item([
            ("id", text(plan.id)),
            ("name", text(plan.name)),
            ("description", text(plan.description)),
            ("quota", text(format!("{} per {}", plan.limit, plan.period))),
            ("throttle", text(format!("{} TPS", plan.rate))),
            ("price", number(plan.price)),
        ]);
        self.tables.plans.insert(plan.id.to_owned(), row);
    }

    /// An enabled API key in a plan.
    pub(super) fn api_key(&mut self, id: &str, name: &str, plan_id: &str, tags: Tags, created: Timestamp) {
        self.account.add_api_key(ApiKey {
            id: id.to_owned(),
            value: KeyValue(value_of(id)),
            name: Some(name.to_owned()),
            description: None,
            enabled: true,
            customer_id: None,
            stage_keys: Vec::new(),
            created,
            updated: created,
            switched: created,
            tags,
        });
        self.account.attach(plan_id, id, created);
    }

    /// A tenant's row, with the value of its API key also where that key is gone.
    pub(super) fn row(&mut self, row: &Row<'_>) {
        let key = self.account.api_keys().get(row.api_key);
        let value = key.map_or_else(|| value_of(row.api_key), |key| key.value.0.clone());
        let mut attributes = item([
            ("id", text(row.id)),
            ("planId", text(row.plan_id)),
            ("name", text(row.name)),
            ("description", text(format!("{} of {}", row.name, row.owner))),
            ("enabled", AttributeValue::BOOL(true)),
            ("owner", text(row.owner)),
            ("value", text(value)),
        ]);
        if row.author == Author::Keypool {
            attributes.extend(item([("createdAt", text(row.created.to_string())), ("revision", number(1))]));
            if row.id != row.api_key {
                attributes.insert("poolKeyId".to_owned(), text(row.api_key));
            }
        }
        self.tables.keys.insert(row.id.to_owned(), attributes);
    }

    /// A pool of API keys, each with the number of rows that refer to it.
    pub(super) fn pool(&mut self, plan_id: &str, capacity: u32, keys: &[(String, u32)]) {
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
            self.pool_key_item(key_id, plan_id, &name);
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

impl Build<'_> {
    /// The item of a pool key in the Keys table, from which the sample's createKey takes the value.
    fn pool_key_item(&mut self, key_id: &str, plan_id: &str, plan: &str) {
        let item = item([
            ("id", text(key_id)),
            ("planId", text(plan_id)),
            ("name", text(format!("{plan} pool key"))),
            ("description", text("pool key, for createKey of the sample application")),
            ("enabled", AttributeValue::BOOL(true)),
            ("owner", text("keypool:pool")),
            ("value", text(value_of(key_id))),
            ("createdAt", text(self.days_ago(100).to_string())),
            ("revision", number(1)),
        ]);
        self.tables.keys.insert(key_id.to_owned(), item);
    }
}

/// The value of the API key with this id, which is the same in every world.
pub(super) fn value_of(key_id: &str) -> String {
    Ids::named(key_id).mixed(40)
}

/// The tags of an API key that this program made.
pub(super) fn keypool_tags(owner: &str, plan_id: &str, request: &str) -> Tags {
    let tags = [("ownerId", owner), ("keypool:plan", plan_id), ("keypool:request", request)];
    tags.map(|(name, value)| (name.to_owned(), value.to_owned())).into()
}
