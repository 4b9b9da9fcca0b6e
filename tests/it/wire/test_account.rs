//! The account that most tests start with, created through the SDK on either backend.
//!
//! It has a REST API with one stage, a siloed plan, and a pooled plan, named Sharded, with two pool keys of
//! capacity 3.

mod services;
mod tables;

use std::collections::HashMap;

use aws_sdk_apigateway::types::{
    ApiStage, IntegrationType, QuotaPeriodType, QuotaSettings, ThrottleSettings,
};
use aws_sdk_dynamodb::types::AttributeValue;
use keypool::aws::{Aws, Failure};
use keypool::ops::{self, Applied};
use keypool_domain::{
    ApiKeyId, Change, Inventory, NewTenantKey, NewTenantKeys, PlanId, TenantKey, TenantKeyId,
};

use super::support::{read_inventory, sdk_clients, silent_run};
pub(super) use tables::Account;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Backend {
    LocalAws,
    Moto,
}

pub(super) type Item = HashMap<String, AttributeValue>;

pub(super) struct TestAccount {
    pub(super) backend: Backend,
    pub(super) kind: Account,
    pub(super) endpoint: String,
    pub(super) aws: Aws,
    pub(super) gateway: aws_sdk_apigateway::Client,
    pub(super) dynamodb: aws_sdk_dynamodb::Client,
    /// A plan without a pool.
    pub(super) siloed_plan: PlanId,
    /// A plan whose tenants share the two pool keys.
    pub(super) pooled_plan: PlanId,
    pub(super) pool_keys: [ApiKeyId; 2],
}

pub(super) const KEYS_TABLE: &str = "keypool-keys";
pub(super) const POOLS_TABLE: &str = "keypool-pools";
pub(super) const POOL_KEY_CAPACITY: u32 = 3;

impl TestAccount {
    /// Creates the account, with tables, on an empty backend.
    pub(super) async fn build(backend: Backend, endpoint: &str) -> Self {
        Self::build_as(Account::WithTables, backend, endpoint).await
    }

    /// Creates the account on an empty backend. Without tables, the pool keys are keys of their own.
    pub(super) async fn build_as(kind: Account, backend: Backend, endpoint: &str) -> Self {
        let aws = Aws::connect(&kind.target(endpoint)).await.expect("a connection");
        let (gateway, dynamodb) = sdk_clients(endpoint);
        if kind == Account::WithTables {
            ops::setup_tables(&aws, &silent_run()).await.expect("tables");
        }
        let api = create_rest_api(&gateway).await;
        let siloed_plan = create_usage_plan(&gateway, &api, "Siloed").await;
        let sharded_plan = create_usage_plan(&gateway, &api, "Sharded").await;
        let pool_keys = [
            create_attached_api_key(&gateway, &sharded_plan, 1).await,
            create_attached_api_key(&gateway, &sharded_plan, 2).await,
        ];
        let account = Self {
            backend,
            kind,
            endpoint: endpoint.to_owned(),
            aws,
            gateway,
            dynamodb,
            siloed_plan,
            pooled_plan: sharded_plan,
            pool_keys,
        };
        if kind == Account::WithTables {
            account.put_price_list().await;
            account.put_pool().await;
        }
        account
    }

    /// The same account at another endpoint, which has a copy of it.
    pub(super) async fn connect_to(&self, endpoint: &str) -> Self {
        let (gateway, dynamodb) = sdk_clients(endpoint);
        Self {
            backend: self.backend,
            kind: self.kind,
            endpoint: endpoint.to_owned(),
            aws: Aws::connect(&self.kind.target(endpoint)).await.expect("a connection"),
            gateway,
            dynamodb,
            siloed_plan: self.siloed_plan.clone(),
            pooled_plan: self.pooled_plan.clone(),
            pool_keys: self.pool_keys.clone(),
        }
    }

    async fn put_price_list(&self) {
        for (plan, name) in [(&self.siloed_plan, "Siloed"), (&self.pooled_plan, "Sharded")] {
            self.put_price_list_entry(plan, name).await;
        }
    }

    pub(super) async fn put_price_list_entry(&self, plan: &PlanId, name: &str) {
        let item = make_item(&[
            ("id", s(plan.as_str())),
            ("name", s(name)),
            ("price", n(49)),
            ("quota", s("500 per DAY")),
            ("throttle", s("10.5 TPS")),
        ]);
        self.put_item("keypool-plans", item).await;
    }

    async fn put_pool(&self) {
        let ids = self.pool_keys.iter().map(|id| s(id.as_str())).collect();
        self.put_item(
            POOLS_TABLE,
            make_item(&[
                ("id", s(&format!("pool#{}", self.pooled_plan))),
                ("planId", s(self.pooled_plan.as_str())),
                ("strategy", s("least-tenants")),
                ("capacity", n(POOL_KEY_CAPACITY)),
                ("apiKeys", AttributeValue::L(ids)),
                ("revision", n(1)),
            ]),
        )
        .await;
        for id in &self.pool_keys {
            self.put_item(POOLS_TABLE, self.counter_item(id, 0)).await;
        }
    }

    /// The counter of a pool key, with this tenant count.
    pub(super) fn counter_item(&self, id: &ApiKeyId, tenants: u32) -> Item {
        make_item(&[
            ("id", s(&format!("key#{id}"))),
            ("planId", s(self.pooled_plan.as_str())),
            ("tenants", n(tenants)),
            ("capacity", n(POOL_KEY_CAPACITY)),
            ("state", s("active")),
        ])
    }

    pub(super) async fn put_item(&self, table: &str, item: Item) {
        let request = self.dynamodb.put_item().table_name(table).set_item(Some(item)).send().await;
        request.expect("an item is written");
    }

    pub(super) async fn delete_item(&self, table: &str, id: &str) {
        self.dynamodb
            .delete_item()
            .table_name(table)
            .key("id", s(id))
            .send()
            .await
            .expect("an item is deleted");
    }

    pub(super) async fn get_item(&self, table: &str, id: &str) -> Option<Item> {
        let request = self.dynamodb.get_item().table_name(table).key("id", s(id)).consistent_read(true);
        request.send().await.expect("an item is read").item
    }

    pub(super) async fn inventory(&self) -> Inventory {
        read_inventory(&self.aws).await
    }

    /// Reads the inventory and applies a change to it.
    pub(super) async fn apply(&self, change: &Change) -> Result<Applied, Failure> {
        ops::apply(&self.aws, &self.inventory().await, change, &silent_run()).await
    }

    /// Creates tenant keys; returns them as read afterwards.
    pub(super) async fn create_keys(&self, plan: &PlanId, name: &str, count: u32) -> Vec<TenantKey> {
        let applied = self.apply(&create_change(plan, name, count)).await.expect("keys are created");
        assert_eq!(applied.created.len(), count as usize);
        let inventory = self.inventory().await;
        applied.created.iter().map(|id| inventory.tenant_key(id).expect("the tenant key").clone()).collect()
    }

    pub(super) async fn create_key(&self, plan: &PlanId, name: &str) -> TenantKey {
        self.create_keys(plan, name, 1).await.remove(0)
    }

    /// Reads an API key with its value.
    pub(super) async fn api_key(
        &self,
        id: &ApiKeyId,
    ) -> Option<aws_sdk_apigateway::operation::get_api_key::GetApiKeyOutput> {
        self.gateway.get_api_key().api_key(id.as_str()).include_value(true).send().await.ok()
    }

    /// Asserts that the counters of the pool are right, and that tenant keys and API keys of the siloed plan match.
    pub(super) async fn assert_consistent(&self) -> Inventory {
        let inventory = self.inventory().await;
        assert_eq!(inventory.pool(&self.pooled_plan).is_some(), self.has_tables(), "the pool");
        for key in inventory.pools().iter().flat_map(|pool| &pool.keys) {
            assert_eq!(
                inventory.tenant_keys_of_api_key(&key.api_key).len(),
                key.require_tenant_count().expect("the tenant count is known") as usize,
                "tenant count of {}",
                key.api_key
            );
        }
        let members = inventory.members(&self.siloed_plan).into_result().expect("members").to_vec();
        for key in inventory
            .api_keys()
            .value_to_show()
            .expect("a list")
            .iter()
            .filter(|key| !self.pool_keys.contains(&key.id))
        {
            assert!(
                inventory.tenant_key(&TenantKeyId::new(key.id.as_str())).is_some(),
                "API key {} has no tenant key",
                key.id
            );
            assert!(members.contains(&key.id), "API key {} is not in the siloed plan", key.id);
        }
        for tenant_key in inventory.tenant_keys() {
            assert!(
                inventory.api_key(&tenant_key.require_api_key().expect("known")).key().is_some(),
                "tenant key {} has no API key",
                tenant_key.id
            );
        }
        inventory
    }
}

impl TestAccount {
    /// Asserts for all plans that every API key belongs to a pool or a tenant key and to its plan, and that counters,
    /// pool references and stored values are right.
    pub(super) async fn assert_fully_consistent(&self) -> Inventory {
        let inventory = self.inventory().await;
        for key in inventory.api_keys().value_to_show().expect("a list") {
            let plan = match (
                inventory.pool_of_api_key(&key.id),
                inventory.tenant_key(&TenantKeyId::new(key.id.as_str())),
            ) {
                (Some(pool), _) => &pool.plan,
                (None, Some(tenant_key)) => &tenant_key.plan,
                (None, None) => panic!("API key {} belongs to no pool or tenant key", key.id),
            };
            let members = inventory.members(plan).into_result().expect("members");
            assert!(members.contains(&key.id), "API key {} is not in {plan}", key.id);
        }
        for pool in inventory.pools() {
            for key in &pool.keys {
                let tenant_keys = inventory.tenant_keys_of_api_key(&key.api_key).len();
                assert_eq!(
                    tenant_keys,
                    key.require_tenant_count().expect("the tenant count is known") as usize,
                    "tenant count of {}",
                    key.api_key
                );
            }
        }
        if self.has_tables() {
            self.assert_stored_values(&inventory).await;
        }
        inventory
    }

    /// Creates another siloed plan for the same stage.
    pub(super) async fn create_plan(&self, name: &str) -> PlanId {
        let apis = self.gateway.get_rest_apis().send().await.expect("REST APIs");
        let shop = apis.items().iter().find(|api| api.name() == Some("shop")).and_then(|api| api.id());
        create_usage_plan(&self.gateway, shop.expect("the stage's API"), name).await
    }

    /// Creates an API key in a plan, without a tenant key.
    pub(super) async fn create_api_key_in(&self, plan: &PlanId, number: u32) -> ApiKeyId {
        create_attached_api_key(&self.gateway, plan, number).await
    }
}

/// A text attribute.
pub(super) fn s(text: &str) -> AttributeValue {
    AttributeValue::S(text.to_owned())
}

/// A number attribute.
pub(super) fn n(number: u32) -> AttributeValue {
    AttributeValue::N(number.to_string())
}

pub(super) fn make_item(attributes: &[(&str, AttributeValue)]) -> Item {
    attributes.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect()
}

/// The change that creates `count` tenant keys for tenant `acme`.
pub(super) fn create_change(plan: &PlanId, name: &str, count: u32) -> Change {
    let key = NewTenantKey {
        plan: plan.clone(),
        tenant: "acme".into(),
        name: name.to_owned(),
        description: "for tests".to_owned(),
        enabled: true,
        expires_at: None,
    };
    Change::Create(NewTenantKeys { template: key, count })
}

async fn create_rest_api(gateway: &aws_sdk_apigateway::Client) -> String {
    let api = gateway.create_rest_api().name("shop").send().await.expect("a REST API").id.expect("its id");
    let resources = gateway.get_resources().rest_api_id(&api).send().await.expect("resources");
    let root = resources.items()[0].id().expect("the root").to_owned();
    let method = gateway.put_method().rest_api_id(&api).resource_id(&root).http_method("GET");
    method.authorization_type("NONE").api_key_required(true).send().await.expect("a method");
    let integration = gateway.put_integration().rest_api_id(&api).resource_id(&root).http_method("GET");
    integration.r#type(IntegrationType::Mock).send().await.expect("an integration");
    gateway.create_deployment().rest_api_id(&api).stage_name("prod").send().await.expect("a deployment");
    api
}

async fn create_usage_plan(gateway: &aws_sdk_apigateway::Client, api: &str, name: &str) -> PlanId {
    let quota = QuotaSettings::builder().limit(500).period(QuotaPeriodType::Day).build();
    let request = gateway
        .create_usage_plan()
        .name(name)
        .api_stages(ApiStage::builder().api_id(api).stage("prod").build())
        .throttle(ThrottleSettings::builder().rate_limit(10.5).burst_limit(20).build())
        .quota(quota);
    PlanId::new(request.send().await.expect("a usage plan").id.expect("its id"))
}

/// Creates an API key named `pool-` and the number, in a plan.
async fn create_attached_api_key(
    gateway: &aws_sdk_apigateway::Client,
    plan: &PlanId,
    number: u32,
) -> ApiKeyId {
    let request = gateway.create_api_key().name(format!("pool-{number}")).enabled(true);
    let id = request.send().await.expect("an API key").id.expect("its id");
    let attach = gateway.create_usage_plan_key().usage_plan_id(plan.as_str()).key_id(&id).key_type("API_KEY");
    attach.send().await.expect("it is attached");
    ApiKeyId::new(id)
}
