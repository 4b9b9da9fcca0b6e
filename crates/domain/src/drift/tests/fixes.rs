//! The fixes that stand nowhere else.

use super::sentences::without_row;
use super::*;

#[test]
fn each_kind_has_its_fix() {
    let of = |kind, change: fn(&mut Account)| {
        Account::sound().with(change).found().into_iter().find(|one| one.0 == kind).and_then(|one| one.2)
    };
    let gone = |account: &mut Account| account.observed.windows.push(("old".into(), entry("Old")));
    let delete = Mend::DeleteWindow { plan: "old".into(), before: Box::new(entry("Old")) };
    assert_eq!(of(Kind::RowWithoutPlan, gone), mend(delete));
    let miscounted = |account: &mut Account| account.pool().keys[0].tenants = 3;
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
