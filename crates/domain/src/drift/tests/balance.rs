//! When a pool counts as skewed, and which price-list entry is written.

use super::*;
use crate::{PriceListEntry, Throttle};

#[test]
fn keys_of_large_pools_may_differ_by_half_the_average() {
    let is_skewed = |fuller: usize, emptier: usize| {
        let account = Account::consistent().with(|account| {
            let more = |key: &'static str, count: usize| {
                (1..count).map(move |n| tenant_key(&format!("{key}-{n}"), "free", Some(key)))
            };
            account.parts.tenant_keys.extend(more("p1", fuller).chain(more("p2", emptier)));
            let counts = [fuller, emptier].map(|count| u32::try_from(count).expect("few"));
            for (key, tenants) in account.pool().keys.iter_mut().zip(counts) {
                (key.tenants, key.capacity) = (tenants.into(), 100.into());
            }
        });
        account.findings_and_fixes().iter().any(|(kind, ..)| *kind == FindingKind::Skewed)
    };
    assert!(!is_skewed(30, 20), "half of 25 is 12");
    assert!(is_skewed(34, 20), "half of 27 is 13");
}

#[test]
fn a_draining_key_does_not_skew_a_pool() {
    let is_skewed_with_third_key = |state| {
        let account = Account::consistent().with(|account| {
            account.parts.tenant_keys.extend(["r3", "r4"].map(|id| tenant_key(id, "free", Some("p1"))));
            account.pool().keys[0].tenants = 3.into();
            account.pool().keys.push(pool_key("p3", 0, state));
            account.keys().push(api_key("p3", &[]));
            account.attach("free", "p3");
        });
        account.findings_and_fixes().iter().any(|(kind, ..)| *kind == FindingKind::Skewed)
    };
    assert!(is_skewed_with_third_key(PoolKeyState::Active));
    assert!(!is_skewed_with_third_key(PoolKeyState::Draining));
}

#[test]
fn an_accurate_price_list_entry_has_the_plans_limits_and_keeps_the_rest() {
    let mut plan = plan("silo");
    plan.throttle = Some(Throttle { rate: 2.5, burst: 5 });
    let kept = PriceListEntry {
        name: "Silo for you".to_owned(),
        description: "cheap".to_owned(),
        quota: "1 per DAY".to_owned(),
        throttle: String::new(),
        price: "3".parse().ok().into(),
    };
    plan.price_list_entry = Some(kept.clone());
    let expected =
        PriceListEntry { quota: "2000 per DAY".to_owned(), throttle: "2.5 TPS".to_owned(), ..kept };
    assert_eq!(crate::price_list::accurate_price_list_entry(&plan), expected);
    plan.price_list_entry = None;
    let (name, description) = ("silo-plan".to_owned(), String::new());
    assert_eq!(
        crate::price_list::accurate_price_list_entry(&plan),
        PriceListEntry { name, description, price: None.into(), ..expected }
    );
}
