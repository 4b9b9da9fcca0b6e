//! When the keys of a pool are uneven enough to be told, and what a shop window is rewritten to.

use super::*;
use crate::{ShopWindow, Throttle};

#[test]
fn large_pools_may_differ_by_half_of_what_their_keys_have() {
    let skewed = |fuller: usize, emptier: usize| {
        let found = Account::sound().with(|account| {
            let more = |key: &'static str, count: usize| {
                (1..count).map(move |n| row(&format!("{key}-{n}"), "free", Some(key)))
            };
            account.parts.rows.extend(more("p1", fuller).chain(more("p2", emptier)));
            let counts = [fuller, emptier].map(|count| u32::try_from(count).expect("few"));
            for (key, tenants) in account.pool().keys.iter_mut().zip(counts) {
                (key.tenants, key.capacity) = (tenants.into(), 100.into());
            }
        });
        found.found().iter().any(|(kind, ..)| *kind == Kind::Skewed)
    };
    assert!(!skewed(30, 20), "half of 25 is 12");
    assert!(skewed(34, 20), "half of 27 is 13");
}

#[test]
fn a_key_that_takes_nobody_does_not_make_a_pool_uneven() {
    let with_third = |state| {
        let found = Account::sound().with(|account| {
            account.parts.rows.extend(["r3", "r4"].map(|id| row(id, "free", Some("p1"))));
            account.pool().keys[0].tenants = 3.into();
            account.pool().keys.push(pool_key("p3", 0, state));
            account.keys().push(api_key("p3", &[]));
            account.attach("free", "p3");
        });
        found.found().iter().any(|(kind, ..)| *kind == Kind::Skewed)
    };
    assert!(with_third(PoolKeyState::Active));
    assert!(!with_third(PoolKeyState::Draining));
}

#[test]
fn a_shop_window_tells_what_the_plan_enforces_and_keeps_the_rest() {
    let mut plan = plan("silo");
    plan.throttle = Some(Throttle { rate: 2.5, burst: 5 });
    let kept = ShopWindow {
        name: "Silo for you".to_owned(),
        description: "cheap".to_owned(),
        quota: "1 per DAY".to_owned(),
        throttle: String::new(),
        price: "3".parse().ok(),
    };
    plan.shop_window = Some(kept.clone());
    let told = ShopWindow { quota: "2000 per DAY".to_owned(), throttle: "2.5 TPS".to_owned(), ..kept };
    assert_eq!(plans::window(&plan), told);
    plan.shop_window = None;
    let (name, description) = ("silo-plan".to_owned(), String::new());
    assert_eq!(plans::window(&plan), ShopWindow { name, description, price: None, ..told });
}
