//! Fixes that no other test covers.

use super::sentences::{attach_key, push_api_key, remove_tenant_key};
use super::*;

#[test]
fn counters_and_price_list_entries_are_fixed() {
    let fix_of = |kind, change: fn(&mut Account)| {
        Account::consistent()
            .with(change)
            .findings_and_fixes()
            .into_iter()
            .find(|found| found.0 == kind)
            .and_then(|found| found.2)
    };
    let gone = |account: &mut Account| account.observed.price_list.push(("old".into(), entry("Old")));
    let delete = Fix::DeletePriceListEntry { plan: "old".into(), before: Box::new(entry("Old")) };
    assert_eq!(fix_of(FindingKind::PriceWithoutPlan, gone), fix(delete));
    let miscounted = |account: &mut Account| account.pool().keys[0].tenants = 3.into();
    let recount = Fix::Recount { plan: "free".into(), api_key: "p1".into() };
    assert_eq!(fix_of(FindingKind::CounterDiffers, miscounted), fix(recount));
}

#[test]
fn a_disabled_pool_key_is_replaced_if_it_has_tenants_else_drained() {
    let disabled = |change: fn(&mut Account)| {
        let account = Account::consistent().with(|account| account.keys()[1].enabled = false).with(change);
        account
            .findings_and_fixes()
            .into_iter()
            .find(|(kind, ..)| *kind == FindingKind::PoolKeyDisabled)
            .and_then(|(.., fix)| fix)
    };
    assert_eq!(disabled(|_| {}), Some(Change::Fix(Fix::ReplaceDisabled("p1".into()))));
    assert_eq!(disabled(remove_tenant_key), Some(Change::Drain("p1".into())));
}

#[test]
fn an_api_key_without_a_tenant_key_is_an_orphan_only_in_a_managed_plan() {
    let is_orphan = |plan: &'static str, change: fn(&mut Account)| {
        let account = Account::consistent().with(|account| {
            push_api_key(account, &[]);
            attach_key(account, plan, "x");
            change(account);
        });
        account
            .findings_and_fixes()
            .iter()
            .any(|(kind, subject, _)| *kind == FindingKind::OrphanKey && subject == "x")
    };
    let unsold =
        |account: &mut Account| account.parts.plans.iter_mut().for_each(|plan| plan.price_list_entry = None);
    assert!(!is_orphan("silo", unsold), "a tenant key does not make the plan ours");
    assert!(is_orphan("silo", |account| account.parts.tenant_keys.truncate(0)), "it has a price-list entry");
    assert!(
        is_orphan("free", |account| {
            account.parts.plans[1].price_list_entry = None;
            account.parts.tenant_keys.truncate(1);
        }),
        "it has a pool"
    );
    let foreign = |account: &mut Account| {
        account.parts.plans[0].price_list_entry = None;
        account.parts.tenant_keys.remove(0);
    };
    assert!(!is_orphan("silo", foreign), "nothing in the plan is ours");
}
