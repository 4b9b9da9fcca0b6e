//! What is not ours in the account of every scene: whatever is done, cut or fixed beside it, none of it changes.

use std::collections::BTreeMap;

use aws_sdk_apigateway::types::QuotaPeriodType;
use aws_sdk_apigateway::types::QuotaSettings;
use aws_sdk_dynamodb::types::AttributeValue;
use keypool_domain::PlanId;

use crate::wire::test_account::{KEYS_TABLE, TestAccount, item, n, s};

/// Another team's usage plan: no price-list entry, no pool, never adopted.
const PLAN_NAME: &str = "Theirs";
/// Items of the Keys table that another program keeps there: no tenant key has this shape.
const ITEM_IDS: [&str; 2] = ["settings#billing", "half-a-key"];
/// Names of the API keys; the first is a tenant's, sold by the sample application in that plan.
const SOLD_KEY: &str = "sold-in-theirs";
const API_KEYS: [(&str, bool); 4] =
    [(SOLD_KEY, true), ("their-service", true), ("their-old-service", false), ("in-no-plan", true)];

/// All that is foreign, as AWS tells it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct ForeignResources {
    pub(super) plan: PlanId,
    /// By id: name, value, enabled, tags.
    pub(super) api_keys: BTreeMap<String, String>,
    members: Vec<String>,
    /// Items of the Keys table, and the price-list entry that nobody may write.
    items: Vec<String>,
}

/// Puts it into an account.
pub(super) async fn create(stage: &TestAccount) -> ForeignResources {
    let quota = QuotaSettings::builder().limit(9).period(QuotaPeriodType::Day).build();
    let plan = stage.gateway.create_usage_plan().name(PLAN_NAME).quota(quota).send().await.expect("a plan");
    let plan = plan.id.expect("its id");
    for (name, enabled) in API_KEYS {
        let made = stage.gateway.create_api_key().name(name).enabled(enabled).tags("team", "theirs");
        let made = made.send().await.expect("an API key");
        let id = made.id.expect("its id");
        if name != "in-no-plan" {
            let attach = stage.gateway.create_usage_plan_key().usage_plan_id(&plan).key_id(&id);
            attach.key_type("API_KEY").send().await.expect("it is attached");
        }
        if name == SOLD_KEY {
            let value = made.value.expect("its value");
            let row = item(&[
                ("id", s(&id)),
                ("planId", s(&plan)),
                ("name", s(name)),
                ("description", s("sold by another program")),
                // What DynamoDB's console writes where somebody mistakes the type.
                ("enabled", n(1)),
                ("owner", s("hooli")),
                ("value", s(&value)),
            ]);
            stage.put_item(KEYS_TABLE, row).await;
        }
    }
    let settings = [("id", s(ITEM_IDS[0])), ("currency", s("EUR")), ("enabled", AttributeValue::Bool(false))];
    stage.put_item(KEYS_TABLE, item(&settings)).await;
    stage
        .put_item(KEYS_TABLE, item(&[("id", s(ITEM_IDS[1])), ("planId", s(&plan)), ("name", s("half"))]))
        .await;
    read(stage, PlanId::new(plan)).await
}

/// It as it is now.
pub(super) async fn read(stage: &TestAccount, plan: PlanId) -> ForeignResources {
    let keys = stage.gateway.get_api_keys().limit(500).include_values(true).send().await.expect("API keys");
    let is_foreign = |name: Option<&str>| API_KEYS.iter().any(|(known, _)| name == Some(known));
    let foreign = keys.items().iter().filter(|key| is_foreign(key.name()));
    let api_keys: BTreeMap<_, _> = foreign
        .map(|key| {
            let tags: BTreeMap<_, _> = key.tags().into_iter().flatten().collect();
            let told = format!("{:?} {:?} enabled={} {tags:?}", key.name(), key.value(), key.enabled());
            (key.id().expect("an id").to_owned(), told)
        })
        .collect();
    let members = stage.gateway.get_usage_plan_keys().usage_plan_id(plan.as_str()).limit(500).send().await;
    let members = members.expect("members");
    let mut members: Vec<_> = members.items().iter().filter_map(|key| key.id().map(str::to_owned)).collect();
    members.sort_unstable();
    let sold = api_keys.iter().find(|(_, told)| told.contains(SOLD_KEY)).map(|(id, _)| id.clone());
    let mut items = Vec::new();
    for id in ITEM_IDS.iter().map(|id| (*id).to_owned()).chain(sold) {
        items.push(format_item(stage.get_item(KEYS_TABLE, &id).await));
    }
    items.push(format_item(stage.get_item("keypool-plans", plan.as_str()).await));
    ForeignResources { plan, api_keys, members, items }
}

fn format_item(item: Option<crate::wire::test_account::Item>) -> String {
    format!("{:?}", item.map(BTreeMap::from_iter))
}
