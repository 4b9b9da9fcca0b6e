//! What a change turns into: its steps, its refusals, and whom it touches.

use std::collections::BTreeMap;

use super::*;
use crate::assign::Unassignable;
use crate::step::Step;
use crate::{ApiKey, ApiKeyId, Parts, Plan, Pool, PoolKey, PoolKeyState, Strategy};

fn plan(id: &str) -> Plan {
    Plan {
        id: id.into(),
        name: format!("{id}-plan"),
        description: String::new(),
        throttle: None,
        quota: None,
        stages: Vec::new(),
        product_code: None,
        shop_window: None,
    }
}

fn api_key(id: &str, enabled: bool) -> ApiKey {
    let name = format!("name of {id}");
    ApiKey {
        id: id.into(),
        name,
        description: String::new(),
        enabled,
        created_at: None,
        tags: BTreeMap::new(),
    }
}

fn row(id: &str, plan: &str, tenant: &str, pool_key: Option<&str>) -> TenantKey {
    TenantKey {
        id: id.into(),
        plan: plan.into(),
        name: format!("{id}-name"),
        description: String::new(),
        enabled: true,
        tenant: tenant.into(),
        pool_key: pool_key.map(ApiKeyId::from),
        value: None,
        created_at: None,
        revision: Some(3),
    }
}

/// `silo` with one key of acme, `free` with one shared key of room for three, on which acme and globex sit.
fn inventory() -> Inventory {
    let shared = PoolKey { api_key: "p1".into(), tenants: 2, capacity: 3, state: PoolKeyState::Active };
    Inventory::new(Parts {
        plans: vec![plan("silo"), plan("free")],
        api_keys: Some(vec![api_key("k1", true), api_key("off", false), api_key("p1", true)]),
        members: BTreeMap::new(),
        rows: vec![
            row("k1", "silo", "acme", None),
            row("off", "silo", "acme", None),
            row("gone", "silo", "initech", None),
            row("r1", "free", "acme", Some("p1")),
            row("r2", "free", "globex", Some("p1")),
        ],
        pools: vec![Pool {
            plan: "free".into(),
            strategy: Strategy::LeastTenants,
            capacity: 3,
            keys: vec![shared],
            revision: 1,
        }],
        remarks: Vec::new(),
        taken_at: jiff::Timestamp::UNIX_EPOCH,
    })
}

fn new_keys(plan: &str, count: u32) -> NewKeys {
    let key = NewKey {
        plan: plan.into(),
        tenant: "acme".into(),
        name: "web".into(),
        description: String::new(),
        enabled: true,
    };
    NewKeys { key, count }
}

fn create(plan: &str, count: u32) -> Change {
    Change::Create(new_keys(plan, count))
}

fn edit(row: &str, edit: Edit) -> Change {
    Change::Edit { row: row.into(), edit }
}

fn steps(change: &Change) -> Vec<Vec<Step>> {
    change.units(&inventory()).expect("steps").into_iter().map(|unit| unit.steps).collect()
}

#[test]
fn creating_in_a_plan_without_a_pool_makes_an_api_key_first_and_the_row_last() {
    let units = steps(&create("silo", 1));
    assert!(matches!(&units[..], [unit] if matches!(&unit[..],
        [Step::CreateApiKey(key), Step::AttachApiKey { plan, .. }, Step::WriteRow(_)]
            if key.name == "web" && plan.as_str() == "silo")));
}

#[test]
fn several_keys_are_numbered_from_one() {
    let units = create("silo", 3).units(&inventory()).expect("steps");
    let subjects: Vec<_> = units.iter().map(|unit| unit.subject.as_str()).collect();
    assert_eq!(subjects, ["acme · web-1", "acme · web-2", "acme · web-3"]);
}

#[test]
fn creating_in_a_pool_is_one_step_as_long_as_there_is_room() {
    assert!(matches!(&steps(&create("free", 1))[0][..], [Step::Assign(_)]));
    let refused = create("free", 2).units(&inventory());
    assert_eq!(refused, Err(Refusal::PoolRoom { plan: "free-plan".into(), room: 1, wanted: 2 }));
}

#[test]
fn a_full_pool_says_so() {
    let mut parts = Parts {
        plans: vec![plan("free")],
        api_keys: Some(vec![api_key("p1", true)]),
        members: BTreeMap::new(),
        rows: Vec::new(),
        pools: inventory().pools().to_vec(),
        remarks: Vec::new(),
        taken_at: jiff::Timestamp::UNIX_EPOCH,
    };
    parts.pools[0].keys[0].tenants = 3;
    let refused = create("free", 1).units(&Inventory::new(parts));
    let why = Unassignable::Full { keys: 1, tenants: 3 };
    assert_eq!(refused, Err(Refusal::Pool { plan: "free-plan".into(), why }));
}

#[test]
fn bad_fields_are_refused_with_the_field_named() {
    let with = |change: fn(&mut NewKeys)| {
        let mut new = new_keys("silo", 1);
        change(&mut new);
        Change::Create(new).units(&inventory()).expect_err("refused").to_string()
    };
    assert_eq!(with(|new| new.key.name = "  ".into()), "the name is empty: give one");
    assert_eq!(with(|new| new.key.tenant = "".into()), "the tenant is empty: give one");
    assert!(with(|new| new.key.name = "x".repeat(1_025)).contains("1025 characters"));
    assert!(with(|new| new.key.tenant = "x".repeat(257).into()).contains("at most 256"));
    assert!(with(|new| new.key.tenant = "a\u{1b}[2J".into()).contains("'\\u{1b}'"));
    assert!(with(|new| new.key.name = "two\nlines".into()).contains("no line breaks"));
    assert!(with(|new| new.count = 0).starts_with("0 keys cannot be created"));
    assert!(with(|new| new.count = 10_000).contains("10000 more do not fit"));
    assert!(with(|new| new.key.plan = "nowhere".into()).contains("usage plan nowhere"));
}

#[test]
fn deleting_a_siloed_key_kills_it_before_the_row_goes() {
    let all = |id: &str| steps(&Change::Delete(vec![id.into()])).remove(0);
    let (key, row): (ApiKeyId, RowId) = ("k1".into(), "k1".into());
    assert_eq!(all("k1"), [Step::DisableApiKey(key.clone()), Step::DeleteApiKey(key), Step::DeleteRow(row)]);
    assert_eq!(all("off"), [Step::DeleteApiKey("off".into()), Step::DeleteRow("off".into())]);
    assert_eq!(all("gone"), [Step::DeleteRow("gone".into())]);
}

#[test]
fn deleting_a_pooled_key_leaves_the_shared_key_and_says_what_that_means() {
    let change = Change::Delete(vec!["r1".into()]);
    assert_eq!(steps(&change), [[Step::Unassign { row: "r1".into(), api_key: "p1".into() }]]);
    assert!(change.cautions(&inventory())[0].contains("can still call"));
    assert!(Change::Delete(vec!["k1".into()]).cautions(&inventory()).is_empty());
}

#[test]
fn a_key_whose_api_key_is_gone_cannot_be_edited() {
    let edit = Edit { enabled: Some(false), ..Edit::default() };
    let refused = Change::Edit { row: "gone".into(), edit }.units(&inventory()).expect_err("refused");
    assert_eq!(refused, Refusal::NoApiKey("gone".into()));
    assert!(refused.to_string().contains("no API key gone any more: delete"));
}

#[test]
fn an_edit_writes_only_what_differs() {
    let asked = Edit { name: Some("r1-name".into()), enabled: Some(false), ..Edit::default() };
    let wanted = Edit { enabled: Some(false), ..Edit::default() };
    let table = Step::UpdateRow { row: "r1".into(), revision: Some(3), edit: wanted.clone() };
    assert_eq!(steps(&edit("r1", asked)), [[table]]);
    let gateway = Step::UpdateApiKey { api_key: "k1".into(), edit: wanted.clone() };
    assert_eq!(steps(&edit("k1", wanted))[0][0], gateway);
    let same = Edit { name: Some("k1-name".into()), ..Edit::default() };
    assert_eq!(edit("k1", same).units(&inventory()), Err(Refusal::NoDifference));
}

#[test]
fn disabling_one_pooled_tenant_says_that_the_calls_go_on() {
    let off = Edit { enabled: Some(false), ..Edit::default() };
    assert_eq!(edit("r1", off.clone()).cautions(&inventory()).len(), 1);
    assert!(edit("k1", off).cautions(&inventory()).is_empty());
}

#[test]
fn the_blast_radius_names_each_tenant_once() {
    let change = Change::Delete(["r2", "r1", "k1"].map(RowId::from).to_vec());
    assert_eq!(change.blast_radius(&inventory()), ["acme", "globex"].map(Tenant::from));
    assert_eq!(change.describe(&inventory()), "delete 3 keys");
    assert_eq!(create("free", 1).describe(&inventory()), "create 1 key in free-plan for acme");
}

#[test]
fn a_vanished_row_is_named() {
    let refused = Change::Delete(vec!["nope".into()]).units(&inventory());
    assert_eq!(refused, Err(Refusal::NoRow("nope".into())));
}

#[test]
fn plans_are_found_by_id_before_name_and_never_guessed() {
    let inventory = inventory();
    assert_eq!(inventory.find_plan("free").map(|plan| plan.id.as_str()), Ok("free"));
    assert_eq!(inventory.find_plan("free-plan").map(|plan| plan.id.as_str()), Ok("free"));
    assert!(inventory.find_plan("FreePlan").is_err());
}
