//! Affected tenants, buttons, cautions and limits of plan changes.

use super::*;

fn edit_p1(edit: PlanEdit) -> Change {
    super::edit("p1", edit).into()
}

fn quota(limit: u64, period: Period) -> PlanEdit {
    PlanEdit { quota: Some(Some(Quota { limit, period, offset: 0 })), ..PlanEdit::default() }
}

fn throttle(rate: f64, burst: u32) -> PlanEdit {
    PlanEdit { throttle: Some(Some(Throttle { rate, burst })), ..PlanEdit::default() }
}

fn remove_method_throttle() -> PlanEdit {
    let (stage, method) = method();
    PlanEdit { methods: vec![(stage, method, None)], ..PlanEdit::default() }
}

#[test]
fn changing_limits_or_unlinking_stages_affects_tenants_but_renaming_does_not() {
    let none = PlanEdit::default();
    for edit in [
        throttle(1.0, 1),
        quota(9, Period::Day),
        remove_method_throttle(),
        PlanEdit { unlink: vec![stage("prod")], ..none.clone() },
    ] {
        assert!(edit.affects_tenants(), "{edit:?}");
        assert_eq!(edit_p1(edit).affected_tenants(&inventory()), ["acme".into()]);
    }
    let renamed = PlanEdit { name: Some("X".into()), ..none.clone() };
    for edit in [renamed, PlanEdit { link: vec![stage("beta")], ..none.clone() }, none] {
        assert!(!edit.affects_tenants(), "{edit:?}");
        assert!(edit_p1(edit).affected_tenants(&inventory()).is_empty());
    }
    assert!(Change::from(PlanChange::Create(basic())).affected_tenants(&inventory()).is_empty());
}

#[test]
fn only_plan_changes_that_lower_limits_or_remove_access_need_confirmation() {
    let unlink = PlanEdit { unlink: vec![stage("prod")], ..PlanEdit::default() };
    for (change, verb, needs_confirmation) in [
        (PlanChange::Create(basic()), "Create", false),
        (super::edit("p1", quota(9, Period::Day)), "Save", true),
        (super::edit("p1", quota(2_001, Period::Day)), "Save", false),
        (super::edit("p1", unlink), "Save", true),
        (PlanChange::Delete("p1".into()), "Delete", true),
    ] {
        let change = Change::from(change);
        assert_eq!(
            (change.verb(), change.needs_confirmation(&inventory())),
            (verb, needs_confirmation),
            "{change:?}"
        );
    }
}

#[test]
fn cautions_appear_only_when_they_apply() {
    let cautions = |change: Change| change.cautions(&inventory()).len();
    assert_eq!(cautions(PlanChange::Create(Plan { stages: Vec::new(), ..basic() }).into()), 1);
    assert_eq!(cautions(PlanChange::Create(basic()).into()), 0);
    // The plan allows 2,000 calls a day.
    assert_eq!(cautions(edit_p1(quota(1_999, Period::Day))), 1);
    assert_eq!(cautions(edit_p1(quota(2_000, Period::Day))), 0);
    assert_eq!(cautions(PlanChange::Delete("p2".into()).into()), 0, "it has no stages and no tenants");
}

#[test]
fn lowering_a_method_throttle_has_a_caution_and_removing_it_has_none() {
    let (stage, method) = method();
    let set_throttle = |throttle| PlanEdit {
        methods: vec![(stage.clone(), method.clone(), throttle)],
        ..PlanEdit::default()
    };
    let lower = edit_p1(set_throttle(Some(Throttle { rate: 0.5, burst: 1 })));
    let cautions = lower.cautions(&inventory());
    let start = format!("{method} of {stage}: each API key is limited to 0.5 req/s, burst 1");
    assert!(
        cautions.len() == 1 && cautions[0].starts_with(&start) && cautions[0].ends_with("get 429"),
        "{cautions:?}"
    );
    assert!(lower.needs_confirmation(&inventory()));
    assert_eq!(edit_p1(set_throttle(None)).cautions(&inventory()), Vec::<String>::new());
}

#[test]
fn limits_above_the_api_gateway_maximum_are_refused() {
    let max = 2_147_483_647;
    assert!(steps(super::edit("p1", quota(max, Period::Day))).is_ok());
    assert!(steps(super::edit("p1", quota(max + 1, Period::Day))).is_err());
    assert!(steps(super::edit("p1", throttle(0.0, 0))).is_ok(), "a rate of 0 blocks the plan");
    assert!(steps(super::edit("p1", throttle(-0.1, 0))).is_err());
    assert!(steps(super::edit("p1", throttle(f64::INFINITY, 1))).is_err());
}

#[test]
fn a_stage_of_another_plan_can_be_linked_if_no_key_is_in_both() {
    let inventory = Inventory::new(InventoryParts {
        plans: vec![basic(), Plan::new("p2", "Other").with_price_list_entry(None, None)],
        members: members(&[("p1", &["k1"]), ("p2", &["k2"])]),
        ..parts()
    });
    let link = PlanEdit { link: vec![stage("prod")], ..PlanEdit::default() };
    assert!(Change::from(super::edit("p2", link)).units(&inventory).is_ok());
}

#[test]
fn difference_keeps_only_changed_fields() {
    let inventory = inventory();
    let before = inventory.plan(&"p1".into()).expect("a plan");
    let different = PlanEdit {
        product_code: Some(Some("code".into())),
        price_list_text: Some("other words".into()),
        price: Some(Price::from_cents(5_000)),
        ..PlanEdit::default()
    };
    assert_eq!(different.difference(before), different);
    let same = PlanEdit {
        product_code: Some(None),
        price_list_text: Some("for a start".into()),
        price: Some(Price::from_cents(4_900)),
        ..PlanEdit::default()
    };
    assert_eq!(same.difference(before), PlanEdit::default());
    let without_entry = inventory.plan(&"p2".into()).expect("a plan");
    assert_eq!(
        PlanEdit { product_code: None, ..same.clone() }.difference(without_entry),
        PlanEdit { product_code: None, ..same }
    );
}

#[test]
fn a_separate_price_list_text_is_kept() {
    let with_own_text = |plan: Plan| plan.with_price_list_entry(Some("own words".into()), None);
    let described = PlanEdit { description: Some("mine".into()), ..PlanEdit::default() };
    let text_of = |plan: &Plan| described.apply_to(plan).price_list_entry.map(|entry| entry.description);
    assert_eq!(text_of(&with_own_text(basic())).as_deref(), Some("own words"));
    assert_eq!(text_of(&basic()).as_deref(), Some("mine"));
}

#[test]
fn limited_methods_excludes_methods_whose_throttle_is_removed() {
    let method = |path, throttle| (stage("prod"), MethodRef::new("GET", path), throttle);
    let methods = vec![method("/a", Some(Throttle { rate: 1.0, burst: 1 })), method("/b", None)];
    let edit = PlanEdit { methods, ..PlanEdit::default() };
    assert_eq!(edit.throttled_methods(), [(stage("prod"), MethodRef::new("GET", "/a"))]);
}
