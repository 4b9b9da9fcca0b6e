//! The plans of an API key in three plans for three services, after each operation.

use super::*;
use crate::step::ExpectedApiKey;

const SERVICES: [&str; 3] = ["silo", "maps", "mail"];

fn stage(api: &str) -> StageRef {
    StageRef { api: api.to_owned(), stage: "prod".to_owned() }
}

/// `k1` is in `silo`, `maps` and `mail`; pool key `b1` of `shard` is in `maps` and `mail`, too. Each plan covers its own
/// API, except `bundle`, which covers those of `maps` and `mail`.
fn services() -> InventoryParts {
    let mut parts = parts();
    parts.plans.extend(["maps", "mail", "bundle"].map(plan));
    for plan in &mut parts.plans {
        let apis: &[&str] =
            if plan.id.as_str() == "bundle" { &["maps", "mail"] } else { &[plan.id.as_str()] };
        plan.stages = apis.iter().map(|api| stage(api)).collect();
    }
    for plan in ["maps", "mail"] {
        parts.members.insert(plan.into(), ids::<ApiKeyId>(&["k1", "b1"]).into());
    }
    parts.members.insert("bundle".into(), Vec::new().into());
    let keys = parts.api_keys.value_mut().expect("listed");
    for key in keys.iter_mut().filter(|key| ["k1", "b1"].contains(&key.id.as_str())) {
        key.customer_id = Some("cust-1".to_owned());
        let tags = ["team", "ownerId", tag::PLAN, "aws:cloudformation:stack-name"];
        key.tags = tags.map(|name| (name.to_owned(), "theirs".to_owned())).into();
    }
    parts
}

fn members_of<'a>(parts: &'a mut InventoryParts, plan: &str) -> &'a mut Vec<ApiKeyId> {
    parts.members.get_mut(&plan.into()).and_then(Known::value_mut).expect("members")
}

fn services_inventory() -> Inventory {
    Inventory::new(services())
}

fn services_inventory_with(difference: impl FnOnce(&mut InventoryParts)) -> Inventory {
    let mut parts = services();
    difference(&mut parts);
    Inventory::new(parts)
}

/// The members of `mail` are unknown: IAM does not allow reading them.
fn inventory_with_unread_members() -> Inventory {
    services_inventory_with(|parts| {
        let denied = Known::not_allowed("apigateway:GET", "/usageplans/mail/keys");
        parts.members.insert("mail".into(), denied);
    })
}

fn new_key(steps: &[Step]) -> &NewApiKey {
    let Some(Step::CreateApiKey(new)) = steps.first() else { panic!("the API key is first: {steps:?}") };
    new
}

/// The plans to which the new API key is attached, and those for which the unit waits.
fn attached_and_awaited_plans(steps: &[Step]) -> (Vec<&str>, Vec<&str>) {
    let attached = steps.iter().filter_map(|step| match step {
        Step::AttachApiKey { api_key: KeyRef::New, plan } => Some(plan.as_str()),
        _ => None,
    });
    let awaited = steps.iter().filter_map(|step| match step {
        Step::WaitUntilKeyWorks(plan) => Some(plan.as_str()),
        _ => None,
    });
    (attached.collect(), awaited.collect())
}

fn rotate(tenant_key: &str) -> Change {
    Change::Rotate { tenant_keys: ids(&[tenant_key]), grace: 0 }
}

fn change_plan_with(tenant_key: &str, plan: &str, other_plans: OtherPlans) -> Change {
    Change::ChangePlan { tenant_keys: ids(&[tenant_key]), plan: plan.into(), other_plans }
}

#[test]
fn rotating_keeps_every_plan_and_the_customer() {
    let steps = steps_in(&services_inventory(), &rotate("k1")).remove(0);
    assert_eq!(attached_and_awaited_plans(&steps), (SERVICES.to_vec(), SERVICES.to_vec()));
    let new = new_key(&steps);
    assert_eq!((new.name.as_str(), new.description.as_str()), ("name of k1", "about k1"));
    assert_eq!((new.customer_id.as_deref(), new.enabled), (Some("cust-1"), true));
    assert_eq!(new.tags.keys().collect::<Vec<_>>(), ["ownerId", "team"]);
    let old = ExpectedApiKey { api_key: "k1".into(), plans: ids(&SERVICES), enabled: Some(true) };
    assert_eq!(new.origin, KeyOrigin::CopyOf(old));
    assert_eq!(new.plan, "silo".into(), "the tenant key's plan only goes into keypool's tag");
}

#[test]
fn a_key_outside_the_plan_of_its_tenant_key_keeps_its_plans() {
    let outside = services_inventory_with(|parts| members_of(parts, "silo").clear());
    let steps = steps_in(&outside, &rotate("k1")).remove(0);
    assert_eq!(attached_and_awaited_plans(&steps).0, ["maps", "mail"]);
}

#[test]
fn with_unread_members_a_key_is_copied_only_after_its_plans_are_fetched() {
    let unread = inventory_with_unread_members();
    let changes =
        [rotate("k1"), Change::Isolate(ids(&["s1"])), rotate_pool_key("b1", 0), change_plan("k1", "other")];
    for change in &changes {
        let refused = refusal_in(&unread, change);
        assert!(refused.contains("apigateway:GET on /usageplans/mail/keys"), "{refused}");
    }
    let fetched = unread.with_plans_of_api_keys([("k1".into(), ids(&SERVICES))]);
    assert_eq!(attached_and_awaited_plans(&steps_in(&fetched, &rotate("k1"))[0]).0, SERVICES);
}

#[test]
fn rotating_a_pool_key_keeps_all_its_plans() {
    let steps = steps_in(&services_inventory(), &rotate_pool_key("b1", 0)).remove(0);
    let plans = vec!["shard", "maps", "mail"];
    assert_eq!(attached_and_awaited_plans(&steps), (plans.clone(), plans));
    assert_eq!(new_key(&steps).customer_id.as_deref(), Some("cust-1"));
    let disabled =
        services_inventory_with(|parts| parts.api_keys.value_mut().expect("listed")[3].enabled = false);
    let steps = steps_in(&disabled, &rotate_pool_key("b1", 0)).remove(0);
    assert_eq!(
        (new_key(&steps).enabled, attached_and_awaited_plans(&steps).1.len()),
        (false, 0),
        "the copy of a disabled key is disabled"
    );
    let replaced = steps_in(&disabled, &Change::Fix(Fix::ReplaceDisabled("b1".into()))).remove(0);
    assert_eq!((new_key(&replaced).enabled, attached_and_awaited_plans(&replaced).1.len()), (true, 3));
    let tenants = Change::Fix(Fix::ReplaceDisabled("b1".into())).affected_tenants(&disabled);
    assert_eq!(tenants, ids(&["acme", "globex", "initech"]));
}

#[test]
fn a_successor_is_attached_to_missing_plans_before_tenants_move() {
    let interrupted = services_inventory_with(|parts| {
        let mut successor = api_key("b9", true);
        successor.tags.insert(tag::REPLACES.to_owned(), "b1".to_owned());
        parts.api_keys.value_mut().expect("listed").push(successor);
        parts.pools[1].keys.push(pool_key("b9", 0, 5));
        members_of(parts, "shard").push("b9".into());
        members_of(parts, "maps").push("b9".into());
    });
    let steps = described_steps_in(&interrupted, &rotate_pool_key("b1", 0));
    assert_eq!(steps[0], "attach API key b9 to usage plan mail-plan");
    assert!(steps[1].starts_with("point 4 tenant keys"), "{steps:?}");
}

#[test]
fn isolating_copies_only_the_plans_of_the_shared_key() {
    let steps = steps_in(&services_inventory(), &Change::Isolate(ids(&["s1"]))).remove(0);
    let plans = vec!["shard", "maps", "mail"];
    assert_eq!(attached_and_awaited_plans(&steps), (plans.clone(), plans.clone()));
    let new = new_key(&steps);
    assert_eq!((&new.customer_id, new.tags.len(), new.tenant.clone()), (&None, 0, Some("acme".into())));
    assert_eq!((new.name.as_str(), new.description.as_str()), ("s1-name", ""));
    let shared = ExpectedApiKey { api_key: "b1".into(), plans: ids(&plans), enabled: None };
    assert_eq!(new.origin, KeyOrigin::PlansOf(shared));
}

#[test]
fn restoring_recreates_the_key_in_all_plans_that_still_exist() {
    let tenant_key = tenant_key("k9", "silo", "globex", None);
    let key =
        ApiKey { enabled: false, ..services_inventory().api_key(&"k1".into()).key().expect("k1").clone() };
    let api_key = FormerApiKey::new(&key, &ids(&["silo", "maps", "gone"]));
    let change = Change::restore(tenant_key, Secret::new("v"), api_key);
    let steps = steps_in(&services_inventory(), &change).remove(0);
    assert_eq!(attached_and_awaited_plans(&steps), (vec!["silo", "maps"], Vec::new()));
    let new = new_key(&steps);
    assert_eq!(
        (new.name.as_str(), new.enabled, new.customer_id.as_deref()),
        ("name of k1", false, Some("cust-1"))
    );
    assert_eq!(new.tags.len(), 2);
    let cautions = change.cautions(&services_inventory());
    assert!(cautions.iter().any(|caution| caution.contains("gone")), "{cautions:?}");
}

#[test]
fn restoring_is_refused_if_two_of_its_plans_now_cover_one_stage() {
    let api_key = former_api_key("web", &["maps", "bundle"]);
    let change = Change::restore(tenant_key("k9", "silo", "globex", None), Secret::new("v"), api_key);
    let why = "Usage Plan bundle cannot be added because API Key k9 cannot reference multiple Usage Plans with the \
               same API Stage: it is in maps-plan, which covers maps:prod too";
    assert_eq!(refusal_in(&services_inventory(), &change), why);
}

#[test]
fn a_move_to_a_plan_with_an_already_covered_stage_is_refused() {
    for others in [OtherPlans::Refuse, OtherPlans::Keep] {
        assert_eq!(
            refusal_in(&services_inventory(), &change_plan_with("k1", "bundle", others)),
            "Usage Plan bundle cannot be added because API Key k1 cannot reference multiple Usage Plans with the \
             same API Stage: it is in maps-plan, which covers maps:prod too"
        );
    }
    assert_eq!(
        described_steps_in(&services_inventory(), &change_plan_with("k1", "bundle", OtherPlans::Leave)),
        [
            "detach API key k1 from usage plan silo-plan",
            "detach API key k1 from usage plan maps-plan",
            "detach API key k1 from usage plan mail-plan",
            "attach API key k1 to usage plan bundle-plan",
            "set the plan of tenant key k1 to bundle-plan",
        ]
    );
}

#[test]
fn changing_plan_leaves_other_plans_only_on_request() {
    let why = refusal_in(&services_inventory(), &change_plan_with("k1", "other", OtherPlans::Refuse));
    assert_eq!(
        why,
        "API key k1 is also in maps-plan (maps:prod), mail-plan (mail:prod), which other-plan does not cover: the \
         tenant would lose access. Choose --leave-other-plans to leave those plans, or --keep-other-plans to keep them"
    );
    assert_eq!(
        described_steps_in(&services_inventory(), &change_plan_with("k1", "other", OtherPlans::Keep)),
        [
            "detach API key k1 from usage plan silo-plan",
            "attach API key k1 to usage plan other-plan",
            "set the plan of tenant key k1 to other-plan",
        ]
    );
    assert_eq!(
        described_steps_in(&services_inventory(), &change_plan_with("k1", "other", OtherPlans::Leave)).len(),
        5
    );
}

#[test]
fn leaving_a_pool_for_a_plan_needs_a_choice_about_other_plans() {
    let why = refusal_in(&services_inventory(), &change_plan_with("s1", "other", OtherPlans::Refuse));
    assert!(why.starts_with("API key b1 is also in maps-plan (maps:prod)"), "{why}");
    let plans = |others| {
        let steps = steps_in(&services_inventory(), &change_plan_with("s1", "other", others)).remove(0);
        attached_and_awaited_plans(&steps).0.into_iter().map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(plans(OtherPlans::Keep), ["other", "maps", "mail"]);
    assert_eq!(plans(OtherPlans::Leave), ["other"]);
}

#[test]
fn joining_a_pool_that_covers_fewer_plans_is_only_possible_on_request() {
    let add_siloed_key = |parts: &mut InventoryParts| {
        parts.tenant_keys.push(tenant_key("k2", "shard", "acme", None));
        parts.api_keys.value_mut().expect("listed").push(api_key("k2", true));
        for plan in ["shard", "maps"] {
            members_of(parts, plan).push("k2".into());
        }
    };
    let consolidate = |other_plans| Change::Consolidate { tenant_keys: ids(&["k2"]), other_plans };
    let refused = refusal_in(&services_inventory_with(add_siloed_key), &consolidate(OtherPlans::Refuse));
    assert!(refused.starts_with("API key k2 is also in maps-plan (maps:prod), which the pool of shard-plan"));
    assert!(refused.ends_with("Choose --leave-other-plans to leave those plans"), "{refused}");
    assert_eq!(
        refusal_in(&services_inventory_with(add_siloed_key), &consolidate(OtherPlans::Keep)),
        refused,
        "a shared key joins no further plans"
    );
    assert_eq!(
        steps_in(&services_inventory_with(add_siloed_key), &consolidate(OtherPlans::Leave))[0].len(),
        4
    );
    let covered = services_inventory_with(|parts| {
        add_siloed_key(parts);
        members_of(parts, "maps").push("b2".into());
    });
    assert_eq!(
        steps_in(&covered, &consolidate(OtherPlans::Refuse))[0].len(),
        4,
        "every key of the pool is in maps"
    );
    let why = refusal_in(&services_inventory(), &change_plan_with("k1", "shard", OtherPlans::Refuse));
    assert!(
        why.contains("maps-plan (maps:prod), mail-plan (mail:prod), which the pool of shard-plan"),
        "{why}"
    );
    let why = refusal_in(&services_inventory(), &change_plan_with("s1", "free", OtherPlans::Refuse));
    assert!(why.starts_with("API key b1 is also in maps-plan"), "from one pool into another: {why}");
}

#[test]
fn rebalancing_and_draining_never_lose_a_plan() {
    for change in [Change::Rebalance("shard".into()), Change::Drain("b1".into())] {
        let why = refusal_in(&services_inventory(), &change);
        assert!(why.starts_with("API key b1 is also in maps-plan (maps:prod), mail-plan"), "{why}");
        assert!(why.ends_with("Attach the pool's other keys to those plans first"), "{why}");
    }
    let same_plans = services_inventory_with(|parts| {
        for plan in ["maps", "mail"] {
            members_of(parts, plan).push("b2".into());
        }
    });
    assert!(Change::Rebalance("shard".into()).units(&same_plans).is_ok());
    assert!(
        Change::Drain("b2".into()).units(&services_inventory()).is_ok(),
        "tenants that gain plans lose none"
    );
}

#[test]
fn a_change_lists_each_of_its_api_keys_once() {
    let keys = |change: &Change| change.api_keys(&services_inventory());
    assert_eq!(keys(&rotate("k1")), ids(&["k1"]));
    assert_eq!(keys(&Change::Isolate(ids(&["s1", "s2", "r1"]))), ids(&["b1", "p1"]));
    assert_eq!(keys(&Change::Retire("spare".into())), ids(&["spare"]));
    assert_eq!(keys(&Change::Rebalance("shard".into())), ids(&["b1", "b2"]));
    assert_eq!(keys(&create("silo", 1)), []);
}
