//! Announcements of every change: affected plans and stages, and whether it needs confirmation.

mod adoption;
mod affected;
mod partly_read;

use std::collections::BTreeMap;

use super::*;
use crate::change::{BalanceChange, Extension, Fix, OtherPlans};
use crate::key_file::{ImportAction, ImportedKey, PlannedKey};
use crate::setup::{LogLevel, StageLogging};
use crate::testing::{self, members, pool, pool_key};
use crate::{
    ApiChange, ApiKey, Edit, InventoryParts, MethodRef, NewPoolRequest, NewTenantKey, NewTenantKeys, Period,
    Plan, PlanChange, PlanEdit, Quota, Secret, Strategy, TenantKey, Throttle,
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
    plan.with_price_list_entry(None, None)
}

fn api_key(id: &str) -> ApiKey {
    ApiKey::new(id, format!("name of {id}"))
}

/// Tags `old` as an API key that was replaced.
fn with_retirement_tag(mut key: ApiKey) -> ApiKey {
    if key.id.as_str() == "old" {
        key.tags.insert(crate::key::tag::RETIRES_AT.to_owned(), "2026-03-10T12:00:00Z".to_owned());
    }
    key
}

fn tenant_key(id: &str, plan: &str, tenant: &str, pool_key: Option<&str>) -> TenantKey {
    TenantKey {
        name: format!("{id}-name").into(),
        ..testing::tenant_key(id, plan, tenant, pool_key).with_attributes(|its| its.revision = Some(1))
    }
}

/// `k1` of acme in `silo` is also in `extra`, a plan without tenants. Four tenants share `p1` in `free`. `theirs` is an
/// unmanaged plan with one API key.
fn parts() -> InventoryParts {
    let theirs = Plan { price_list_entry: None, ..plan("theirs", &["beta"]) };
    InventoryParts {
        plans: vec![
            plan("silo", &["prod"]),
            plan("free", &["prod"]),
            plan("idle", &["prod"]),
            plan("extra", &["gamma"]),
            theirs,
        ],
        api_keys: ["k1", "old", "p1", "p2", "i1", "x1"].map(api_key).map(with_retirement_tag).to_vec().into(),
        members: members(&[
            ("silo", &["k1"]),
            ("free", &["p1", "p2"]),
            ("idle", &["i1"]),
            ("extra", &["k1"]),
            ("theirs", &["x1"]),
        ]),
        tenant_keys: vec![
            tenant_key("k1", "silo", "acme", None),
            tenant_key("r1", "free", "acme", Some("p1")),
            tenant_key("r2", "free", "globex", Some("p1")),
            tenant_key("r3", "free", "initech", Some("p1")),
            tenant_key("r4", "free", "umbrella", Some("p1")),
        ],
        pools: vec![
            pool("free", 10, vec![pool_key("p1", 4, 10), pool_key("p2", 0, 10)]),
            pool("idle", 10, vec![pool_key("i1", 0, 10)]),
        ],
        ..testing::parts()
    }
}

fn inventory() -> Inventory {
    Inventory::new(parts())
}

fn create(plan: &str) -> Change {
    let key = NewTenantKey {
        plan: plan.into(),
        tenant: "acme".into(),
        name: "web".into(),
        description: String::new(),
        enabled: true,
        expires_at: None,
    };
    Change::Create(NewTenantKeys { template: key, count: 1 })
}

fn edit(tenant_key: &str, enabled: bool) -> Change {
    Change::Edit { tenant_key: tenant_key.into(), edit: Edit { enabled: Some(enabled), ..Edit::default() } }
}

fn edit_limits(plan: &str, rate: f64, quota: u64) -> Change {
    let edit = PlanEdit {
        throttle: Some(Some(Throttle { rate, burst: 20 })),
        quota: Some(Some(Quota { limit: quota, period: Period::Day, offset: 0 })),
        ..PlanEdit::default()
    };
    PlanChange::Edit { plan: plan.into(), edit }.into()
}

fn extend(key: &str, balance: BalanceChange) -> Change {
    Change::Extend(Extension { plan: "silo".into(), keys: vec![(key.into(), balance)], reason: "why".into() })
}

fn create_pool(plan: &str, key: &str) -> Change {
    Change::CreatePool(NewPoolRequest {
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
        existing: None,
        expires_at: None,
    };
    Change::Import(vec![PlannedKey { line: 2, action: ImportAction::Create, key }])
}

const ROLE: &str = "arn:aws:iam::123456789012:role/logs";

fn require_keys() -> Change {
    let methods = vec![("resource".to_owned(), MethodRef::new("GET", "/pets"))];
    ApiChange::RequireKeys { api: "abc".to_owned(), methods, required: true }.into()
}

/// Each change with the plans and stages it affects and whether it needs confirmation.
fn all_changes() -> Vec<(Change, &'static [&'static str], &'static [&'static str], bool)> {
    let k1 = || vec!["k1".into()];
    let both_plans: &[&str] = &["extra-plan", "silo-plan"];
    let both_stages: &[&str] = &["abc:gamma", "abc:prod"];
    let logging = StageLogging { level: Some(LogLevel::Info), access: None };
    vec![
        (create("silo"), &["silo-plan"], &["abc:prod"], false),
        (import("silo"), &["silo-plan"], &["abc:prod"], false),
        (edit("k1", false), both_plans, both_stages, true),
        (
            Change::SetCustomer { tenant_key: "k1".into(), customer: "c".into() },
            both_plans,
            both_stages,
            false,
        ),
        (Change::SetEnabled { tenant_keys: k1(), enabled: false }, both_plans, both_stages, true),
        (Change::Delete(k1()), both_plans, both_stages, true),
        (
            Change::restore(
                tenant_key("k9", "silo", "acme", None),
                Secret::new("v".repeat(40)),
                crate::FormerApiKey::new(&api_key("k9"), &["silo".into(), "extra".into()]),
            ),
            both_plans,
            both_stages,
            false,
        ),
        (Change::Rotate { tenant_keys: k1(), grace: 0 }, both_plans, both_stages, true),
        (Change::RotatePoolKey { api_key: "p1".into(), grace: 0 }, &["free-plan"], &["abc:prod"], true),
        (Change::Retire("old".into()), &[], &[], true),
        (Change::Isolate(vec!["r1".into()]), &["free-plan"], &["abc:prod"], true),
        (Change::Drain("p1".into()), &["free-plan"], &["abc:prod"], true),
        (Change::Rebalance("free".into()), &["free-plan"], &["abc:prod"], true),
        (create_pool("silo", "k1"), &["silo-plan"], &["abc:prod"], false),
        (Change::DissolvePool("idle".into()), &["idle-plan"], &["abc:prod"], true),
        (
            Change::SetPool { plan: "free".into(), strategy: None, capacity: Some(9) },
            &["free-plan"],
            &["abc:prod"],
            false,
        ),
        (Change::Grow { plan: "free".into(), count: 1 }, &["free-plan"], &["abc:prod"], false),
        (extend("k1", BalanceChange::Add(1)), &["silo-plan"], &["abc:prod"], false),
        (Change::Fix(Fix::CorrectValue("k1".into())), both_plans, both_stages, false),
        (edit_limits("silo", 1.0, 1_000), &["silo-plan"], &["abc:prod"], true),
        (PlanChange::Create(plan("new", &["gamma"])).into(), &[], &["abc:gamma"], false),
        (PlanChange::Delete("extra".into()).into(), &["extra-plan"], &["abc:gamma"], true),
        (PlanChange::Adopt { plan: "theirs".into(), entry: None }.into(), &["theirs-plan"], &[], true),
        (PlanChange::Release("silo".into()).into(), &["silo-plan"], &[], true),
        (require_keys(), &[], &[], false),
        (ApiChange::Deploy(stage("gamma")).into(), &["extra-plan"], &["abc:gamma"], true),
        (ApiChange::SetLogRole { role: ROLE.to_owned(), replaces: Ok(None) }.into(), &[], &[], true),
        (
            ApiChange::SetUpTables(vec![crate::TableStep::Create { table: "keys".to_owned() }]).into(),
            &[],
            &[],
            true,
        ),
        (
            ApiChange::SetStageLogging { stage: stage("prod"), logging, replaces: None }.into(),
            &[],
            &["abc:prod"],
            false,
        ),
    ]
}

#[test]
fn each_change_announces_its_plans_and_stages() {
    let inventory = inventory();
    // The two changes of `moving_a_key_announces_source_and_target_plans`.
    let mut announced = BTreeSet::from(["change plan", "consolidate"]);
    for (change, plans, stages, needs_confirmation) in all_changes() {
        let announcement =
            Announcement::new(&change, &inventory).unwrap_or_else(|why| panic!("{change:?}: {why}"));
        let plan_names: Vec<_> = announcement.plans.iter().map(|plan| plan.name.as_str()).collect();
        let stage_names: Vec<_> = announcement.stages.iter().map(ToString::to_string).collect();
        assert_eq!(
            (plan_names, stage_names),
            (plans.to_vec(), stages.iter().map(ToString::to_string).collect()),
            "{change:?}"
        );
        assert_eq!(announcement.needs_confirmation, needs_confirmation, "{change:?}");
        assert_eq!(
            (announcement.summary, announcement.tenants),
            (change.describe(&inventory), change.affected_tenants(&inventory))
        );
        assert!(announcement.units.iter().all(|unit| !unit.steps.is_empty()), "{change:?}");
        announced.insert(change.operation_name());
    }
    assert_eq!(announced, Change::operation_names().collect(), "a change is missing from `all_changes`");
}

#[test]
fn moving_a_key_announces_source_and_target_plans() {
    let without_pools = Inventory::new(InventoryParts {
        pools: Vec::new(),
        tenant_keys: parts().tenant_keys[..1].to_vec(),
        ..parts()
    });
    let change = Change::ChangePlan {
        tenant_keys: vec!["k1".into()],
        plan: "idle".into(),
        other_plans: OtherPlans::Refuse,
    };
    let affected = change.effects(&without_pools).scope;
    assert_eq!(
        affected.all_plans().into_iter().map(PlanId::as_str).collect::<Vec<_>>(),
        ["extra", "idle", "silo"]
    );
    let consolidate = Change::Consolidate { tenant_keys: vec!["k1".into()], other_plans: OtherPlans::Refuse };
    let affected = consolidate.effects(&without_pools).scope;
    assert_eq!(affected.all_plans().into_iter().map(PlanId::as_str).collect::<Vec<_>>(), ["extra", "silo"]);
    assert!(
        change.needs_confirmation(&without_pools)
            && Change::Consolidate { tenant_keys: Vec::new(), other_plans: OtherPlans::Refuse }
                .needs_confirmation(&without_pools)
    );
}

#[test]
fn reducing_access_needs_confirmation_and_raising_limits_does_not() {
    let inventory = inventory();
    let unlink = PlanEdit { unlink: vec![stage("prod")], ..PlanEdit::default() };
    let link = PlanEdit { link: vec![stage("gamma")], ..PlanEdit::default() };
    let edit_silo = |edit: PlanEdit| Change::from(PlanChange::Edit { plan: "silo".into(), edit });
    for reduces in [
        edit("k1", false),
        edit("r1", false),
        edit_limits("silo", 1.0, 1_000),
        edit_limits("silo", 10.0, 999),
        edit_silo(unlink),
        extend("k1", BalanceChange::Subtract(1)),
        extend("k1", BalanceChange::Set(999)),
    ] {
        assert!(reduces.needs_confirmation(&inventory), "{reduces:?}");
    }
    for raises in [
        edit("k1", true),
        edit_limits("silo", 11.0, 1_001),
        edit_silo(link),
        edit_silo(PlanEdit { quota: Some(None), ..PlanEdit::default() }),
        extend("k1", BalanceChange::Add(1)),
        extend("k1", BalanceChange::Set(1_000)),
    ] {
        assert!(!raises.needs_confirmation(&inventory), "{raises:?}");
    }
}

#[test]
fn a_longer_quota_period_is_lower_unless_it_covers_the_old_quotas() {
    let inventory = inventory();
    let quota = |limit, period| {
        let edit = PlanEdit { quota: Some(Some(Quota { limit, period, offset: 0 })), ..PlanEdit::default() };
        Change::from(PlanChange::Edit { plan: "silo".into(), edit }).needs_confirmation(&inventory)
    };
    assert!(quota(6_999, Period::Week) && !quota(7_000, Period::Week));
    assert!(quota(30_999, Period::Month) && !quota(31_000, Period::Month));
}

#[test]
fn disabling_a_pooled_tenant_warns_that_calls_continue_and_suggests_isolate() {
    let announcement = Announcement::new(&edit("r1", false), &inventory()).expect("an announcement");
    assert!(announcement.needs_confirmation);
    assert!(
        announcement.cautions[0].contains("the tenant can still call")
            && announcement.cautions[0].contains("isolate"),
        "{announcement:?}"
    );
}

#[test]
fn merged_announcements_list_everything_once() {
    let inventory = inventory();
    let parts = [edit("k1", false), edit("r1", false), edit("r2", false)];
    let parts = parts.iter().map(|change| Announcement::new(change, &inventory).expect("an announcement"));
    let announcement = Announcement::merge("fix 3 findings", parts);
    let names: Vec<_> = announcement.plans.iter().map(|plan| plan.name.as_str()).collect();
    assert_eq!(names, ["extra-plan", "free-plan", "silo-plan"]);
    assert_eq!(
        (announcement.units.len(), announcement.cautions.len(), announcement.needs_confirmation),
        (3, 1, true)
    );
    assert_eq!((announcement.tenants.len(), announcement.apis()), (2, vec!["abc"]));
}
