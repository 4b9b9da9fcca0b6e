//! What holds for every pool: no row is moved twice, none is lost, and no transaction is too large.

use proptest::prelude::{Just, prop};
use proptest::{prop_assert, prop_assert_eq, prop_oneof, proptest};

use super::*;
use crate::step::MAX_TENANT_KEYS_PER_REPOINT;

/// A pool of keys with so many tenants and so much room each.
fn inventory_with_pool(keys: &[(u32, u32)]) -> Inventory {
    inventory_with(|parts| {
        let of = |at: usize| format!("c{at}");
        let pool_keys =
            keys.iter().enumerate().map(|(at, &(tenants, room))| pool_key(&of(at), tenants, tenants + room));
        parts.pools.push(pool("other", 500, pool_keys.collect()));
        parts.api_keys.value_mut().expect("listed").extend((0..keys.len()).map(|at| api_key(&of(at), true)));
        let rows = keys.iter().enumerate().flat_map(|(at, &(tenants, _))| {
            (0..tenants).map(move |n| tenant_key(&format!("{at}-{n}"), "other", "acme", Some(&of(at))))
        });
        parts.tenant_keys.extend(rows);
    })
}

/// Where each row refers after all steps, having checked that each is moved at most once, from where it was.
fn references_after(seen: &Inventory, steps: &[Step]) -> BTreeMap<TenantKeyId, ApiKeyId> {
    let mut at: BTreeMap<_, _> = seen
        .tenant_keys_of_plan(&"other".into())
        .map(|row| (row.id.clone(), row.require_api_key().expect("known")))
        .collect();
    let mut moved = std::collections::BTreeSet::new();
    for step in steps {
        let Step::Repoint { tenant_keys: rows, from, to, .. } = step else { continue };
        assert!(
            (1..=MAX_TENANT_KEYS_PER_REPOINT).contains(&rows.len()),
            "{} rows in one transaction",
            rows.len()
        );
        let to = match to {
            KeyRef::Existing(id) => id.clone(),
            KeyRef::New => "new".into(),
        };
        for row in rows {
            assert!(moved.insert(row.clone()), "row {row} is moved twice");
            assert_eq!(at.insert(row.clone(), to.clone()).as_ref(), Some(from), "row {row} was elsewhere");
        }
    }
    at
}

fn tenants_on(at: &BTreeMap<TenantKeyId, ApiKeyId>, id: &str) -> usize {
    at.values().filter(|key| key.as_str() == id).count()
}

fn count_transactions(steps: &[Step]) -> usize {
    steps.iter().filter(|step| matches!(step, Step::Repoint { .. })).count()
}

/// Few tenants, or about as many as fit into one, two or three transactions.
fn keys() -> impl proptest::strategy::Strategy<Value = Vec<(u32, u32)>> {
    let tenants = prop_oneof![0u32..9, 95u32..100, 193u32..199, Just(294u32)];
    prop::collection::vec((tenants, 0u32..200), 1..6)
}

proptest! {
    #![proptest_config(proptest::test_runner::Config::with_cases(96))]

    #[test]
    fn rebalancing_moves_each_tenant_key_once_and_respects_capacity(keys in keys()) {
        let seen = inventory_with_pool(&keys);
        let steps = match Change::Rebalance("other".into()).units(&seen) {
            Ok(units) => units.into_iter().flat_map(|unit| unit.steps).collect::<Vec<_>>(),
            Err(refusal) => {
                prop_assert_eq!(refusal, Refusal::AlreadyBalanced("other-plan".into()));
                Vec::new()
            }
        };
        let at = references_after(&seen, &steps);
        let counts: Vec<_> = (0..keys.len()).map(|n| tenants_on(&at, &format!("c{n}"))).collect();
        let open = counts.iter().zip(&keys).filter(|(now, key)| **now < (key.0 + key.1) as usize);
        let lowest = open.map(|(now, _)| *now).min().unwrap_or(usize::MAX);
        for (now, key) in counts.iter().zip(&keys) {
            prop_assert!(*now <= (key.0 + key.1) as usize);
            prop_assert!(*now <= lowest.saturating_add(1), "{:?} of {:?}", counts, keys);
        }
    }

    #[test]
    fn draining_moves_every_tenant_key(keys in keys()) {
        let seen = inventory_with_pool(&keys);
        let room: u32 = keys[1..].iter().map(|(_, room)| room).sum();
        let Ok(units) = Change::Drain("c0".into()).units(&seen) else {
            prop_assert!(room < keys[0].0);
            return Ok(());
        };
        prop_assert!(room >= keys[0].0);
        let at = references_after(&seen, &units[0].steps);
        prop_assert_eq!(tenants_on(&at, "c0"), 0);
        for (n, (tenants, room)) in keys.iter().enumerate().skip(1) {
            let now = tenants_on(&at, &format!("c{n}"));
            prop_assert!((*tenants as usize..=(tenants + room) as usize).contains(&now));
        }
    }

    #[test]
    fn rotating_takes_the_fewest_transactions(keys in keys()) {
        let seen = inventory_with_pool(&keys);
        let units = rotate_pool_key("c0", 0).units(&seen).expect("steps");
        let at = references_after(&seen, &units[0].steps);
        prop_assert_eq!((tenants_on(&at, "c0"), tenants_on(&at, "new")), (0, keys[0].0 as usize));
        prop_assert_eq!(count_transactions(&units[0].steps), keys[0].0.div_ceil(98) as usize);
    }
}
