//! What is not ours in the account of every scene: whatever is done, cut or fixed beside it, none of it changes.

use std::collections::BTreeMap;

use aws_sdk_apigateway::types::QuotaPeriodType;
use aws_sdk_apigateway::types::QuotaSettings;
use aws_sdk_dynamodb::types::AttributeValue;
use keypool_domain::PlanId;

use crate::wire::stage::{KEYS, Stage, item, n, s};

/// Another team's usage plan: no price-list entry, no pool, never adopted.
const PLAN: &str = "Theirs";
/// Items of the Keys table that another program keeps there: no tenant key has this shape.
const ITEMS: [&str; 2] = ["settings#billing", "half-a-key"];
/// Names of the API keys; the first is a tenant's, sold by the sample application in that plan.
const SOLD: &str = "sold-in-theirs";
const API_KEYS: [(&str, bool); 4] =
    [(SOLD, true), ("their-service", true), ("their-old-service", false), ("in-no-plan", true)];

/// All that is foreign, as AWS tells it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Foreign {
    pub(super) plan: PlanId,
    /// By id: name, value, enabled, tags.
    pub(super) api_keys: BTreeMap<String, String>,
    members: Vec<String>,
    /// Items of the Keys table, and the price-list entry that nobody may write.
    items: Vec<String>,
}

/// Puts it into an account.
pub(super) async fn plant(stage: &Stage) -> Foreign {
    let quota = QuotaSettings::builder().limit(9).period(QuotaPeriodType::Day).build();
    let plan = stage.gateway.create_usage_plan().name(PLAN).quota(quota).send().await.expect("a plan");
    let plan = plan.id.expect("its id");
    for (name, enabled) in API_KEYS {
        let made = stage.gateway.create_api_key().name(name).enabled(enabled).tags("team", "theirs");
        let made = made.send().await.expect("an API key");
        let id = made.id.expect("its id");
        if name != "in-no-plan" {
            let attach = stage.gateway.create_usage_plan_key().usage_plan_id(&plan).key_id(&id);
            attach.key_type("API_KEY").send().await.expect("it is attached");
        }
        if name == SOLD {
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
            stage.put(KEYS, row).await;
        }
    }
    let settings = [("id", s(ITEMS[0])), ("currency", s("EUR")), ("enabled", AttributeValue::Bool(false))];
    stage.put(KEYS, item(&settings)).await;
    stage.put(KEYS, item(&[("id", s(ITEMS[1])), ("planId", s(&plan)), ("name", s("half"))])).await;
    seen(stage, PlanId::new(plan)).await
}

/// It as it is now.
pub(super) async fn seen(stage: &Stage, plan: PlanId) -> Foreign {
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
    let sold = api_keys.iter().find(|(_, told)| told.contains(SOLD)).map(|(id, _)| id.clone());
    let mut items = Vec::new();
    for id in ITEMS.iter().map(|id| (*id).to_owned()).chain(sold) {
        items.push(sorted(stage.item(KEYS, &id).await));
    }
    items.push(sorted(stage.item("keypool-plans", plan.as_str()).await));
    Foreign { plan, api_keys, members, items }
}

fn sorted(item: Option<crate::wire::stage::Item>) -> String {
    format!("{:?}", item.map(BTreeMap::from_iter))
}
