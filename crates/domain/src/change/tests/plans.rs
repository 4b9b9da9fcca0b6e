//! Steps, refusals, descriptions and inverses of plan changes.

mod effects;

use std::collections::BTreeMap;

use super::*;
use crate::testing::{members, parts, tags};
use crate::{Change, InventoryParts, MethodRef, Period, Price, Quota, StageRef, TenantKey, Throttle};

fn stage(name: &str) -> StageRef {
    StageRef { api: "abc".into(), stage: name.into() }
}

fn basic() -> Plan {
    let basic = Plan {
        description: "for a start".into(),
        throttle: Some(Throttle { rate: 10.0, burst: 20 }),
        quota: Some(Quota { limit: 2_000, period: Period::Day, offset: 0 }),
        stages: vec![stage("prod")],
        ..Plan::new("p1", "Basic")
    };
    basic.with_price_list_entry(None, Some(Price::from_cents(4_900)))
}

fn method() -> (StageRef, MethodRef) {
    (stage("prod"), MethodRef::new("GET", "/pets"))
}

fn tenant_key() -> TenantKey {
    TenantKey { name: "web".into(), ..TenantKey::new("k1", "p1", "acme") }
}

/// `p1` has a throttled method, a tenant and a price-list entry. `p2`, created by keypool, has no price-list entry.
fn inventory() -> Inventory {
    let throttles = BTreeMap::from([(method(), Throttle { rate: 1.0, burst: 2 })]);
    let basic = Plan { method_throttles: throttles, ..basic() };
    let tags = tags(&[(crate::key::tag::REQUEST, "r")]);
    let other = Plan { tags: tags.into(), ..Plan::new("p2", "Other") };
    Inventory::new(InventoryParts {
        plans: vec![basic, other],
        members: members(&[("p1", &["k1"]), ("p2", &["k1"])]),
        tenant_keys: vec![tenant_key()],
        ..parts()
    })
}

fn steps(change: PlanChange) -> Result<Vec<String>, String> {
    let inventory = inventory();
    let units = Change::from(change).units(&inventory).map_err(|why| why.to_string())?;
    Ok(units.iter().flat_map(|unit| &unit.steps).map(|step| step.describe(&inventory)).collect())
}

fn edit(plan: &str, edit: PlanEdit) -> PlanChange {
    PlanChange::Edit { plan: plan.into(), edit }
}

#[test]
fn creating_a_plan_writes_its_price_list_entry() {
    let new = Plan { id: "".into(), name: "Gold".into(), price_list_entry: None, ..basic() };
    let new = new.with_price_list_entry(Some("the best".into()), basic().price());
    let text_of = |plan: &Plan| plan.price_list_entry.as_ref().map(|entry| entry.description.clone());
    assert_eq!(text_of(&new).as_deref(), Some("the best"));
    assert_eq!(text_of(&basic()).as_deref(), Some("for a start"), "the description is the default text");
    assert_eq!(
        steps(PlanChange::Create(new)).expect("steps"),
        [
            "create usage plan \"Gold\": 10 req/s, burst 20; 2,000/day; abc:prod",
            "write \"Gold\" to the Plans table: price 49, 2000 per DAY, 10 TPS",
        ]
    );
}

#[test]
fn a_marketplace_plan_is_linked_to_its_product_before_its_price_list_entry() {
    let new = Plan { id: "".into(), name: "Gold".into(), product_code: Some("prod-1".into()), ..basic() };
    let steps = steps(PlanChange::Create(new)).expect("steps");
    assert_eq!(steps.len(), 3);
    assert_eq!(
        steps[1],
        "new usage plan: set product code to prod-1 (AWS allows one UpdateUsagePlan per 20 s)"
    );
}

#[test]
fn a_description_changes_the_price_list_text_only_if_they_were_equal() {
    let text = PlanEdit { price_list_text: Some("all you need".into()), ..PlanEdit::default() };
    assert!(!text.changes_api_gateway());
    let text_of = |plan: &str, edit: &PlanEdit| {
        let inventory = inventory();
        let after = edit.apply_to(inventory.plan(&plan.into()).expect("a plan"));
        after.price_list_entry.map(|entry| (after.description, entry.description))
    };
    assert_eq!(text_of("p1", &text), Some(("for a start".into(), "all you need".into())));
    assert_eq!(
        text_of("p2", &text),
        Some((String::new(), "all you need".into())),
        "a text adds a price-list entry"
    );
    let described = PlanEdit { description: Some("mine".into()), ..PlanEdit::default() };
    assert_eq!(text_of("p1", &described), Some(("mine".into(), "mine".into())));
    let both = PlanEdit { price_list_text: text.price_list_text, ..described };
    assert_eq!(text_of("p1", &both), Some(("mine".into(), "all you need".into())));
}

#[test]
fn a_plan_can_be_free() {
    let free = PlanEdit { price: Some(Price::from_cents(0)), ..PlanEdit::default() };
    assert_eq!(steps(edit("p2", free)).expect("steps"), ["write \"Other\" to the Plans table: price 0"]);
}

#[test]
fn an_edit_is_one_patch_and_updates_the_price_list() {
    let change = PlanEdit {
        name: Some("Silver".into()),
        quota: Some(Some(Quota { limit: 500, period: Period::Month, offset: 4 })),
        link: vec![stage("beta"), stage("prod")],
        ..PlanEdit::default()
    };
    assert_eq!(
        steps(edit("p1", change.clone())).expect("steps"),
        [
            "usage plan Basic: set name to \"Silver\", set quota to 500/month from day 5, link abc:beta (AWS allows one UpdateUsagePlan per 20 s)",
            "write \"Silver\" to the Plans table: price 49, 500 per MONTH, 10 TPS",
        ]
    );
    let before = inventory();
    let caution = Change::from(edit("p1", change)).cautions(&before);
    assert_eq!(caution, ["keys with more than 500 calls in this period get 429 until the reset"]);
}

#[test]
fn a_plan_without_price_list_entry_gets_one_with_its_price() {
    let described = PlanEdit { description: Some("mine".into()), ..PlanEdit::default() };
    assert_eq!(
        steps(edit("p2", described)).expect("steps"),
        ["usage plan Other: set description to \"mine\" (AWS allows one UpdateUsagePlan per 20 s)"]
    );
    let priced = PlanEdit { price: Some(Price::from_cents(950)), ..PlanEdit::default() };
    assert_eq!(steps(edit("p2", priced)).expect("steps"), ["write \"Other\" to the Plans table: price 9.50"]);
}

#[test]
fn an_edit_without_differences_changes_nothing() {
    let same = PlanEdit {
        throttle: Some(Some(Throttle { rate: 10.0, burst: 20 })),
        link: vec![stage("prod")],
        unlink: vec![stage("gone")],
        methods: vec![(
            stage("prod"),
            MethodRef::new("get", "/pets"),
            Some(Throttle { rate: 1.0, burst: 2 }),
        )],
        price_list_text: Some("for a start".into()),
        ..PlanEdit::default()
    };
    assert_eq!(steps(edit("p1", same)), Err("nothing would change".to_owned()));
}

#[test]
fn deleting_a_plan_unlinks_stages_first_and_deletes_the_price_list_entry_last() {
    let delete = PlanChange::Delete("p1".into());
    assert_eq!(
        steps(delete.clone()).expect("steps"),
        [
            "usage plan Basic: unlink abc:prod (AWS allows one UpdateUsagePlan per 20 s)",
            "delete usage plan Basic",
            "delete p1 from the Plans table"
        ]
    );
    let (change, inventory) = (Change::from(delete), inventory());
    assert_eq!(change.affected_tenants(&inventory), ["acme".into()]);
    assert_eq!(
        change.cautions(&inventory),
        [
            "1 API key of the plan will get 403 on abc:prod",
            "1 tenant key left without a plan: move those that must keep working to another plan",
        ]
    );
    assert!(change.needs_confirmation(&inventory));
    assert_eq!(steps(PlanChange::Delete("p2".into())).expect("steps"), ["delete usage plan Other"]);
}

#[test]
fn edits_that_api_gateway_would_reject_are_refused() {
    let with_throttles = |count: usize| -> Vec<_> {
        let method = |n| MethodRef::new("GET", &format!("/{n}"));
        (0..count).map(|n| (stage("prod"), method(n), Some(Throttle { rate: 1.0, burst: 1 }))).collect()
    };
    let refused = [
        (PlanChange::Create(basic()), "usage plan Basic already exists"),
        (PlanChange::Create(Plan::new("", " ")), "name is required"),
        (
            edit("p1", PlanEdit { throttle: Some(None), ..PlanEdit::default() }),
            "Basic has no throttle, which method throttles",
        ),
        (
            edit("p1", PlanEdit { methods: with_throttles(20), ..PlanEdit::default() }),
            "Basic would limit 21 methods",
        ),
        (
            edit(
                "p1",
                PlanEdit { throttle: Some(Some(Throttle { rate: -1.0, burst: 1 })), ..PlanEdit::default() },
            ),
            "rate must be 0 or more, not -1",
        ),
        (
            edit("p1", PlanEdit { price: Some(Price::from_cents(-1)), ..PlanEdit::default() }),
            "price must be 0 or more, not -0.01",
        ),
        (
            edit(
                "p1",
                PlanEdit {
                    quota: Some(Some(Quota { limit: 1, period: Period::Week, offset: 7 })),
                    ..PlanEdit::default()
                },
            ),
            "a quota per week starts on day 1 to 7, not on day 8",
        ),
        (
            edit(
                "p1",
                PlanEdit {
                    quota: Some(Some(Quota { limit: 1 << 31, period: Period::Day, offset: 0 })),
                    ..PlanEdit::default()
                },
            ),
            "2147483648 is too large: API Gateway's maximum",
        ),
        (
            edit("p2", PlanEdit { link: vec![stage("prod")], ..PlanEdit::default() }),
            "Other shares 1 API key with Basic",
        ),
        (
            edit(
                "p1",
                PlanEdit {
                    methods: vec![(
                        stage("beta"),
                        MethodRef::new("GET", "/"),
                        Some(Throttle { rate: 1.0, burst: 1 }),
                    )],
                    ..PlanEdit::default()
                },
            ),
            "Basic does not cover abc:beta",
        ),
        (PlanChange::Delete("nope".into()), "usage plan nope does not exist"),
    ];
    for (change, start) in refused {
        let why = steps(change).expect_err(start);
        assert!(why.starts_with(start), "{why} instead of {start}");
    }
    assert!(steps(edit("p1", PlanEdit { methods: with_throttles(19), ..PlanEdit::default() })).is_ok());
}

#[test]
fn the_inverse_of_an_edit_restores_the_plan() {
    let inventory = inventory();
    let before = inventory.plan(&"p1".into()).expect("a plan");
    let edits = [
        PlanEdit {
            name: Some("X".into()),
            throttle: Some(Some(Throttle { rate: 1.0, burst: 1 })),
            ..PlanEdit::default()
        },
        PlanEdit { unlink: vec![stage("prod")], ..PlanEdit::default() },
        PlanEdit { quota: Some(None), product_code: Some(Some("m".into())), ..PlanEdit::default() },
        PlanEdit {
            link: vec![stage("beta")],
            methods: vec![
                (stage("prod"), MethodRef::new("GET", "/pets"), None),
                (stage("beta"), MethodRef::new("GET", "/"), Some(Throttle { rate: 1.0, burst: 1 })),
                (stage("prod"), MethodRef::new("PUT", "/"), Some(Throttle { rate: 1.0, burst: 1 })),
            ],
            ..PlanEdit::default()
        },
    ];
    for edit in edits {
        let after = edit.apply_to(before);
        assert_ne!(&after, before, "{edit:?}");
        let back = Plan {
            price_list_entry: before.price_list_entry.clone(),
            ..edit.inverse(before).apply_to(&after)
        };
        assert_eq!(&back, before, "{edit:?}");
    }
}
