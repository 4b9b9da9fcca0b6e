//! createKey, updateKey and deleteKey of the sample application, with the calls of its Lambda functions.
//!
//! They count no tenants, write without conditions, identify a pool key by its value, and send no edit to API Gateway.

use aws_sdk_dynamodb::types::AttributeValue;
use keypool_domain::{ApiKeyId, PlanId};
use uuid::Uuid;

use crate::wire::test_account::{Item, KEYS_TABLE, TestAccount, make_item, s};

/// The sample application on the tables of the test account.
pub(super) struct SampleApp<'a> {
    account: &'a TestAccount,
    /// Content of its `api_key_pools.js`: pool keys and their values.
    pool: Vec<(ApiKeyId, String)>,
}

impl<'a> SampleApp<'a> {
    pub(super) async fn new(account: &'a TestAccount) -> Self {
        let mut pool = Vec::new();
        for id in &account.pool_keys {
            let value = account.api_key(id).await.expect("the pool key").value.expect("its value");
            pool.push((id.clone(), value));
        }
        Self { account, pool }
    }

    /// Creates an API key and its tenant key; returns the id.
    pub(super) async fn create_siloed_key(&self, owner: &str, name: &str) -> String {
        let plan = &self.account.siloed_plan;
        let value = Uuid::new_v4().to_string();
        let request = self.account.gateway.create_api_key().name(name).enabled(true).value(&value);
        let id = request.send().await.expect("an API key").id.expect("its id");
        let attach = self.account.gateway.create_usage_plan_key().usage_plan_id(plan.as_str());
        attach.key_id(&id).key_type("API_KEY").send().await.expect("it is attached");
        self.put_key_item(&id, plan, owner, name, &value).await;
        id
    }

    /// Creates a pooled tenant key; returns its id and that of its pool key. `index`, modulo the number of pool keys,
    /// stands in for the random choice of the Lambda function.
    pub(super) async fn create_pooled_key(
        &self,
        owner: &str,
        name: &str,
        index: usize,
    ) -> (String, ApiKeyId) {
        let (api_key, value) = &self.pool[index % self.pool.len()];
        let id = Uuid::new_v4().simple().to_string()[..8].to_owned();
        self.put_key_item(&id, &self.account.pooled_plan, owner, name, value).await;
        (id, api_key.clone())
    }

    /// Creates `count` tenant keys on one pool key.
    pub(super) async fn create_pooled_keys_on(&self, api_key: &ApiKeyId, count: usize) {
        let index = self.pool.iter().position(|(id, _)| id == api_key).expect("a pool key");
        for number in 0..count {
            self.create_pooled_key("globex", &format!("theirs-{number}"), index).await;
        }
    }

    /// Runs createKey in a pooled plan, which reads the value from the pool item that `index` picks; returns HTTP
    /// status and value.
    pub(super) async fn create_key(
        account: &TestAccount,
        (keys_table, plan): (&str, &PlanId),
        pool: &[ApiKeyId],
        index: usize,
    ) -> (u16, Option<String>) {
        let api_key = &pool[index % pool.len()];
        let item = account.get_item(keys_table, api_key.as_str()).await;
        let Some(value) = item.and_then(|item| item.get("value").cloned()) else { return (500, None) };
        let id = Uuid::new_v4().simple().to_string()[..8].to_owned();
        let tenant_key = key_item(&id, plan, "globex", "from createKey", value.clone());
        account.put_item(keys_table, tenant_key).await;
        (200, value.as_s().ok().cloned())
    }

    /// Writes a tenant key with the value of a pool key.
    pub(super) async fn put_tenant_key(
        &self,
        id: &str,
        plan: &PlanId,
        owner: &str,
        name: &str,
        pool_key: &ApiKeyId,
    ) {
        let (_, value) = self.pool.iter().find(|(api_key, _)| api_key == pool_key).expect("a pool key");
        self.put_key_item(id, plan, owner, name, value).await;
    }

    async fn put_key_item(&self, id: &str, plan: &PlanId, owner: &str, name: &str, value: &str) {
        let tenant_key = key_item(id, plan, owner, name, s(value));
        self.account.put_item(KEYS_TABLE, tenant_key).await;
    }

    /// Updates the tenant key only, not the API key.
    pub(super) async fn update(&self, id: &str, name: &str, description: &str, enabled: bool) {
        let request = self.account.dynamodb.update_item().table_name(KEYS_TABLE).key("id", s(id));
        let request = request
            .update_expression("SET #name = :name, #description = :description, #enabled = :enabled")
            .expression_attribute_names("#name", "name")
            .expression_attribute_names("#description", "description")
            .expression_attribute_names("#enabled", "enabled")
            .expression_attribute_values(":name", s(name))
            .expression_attribute_values(":description", s(description))
            .expression_attribute_values(":enabled", AttributeValue::Bool(enabled));
        request.send().await.expect("the tenant key is updated");
    }

    pub(super) async fn delete_pooled_key(&self, id: &str) {
        self.account.delete_item(KEYS_TABLE, id).await;
    }

    /// Deletes the tenant key first, then the API key.
    pub(super) async fn delete_siloed_key(&self, id: &str) {
        self.account.delete_item(KEYS_TABLE, id).await;
        let detach =
            self.account.gateway.delete_usage_plan_key().usage_plan_id(self.account.siloed_plan.as_str());
        detach.key_id(id).send().await.expect("it is detached");
        self.account.gateway.delete_api_key().api_key(id).send().await.expect("it is deleted");
    }
}

fn key_item(id: &str, plan: &PlanId, owner: &str, name: &str, value: AttributeValue) -> Item {
    make_item(&[
        ("id", s(id)),
        ("planId", s(plan.as_str())),
        ("name", s(name)),
        ("description", s("")),
        ("enabled", AttributeValue::Bool(true)),
        ("owner", s(owner)),
        ("value", value),
    ])
}
