//! An API key in three plans for three services, and what becomes of them in each operation.

use super::*;
use crate::step::SeenApiKey;

const SERVICES: [&str; 3] = ["silo", "maps", "mail"];

fn stage(api: &str) -> StageRef {
    StageRef { api: api.to_owned(), stage: "prod".to_owned() }
}

/// `k1` is in `silo`, `maps` and `mail`, and so is pool key `b1` of `shard`; each plan is of an API of its own, but for
/// `bundle`, which covers those of `maps` and `mail`.
fn services() -> Parts {
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

fn members_of<'a>(parts: &'a mut Parts, plan: &str) -> &'a mut Vec<ApiKeyId> {
    parts.members.get_mut(&plan.into()).and_then(Known::value_mut).expect("members")
}

fn seen() -> Inventory {
    Inventory::new(services())
}

fn changed(difference: impl FnOnce(&mut Parts)) -> Inventory {
    let mut parts = services();
    difference(&mut parts);
    Inventory::new(parts)
}

/// The same where the members of one plan may not be read.
fn unread() -> Inventory {
    changed(|parts| {
        let denied = Known::not_allowed("apigateway:GET", "/usageplans/mail/keys");
        parts.members.insert("mail".into(), denied);
    })
}

fn new_key(steps: &[Step]) -> &NewApiKey {
    let Some(Step::CreateApiKey(new)) = steps.first() else { panic!("the API key is first: {steps:?}") };
    new
}

/// The plans that the new API key enters, and those on which it is waited for.
fn entered(steps: &[Step]) -> (Vec<&str>, Vec<&str>) {
    let enters = steps.iter().filter_map(|step| match step {
        Step::AttachApiKey { api_key: KeyRef::New, plan } => Some(plan.as_str()),
        _ => None,
    });
    let waits = steps.iter().filter_map(|step| match step {
        Step::AwaitAnswer(plan) => Some(plan.as_str()),
        _ => None,
    });
    (enters.collect(), waits.collect())
}

fn rotate(row: &str) -> Change {
    Change::Rotate { rows: ids(&[row]), grace: 0 }
}

fn to_plan(row: &str, plan: &str, others: OtherPlans) -> Change {
    Change::ChangePlan { rows: ids(&[row]), plan: plan.into(), others }
}

#[test]
fn a_rotated_key_enters_every_plan_and_is_the_same_customers() {
    let steps = steps_in(&seen(), &rotate("k1")).remove(0);
    assert_eq!(entered(&steps), (SERVICES.to_vec(), SERVICES.to_vec()));
    let new = new_key(&steps);
    assert_eq!((new.name.as_str(), new.description.as_str()), ("name of k1", "about k1"));
    assert_eq!((new.customer_id.as_deref(), new.enabled), (Some("cust-1"), true));
    assert_eq!(new.tags.keys().collect::<Vec<_>>(), ["ownerId", "team"]);
    let old = SeenApiKey { api_key: "k1".into(), plans: ids(&SERVICES), enabled: Some(true) };
    assert_eq!(new.origin, KeyOrigin::CopyOf(old));
    assert_eq!(
        new.plan,
        "silo".into(),
        "the plan of its tenant key stands in keypool's tag, and decides nothing else"
    );
}

#[test]
fn a_key_outside_the_plan_of_its_tenant_key_is_copied_as_it_is() {
    let outside = changed(|parts| members_of(parts, "silo").clear());
    let steps = steps_in(&outside, &rotate("k1")).remove(0);
    assert_eq!(entered(&steps).0, ["maps", "mail"]);
}

#[test]
fn with_the_members_of_one_plan_unread_a_key_is_copied_only_once_it_was_asked_for() {
    let unread = unread();
    let changes =
        [rotate("k1"), Change::Isolate(ids(&["s1"])), rotate_pool_key("b1", 0), change_plan("k1", "other")];
    for change in &changes {
        let refused = refused_in(&unread, change);
        assert!(refused.contains("apigateway:GET on /usageplans/mail/keys"), "{refused}");
    }
    let asked = unread.with_plans_of_api_keys([("k1".into(), ids(&SERVICES))]);
    assert_eq!(entered(&steps_in(&asked, &rotate("k1"))[0]).0, SERVICES);
}

#[test]
fn a_pool_key_is_followed_in_all_of_its_plans() {
    let steps = steps_in(&seen(), &rotate_pool_key("b1", 0)).remove(0);
    let plans = vec!["shard", "maps", "mail"];
    assert_eq!(entered(&steps), (plans.clone(), plans));
    assert_eq!(new_key(&steps).customer_id.as_deref(), Some("cust-1"));
    let off = changed(|parts| parts.api_keys.value_mut().expect("listed")[3].enabled = false);
    let steps = steps_in(&off, &rotate_pool_key("b1", 0)).remove(0);
    assert_eq!(
        (new_key(&steps).enabled, entered(&steps).1.len()),
        (false, 0),
        "a copy of a disabled key is one"
    );
    let replaced = steps_in(&off, &Change::Mend(Mend::ReplaceDisabled("b1".into()))).remove(0);
    assert_eq!((new_key(&replaced).enabled, entered(&replaced).1.len()), (true, 3));
    let tenants = Change::Mend(Mend::ReplaceDisabled("b1".into())).blast_radius(&off);
    assert_eq!(tenants, ids(&["acme", "globex", "initech"]));
}

#[test]
fn a_successor_that_lacks_plans_of_its_pool_key_enters_them_before_tenants_follow() {
    let cut = changed(|parts| {
        let mut successor = api_key("b9", true);
        successor.tags.insert(tag::REPLACES.to_owned(), "b1".to_owned());
        parts.api_keys.value_mut().expect("listed").push(successor);
        parts.pools[1].keys.push(pool_key("b9", 0, 5));
        members_of(parts, "shard").push("b9".into());
        members_of(parts, "maps").push("b9".into());
    });
    let steps = said_in(&cut, &rotate_pool_key("b1", 0));
    assert_eq!(steps[0], "attach API key b9 to usage plan mail-plan");
    assert!(steps[1].starts_with("let 4 rows"), "{steps:?}");
}

#[test]
fn an_isolated_key_takes_the_plans_and_nothing_else_of_the_shared_one() {
    let steps = steps_in(&seen(), &Change::Isolate(ids(&["s1"]))).remove(0);
    let plans = vec!["shard", "maps", "mail"];
    assert_eq!(entered(&steps), (plans.clone(), plans.clone()));
    let new = new_key(&steps);
    assert_eq!((&new.customer_id, new.tags.len(), new.tenant.clone()), (&None, 0, Some("acme".into())));
    assert_eq!((new.name.as_str(), new.description.as_str()), ("s1-name", ""));
    let shared = SeenApiKey { api_key: "b1".into(), plans: ids(&plans), enabled: None };
    assert_eq!(new.origin, KeyOrigin::PlansOf(shared));
}

#[test]
fn a_restored_key_is_what_it_was_in_all_plans_that_are_still_there() {
    let row = row("k9", "silo", "globex", None);
    let key = ApiKey { enabled: false, ..seen().api_key(&"k1".into()).key().expect("k1").clone() };
    let api_key = FormerApiKey::new(&key, &ids(&["silo", "maps", "gone"]));
    let change = Change::restore(row, Secret::new("v"), api_key);
    let steps = steps_in(&seen(), &change).remove(0);
    assert_eq!(entered(&steps), (vec!["silo", "maps"], Vec::new()));
    let new = new_key(&steps);
    assert_eq!(
        (new.name.as_str(), new.enabled, new.customer_id.as_deref()),
        ("name of k1", false, Some("cust-1"))
    );
    assert_eq!(new.tags.len(), 2);
    let cautions = change.cautions(&seen());
    assert!(cautions.iter().any(|caution| caution.contains("gone")), "{cautions:?}");
}

#[test]
fn a_restored_key_is_refused_where_two_of_its_plans_cover_one_stage_by_now() {
    let api_key = former("web", &["maps", "bundle"]);
    let change = Change::restore(row("k9", "silo", "globex", None), Secret::new("v"), api_key);
    let why = "Usage Plan ID bundle cannot be added because API Key k9 cannot reference multiple Usage Plans with the \
               same API Stage: it is in maps-plan, which covers maps:prod too";
    assert_eq!(refused_in(&seen(), &change), why);
}

#[test]
fn a_move_that_another_membership_forbids_is_refused_beforehand() {
    for others in [OtherPlans::Refuse, OtherPlans::Keep] {
        assert_eq!(
            refused_in(&seen(), &to_plan("k1", "bundle", others)),
            "Usage Plan ID bundle cannot be added because API Key k1 cannot reference multiple Usage Plans with the \
             same API Stage: it is in maps-plan, which covers maps:prod too"
        );
    }
    assert_eq!(
        said_in(&seen(), &to_plan("k1", "bundle", OtherPlans::Leave)),
        [
            "detach API key k1 from usage plan silo-plan",
            "detach API key k1 from usage plan maps-plan",
            "detach API key k1 from usage plan mail-plan",
            "attach API key k1 to usage plan bundle-plan",
            "set the plan of row k1 to bundle-plan",
        ]
    );
}

#[test]
fn a_change_of_plan_takes_no_other_plan_without_being_asked() {
    let why = refused_in(&seen(), &to_plan("k1", "other", OtherPlans::Refuse));
    assert_eq!(
        why,
        "API key k1 is also in maps-plan (maps:prod), mail-plan (mail:prod), which other-plan does not cover: the \
         tenant would lose that. Choose --leave-other-plans to give it up, or --keep-other-plans to stay in it"
    );
    assert_eq!(
        said_in(&seen(), &to_plan("k1", "other", OtherPlans::Keep)),
        [
            "detach API key k1 from usage plan silo-plan",
            "attach API key k1 to usage plan other-plan",
            "set the plan of row k1 to other-plan",
        ]
    );
    assert_eq!(said_in(&seen(), &to_plan("k1", "other", OtherPlans::Leave)).len(), 5);
}

#[test]
fn a_tenant_that_leaves_a_pool_for_a_plan_says_what_becomes_of_its_other_plans() {
    let why = refused_in(&seen(), &to_plan("s1", "other", OtherPlans::Refuse));
    assert!(why.starts_with("API key b1 is also in maps-plan (maps:prod)"), "{why}");
    let plans = |others| {
        let steps = steps_in(&seen(), &to_plan("s1", "other", others)).remove(0);
        entered(&steps).0.into_iter().map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(plans(OtherPlans::Keep), ["other", "maps", "mail"]);
    assert_eq!(plans(OtherPlans::Leave), ["other"]);
}

#[test]
fn into_a_pool_goes_only_who_loses_nothing_or_says_so() {
    let own = |parts: &mut Parts| {
        parts.rows.push(row("k2", "shard", "acme", None));
        parts.api_keys.value_mut().expect("listed").push(api_key("k2", true));
        for plan in ["shard", "maps"] {
            members_of(parts, plan).push("k2".into());
        }
    };
    let consolidate = |others| Change::Consolidate { rows: ids(&["k2"]), others };
    let refused = refused_in(&changed(own), &consolidate(OtherPlans::Refuse));
    assert!(refused.starts_with("API key k2 is also in maps-plan (maps:prod), which the pool of shard-plan"));
    assert!(refused.ends_with("Choose --leave-other-plans to give it up"), "{refused}");
    assert_eq!(
        refused_in(&changed(own), &consolidate(OtherPlans::Keep)),
        refused,
        "a shared key is in no more plans"
    );
    assert_eq!(steps_in(&changed(own), &consolidate(OtherPlans::Leave))[0].len(), 4);
    let covered = changed(|parts| {
        own(parts);
        members_of(parts, "maps").push("b2".into());
    });
    assert_eq!(
        steps_in(&covered, &consolidate(OtherPlans::Refuse))[0].len(),
        4,
        "every key of the pool is in maps"
    );
    let why = refused_in(&seen(), &to_plan("k1", "shard", OtherPlans::Refuse));
    assert!(
        why.contains("maps-plan (maps:prod), mail-plan (mail:prod), which the pool of shard-plan"),
        "{why}"
    );
    let why = refused_in(&seen(), &to_plan("s1", "free", OtherPlans::Refuse));
    assert!(why.starts_with("API key b1 is also in maps-plan"), "from one pool into another: {why}");
}

#[test]
fn no_tenant_loses_a_plan_when_a_pool_is_brought_level_or_a_key_of_it_drained() {
    for change in [Change::Rebalance("shard".into()), Change::Drain("b1".into())] {
        let why = refused_in(&seen(), &change);
        assert!(why.starts_with("API key b1 is also in maps-plan (maps:prod), mail-plan"), "{why}");
        assert!(why.ends_with("Attach the other keys of the pool to it first"), "{why}");
    }
    let alike = changed(|parts| {
        for plan in ["maps", "mail"] {
            members_of(parts, plan).push("b2".into());
        }
    });
    assert!(Change::Rebalance("shard".into()).units(&alike).is_ok());
    assert!(Change::Drain("b2".into()).units(&seen()).is_ok(), "who comes to more plans loses none");
}

#[test]
fn the_api_keys_of_a_change_are_told_once_each() {
    let keys = |change: &Change| change.api_keys(&seen());
    assert_eq!(keys(&rotate("k1")), ids(&["k1"]));
    assert_eq!(keys(&Change::Isolate(ids(&["s1", "s2", "r1"]))), ids(&["b1", "p1"]));
    assert_eq!(keys(&Change::Retire("spare".into())), ids(&["spare"]));
    assert_eq!(keys(&Change::Rebalance("shard".into())), ids(&["b1", "b2"]));
    assert_eq!(keys(&create("silo", 1)), []);
}
