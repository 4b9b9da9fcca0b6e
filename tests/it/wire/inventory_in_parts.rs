//! Reading the account for the console: what is shown while it is read, and the keys of plans afterwards.

use std::sync::Mutex;

use keypool::aws::Aws;
use keypool::ops;
use keypool_domain::key_lookup::KeyQuery;
use keypool_domain::{AccountPart, Change, Inventory, Known, Plan, PlanChange, PlanId, TenantKey, Unknown};
use keypool_local_aws::{Answer, Fault, LocalAws, Service, World};
use serde_json::json;

use super::support::{read_inventory, silent_run, start_local_aws, target};

/// Reads the account in parts. Returns the complete inventory, and those before it.
async fn read_in_parts(aws: &Aws) -> (Inventory, Vec<Inventory>) {
    let parts = Mutex::new(Vec::new());
    let on_part = |inventory: Inventory| parts.lock().expect("no panic").push(inventory);
    let inventory =
        ops::read_inventory_in_parts(aws, &silent_run(), None, &on_part).await.expect("an inventory").0;
    (inventory, parts.into_inner().expect("no panic"))
}

fn control_plane_calls(local: &LocalAws) -> Vec<String> {
    let calls = local.calls().all().into_iter().filter(|call| call.service == Service::ApiGateway);
    let mut operations: Vec<_> = calls.map(|call| call.operation).collect();
    operations.sort_unstable();
    operations
}

fn keys_table(inventory: &Inventory) -> Vec<(String, Known<Option<String>>)> {
    let pool_key = |key: &TenantKey| key.pool_key.clone().map(|id| id.map(|id| id.to_string()));
    inventory.tenant_keys().iter().map(|key| (key.id.to_string(), pool_key(key))).collect()
}

#[tokio::test]
async fn plans_and_keys_of_an_account_at_its_limits_take_21_control_plane_calls() {
    let (local, aws) = start_local_aws(World::Scale { plans: 300, keys: 10_000, tenants: 400 }).await;
    let (inventory, _) = read_in_parts(&aws).await;
    assert_eq!((inventory.plans().len(), inventory.tenant_keys().len()), (300, 400));
    assert_eq!(inventory.api_keys().as_ref().map(Vec::len), Known::Value(10_000));
    let expected = [vec!["GetApiKeys"; 20], vec!["GetUsagePlans"]].concat();
    assert_eq!(control_plane_calls(&local), expected);
}

#[tokio::test]
async fn the_keys_of_plans_that_are_read_later_complete_the_inventory() {
    let (local, aws) = start_local_aws(World::Sample).await;
    let complete = read_inventory(&aws).await;
    let aws = Aws::connect(&target(&local.endpoint())).await.expect("a connection");
    local.calls().clear();
    let (inventory, _) = read_in_parts(&aws).await;
    assert_eq!(local.calls().count("GetUsagePlanKeys"), 0);
    assert!(inventory.is_complete());
    let plans: Vec<PlanId> = inventory.plans_with_unread_members().cloned().collect();
    assert_eq!(plans.len(), complete.plans().len());
    let waiting =
        inventory.tenant_keys().iter().filter(|key| key.pool_key.reason() == Some(&Unknown::NotReadYet));
    let waiting: Vec<_> = waiting.map(|key| (key.id.clone(), key.plan.clone())).collect();
    assert!(!waiting.is_empty(), "references of the sample application are known by value only");
    assert!(waiting.iter().all(|(id, _)| {
        inventory.tenant_key(id).is_some_and(|key| inventory.mode_name(key).reason().is_some())
    }));

    // The keys of one plan resolve its references and no others.
    let (_, first) = &waiting[0];
    let some = ops::with_members_of_plans(&aws, inventory.clone(), [first.clone()]).await.expect("members");
    for (id, plan) in &waiting {
        let key = some.tenant_key(id).expect("a tenant key");
        assert_eq!(key.known_pool_key().is_some(), plan == first, "{id}");
    }
    ops::refresh_members(&aws, plans, &silent_run()).await.expect("members");
    let later = ops::with_cached_members(&aws, inventory);
    assert_eq!(keys_table(&later), keys_table(&complete));
    for plan in complete.plans() {
        assert_eq!(later.members(&plan.id), complete.members(&plan.id));
    }
    // A refresh keeps them.
    local.calls().clear();
    let (refreshed, parts) = read_in_parts(&aws).await;
    assert_eq!(local.calls().count("GetUsagePlanKeys"), 0);
    assert_eq!(keys_table(&refreshed), keys_table(&complete));
    assert!(!parts.is_empty(), "the caller decides whether they are shown");
}

#[tokio::test]
async fn what_is_shown_while_the_account_is_read_says_what_is_missing() {
    let (local, aws) = start_local_aws(World::Scale { plans: 8, keys: 1_100, tenants: 300 }).await;
    let complete = read_inventory(&aws).await;
    // The second page of the API keys waits until the tenant keys were shown.
    local.faults().script(Fault::on("GetApiKeys", Answer::Hold).skip(1).always());
    let parts = Mutex::new(Vec::new());
    let on_part = |inventory: Inventory| {
        if inventory.extent(AccountPart::TenantKeys).is_complete() {
            local.faults().clear();
        }
        parts.lock().expect("no panic").push(inventory);
    };
    let inventory =
        ops::read_inventory_in_parts(&aws, &silent_run(), None, &on_part).await.expect("an inventory").0;
    let parts = parts.into_inner().expect("no panic");
    assert!((1..=10).contains(&parts.len()), "{} times", parts.len());
    let mut shown_before = 0;
    for part in &parts {
        assert!(!part.is_complete());
        assert_eq!((part.plans().len(), part.api_keys()), (8, &Known::Unknown(Unknown::NotReadYet)));
        assert!(part.plans().iter().all(|plan| plan.price_list_entry.is_some()));
        assert!(part.tenant_keys().len() >= shown_before, "it only grows");
        shown_before = part.tenant_keys().len();
        assert!(part.tenant_keys().iter().all(|key| complete.tenant_key(&key.id).is_some()));
        let models = part.plans().iter().map(|plan| (part.model(&plan.id), complete.model(&plan.id)));
        assert!(models.into_iter().all(|(shown, actual)| shown == actual || shown.reason().is_some()));
    }
    assert_eq!(shown_before, 300);
    assert!(inventory.is_complete());
    assert_eq!(inventory.tenant_keys().len(), complete.tenant_keys().len());
}

#[tokio::test]
async fn a_change_reads_the_keys_of_the_plans_that_decide_it() {
    let (local, aws) = start_local_aws(World::Sample).await;
    let complete = read_inventory(&aws).await;
    let aws = Aws::connect(&target(&local.endpoint())).await.expect("a connection");
    let (inventory, _) = read_in_parts(&aws).await;
    let reference = complete.tenant_keys().iter().find(|key| {
        key.known_pool_key().is_some()
            && inventory.tenant_key(&key.id).is_some_and(|key| key.pool_key.reason().is_some())
    });
    let reference = reference.expect("a reference of the sample application");
    let siloed =
        complete.tenant_keys().iter().find(|key| key.known_pool_key().is_none()).expect("a siloed key");
    let changes = [
        Change::Delete(vec![reference.id.clone()]),
        Change::Isolate(vec![reference.id.clone()]),
        Change::Rotate { tenant_keys: vec![siloed.id.clone()], grace: 0 },
        PlanChange::Delete(siloed.plan.clone()).into(),
    ];
    for change in changes {
        assert!(ops::needs_details(&change, &inventory), "{change:?}");
        let detailed = ops::with_change_details(&aws, inventory.clone(), std::slice::from_ref(&change)).await;
        let detailed = detailed.expect("details");
        assert_eq!(change.units(&detailed), change.units(&complete), "{change:?}");
        assert!(!ops::needs_details(&change, &detailed), "{change:?}");
    }
}

#[tokio::test]
async fn a_write_drops_the_kept_keys_of_its_plan() {
    let (local, aws) = start_local_aws(World::Sample).await;
    let inventory = read_inventory(&aws).await;
    let key = inventory.tenant_keys().iter().find(|key| inventory.is_shared(key).is_known_to_be(&false));
    let key = key.expect("a siloed key");
    let (id, plan) = (key.id.clone(), key.plan.clone());
    let change = Change::Delete(vec![id]);
    ops::apply(&aws, &inventory, &change, &silent_run()).await.expect("deleted");
    local.calls().clear();
    let (after, _) = read_in_parts(&aws).await;
    let unread: Vec<_> = after.plans_with_unread_members().collect();
    assert_eq!(unread, [&plan]);
}

#[tokio::test]
async fn looking_up_a_key_finds_none_only_among_all_keys() {
    let (_local, aws) = start_local_aws(World::Sample).await;
    let complete = read_inventory(&aws).await;
    let query = |text: &str| KeyQuery::new(text).expect("a query");
    let none = ops::look_up_key(&aws, &complete, &query("nosuchkey")).await.expect("an answer");
    assert_eq!((none.matches.len(), none.remark), (0, None));
    let parts = Mutex::new(Vec::new());
    let on_part = |inventory: Inventory| parts.lock().expect("no panic").push(inventory);
    ops::read_inventory_in_parts(&aws, &silent_run(), None, &on_part).await.expect("an inventory");
    let parts = parts.into_inner().expect("no panic");
    let partial = parts.first().expect("a part");
    let refused =
        ops::look_up_key(&aws, partial, &query("nosuchkey")).await.expect_err("not all keys are there");
    assert!(refused.to_string().contains("not"), "{refused}");
    let known = partial.tenant_keys()[0].id.as_str();
    let found = ops::look_up_key(&aws, partial, &query(known)).await.expect("an answer");
    assert!(found.remark.is_some_and(|remark| remark.ends_with("there may be more")));
}

#[tokio::test]
async fn looking_up_a_shared_key_counts_the_tenants_whose_references_were_not_resolved_yet() {
    let (local, aws) = start_local_aws(World::Sample).await;
    let complete = read_inventory(&aws).await;
    let shared =
        complete.pools().iter().flat_map(|pool| &pool.keys).map(|key| KeyQuery::new(key.api_key.as_str()));
    let shared: Vec<_> = shared.map(|query| query.expect("a query")).collect();
    let aws = Aws::connect(&target(&local.endpoint())).await.expect("a connection");
    let (inventory, _) = read_in_parts(&aws).await;
    let waiting =
        inventory.tenant_keys().iter().filter(|key| key.pool_key.reason() == Some(&Unknown::NotReadYet));
    let by_id: Vec<_> = waiting.map(|key| KeyQuery::new(key.id.as_str()).expect("a query")).collect();
    assert!(!by_id.is_empty());
    for query in shared.into_iter().chain(by_id) {
        let expected = ops::look_up_key(&aws, &complete, &query).await.expect("an answer").matches;
        assert_eq!(ops::look_up_key(&aws, &inventory, &query).await.expect("an answer").matches, expected);
    }
}

#[tokio::test]
async fn nothing_is_concluded_from_the_absence_of_a_plan_that_cannot_be_read() {
    let (local, aws) = start_local_aws(World::Sample).await;
    let (inventory, _) = read_in_parts(&aws).await;
    let is_waiting = |key: &&TenantKey| key.pool_key.reason() == Some(&Unknown::NotReadYet);
    let hidden = inventory.tenant_keys().iter().find(is_waiting).expect("a reference by value").plan.clone();
    let item = |plan: &Plan| {
        let quota = (plan.id == hidden).then(|| json!({ "limit": "many", "period": "DAY" }));
        json!({ "id": plan.id.as_str(), "name": plan.name, "quota": quota })
    };
    let body = json!({ "item": inventory.plans().iter().map(item).collect::<Vec<_>>() }).to_string();
    local.faults().script(Fault::on("GetUsagePlans", Answer::Body { status: 200, body }).always());
    let (inventory, parts) = read_in_parts(&aws).await;
    assert!(!parts.is_empty() && parts.iter().all(|part| part.unreadable_plans().is_some()));
    let waiting: Vec<_> = inventory.tenant_keys().iter().filter(|key| key.plan == hidden).collect();
    let waiting: Vec<_> = waiting.into_iter().filter(is_waiting).map(|key| key.id.clone()).collect();
    assert!(!waiting.is_empty());
    let plans: Vec<PlanId> = inventory.plans().iter().map(|plan| plan.id.clone()).collect();
    let inventory = ops::with_members_of_plans(&aws, inventory, plans).await.expect("members");
    for id in &waiting {
        let key = inventory.tenant_key(id).expect("a tenant key");
        assert!(key.pool_key.reason().is_some(), "{id} may use a key of the plan");
    }
    let plans_of_key = ops::with_plans_of_api_keys(&aws, &inventory, &["k".into()]).await;
    assert!(plans_of_key.is_err(), "the key may be in the plan");
}
