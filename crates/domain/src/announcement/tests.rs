//! Every change is announced, with what it affects; what cuts somebody off asks first.

mod adoption;
mod reach;

use std::collections::BTreeMap;

use super::*;
use crate::change::{Balance, Extension, Mend, OtherPlans};
use crate::key_file::{Action, ImportedKey, KeyToBe};
use crate::setup::{LogLevel, StageLogging};
use crate::{
    ApiChange, ApiKey, ApiKeyId, Edit, NewKey, NewKeys, Parts, Period, Plan, PlanChange, PlanEdit, Pool,
    PoolAsked, PoolKey, PoolKeyState, Quota, Secret, Strategy, TenantKey, Throttle,
};

fn stage(name: &str) -> StageRef {
    StageRef { api: "abc".into(), stage: name.into() }
}

fn plan(id: &str, stages: &[&str]) -> Plan {
    let plan = Plan {
        throttle: Some(Throttle { rate: 10.0, burst: 20 }),
        quota: Some(Quota { limit: 1_000, period: Period::Day, offset: 0 }),
        stages: stages.iter().map(|name| stage(name)).collect(),
        ..Plan::new(id, format!("{id}-plan"))
    };
    plan.on_sale(None, None)
}

fn api_key(id: &str) -> ApiKey {
    ApiKey::new(id, format!("name of {id}"))
}

/// `old` is an API key whose place another took.
fn replaced(mut key: ApiKey) -> ApiKey {
    if key.id.as_str() == "old" {
        key.tags.insert(crate::key::tag::RETIRES_AT.to_owned(), "2026-03-10T12:00:00Z".to_owned());
    }
    key
}

fn tenant_key(id: &str, plan: &str, tenant: &str, pool_key: Option<&str>) -> TenantKey {
    TenantKey {
        name: format!("{id}-name"),
        pool_key: pool_key.map(ApiKeyId::from).into(),
        revision: Some(1),
        ..TenantKey::new(id, plan, tenant)
    }
}

/// `k1` of acme in `silo` is also in `extra`, a plan without tenants; acme and globex share `p1` in `free`; `theirs` is
/// a plan of another team with one API key.
fn parts() -> Parts {
    let ids = |ids: &[&str]| ids.iter().map(|&id| ApiKeyId::from(id)).collect::<Vec<_>>().into();
    let pool_key = |id: &str, tenants| PoolKey {
        api_key: id.into(),
        tenants,
        capacity: 10.into(),
        state: PoolKeyState::Active,
        revision: 0,
    };
    let pool = |plan: &str, keys| Pool {
        plan: plan.into(),
        strategy: Strategy::LeastTenants,
        capacity: 10.into(),
        keys,
        revision: 1,
    };
    let theirs = Plan { shop_window: None, ..plan("theirs", &["beta"]) };
    Parts {
        plans: vec![
            plan("silo", &["prod"]),
            plan("free", &["prod"]),
            plan("idle", &["prod"]),
            plan("extra", &["gamma"]),
            theirs,
        ],
        api_keys: ["k1", "old", "p1", "p2", "i1", "x1"].map(api_key).map(replaced).to_vec().into(),
        members: BTreeMap::from([
            ("silo".into(), ids(&["k1"])),
            ("free".into(), ids(&["p1", "p2"])),
            ("idle".into(), ids(&["i1"])),
            ("extra".into(), ids(&["k1"])),
            ("theirs".into(), ids(&["x1"])),
        ]),
        rows: vec![
            tenant_key("k1", "silo", "acme", None),
            tenant_key("r1", "free", "acme", Some("p1")),
            tenant_key("r2", "free", "globex", Some("p1")),
            tenant_key("r3", "free", "initech", Some("p1")),
            tenant_key("r4", "free", "umbrella", Some("p1")),
        ],
        pools: vec![
            pool("free", vec![pool_key("p1", 4.into()), pool_key("p2", 0.into())]),
            pool("idle", vec![pool_key("i1", 0.into())]),
        ],
        remarks: Vec::new(),
        taken_at: jiff::Timestamp::UNIX_EPOCH,
    }
}

fn inventory() -> Inventory {
    Inventory::new(parts())
}

fn create(plan: &str) -> Change {
    let key = NewKey {
        plan: plan.into(),
        tenant: "acme".into(),
        name: "web".into(),
        description: String::new(),
        enabled: true,
    };
    Change::Create(NewKeys { key, count: 1 })
}

fn edit(row: &str, enabled: bool) -> Change {
    Change::Edit { row: row.into(), edit: Edit { enabled: Some(enabled), ..Edit::default() } }
}

fn limits(plan: &str, rate: f64, quota: u64) -> Change {
    let edit = PlanEdit {
        throttle: Some(Some(Throttle { rate, burst: 20 })),
        quota: Some(Some(Quota { limit: quota, period: Period::Day, offset: 0 })),
        ..PlanEdit::default()
    };
    PlanChange::Edit { plan: plan.into(), edit }.into()
}

fn extend(key: &str, balance: Balance) -> Change {
    Change::Extend(Extension { plan: "silo".into(), keys: vec![(key.into(), balance)], reason: "why".into() })
}

fn pool_of(plan: &str, key: &str) -> Change {
    Change::CreatePool(PoolAsked {
        plan: plan.into(),
        api_keys: vec![key.into()],
        new_keys: 0,
        strategy: Strategy::Random,
        capacity: 5,
    })
}

fn import(plan: &str) -> Change {
    let key = ImportedKey {
        name: "imported".to_owned(),
        value: Secret::new("v".repeat(40)),
        description: String::new(),
        enabled: true,
        plans: vec![plan.into()],
        tenant: Some("acme".into()),
        known: None,
    };
    Change::Import(vec![KeyToBe { line: 2, action: Action::Create, key }])
}

/// One of each, with the plans and stages it affects and whether it asks.
fn all() -> Vec<(Change, &'static [&'static str], &'static [&'static str], bool)> {
    let k1 = || vec!["k1".into()];
    let both: &[&str] = &["extra-plan", "silo-plan"];
    let both_stages: &[&str] = &["abc:gamma", "abc:prod"];
    let logging = StageLogging { level: Some(LogLevel::Info), access: None };
    vec![
        (create("silo"), &["silo-plan"], &["abc:prod"], false),
        (import("silo"), &["silo-plan"], &["abc:prod"], false),
        (edit("k1", false), both, both_stages, true),
        (Change::SetCustomer { row: "k1".into(), customer: "c".into() }, both, both_stages, false),
        (Change::Switch { rows: k1(), enabled: false }, both, both_stages, true),
        (Change::Delete(k1()), both, both_stages, true),
        (
            Change::restore(
                tenant_key("k9", "silo", "acme", None),
                Secret::new("v".repeat(40)),
                crate::FormerApiKey::new(&api_key("k9"), &["silo".into(), "extra".into()]),
            ),
            both,
            both_stages,
            false,
        ),
        (Change::Rotate { rows: k1(), grace: 0 }, both, both_stages, true),
        (Change::RotatePoolKey { api_key: "p1".into(), grace: 0 }, &["free-plan"], &["abc:prod"], true),
        (Change::Retire("old".into()), &[], &[], true),
        (Change::Isolate(vec!["r1".into()]), &["free-plan"], &["abc:prod"], true),
        (Change::Drain("p1".into()), &["free-plan"], &["abc:prod"], true),
        (Change::Rebalance("free".into()), &["free-plan"], &["abc:prod"], true),
        (pool_of("silo", "k1"), &["silo-plan"], &["abc:prod"], false),
        (Change::DissolvePool("idle".into()), &["idle-plan"], &["abc:prod"], true),
        (
            Change::SetPool { plan: "free".into(), strategy: None, capacity: Some(9) },
            &["free-plan"],
            &["abc:prod"],
            false,
        ),
        (Change::Grow { plan: "free".into(), count: 1 }, &["free-plan"], &["abc:prod"], false),
        (extend("k1", Balance::Add(1)), &["silo-plan"], &["abc:prod"], false),
        (Change::Mend(Mend::CorrectValue("k1".into())), both, both_stages, false),
        (limits("silo", 1.0, 1_000), &["silo-plan"], &["abc:prod"], true),
        (ApiChange::Deploy(stage("gamma")).into(), &["extra-plan"], &["abc:gamma"], true),
        (
            ApiChange::SetStageLogging { stage: stage("prod"), logging, replaces: None }.into(),
            &[],
            &["abc:prod"],
            false,
        ),
    ]
}

/// A new change stands here before it compiles, and in the list before the test is green.
const fn number(change: &Change) -> usize {
    match change {
        Change::Create(_) => 0,
        Change::Import(_) => 1,
        Change::Edit { .. } => 2,
        Change::SetCustomer { .. } => 3,
        Change::Switch { .. } => 4,
        Change::Delete(_) => 5,
        Change::Restore(_) => 6,
        Change::Rotate { .. } => 7,
        Change::RotatePoolKey { .. } => 8,
        Change::Retire(_) => 9,
        Change::Isolate(_) => 10,
        Change::Drain(_) => 11,
        Change::Rebalance(_) => 12,
        Change::CreatePool(_) => 13,
        Change::DissolvePool(_) => 14,
        Change::SetPool { .. } => 15,
        Change::Grow { .. } => 16,
        Change::Extend(_) => 17,
        Change::Mend(_) => 18,
        Change::Plan(_) => 19,
        Change::Api(_) => 20,
        Change::ChangePlan { .. } => 21,
        Change::Consolidate { .. } => 22,
    }
}

#[test]
fn each_change_names_its_plans_and_stages_before_anything_is_written() {
    let seen = inventory();
    let mut numbers: BTreeSet<usize> = [21, 22].into();
    for (change, plans, stages, asks_first) in all() {
        let announcement =
            Announcement::new(&change, &seen).unwrap_or_else(|why| panic!("{change:?}: {why}"));
        let named: Vec<_> = announcement.plans.iter().map(|plan| plan.name.as_str()).collect();
        let of: Vec<_> = announcement.stages.iter().map(ToString::to_string).collect();
        assert_eq!(
            (named, of),
            (plans.to_vec(), stages.iter().map(ToString::to_string).collect()),
            "{change:?}"
        );
        assert_eq!(announcement.asks_first, asks_first, "{change:?}");
        assert_eq!(
            (announcement.sentence, announcement.tenants),
            (change.describe(&seen), change.blast_radius(&seen))
        );
        assert!(announcement.units.iter().all(|unit| !unit.steps.is_empty()), "{change:?}");
        numbers.insert(number(&change));
    }
    assert!(numbers.into_iter().eq(0..23), "a change has no case here");
}

#[test]
fn a_move_names_the_plans_on_both_sides() {
    let with_room = Inventory::new(Parts { pools: Vec::new(), rows: parts().rows[..1].to_vec(), ..parts() });
    let change =
        Change::ChangePlan { rows: vec!["k1".into()], plan: "idle".into(), others: OtherPlans::Refuse };
    let announcement = scope::scope(&change, &with_room);
    assert_eq!(announcement.plans.iter().map(PlanId::as_str).collect::<Vec<_>>(), ["extra", "idle", "silo"]);
    let announcement = scope::scope(
        &Change::Consolidate { rows: vec!["k1".into()], others: OtherPlans::Refuse },
        &with_room,
    );
    assert_eq!(announcement.plans.iter().map(PlanId::as_str).collect::<Vec<_>>(), ["extra", "silo"]);
    assert!(
        change.asks_first(&with_room)
            && Change::Consolidate { rows: Vec::new(), others: OtherPlans::Refuse }.asks_first(&with_room)
    );
}

#[test]
fn what_cuts_somebody_off_asks_and_what_gives_more_does_not() {
    let seen = inventory();
    let unlink = PlanEdit { unlink: vec![stage("prod")], ..PlanEdit::default() };
    let link = PlanEdit { link: vec![stage("gamma")], ..PlanEdit::default() };
    let of = |edit: PlanEdit| Change::from(PlanChange::Edit { plan: "silo".into(), edit });
    for cuts in [
        edit("k1", false),
        edit("r1", false),
        limits("silo", 1.0, 1_000),
        limits("silo", 10.0, 999),
        of(unlink),
        extend("k1", Balance::Take(1)),
        extend("k1", Balance::Set(999)),
    ] {
        assert!(cuts.asks_first(&seen), "{cuts:?}");
    }
    for gives in [
        edit("k1", true),
        limits("silo", 11.0, 1_001),
        of(link),
        of(PlanEdit { quota: Some(None), ..PlanEdit::default() }),
        extend("k1", Balance::Add(1)),
        extend("k1", Balance::Set(1_000)),
    ] {
        assert!(!gives.asks_first(&seen), "{gives:?}");
    }
}

#[test]
fn a_quota_over_a_longer_period_is_lower_unless_it_holds_as_many_of_the_old_ones() {
    let seen = inventory();
    let quota = |limit, period| {
        let edit = PlanEdit { quota: Some(Some(Quota { limit, period, offset: 0 })), ..PlanEdit::default() };
        Change::from(PlanChange::Edit { plan: "silo".into(), edit }).asks_first(&seen)
    };
    assert!(quota(6_999, Period::Week) && !quota(7_000, Period::Week));
    assert!(quota(30_999, Period::Month) && !quota(31_000, Period::Month));
}

#[test]
fn a_disabled_pooled_tenant_goes_on_calling_and_the_caution_names_isolate() {
    let announcement = Announcement::new(&edit("r1", false), &inventory()).expect("an announcement");
    assert!(announcement.asks_first);
    assert!(
        announcement.cautions[0].contains("the calls go on") && announcement.cautions[0].contains("isolate"),
        "{announcement:?}"
    );
}

#[test]
fn several_announcements_are_one_that_says_everything_once() {
    let seen = inventory();
    let parts = [edit("k1", false), edit("r1", false), edit("r2", false)];
    let parts = parts.iter().map(|change| Announcement::new(change, &seen).expect("an announcement"));
    let announcement = Announcement::merged("fix 3 findings", parts);
    let names: Vec<_> = announcement.plans.iter().map(|plan| plan.name.as_str()).collect();
    assert_eq!(names, ["extra-plan", "free-plan", "silo-plan"]);
    assert_eq!(
        (announcement.units.len(), announcement.cautions.len(), announcement.asks_first),
        (3, 1, true)
    );
    assert_eq!((announcement.tenants.len(), announcement.apis()), (2, vec!["abc"]));
}
