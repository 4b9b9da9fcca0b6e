//! Resources that keypool does not manage, created in every trial: no operation, interruption or fix may change them.

use std::collections::BTreeMap;

use aws_sdk_apigateway::types::QuotaPeriodType;
use aws_sdk_apigateway::types::QuotaSettings;
use aws_sdk_dynamodb::types::AttributeValue;
use keypool_domain::PlanId;

use crate::wire::test_account::{KEYS_TABLE, TestAccount, make_item, n, s};

/// A usage plan of another team: no price-list entry, no pool, not adopted.
const PLAN_NAME: &str = "Theirs";
/// Items of another program in the Keys table; they are not shaped like tenant keys.
const ITEM_IDS: [&str; 2] = ["settings#billing", "half-a-key"];
/// An API key that the sample application sold to a tenant in that plan.
const SOLD_KEY: &str = "sold-in-theirs";
const API_KEYS: [(&str, bool); 4] =
    [(SOLD_KEY, true), ("their-service", true), ("their-old-service", false), ("in-no-plan", true)];

#[derive(Debug, Clone, PartialEq)]
pub(super) struct ForeignResources {
    pub(super) plan: PlanId,
    /// Name, value, enabled and tags by id.
    pub(super) api_keys: BTreeMap<String, String>,
    members: Vec<String>,
    /// Items of the Keys table, and the (missing) price-list entry of the plan.
    items: Vec<String>,
}

pub(super) async fn create(account: &TestAccount) -> ForeignResources {
    let quota = QuotaSettings::builder().limit(9).period(QuotaPeriodType::Day).build();
    let plan = account.gateway.create_usage_plan().name(PLAN_NAME).quota(quota).send().await.expect("a plan");
    let plan = plan.id.expect("its id");
    for (name, enabled) in API_KEYS {
        let request = account.gateway.create_api_key().name(name).enabled(enabled).tags("team", "theirs");
        let created = request.send().await.expect("an API key");
        let id = created.id.expect("its id");
        if name != "in-no-plan" {
            let attach = account.gateway.create_usage_plan_key().usage_plan_id(&plan).key_id(&id);
            attach.key_type("API_KEY").send().await.expect("it is attached");
        }
        if name == SOLD_KEY && account.has_tables() {
            let value = created.value.expect("its value");
            let tenant_key = make_item(&[
                ("id", s(&id)),
                ("planId", s(&plan)),
                ("name", s(name)),
                ("description", s("sold by another program")),
                // A number instead of a boolean, as after a wrong type in the DynamoDB console.
                ("enabled", n(1)),
                ("owner", s("hooli")),
                ("value", s(&value)),
            ]);
            account.put_item(KEYS_TABLE, tenant_key).await;
        }
    }
    if account.has_tables() {
        put_items(account, &plan).await;
    }
    read(account, PlanId::new(plan)).await
}

async fn put_items(account: &TestAccount, plan: &str) {
    let settings = [("id", s(ITEM_IDS[0])), ("currency", s("EUR")), ("enabled", AttributeValue::Bool(false))];
    account.put_item(KEYS_TABLE, make_item(&settings)).await;
    account
        .put_item(KEYS_TABLE, make_item(&[("id", s(ITEM_IDS[1])), ("planId", s(plan)), ("name", s("half"))]))
        .await;
}

pub(super) async fn read(account: &TestAccount, plan: PlanId) -> ForeignResources {
    let keys = account.gateway.get_api_keys().limit(500).include_values(true).send().await.expect("API keys");
    let is_foreign = |name: Option<&str>| API_KEYS.iter().any(|(foreign_name, _)| name == Some(foreign_name));
    let foreign = keys.items().iter().filter(|key| is_foreign(key.name()));
    let api_keys: BTreeMap<_, _> = foreign
        .map(|key| {
            let tags: BTreeMap<_, _> = key.tags().into_iter().flatten().collect();
            let description =
                format!("{:?} {:?} enabled={} {tags:?}", key.name(), key.value(), key.enabled());
            (key.id().expect("an id").to_owned(), description)
        })
        .collect();
    let members = account.gateway.get_usage_plan_keys().usage_plan_id(plan.as_str()).limit(500).send().await;
    let members = members.expect("members");
    let mut members: Vec<_> = members.items().iter().filter_map(|key| key.id().map(str::to_owned)).collect();
    members.sort_unstable();
    let sold_key_id =
        api_keys.iter().find(|(_, description)| description.contains(SOLD_KEY)).map(|(id, _)| id.clone());
    let mut items = Vec::new();
    if !account.has_tables() {
        return ForeignResources { plan, api_keys, members, items };
    }
    for id in ITEM_IDS.iter().map(|id| (*id).to_owned()).chain(sold_key_id) {
        items.push(format_item(account.get_item(KEYS_TABLE, &id).await));
    }
    items.push(format_item(account.get_item("keypool-plans", plan.as_str()).await));
    ForeignResources { plan, api_keys, members, items }
}

fn format_item(item: Option<crate::wire::test_account::Item>) -> String {
    format!("{:?}", item.map(BTreeMap::from_iter))
}
