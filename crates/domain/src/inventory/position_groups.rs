//! Positions of items by a key, in three allocations for all keys.

use std::collections::HashMap;
use std::hash::Hash;

/// Positions in a list, grouped by a key, in the order of the list.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct PositionGroups<K: Eq + Hash> {
    /// Indexes into `ends`.
    groups: HashMap<K, u32>,
    /// Where in `positions` each group ends, and the next one starts.
    ends: Vec<u32>,
    positions: Vec<u32>,
}

impl<K: Eq + Hash> PositionGroups<K> {
    pub(super) fn new(keys: impl Iterator<Item = (u32, K)>) -> Self {
        let mut groups: HashMap<K, u32> = HashMap::new();
        let mut sizes: Vec<u32> = Vec::new();
        let grouped: Vec<(u32, u32)> = keys
            .map(|(position, key)| {
                let group = *groups.entry(key).or_insert_with(|| {
                    sizes.push(0);
                    u32::try_from(sizes.len() - 1).unwrap_or(u32::MAX)
                });
                sizes[group as usize] += 1;
                (group, position)
            })
            .collect();
        let starts = sizes.iter().scan(0, |start, size| Some(std::mem::replace(start, *start + size)));
        let mut ends: Vec<u32> = starts.collect();
        let mut positions = vec![0; grouped.len()];
        for (group, position) in grouped {
            let end = &mut ends[group as usize];
            positions[*end as usize] = position;
            *end += 1;
        }
        Self { groups, ends, positions }
    }

    pub(super) fn get(&self, key: &K) -> &[u32] {
        let Some(&group) = self.groups.get(key) else { return &[] };
        let start = if group == 0 { 0 } else { self.ends[group as usize - 1] };
        &self.positions[start as usize..self.ends[group as usize] as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_key_has_its_positions_in_order() {
        let groups = PositionGroups::new((0..).zip("abcabca".chars()));
        let expected: [&[u32]; 4] = [&[0, 3, 6], &[1, 4], &[2, 5], &[]];
        assert_eq!(['a', 'b', 'c', 'd'].map(|key| groups.get(&key).to_vec()), expected.map(<[u32]>::to_vec));
        assert!(PositionGroups::<char>::new(std::iter::empty()).get(&'a').is_empty());
    }
}
