//! Without tables: keys in their grace periods, what interrupted operations left, and tags that prove nothing.

use crate::change::{Change, OtherPlans};
use crate::key::tag;
use crate::source::{tenant_keys_of_api_keys, unproven_successions};
use crate::testing::{members, parts, stage, tags};
use crate::{ApiKey, Edit, Inventory, InventoryParts, InventorySource, Plan, TenantKeyId, TenantRules};

const END: (&str, &str) = (tag::RETIRES_AT, "2026-12-01T00:00:00Z");
const REPLACED_BY_K1: (&str, &str) = (tag::REPLACED_BY, "k1");
const REQUEST: (&str, &str) = (tag::REQUEST, "r");
const MARK: (&str, &str) = (tag::WORKING_UNTIL, "2026-03-01T00:00:00Z");

fn key(id: &str, more: &[(&str, &str)]) -> ApiKey {
    ApiKey { tags: tags(&[&[("ownerId", "acme")], more].concat()), ..ApiKey::new(id, "web") }
}

/// Basic and Gold cover prod, Test covers test.
fn account(api_keys: Vec<ApiKey>, plan_members: &[(&str, &[&str])]) -> Inventory {
    let plan = |id: &str, name: &str, on: &str| Plan { stages: vec![stage(on)], ..Plan::new(id, name) };
    let plans = vec![plan("p1", "Basic", "prod"), plan("p2", "Gold", "prod"), plan("p3", "Test", "test")];
    let rules = vec!["tag:ownerId".parse().expect("a rule")];
    let tenants = TenantRules::configured(rules);
    let all: &[(&str, &[&str])] = &[("p1", &[]), ("p2", &[]), ("p3", &[])];
    let mut members = members(all);
    members.extend(crate::testing::members(plan_members));
    let tenant_keys = tenant_keys_of_api_keys(&api_keys, &plans, &members, &tenants);
    let source = InventorySource::ApiGateway { tenants, managed_plans: vec!["*".to_owned()] };
    let api_keys = api_keys.into();
    Inventory::new(InventoryParts { source, plans, api_keys, members, tenant_keys, ..parts() })
}

/// `k1` of acme replaced `k0`, which is in its grace period.
fn rotated() -> Inventory {
    let keys = vec![key("k0", &[END, REPLACED_BY_K1]), key("k1", &[(tag::REPLACES, "k0"), REQUEST])];
    account(keys, &[("p1", &["k0", "k1"])])
}

fn step_texts(change: &Change, inventory: &Inventory) -> Vec<String> {
    let units = change.units(inventory).unwrap_or_else(|why| panic!("{change:?}: {why}"));
    units.iter().flat_map(|unit| &unit.steps).map(|step| step.describe(inventory)).collect()
}

fn ids(inventory: &Inventory) -> Vec<&str> {
    inventory.tenant_keys().iter().map(|key| key.id.as_str()).collect()
}

fn move_to(plan: &str) -> Change {
    Change::ChangePlan { tenant_keys: vec!["k1".into()], plan: plan.into(), other_plans: OtherPlans::Refuse }
}

#[test]
fn disabling_a_key_disables_its_old_key_and_says_so() {
    let inventory = rotated();
    let edit = Edit { enabled: Some(false), ..Edit::default() };
    let changes = [
        Change::SetEnabled { tenant_keys: vec!["k1".into()], enabled: false },
        Change::Edit { tenant_key: "k1".into(), edit },
    ];
    for disable in changes {
        let expected = ["API key k1: disable", "API key k0: disable"];
        assert_eq!(step_texts(&disable, &inventory), expected);
        let caution = "API key k0, the old key of k1 until 2026-12-01T00:00:00Z, is disabled too; enabling the tenant key \
                       again does not enable it";
        assert_eq!(disable.cautions(&inventory), [caution]);
    }
    let mut keys = inventory.listed_api_keys().to_vec();
    keys[1].enabled = false;
    let disabled = account(keys, &[("p1", &["k0", "k1"])]);
    let disable = Change::SetEnabled { tenant_keys: vec!["k1".into()], enabled: false };
    assert_eq!(step_texts(&disable, &disabled), ["API key k0: disable"], "it still works");
}

#[test]
fn a_key_moves_with_its_old_key() {
    let inventory = rotated();
    let moved = step_texts(&move_to("p2"), &inventory);
    let expected = ["k1", "k0"].map(|id| {
        [
            format!("tag API key {id} with its new plan Gold"),
            format!("detach API key {id} from usage plan Basic"),
            format!("attach API key {id} to usage plan Gold"),
        ]
    });
    assert_eq!(moved, expected.concat());
    assert!(move_to("p2").cautions(&inventory)[0].ends_with("moves too"));
    let keys = inventory.listed_api_keys().to_vec();
    let half_moved = account(keys, &[("p1", &["k0"]), ("p2", &["k1"])]);
    assert_eq!(step_texts(&move_to("p2"), &half_moved), expected[1], "a second run moves the rest");
}

#[test]
fn a_second_run_finishes_an_interrupted_move() {
    let tags = [(tag::PLAN, "p2"), (tag::MOVES_FROM, "p1"), MARK];
    let between = account(vec![key("k1", &tags)], &[]);
    let finish = ["tag API key k1 with its new plan Gold", "attach API key k1 to usage plan Gold"];
    assert_eq!(step_texts(&move_to("p2"), &between), finish);
    let to_test = [(tag::PLAN, "p3"), (tag::MOVES_FROM, "p1"), MARK];
    let not_left = account(vec![key("k1", &to_test)], &[("p1", &["k1"])]);
    let finish = [
        "tag API key k1 with its new plan Test",
        "detach API key k1 from usage plan Basic",
        "attach API key k1 to usage plan Test",
    ];
    assert_eq!(step_texts(&move_to("p3"), &not_left), finish, "of another stage, and still in the old plan");
    let done = account(vec![key("k1", &tags)], &[("p2", &["k1"])]);
    let refused = move_to("p2").units(&done).expect_err("refused");
    assert_eq!(refused.to_string(), "tenant key k1 is already in Gold");
}

#[test]
fn a_second_rotation_deletes_the_copies_that_earlier_ones_left() {
    let copy = |id: &str| key(id, &[(tag::REPLACES, "k1"), REQUEST, MARK]);
    let inventory = account(vec![key("k1", &[]), copy("c1"), copy("c2")], &[("p1", &["k1", "c1"])]);
    assert_eq!(ids(&inventory), ["k1"]);
    let rotate = Change::Rotate { tenant_keys: vec!["k1".into()], grace: 60 };
    let steps = step_texts(&rotate, &inventory);
    let delete = |id| {
        [
            format!("tag API key {id} as being deleted"),
            format!("disable API key {id}"),
            format!("delete API key {id}"),
        ]
    };
    assert_eq!(steps[..6], [delete("c1"), delete("c2")].concat());
    assert_eq!(
        rotate.units(&inventory).map(|units| units.len()),
        Ok(3),
        "each on its own, before the rotation"
    );
    assert!(rotate.cautions(&inventory)[0].contains("c1, which an interrupted rotation of k1 left"));
    let deleted = step_texts(&Change::Delete(vec!["k1".into()]), &inventory);
    assert!(deleted.contains(&"delete API key c2".to_owned()), "no copy becomes the tenant's: {deleted:?}");
    let keys = vec![
        key("k1", &[END, (tag::REPLACED_BY, "k2")]),
        copy("c1"),
        key("k2", &[(tag::REPLACES, "k1"), REQUEST]),
    ];
    assert_eq!(
        ids(&account(keys, &[("p1", &["k1", "c1", "k2"])])),
        ["k2"],
        "nor when the rotation is finished"
    );
}

#[test]
fn a_tag_that_nothing_bears_out_hides_and_deletes_no_key() {
    let foreign =
        ApiKey { tags: tags(&[("ownerId", "globex"), (tag::REPLACES, "k1")]), ..ApiKey::new("f", "f") };
    let inventory = account(vec![key("k1", &[END]), foreign], &[("p1", &["k1", "f"])]);
    assert_eq!(ids(&inventory), ["k1", "f"]);
    let deleted = step_texts(&Change::Delete(vec!["f".into()]), &inventory);
    assert!(deleted.iter().all(|step| !step.contains("k1")), "{deleted:?}");
    let remarks = unproven_successions(inventory.listed_api_keys(), inventory.source());
    assert!(remarks.len() == 1 && remarks[0].starts_with("API key f has a tag"), "{remarks:?}");
}

#[test]
fn an_old_key_is_refused_with_the_key_that_replaced_it() {
    let inventory = rotated();
    let refused = inventory.require_tenant_key(&TenantKeyId::new("k0")).expect_err("refused").to_string();
    assert_eq!(
        refused,
        "API key k0 is the old key of tenant key k1 of acme and works until 2026-12-01T00:00:00Z: give k1 instead, or end \
         the old key now with `keypool pools retire k0`"
    );
}

#[test]
fn a_move_names_the_stages_that_the_key_loses() {
    let inventory = rotated();
    let lost = move_to("p3").cautions(&inventory);
    assert!(
        lost[0].starts_with("the key will get 403 on ")
            && lost[0].ends_with(":prod, which Test does not cover"),
        "{lost:?}"
    );
    assert!(!move_to("p2").cautions(&inventory).concat().contains("403"));
}
