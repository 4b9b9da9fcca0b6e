//! Existing plans as desired plans, and which existing plan a desired one is about.

use super::*;
use crate::{NoSuchPlan, PlanEdit};

fn namesakes() -> Inventory {
    let plans = [("a", "Gold"), ("b", "Gold"), ("c", "Gold (a)"), ("d", "Silver")];
    inventory_of(plans.map(|(id, name)| Plan::new(id, name)).to_vec(), Vec::new())
}

fn named(table: &str, name: Option<&str>) -> DesiredPlan {
    DesiredPlan { table: table.to_owned(), name: name.map(str::to_owned), ..DesiredPlan::default() }
}

#[test]
fn plans_of_one_name_are_exported_with_their_ids_in_tables_of_different_names() {
    let inventory = namesakes();
    let exported = export_plans(&inventory);
    let tables: Vec<_> = exported
        .iter()
        .map(|plan| (plan.table.as_str(), plan.id.as_ref().map(PlanId::as_str), plan.name.as_deref()))
        .collect();
    let expected = [
        ("Gold (a) (a)", Some("a"), Some("Gold")),
        ("Gold (b)", Some("b"), Some("Gold")),
        ("Gold (a)", None, None),
        ("Silver", None, None),
    ];
    assert_eq!(tables, expected);
    for (plan, id) in exported.iter().zip(["a", "b", "c", "d"]) {
        let diff = plan.diff(&inventory).expect("one plan");
        assert_eq!((diff.plan, diff.change, diff.differences), (Some(id.into()), None, Vec::new()));
    }
}

#[test]
fn a_plan_is_found_by_its_id_else_by_its_name_else_by_an_id_in_place_of_the_name() {
    let inventory = namesakes();
    let find =
        |desired: &DesiredPlan| desired.find(&inventory).map(|plan| plan.map(|plan| plan.id.to_string()));
    let found = |id: &str| Ok(Some(id.to_owned()));
    assert_eq!(find(&named("Silver", None)), found("d"));
    assert_eq!(find(&named("table", Some("Silver"))), found("d"));
    assert_eq!(find(&named("b", None)), found("b"));
    assert_eq!(find(&named("table", Some("b"))), Ok(None), "a new plan that is named like an id");
    let with_id = |id: &str| DesiredPlan { id: Some(id.into()), ..named("Silver", None) };
    assert_eq!(find(&with_id("b")), found("b"));
    assert_eq!(find(&with_id("gone")), Err(NoSuchPlan::Unknown("gone".to_owned())));
    assert!(matches!(find(&named("Gold", None)), Err(NoSuchPlan::Ambiguous { .. })));
}

#[test]
fn a_plan_with_an_id_is_renamed_and_its_own_pool_is_changed() {
    let pool = DesiredPool { keys: Some(1), strategy: None, capacity: None };
    let desired =
        DesiredPlan { id: Some("b".into()), pool: Some(Some(pool)), ..named("table", Some("Platinum")) };
    let diff = desired.diff(&namesakes()).expect("one plan");
    let edit = PlanEdit { name: Some("Platinum".to_owned()), ..PlanEdit::default() };
    assert_eq!(diff.change, Some(PlanChange::Edit { plan: "b".into(), edit }));
    let plans: Vec<_> = diff
        .pool_changes(&namesakes())
        .into_iter()
        .map(|change| match change {
            Change::CreatePool(request) => request.plan.to_string(),
            other => format!("{other:?}"),
        })
        .collect();
    assert_eq!(plans, ["b"]);
}

#[test]
fn what_a_file_cannot_express_about_a_pool_is_left_out() {
    use PoolKeyState::{Active, Draining};
    let cases = [
        (10, vec![(Active, 10), (Draining, 10)], Some(1), Some(10)),
        (10, vec![(Draining, 10)], None, Some(10)),
        (0, Vec::new(), None, None),
        (10, vec![(Active, 10), (Active, 7)], Some(2), None),
    ];
    for (capacity, keys, count, exported_capacity) in cases {
        let keys = keys.into_iter().zip(["x", "y"]);
        let keys = keys.map(|((state, own), id)| PoolKey { state, ..pool_key(id, 0, own) }).collect();
        let inventory = Inventory::new(InventoryParts {
            plans: vec![Plan::new("p", "Basic")],
            pools: vec![pool("p", capacity, keys)],
            ..parts()
        });
        let exported = export_plans(&inventory).remove(0).pool.flatten().expect("a pool");
        assert_eq!((exported.keys, exported.capacity), (count, exported_capacity), "{capacity}");
    }
}
