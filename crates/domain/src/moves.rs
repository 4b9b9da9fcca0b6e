//! Moves of tenants between the keys of a pool: to balance the pool with as few moves as possible, or to
//! drain a key.

use std::collections::BTreeMap;

use crate::ApiKeyId;

/// The tenants and capacity of a pool key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Load {
    pub api_key: ApiKeyId,
    /// Number of tenant keys.
    pub tenants: u32,
    /// Maximum number of tenant keys.
    pub capacity: u32,
}

/// Moves tenant keys from one API key to another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Move {
    pub from: ApiKeyId,
    pub to: ApiKeyId,
    /// Number of tenant keys.
    pub count: u32,
}

/// Balances the keys with as few moves as possible: tenant counts then differ by at most one, except for keys
/// limited by their capacity. `None` if the keys do not have room for all tenants.
pub fn balance_moves(loads: &[Load]) -> Option<Vec<Move>> {
    let targets = targets(loads)?;
    let pairs = loads.iter().zip(&targets);
    let surpluses = pairs.clone().map(|(load, &target)| (&load.api_key, load.tenants.saturating_sub(target)));
    let deficits = pairs.map(|(load, &target)| (&load.api_key, target.saturating_sub(load.tenants)));
    Some(pair_moves(surpluses.collect(), deficits.collect()))
}

/// Moves all tenants of one key to others, which are filled as evenly as possible. `None` without room for all.
pub fn drain_moves(from: &ApiKeyId, tenants: u32, others: &[Load]) -> Option<Vec<Move>> {
    if total_room(others) < tenants {
        return None;
    }
    let mut loads: Vec<Load> = others.to_vec();
    let mut received: BTreeMap<&ApiKeyId, u32> = BTreeMap::new();
    for _ in 0..tenants {
        let (index, load) = loads
            .iter_mut()
            .enumerate()
            .filter(|(_, load)| load.tenants < load.capacity)
            .min_by_key(|(index, load)| (load.tenants, *index))?;
        load.tenants += 1;
        *received.entry(&others[index].api_key).or_default() += 1;
    }
    Some(pair_moves(vec![(from, tenants)], received.into_iter().collect()))
}

/// Number of tenants that the keys can still take.
pub fn total_room(loads: &[Load]) -> u32 {
    loads.iter().fold(0, |sum, load| sum.saturating_add(load.capacity.saturating_sub(load.tenants)))
}

/// The target number of tenants per key. The fullest keys get the remainder, which saves moves.
fn targets(loads: &[Load]) -> Option<Vec<u32>> {
    let total: u32 = loads.iter().map(|load| load.tenants).sum();
    if loads.iter().map(|load| u64::from(load.capacity)).sum::<u64>() < u64::from(total) {
        return None;
    }
    let level = common_level(loads, total);
    let mut targets: Vec<u32> = loads.iter().map(|load| load.capacity.min(level)).collect();
    let mut remainder = total - targets.iter().sum::<u32>();
    let mut by_tenants: Vec<usize> =
        (0..loads.len()).filter(|&index| loads[index].capacity > targets[index]).collect();
    by_tenants.sort_by_key(|&index| std::cmp::Reverse(loads[index].tenants));
    for index in by_tenants {
        if remainder == 0 {
            break;
        }
        targets[index] += 1;
        remainder -= 1;
    }
    Some(targets)
}

/// The highest common number of tenants for all keys that are not full; the others are full at or below it.
fn common_level(loads: &[Load], total: u32) -> u32 {
    let mut capacities: Vec<u32> = loads.iter().map(|load| load.capacity).collect();
    capacities.sort_unstable();
    let mut remaining = total;
    for (keys, capacity) in (1..=loads.len() as u32).rev().zip(capacities) {
        let share = remaining / keys;
        if capacity > share {
            return share;
        }
        remaining -= capacity;
    }
    u32::MAX
}

/// Pairs the tenants that leave the sources with the room in the targets, both in order.
fn pair_moves(sources: Vec<(&ApiKeyId, u32)>, targets: Vec<(&ApiKeyId, u32)>) -> Vec<Move> {
    let repeat = |(id, count)| std::iter::repeat_n(id, count as usize);
    let mut moves: Vec<Move> = Vec::new();
    for (from, to) in sources.into_iter().flat_map(repeat).zip(targets.into_iter().flat_map(repeat)) {
        match moves.last_mut() {
            Some(last) if last.from == *from && last.to == *to => last.count += 1,
            _ => moves.push(Move { from: from.clone(), to: to.clone(), count: 1 }),
        }
    }
    moves
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{any, prop};
    use proptest::{prop_assert, prop_assert_eq, proptest};

    use super::*;

    /// One load per pair of tenants and capacity.
    fn loads(pairs: &[(u32, u32)]) -> Vec<Load> {
        let load = |(index, &(tenants, capacity)): (usize, &(u32, u32))| Load {
            api_key: ApiKeyId::new(format!("k{index}")),
            tenants,
            capacity,
        };
        pairs.iter().enumerate().map(load).collect()
    }

    /// The tenants of each key after the moves.
    fn tenants_after(loads: &[Load], moves: &[Move]) -> Vec<u32> {
        let tenants_of = |load: &Load| {
            let sum = |is_counted: &dyn Fn(&Move) -> bool| -> u32 {
                moves.iter().filter(|pool_move| is_counted(pool_move)).map(|pool_move| pool_move.count).sum()
            };
            let received = sum(&|pool_move| pool_move.to == load.api_key);
            load.tenants + received - sum(&|pool_move| pool_move.from == load.api_key)
        };
        loads.iter().map(tenants_of).collect()
    }

    #[test]
    fn balancing_leaves_the_remainder_on_the_fullest_keys() {
        let loads = loads(&[(5, 10), (1, 10), (2, 10)]);
        let moves = balance_moves(&loads).expect("room");
        assert_eq!(tenants_after(&loads, &moves), [3, 2, 3]);
        let one = |to: &str| Move { from: "k0".into(), to: to.into(), count: 1 };
        assert_eq!(moves, [one("k1"), one("k2")]);
    }

    #[test]
    fn a_key_above_its_capacity_is_relieved_if_there_is_room() {
        let over = loads(&[(5, 3), (0, 3)]);
        assert_eq!(tenants_after(&over, &balance_moves(&over).expect("room")), [3, 2]);
        assert_eq!(balance_moves(&loads(&[(5, 3), (0, 1)])), None);
        assert_eq!(drain_moves(&"x".into(), 2, &loads(&[(3, 4)])), None);
    }

    #[test]
    fn draining_fills_the_emptiest_keys_first() {
        let others = loads(&[(3, 9), (0, 2), (1, 9)]);
        let moves = drain_moves(&"old".into(), 4, &others).expect("room");
        assert_eq!(tenants_after(&others, &moves), [3, 2, 3]);
        assert!(moves.iter().all(|pool_move| pool_move.from.as_str() == "old"));
    }

    #[test]
    fn the_last_free_room_is_used() {
        let others = loads(&[(3, 4), (1, 3), (5, 4)]);
        let moves = drain_moves(&"old".into(), 3, &others).expect("room for three");
        assert_eq!(tenants_after(&others, &moves), [4, 3, 5]);
        assert_eq!(drain_moves(&"old".into(), 4, &others), None);
        let full = loads(&[(5, 3), (1, 3)]);
        assert_eq!(tenants_after(&full, &balance_moves(&full).expect("room for all")), [3, 3]);
    }

    #[test]
    fn a_key_filled_exactly_to_the_common_level_is_full() {
        let loads = loads(&[(9, 3), (0, 3), (0, 5)]);
        assert_eq!(tenants_after(&loads, &balance_moves(&loads).expect("room for nine")), [3, 3, 3]);
    }

    #[test]
    fn every_key_can_be_full() {
        let loads = loads(&[(11, 3), (0, 3), (0, 5)]);
        assert_eq!(tenants_after(&loads, &balance_moves(&loads).expect("room for eleven")), [3, 3, 5]);
    }

    /// The smallest number of tenant keys to move to reach the targets: the total surplus over them.
    fn fewest_moves(loads: &[Load], targets: &[u32]) -> u32 {
        loads.iter().zip(targets).map(|(load, target)| load.tenants.saturating_sub(*target)).sum()
    }

    proptest! {
        #[test]
        fn balanced_pools_respect_capacity_and_keep_every_tenant(
            pairs in prop::collection::vec((0u32..40, 0u32..40), 1..7),
        ) {
            let loads = loads(&pairs);
            let all: u32 = pairs.iter().map(|(tenants, _)| tenants).sum();
            let room: u32 = pairs.iter().map(|(_, capacity)| capacity).sum();
            let Some(moves) = balance_moves(&loads) else {
                prop_assert!(room < all);
                return Ok(());
            };
            let after = tenants_after(&loads, &moves);
            prop_assert_eq!(after.iter().sum::<u32>(), all);
            for (load, now) in loads.iter().zip(&after) {
                prop_assert!(*now <= load.capacity);
                let lowest = after.iter().min().copied().unwrap_or(0);
                let keys_with_room = loads.iter().zip(&after).filter(|(load, now)| **now < load.capacity);
                let lowest_with_room = keys_with_room.map(|(_, now)| *now).min().unwrap_or(u32::MAX);
                prop_assert!(*now <= lowest_with_room.saturating_add(1), "{:?} {}", after, lowest);
            }
            let moved = moves.iter().map(|pool_move| pool_move.count).sum::<u32>();
            prop_assert_eq!(moved, fewest_moves(&loads, &after));
        }

        #[test]
        fn no_other_balanced_state_needs_fewer_moves(
            tenants in prop::collection::vec(0u32..9, 1..5), rotate in any::<prop::sample::Index>(),
        ) {
            let all: u32 = tenants.iter().sum();
            let keys = tenants.len() as u32;
            let loads = loads(&tenants.iter().map(|&tenants| (tenants, 99)).collect::<Vec<_>>());
            let moved: u32 = balance_moves(&loads).expect("room").iter().map(|pool_move| pool_move.count).sum();
            let mut other: Vec<u32> = (0..keys).map(|index| all / keys + u32::from(index < all % keys)).collect();
            other.rotate_left(rotate.index(tenants.len()));
            prop_assert!(moved <= fewest_moves(&loads, &other));
        }
    }
}
