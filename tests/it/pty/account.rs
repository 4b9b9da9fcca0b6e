//! A local AWS for the real console, and an independent view of it through the AWS SDK.

use std::collections::BTreeMap;
use std::future::Future;

use aws_sdk_dynamodb::types::AttributeValue;
use keypool_local_aws::{Faults, LocalAws, Options, World};
use tokio::runtime::Runtime;

use crate::support::large_account::create_large_account;
use crate::support::pty::Terminal;
use crate::wire::support::sdk_clients;

/// Plan ids of the sample.
pub(super) const TEST_PLAN: &str = "h3v9qk";
pub(super) const FREE_PLAN: &str = "u5cq7z";
pub(super) const BASIC_PLAN: &str = "b7m3xj";
pub(super) const PREMIUM_PLAN: &str = "p9ts4e";

pub(super) const KEYS_TABLE: &str = "ApiStack-TieredAPIKeys9A05D3F6-X2C6PLH74JB1";
const POOLS_TABLE: &str = "keypool-pools";

type Item = std::collections::HashMap<String, AttributeValue>;

pub(super) struct Account {
    runtime: Runtime,
    local: LocalAws,
    gateway: aws_sdk_apigateway::Client,
    dynamodb: aws_sdk_dynamodb::Client,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct TenantKey {
    pub(super) id: String,
    pub(super) plan: String,
    /// The id of its own API key or of its pool key.
    pub(super) api_key: String,
    pub(super) enabled: bool,
    pub(super) value: String,
}

impl Account {
    pub(super) fn start(world: World) -> Self {
        let runtime = Runtime::new().unwrap();
        let local = LocalAws::start(Options { world, ..Options::default() });
        let local = runtime.block_on(local).unwrap();
        let (gateway, dynamodb) = sdk_clients(&local.endpoint());
        Self { runtime, local, gateway, dynamodb }
    }

    /// An account with more tenant keys than [`SCAN_LIMIT`](crate::support::large_account::SCAN_LIMIT).
    pub(super) fn start_large() -> Self {
        let account = Self::start(World::Empty);
        account.block_on(create_large_account(&account.endpoint()));
        account
    }

    pub(super) fn endpoint(&self) -> String {
        self.local.endpoint()
    }

    pub(super) fn faults(&self) -> &Faults {
        self.local.faults()
    }

    pub(super) fn count_calls(&self, operation: &str) -> usize {
        self.local.calls().count(operation)
    }

    /// Starts the console at 80×24.
    pub(super) fn start_console(&self) -> Terminal {
        self.start_console_with(&[])
    }

    /// Starts the console at 80×24, with these variables besides those of the endpoint.
    pub(super) fn start_console_with(&self, settings: &[(&str, &str)]) -> Terminal {
        let endpoint = self.local.endpoint();
        let variables = [
            ("AWS_ENDPOINT_URL", endpoint.as_str()),
            ("AWS_ACCESS_KEY_ID", "test"),
            ("AWS_SECRET_ACCESS_KEY", "test"),
            ("AWS_REGION", "us-east-1"),
        ];
        Terminal::start_with_variables(80, 24, &[], &[&variables, settings].concat())
    }

    /// Value and `enabled` of each API key, by id.
    pub(super) fn api_keys(&self) -> BTreeMap<String, (String, bool)> {
        let keys = self.block_on(self.gateway.get_api_keys().limit(500).include_values(true).send()).unwrap();
        let id_and_state = |key: &aws_sdk_apigateway::types::ApiKey| {
            (key.id().unwrap().to_owned(), (key.value().unwrap().to_owned(), key.enabled()))
        };
        keys.items().iter().map(id_and_state).collect()
    }

    pub(super) fn plan_members(&self, plan: &str) -> Vec<String> {
        let keys = self.gateway.get_usage_plan_keys().usage_plan_id(plan).limit(500).send();
        let keys = self.block_on(keys).unwrap();
        keys.items().iter().map(|key| key.id().unwrap().to_owned()).collect()
    }

    /// Finds a tenant key by name. Fails if the name is not unique.
    pub(super) fn find_tenant_key(&self, name: &str) -> Option<TenantKey> {
        let mut matching = self.tenant_keys().into_iter().filter(|(key_name, _)| key_name == name);
        let found = matching.next().map(|(_, key)| key);
        assert_eq!(matching.next(), None, "two tenant keys are named {name}");
        found
    }

    /// The number of tenant keys that use an API key.
    pub(super) fn count_tenant_keys(&self, api_key: &str) -> usize {
        self.tenant_keys().iter().filter(|(_, key)| key.api_key == api_key).count()
    }

    /// The tenant count in the counter of a pool key.
    pub(super) fn tenant_counter(&self, api_key: &str) -> Option<usize> {
        self.get_pools_table_item(&format!("key#{api_key}"))
            .map(|item| text_attribute(&item, "tenants").parse().unwrap())
    }

    /// Strategy, capacity and API keys of a plan's pool.
    pub(super) fn pool(&self, plan: &str) -> Option<(String, String, Vec<String>)> {
        let item = self.get_pools_table_item(&format!("pool#{plan}"))?;
        let keys = item["apiKeys"].as_l().unwrap().iter().map(|key| key.as_s().unwrap().clone()).collect();
        Some((text_attribute(&item, "strategy"), text_attribute(&item, "capacity"), keys))
    }

    /// All tenant keys, each with its name.
    fn tenant_keys(&self) -> Vec<(String, TenantKey)> {
        let api_keys = self.api_keys();
        // Items of the sample application identify the API key by value only.
        let find_by_value = |value: &str| {
            api_keys.iter().find(|(_, (key_value, _))| key_value == value).map(|(id, _)| id.clone())
        };
        let items = self.block_on(self.dynamodb.scan().table_name(KEYS_TABLE).send()).unwrap();
        let name_and_key = |item: &Item| {
            let (id, value) = (text_attribute(item, "id"), text_attribute(item, "value"));
            let api_key = match item.get("poolKeyId") {
                Some(_) => text_attribute(item, "poolKeyId"),
                None if api_keys.contains_key(&id) => id.clone(),
                None => find_by_value(&value).unwrap_or_else(|| id.clone()),
            };
            let enabled = *item["enabled"].as_bool().unwrap();
            (
                text_attribute(item, "name"),
                TenantKey { id, plan: text_attribute(item, "planId"), api_key, enabled, value },
            )
        };
        // The table also has items for the pool keys, which are not tenant keys.
        let items = items.items().iter().filter(|item| text_attribute(item, "owner") != "keypool:pool");
        items.map(name_and_key).collect()
    }

    fn get_pools_table_item(&self, id: &str) -> Option<Item> {
        let get =
            self.dynamodb.get_item().table_name(POOLS_TABLE).key("id", AttributeValue::S(id.to_owned()));
        self.block_on(get.send()).unwrap().item
    }

    fn block_on<T>(&self, task: impl Future<Output = T>) -> T {
        self.runtime.block_on(task)
    }
}

fn text_attribute(item: &Item, name: &str) -> String {
    match &item[name] {
        AttributeValue::S(text) | AttributeValue::N(text) => text.clone(),
        other => panic!("{name} is {other:?}"),
    }
}
