//! Effects beyond the keys of a change: all plans of an API key, and all tenants that share it.

use super::*;
use crate::key::tag;

fn plans_of(announcement: &Announcement) -> Vec<&str> {
    announcement.plans.iter().map(|plan| plan.id.as_str()).collect()
}

fn tenants_of(announcement: &Announcement) -> Vec<&str> {
    announcement.tenants.iter().map(Tenant::as_str).collect()
}

fn announce(change: &Change, inventory: &Inventory) -> Announcement {
    Announcement::new(change, inventory).unwrap_or_else(|why| panic!("{change:?}: {why}"))
}

/// `p1` is in `extra`, too; `old`, only in `extra`, is the predecessor of `i1`.
fn inventory_with_shared_plans() -> Inventory {
    let mut parts = parts();
    let extra = vec!["k1".into(), "p1".into(), "old".into()];
    parts.members.insert("extra".into(), extra.into());
    parts.members.insert("silo".into(), vec!["k1".into()].into());
    for key in parts.api_keys.value_mut().expect("listed") {
        if key.id.as_str() == "i1" {
            key.tags.insert(tag::REPLACES.to_owned(), "old".to_owned());
        }
    }
    parts.tenant_keys.push(tenant_key("i1", "idle", "acme", None));
    parts.pools.pop();
    Inventory::new(parts)
}

#[test]
fn deleting_a_key_announces_the_plans_of_its_predecessor() {
    let announcement = announce(&Change::Delete(vec!["i1".into()]), &inventory_with_shared_plans());
    assert!(announcement.units[0].steps.iter().any(|step| step.contains("API key old")), "{announcement:?}");
    assert_eq!(plans_of(&announcement), ["extra", "idle"]);
    assert!(announcement.stages.contains(&stage("gamma")), "{announcement:?}");
}

#[test]
fn rebalancing_a_pool_announces_every_plan_of_its_keys() {
    let mut parts = parts();
    parts.members.insert("extra".into(), vec!["k1".into(), "p1".into(), "p2".into()].into());
    let announcement = announce(&Change::Rebalance("free".into()), &Inventory::new(parts));
    assert_eq!(plans_of(&announcement), ["extra", "free"]);
}

#[test]
fn overwriting_a_shared_api_key_announces_all_its_tenants_and_plans() {
    let Change::Import(mut keys) = import("free") else { panic!("an import") };
    keys[0].action = ImportAction::Overwrite;
    keys[0].key =
        ImportedKey { enabled: false, tenant: None, existing: Some("p1".into()), ..keys[0].key.clone() };
    let announcement = announce(&Change::Import(keys), &inventory_with_shared_plans());
    assert_eq!(tenants_of(&announcement), ["acme", "globex", "initech", "umbrella"]);
    assert_eq!(plans_of(&announcement), ["extra", "free"]);
    assert!(announcement.needs_confirmation);
}

#[test]
fn setting_the_customer_of_a_shared_api_key_affects_all_its_tenants() {
    let change = Change::SetCustomer { tenant_key: "r1".into(), customer: "cust-1".into() };
    assert_eq!(tenants_of(&announce(&change, &inventory())), ["acme", "globex", "initech", "umbrella"]);
}

#[test]
fn restoring_a_plan_and_attaching_a_pool_key_announce_all_affected_tenants() {
    let edit = PlanEdit { throttle: Some(Some(Throttle { rate: 1.0, burst: 1 })), ..PlanEdit::default() };
    let entry = crate::price_list::accurate_price_list_entry(&plan("free", &["prod"]));
    let restore = Fix::RestorePlan { plan: "free".into(), edit: Box::new(edit), entry: Box::new(entry) };
    let attach = Fix::Attach { api_key: "p1".into(), plan: "free".into() };
    for fix in [restore, attach] {
        let announcement = announce(&Change::Fix(fix), &inventory());
        assert_eq!(tenants_of(&announcement), ["acme", "globex", "initech", "umbrella"], "{announcement:?}");
    }
}
