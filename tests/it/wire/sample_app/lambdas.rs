//! The sample application's own createKey, updateKey and deleteKey, call by call as its Lambdas make them.
//!
//! They count no tenants, put no condition on a write, name a pool key by its value, and tell API Gateway of no edit.

use aws_sdk_dynamodb::types::AttributeValue;
use keypool_domain::{ApiKeyId, PlanId};
use uuid::Uuid;

use crate::wire::test_account::{Item, KEYS_TABLE, TestAccount, item, s};

/// The sample on the stage's tables.
pub(super) struct SampleApp<'a> {
    account: &'a TestAccount,
    /// Its `api_key_pools.js`, with the values that stand in the rows of its pool keys.
    pool: Vec<(ApiKeyId, String)>,
}

impl<'a> SampleApp<'a> {
    pub(super) async fn new(stage: &'a TestAccount) -> Self {
        let mut pool = Vec::new();
        for id in &stage.pool_keys {
            let value = stage.api_key(id).await.expect("the pool key").value.expect("its value");
            pool.push((id.clone(), value));
        }
        Self { account: stage, pool }
    }

    /// An API key of its own; gives its id.
    pub(super) async fn create_siloed(&self, owner: &str, name: &str) -> String {
        let plan = &self.account.siloed_plan;
        let value = Uuid::new_v4().to_string();
        let created = self.account.gateway.create_api_key().name(name).enabled(true).value(&value);
        let id = created.send().await.expect("an API key").id.expect("its id");
        let attached = self.account.gateway.create_usage_plan_key().usage_plan_id(plan.as_str());
        attached.key_id(&id).key_type("API_KEY").send().await.expect("it is attached");
        self.put_key_item(&id, plan, owner, name, &value).await;
        id
    }

    /// A reference to the pool key that chance has drawn; gives its id and that key.
    pub(super) async fn create_pooled(&self, owner: &str, name: &str, drawn: usize) -> (String, ApiKeyId) {
        let (api_key, value) = &self.pool[drawn % self.pool.len()];
        let id = Uuid::new_v4().simple().to_string()[..8].to_owned();
        self.put_key_item(&id, &self.account.sharded_plan, owner, name, value).await;
        (id, api_key.clone())
    }

    /// The same for many, all on one pool key.
    pub(super) async fn create_pooled_on(&self, api_key: &ApiKeyId, count: usize) {
        let at = self.pool.iter().position(|(id, _)| id == api_key).expect("a pool key");
        for number in 0..count {
            self.create_pooled("globex", &format!("theirs-{number}"), at).await;
        }
    }

    /// createKey in a plan of its pool file: the item of the pool key that chance has drawn gives the value. Its status.
    pub(super) async fn create_key(
        stage: &TestAccount,
        (keys_table, plan): (&str, &PlanId),
        pool: &[ApiKeyId],
        drawn: usize,
    ) -> (u16, Option<String>) {
        let api_key = &pool[drawn % pool.len()];
        let item = stage.get_item(keys_table, api_key.as_str()).await;
        let Some(value) = item.and_then(|item| item.get("value").cloned()) else { return (500, None) };
        let id = Uuid::new_v4().simple().to_string()[..8].to_owned();
        let row = key_item(&id, plan, "globex", "from createKey", value.clone());
        stage.put_item(keys_table, row).await;
        (200, value.as_s().ok().cloned())
    }

    /// A row with the value of a pool key.
    pub(super) async fn put_tenant_key(
        &self,
        id: &str,
        plan: &PlanId,
        owner: &str,
        name: &str,
        of: &ApiKeyId,
    ) {
        let (_, value) = self.pool.iter().find(|(api_key, _)| api_key == of).expect("a pool key");
        self.put_key_item(id, plan, owner, name, value).await;
    }

    async fn put_key_item(&self, id: &str, plan: &PlanId, owner: &str, name: &str, value: &str) {
        let row = key_item(id, plan, owner, name, s(value));
        self.account.put_item(KEYS_TABLE, row).await;
    }

    /// Only the row hears of it.
    pub(super) async fn update(&self, id: &str, name: &str, description: &str, enabled: bool) {
        let asked = self.account.dynamodb.update_item().table_name(KEYS_TABLE).key("id", s(id));
        let asked = asked
            .update_expression("SET #name = :name, #description = :description, #enabled = :enabled")
            .expression_attribute_names("#name", "name")
            .expression_attribute_names("#description", "description")
            .expression_attribute_names("#enabled", "enabled")
            .expression_attribute_values(":name", s(name))
            .expression_attribute_values(":description", s(description))
            .expression_attribute_values(":enabled", AttributeValue::Bool(enabled));
        asked.send().await.expect("the row is updated");
    }

    pub(super) async fn delete_pooled(&self, id: &str) {
        self.account.delete_item(KEYS_TABLE, id).await;
    }

    /// The row first, then what it stands for.
    pub(super) async fn delete_siloed(&self, id: &str) {
        self.account.delete_item(KEYS_TABLE, id).await;
        let detached =
            self.account.gateway.delete_usage_plan_key().usage_plan_id(self.account.siloed_plan.as_str());
        detached.key_id(id).send().await.expect("it is detached");
        self.account.gateway.delete_api_key().api_key(id).send().await.expect("it is deleted");
    }
}

fn key_item(id: &str, plan: &PlanId, owner: &str, name: &str, value: AttributeValue) -> Item {
    item(&[
        ("id", s(id)),
        ("planId", s(plan.as_str())),
        ("name", s(name)),
        ("description", s("")),
        ("enabled", AttributeValue::Bool(true)),
        ("owner", s(owner)),
        ("value", value),
    ])
}
