//! What the test account has in its tables, or without tables in tags and settings.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use keypool::aws::{Target, WithoutTables};
use keypool_domain::key::tag;
use keypool_domain::{Inventory, Price, TenantKey, TenantKeyId, TenantRules};

use super::{KEYS_TABLE, POOLS_TABLE, TestAccount, n, s};
use crate::wire::support::target;

/// The plans that keypool manages without tables: those that tests create through the SDK.
const MANAGED_PLANS: [&str; 5] = ["Siloed", "Sharded", "Other", "Maps", "Mail"];

/// Where the account has its tenants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::wire) enum Account {
    WithTables,
    /// In the tag `ownerId` of API keys.
    WithoutTables,
}

impl Account {
    pub(in crate::wire) const BOTH: [Self; 2] = [Self::WithTables, Self::WithoutTables];

    /// The connection settings of the account.
    pub(in crate::wire) fn target(self, endpoint: &str) -> Target {
        let tenants = TenantRules::configured(vec!["tag:ownerId".parse().expect("a rule")]);
        let managed_plans = MANAGED_PLANS.map(str::to_owned).to_vec();
        let prices = ["Siloed", "Sharded"].map(|plan| (plan.to_owned(), Price::from_cents(4_900)));
        match self {
            Self::WithTables => target(endpoint),
            Self::WithoutTables => Target {
                without_tables: WithoutTables { tenants, managed_plans, prices: prices.into() },
                ..target(endpoint)
            },
        }
    }

    /// The same settings as a config.toml.
    pub(in crate::wire) fn config(self) -> String {
        match self {
            Self::WithTables => String::new(),
            Self::WithoutTables => {
                format!("[tenants]\nfrom = [\"tag:ownerId\"]\nplans = {MANAGED_PLANS:?}\n")
            }
        }
    }
}

impl TestAccount {
    pub(in crate::wire) fn has_tables(&self) -> bool {
        self.kind == Account::WithTables
    }

    /// The tenant keys that tests created: without tables, the pool keys are tenant keys, too.
    pub(in crate::wire) fn created_keys<'a>(&self, inventory: &'a Inventory) -> Vec<&'a TenantKey> {
        let is_pool_key = |key: &TenantKey| self.pool_keys.iter().any(|id| id.as_str() == key.id.as_str());
        inventory.distinct_tenant_keys().filter(|key| !is_pool_key(key)).collect()
    }

    /// Adds something that keypool does not know to a tenant key: an attribute of its item, or a tag.
    pub(in crate::wire) async fn add_foreign_attribute(&self, tenant_key: &TenantKeyId) {
        match self.kind {
            Account::WithTables => {
                let mut item = self.get_item(KEYS_TABLE, tenant_key.as_str()).await.expect("the item");
                item.insert("theirs".to_owned(), s("kept"));
                self.put_item(KEYS_TABLE, item).await;
            }
            Account::WithoutTables => self.tag_api_key(tenant_key.as_str(), "theirs", "kept").await,
        }
    }

    pub(in crate::wire) async fn has_foreign_attribute(&self, tenant_key: &TenantKeyId) -> bool {
        match self.kind {
            Account::WithTables => {
                let item = self.get_item(KEYS_TABLE, tenant_key.as_str()).await.expect("the item");
                item.get("theirs") == Some(&s("kept"))
            }
            Account::WithoutTables => {
                let key = self.api_key(&tenant_key.as_str().into()).await.expect("the API key");
                key.tags().and_then(|tags| tags.get("theirs")).is_some_and(|value| value == "kept")
            }
        }
    }

    pub(in crate::wire) async fn tag_api_key(&self, id: &str, name: &str, value: &str) {
        let arn = format!("arn:aws:apigateway:us-east-1::/apikeys/{id}");
        self.gateway.tag_resource().resource_arn(arn).tags(name, value).send().await.expect("a tag");
    }

    /// Moves the deadline of every work mark into the past.
    pub(in crate::wire) async fn expire_work_marks(&self) {
        match self.kind {
            Account::WithTables => self.expire_marks_of_table().await,
            Account::WithoutTables => {
                let keys = self.gateway.get_api_keys().limit(500).send().await.expect("API keys");
                for key in keys.items() {
                    if key.tags().is_some_and(|tags| tags.contains_key(tag::WORKING_UNTIL)) {
                        let id = key.id().expect("an id");
                        self.tag_api_key(id, tag::WORKING_UNTIL, "2020-01-01T00:00:00Z").await;
                    }
                }
            }
        }
    }

    async fn expire_marks_of_table(&self) {
        let items = self.dynamodb.scan().table_name(POOLS_TABLE).send().await.expect("the Pools table").items;
        for mut item in items.unwrap_or_default() {
            if item["id"].as_s().is_ok_and(|id| id.starts_with("work#")) {
                item.insert("workingUntil".to_owned(), n(1));
                self.put_item(POOLS_TABLE, item).await;
            }
        }
    }

    /// Asserts that each tenant key is in the pool of its own plan, if in one, and stores the value of its API key.
    pub(super) async fn assert_stored_values(&self, inventory: &Inventory) {
        let mut values = HashMap::new();
        for tenant_key in inventory.tenant_keys() {
            let pool =
                tenant_key.known_pool_key().map(|key| inventory.pool_of_api_key(key).map(|pool| &pool.plan));
            assert!(
                pool.is_none_or(|plan| plan == Some(&tenant_key.plan)),
                "tenant key {} is in the pool of another plan",
                tenant_key.id
            );
            if let Entry::Vacant(entry) = values.entry(tenant_key.require_api_key().expect("known")) {
                entry.insert(
                    self.api_key(&tenant_key.require_api_key().expect("known"))
                        .await
                        .expect("its API key")
                        .value,
                );
            }
            let value = values[&tenant_key.require_api_key().expect("known")].as_deref();
            assert_eq!(
                tenant_key.stored_value().map(|value| value.expose()),
                value,
                "value of tenant key {}",
                tenant_key.id
            );
        }
    }
}
