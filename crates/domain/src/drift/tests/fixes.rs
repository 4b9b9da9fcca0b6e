//! The fixes that stand nowhere else.

use super::sentences::{made, member, without_row};
use super::*;

#[test]
fn each_kind_has_its_fix() {
    let of = |kind, change: fn(&mut Account)| {
        Account::sound().with(change).found().into_iter().find(|one| one.0 == kind).and_then(|one| one.2)
    };
    let gone = |account: &mut Account| account.observed.windows.push(("old".into(), entry("Old")));
    let delete = Mend::DeleteWindow { plan: "old".into(), before: Box::new(entry("Old")) };
    assert_eq!(of(Kind::PriceWithoutPlan, gone), mend(delete));
    let miscounted = |account: &mut Account| account.pool().keys[0].tenants = 3.into();
    let recount = Mend::Recount { plan: "free".into(), api_key: "p1".into() };
    assert_eq!(of(Kind::CounterDiffers, miscounted), mend(recount));
}

#[test]
fn a_disabled_pool_key_is_followed_by_another_where_somebody_is_behind_it() {
    let disabled = |change: fn(&mut Account)| {
        let account = Account::sound().with(|account| account.keys()[1].enabled = false).with(change);
        account
            .found()
            .into_iter()
            .find(|(kind, ..)| *kind == Kind::PoolKeyDisabled)
            .and_then(|(.., mend)| mend)
    };
    assert_eq!(disabled(|_| {}), Some(Change::Mend(Mend::ReplaceDisabled("p1".into()))));
    assert_eq!(disabled(without_row), Some(Change::Drain("p1".into())));
}

#[test]
fn an_api_key_without_a_tenant_key_is_an_orphan_in_a_managed_plan_alone() {
    let orphan = |plan: &'static str, change: fn(&mut Account)| {
        let found = Account::sound().with(|account| {
            made(account, &[]);
            member(account, plan, "x");
            change(account);
        });
        found.found().iter().any(|(kind, subject, _)| *kind == Kind::OrphanKey && subject == "x")
    };
    let unsold =
        |account: &mut Account| account.parts.plans.iter_mut().for_each(|plan| plan.shop_window = None);
    assert!(!orphan("silo", unsold), "a tenant key does not make the plan ours");
    assert!(orphan("silo", |account| account.parts.rows.truncate(0)), "it has a price-list entry");
    assert!(
        orphan("free", |account| {
            account.parts.plans[1].shop_window = None;
            account.parts.rows.truncate(1);
        }),
        "it has a pool"
    );
    let foreign = |account: &mut Account| {
        account.parts.plans[0].shop_window = None;
        account.parts.rows.remove(0);
    };
    assert!(!orphan("silo", foreign), "nothing of it is ours");
}
