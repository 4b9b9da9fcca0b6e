//! An AWS that the real console works on, and a second look at it through the AWS SDK, which the console knows
//! nothing of.

use std::collections::BTreeMap;
use std::future::Future;

use aws_sdk_dynamodb::types::AttributeValue;
use keypool_local_aws::{LocalAws, Options, World};
use tokio::runtime::Runtime;

use crate::support::pty::Terminal;
use crate::wire::support::sdk_clients;

pub(super) const TEST: &str = "h3v9qk";
pub(super) const FREE: &str = "u5cq7z";
pub(super) const BASIC: &str = "b7m3xj";
pub(super) const PREMIUM: &str = "p9ts4e";

const KEYS: &str = "ApiStack-TieredAPIKeys9A05D3F6-X2C6PLH74JB1";
const POOLS: &str = "keypool-pools";

type Item = std::collections::HashMap<String, AttributeValue>;

/// A world on loopback.
pub(super) struct Account {
    runtime: Runtime,
    local: LocalAws,
    gateway: aws_sdk_apigateway::Client,
    dynamodb: aws_sdk_dynamodb::Client,
}

/// A tenant key as its row has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct TenantKeyRow {
    pub(super) id: String,
    pub(super) plan: String,
    /// The API key that it is or refers to.
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

    /// The address of its AWS.
    pub(super) fn endpoint(&self) -> String {
        self.local.endpoint()
    }

    /// The real console on it, at 80×24.
    pub(super) fn console(&self) -> Terminal {
        let endpoint = self.local.endpoint();
        let variables = [
            ("AWS_ENDPOINT_URL", endpoint.as_str()),
            ("AWS_ACCESS_KEY_ID", "test"),
            ("AWS_SECRET_ACCESS_KEY", "test"),
            ("AWS_REGION", "us-east-1"),
        ];
        Terminal::start_with(80, 24, &[], &variables)
    }

    /// The value of every API key by its id, and whether it is enabled.
    pub(super) fn api_keys(&self) -> BTreeMap<String, (String, bool)> {
        let keys = self.block_on(self.gateway.get_api_keys().limit(500).include_values(true).send()).unwrap();
        let one = |key: &aws_sdk_apigateway::types::ApiKey| {
            (key.id().unwrap().to_owned(), (key.value().unwrap().to_owned(), key.enabled()))
        };
        keys.items().iter().map(one).collect()
    }

    /// The ids of the API keys in a plan.
    pub(super) fn plan_members(&self, plan: &str) -> Vec<String> {
        let keys = self.gateway.get_usage_plan_keys().usage_plan_id(plan).limit(500).send();
        let keys = self.block_on(keys).unwrap();
        keys.items().iter().map(|key| key.id().unwrap().to_owned()).collect()
    }

    /// The one row of this name, or none.
    pub(super) fn find_row(&self, name: &str) -> Option<TenantKeyRow> {
        let mut named = self.rows().into_iter().filter(|(of, _)| of == name);
        let found = named.next().map(|(_, row)| row);
        assert_eq!(named.next(), None, "another row of the name {name}");
        found
    }

    /// The rows that refer to a pool key.
    pub(super) fn count_tenant_keys(&self, api_key: &str) -> usize {
        self.rows().iter().filter(|(_, row)| row.api_key == api_key).count()
    }

    /// How many tenants the counter of a pool key says, where it has one.
    pub(super) fn tenant_counter(&self, api_key: &str) -> Option<usize> {
        self.get_pool_item(&format!("key#{api_key}"))
            .map(|item| text_attribute(&item, "tenants").parse().unwrap())
    }

    /// Strategy, capacity and keys of the pool of a plan, where it has one.
    pub(super) fn pool(&self, plan: &str) -> Option<(String, String, Vec<String>)> {
        let item = self.get_pool_item(&format!("pool#{plan}"))?;
        let keys = item["apiKeys"].as_l().unwrap().iter().map(|key| key.as_s().unwrap().clone()).collect();
        Some((text_attribute(&item, "strategy"), text_attribute(&item, "capacity"), keys))
    }

    fn rows(&self) -> Vec<(String, TenantKeyRow)> {
        let api_keys = self.api_keys();
        // The sample application's own rows name the API key by its value only.
        let valued = |value: &str| api_keys.iter().find(|(_, (of, _))| of == value).map(|(id, _)| id.clone());
        let rows = self.block_on(self.dynamodb.scan().table_name(KEYS).send()).unwrap();
        let one = |item: &Item| {
            let (id, value) = (text_attribute(item, "id"), text_attribute(item, "value"));
            let api_key = match item.get("poolKeyId") {
                Some(_) => text_attribute(item, "poolKeyId"),
                None if api_keys.contains_key(&id) => id.clone(),
                None => valued(&value).unwrap_or_else(|| id.clone()),
            };
            let enabled = *item["enabled"].as_bool().unwrap();
            (
                text_attribute(item, "name"),
                TenantKeyRow { id, plan: text_attribute(item, "planId"), api_key, enabled, value },
            )
        };
        // Pool keys stand there, too, and are nobody's tenant keys.
        rows.items().iter().filter(|item| text_attribute(item, "owner") != "keypool:pool").map(one).collect()
    }

    fn get_pool_item(&self, id: &str) -> Option<Item> {
        let get = self.dynamodb.get_item().table_name(POOLS).key("id", AttributeValue::S(id.to_owned()));
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
