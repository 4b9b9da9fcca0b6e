//! Properties that hold for every pool: no tenant key moves twice, none is lost, and no transaction is too large.

use proptest::prelude::{Just, prop};
use proptest::{prop_assert, prop_assert_eq, prop_oneof, proptest};

use super::*;
use crate::step::MAX_TENANT_KEYS_PER_REPOINT;

/// Plan `other` gets a pool with one key for each `(tenants, room)`.
fn inventory_with_pool(keys: &[(u32, u32)]) -> Inventory {
    inventory_with(|parts| {
        let id = |index: usize| format!("c{index}");
        let pool_keys = keys
            .iter()
            .enumerate()
            .map(|(index, &(tenants, room))| pool_key(&id(index), tenants, tenants + room));
        parts.pools.push(pool("other", 500, pool_keys.collect()));
        parts
            .api_keys
            .value_mut()
            .expect("listed")
            .extend((0..keys.len()).map(|index| api_key(&id(index), true)));
        let tenant_keys = keys.iter().enumerate().flat_map(|(index, &(tenants, _))| {
            (0..tenants).map(move |n| tenant_key(&format!("{index}-{n}"), "other", "acme", Some(&id(index))))
        });
        parts.tenant_keys.extend(tenant_keys);
    })
}

/// The API key of each tenant key after all steps. Checks that each moves at most once, and from its current key.
fn references_after(inventory: &Inventory, steps: &[Step]) -> BTreeMap<TenantKeyId, ApiKeyId> {
    let mut current: BTreeMap<_, _> = inventory
        .tenant_keys_of_plan(&"other".into())
        .map(|tenant_key| (tenant_key.id.clone(), tenant_key.require_api_key().expect("known")))
        .collect();
    let mut moved = std::collections::BTreeSet::new();
    for step in steps {
        let Step::Repoint { tenant_keys, from, to, .. } = step else { continue };
        assert!(
            (1..=MAX_TENANT_KEYS_PER_REPOINT).contains(&tenant_keys.len()),
            "{} tenant keys in one transaction",
            tenant_keys.len()
        );
        let to = match to {
            KeyRef::Existing(id) => id.clone(),
            KeyRef::New => "new".into(),
        };
        for tenant_key in tenant_keys {
            assert!(moved.insert(tenant_key.clone()), "tenant key {tenant_key} is moved twice");
            assert_eq!(
                current.insert(tenant_key.clone(), to.clone()).as_ref(),
                Some(from),
                "tenant key {tenant_key} was elsewhere"
            );
        }
    }
    current
}

fn tenants_on(current: &BTreeMap<TenantKeyId, ApiKeyId>, id: &str) -> usize {
    current.values().filter(|key| key.as_str() == id).count()
}

fn count_transactions(steps: &[Step]) -> usize {
    steps.iter().filter(|step| matches!(step, Step::Repoint { .. })).count()
}

/// Few tenants, or about as many as fit in one, two or three transactions.
fn keys() -> impl proptest::strategy::Strategy<Value = Vec<(u32, u32)>> {
    let tenants = prop_oneof![0u32..9, 95u32..100, 193u32..199, Just(294u32)];
    prop::collection::vec((tenants, 0u32..200), 1..6)
}

proptest! {
    #![proptest_config(proptest::test_runner::Config::with_cases(96))]

    #[test]
    fn rebalancing_moves_each_tenant_key_once_and_respects_capacity(keys in keys()) {
        let inventory = inventory_with_pool(&keys);
        let steps = match Change::Rebalance("other".into()).units(&inventory) {
            Ok(units) => units.into_iter().flat_map(|unit| unit.steps).collect::<Vec<_>>(),
            Err(refusal) => {
                prop_assert_eq!(refusal, Refusal::AlreadyBalanced("other-plan".into()));
                Vec::new()
            }
        };
        let current = references_after(&inventory, &steps);
        let counts: Vec<_> = (0..keys.len()).map(|n| tenants_on(&current, &format!("c{n}"))).collect();
        let open = counts.iter().zip(&keys).filter(|(now, key)| **now < (key.0 + key.1) as usize);
        let lowest = open.map(|(now, _)| *now).min().unwrap_or(usize::MAX);
        for (now, key) in counts.iter().zip(&keys) {
            prop_assert!(*now <= (key.0 + key.1) as usize);
            prop_assert!(*now <= lowest.saturating_add(1), "{:?} of {:?}", counts, keys);
        }
    }

    #[test]
    fn draining_moves_every_tenant_key(keys in keys()) {
        let inventory = inventory_with_pool(&keys);
        let room: u32 = keys[1..].iter().map(|(_, room)| room).sum();
        let Ok(units) = Change::Drain("c0".into()).units(&inventory) else {
            prop_assert!(room < keys[0].0);
            return Ok(());
        };
        prop_assert!(room >= keys[0].0);
        let current = references_after(&inventory, &units[0].steps);
        prop_assert_eq!(tenants_on(&current, "c0"), 0);
        for (n, (tenants, room)) in keys.iter().enumerate().skip(1) {
            let now = tenants_on(&current, &format!("c{n}"));
            prop_assert!((*tenants as usize..=(tenants + room) as usize).contains(&now));
        }
    }

    #[test]
    fn rotating_takes_the_fewest_transactions(keys in keys()) {
        let inventory = inventory_with_pool(&keys);
        let units = rotate_pool_key("c0", 0).units(&inventory).expect("steps");
        let current = references_after(&inventory, &units[0].steps);
        prop_assert_eq!((tenants_on(&current, "c0"), tenants_on(&current, "new")), (0, keys[0].0 as usize));
        prop_assert_eq!(count_transactions(&units[0].steps), keys[0].0.div_ceil(98) as usize);
    }
}
