//! What a change reaches beside the keys it is asked about: all plans of an API key, and everybody behind it.

use super::*;
use crate::key::tag;

fn plans_of(announcement: &Announcement) -> Vec<&str> {
    announcement.plans.iter().map(|plan| plan.id.as_str()).collect()
}

fn tenants_of(announcement: &Announcement) -> Vec<&str> {
    announcement.tenants.iter().map(Tenant::as_str).collect()
}

fn announced(change: &Change, inventory: &Inventory) -> Announcement {
    Announcement::new(change, inventory).unwrap_or_else(|why| panic!("{change:?}: {why}"))
}

/// `p1` is in `extra`, too; `old`, in `extra` alone, is a predecessor of `k1`.
fn reaching() -> Inventory {
    let mut parts = parts();
    let extra = vec!["k1".into(), "p1".into(), "old".into()];
    parts.members.insert("extra".into(), extra.into());
    parts.members.insert("silo".into(), vec!["k1".into()].into());
    for key in parts.api_keys.value_mut().expect("listed") {
        if key.id.as_str() == "i1" {
            key.tags.insert(tag::REPLACES.to_owned(), "old".to_owned());
        }
    }
    parts.rows.push(tenant_key("i1", "idle", "acme", None));
    parts.pools.pop();
    Inventory::new(parts)
}

#[test]
fn deleting_a_key_names_the_plans_of_the_predecessor_that_ends_with_it() {
    let announcement = announced(&Change::Delete(vec!["i1".into()]), &reaching());
    assert!(announcement.units[0].steps.iter().any(|step| step.contains("API key old")), "{announcement:?}");
    assert_eq!(plans_of(&announcement), ["extra", "idle"]);
    assert!(announcement.stages.contains(&stage("gamma")), "{announcement:?}");
}

#[test]
fn rebalancing_a_pool_names_every_plan_of_its_keys() {
    let mut parts = parts();
    parts.members.insert("extra".into(), vec!["k1".into(), "p1".into(), "p2".into()].into());
    let announcement = announced(&Change::Rebalance("free".into()), &Inventory::new(parts));
    assert_eq!(plans_of(&announcement), ["extra", "free"]);
}

#[test]
fn importing_over_a_shared_api_key_names_everybody_behind_it_and_all_its_plans() {
    let Change::Import(mut keys) = import("free") else { panic!("an import") };
    keys[0].action = Action::Overwrite;
    keys[0].key =
        ImportedKey { enabled: false, tenant: None, known: Some("p1".into()), ..keys[0].key.clone() };
    let announcement = announced(&Change::Import(keys), &reaching());
    assert_eq!(tenants_of(&announcement), ["acme", "globex", "initech", "umbrella"]);
    assert_eq!(plans_of(&announcement), ["extra", "free"]);
    assert!(announcement.asks_first);
}

#[test]
fn the_customer_of_a_shared_api_key_is_that_of_everybody_behind_it() {
    let change = Change::SetCustomer { row: "r1".into(), customer: "cust-1".into() };
    assert_eq!(tenants_of(&announced(&change, &inventory())), ["acme", "globex", "initech", "umbrella"]);
}

#[test]
fn setting_a_plan_back_names_its_tenants_and_attaching_a_pool_key_those_behind_it() {
    let edit = PlanEdit { throttle: Some(Some(Throttle { rate: 1.0, burst: 1 })), ..PlanEdit::default() };
    let entry = crate::drift::plans::window(&plan("free", &["prod"]));
    let back = Mend::RestorePlan { plan: "free".into(), edit: Box::new(edit), entry: Box::new(entry) };
    let attach = Mend::Attach { api_key: "p1".into(), plan: "free".into() };
    for mend in [back, attach] {
        let announcement = announced(&Change::Mend(mend), &inventory());
        assert_eq!(tenants_of(&announcement), ["acme", "globex", "initech", "umbrella"], "{announcement:?}");
    }
}
