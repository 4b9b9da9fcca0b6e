//! Entities of one kind by id and in insertion order, with the ids of all changed entities.
//!
//! Invariant: every inserted, mutably borrowed or removed entity is in the set of changes until `take_changed` empties
//! it, so no change can miss the journal.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde::Serialize;
use serde::de::DeserializeOwned;

/// A part of the account with its own records in the journal.
pub(crate) trait Entity: Serialize + DeserializeOwned {
    /// The kind in the journal.
    const KIND: &'static str;

    /// Unique within its kind.
    fn id(&self) -> String;
}

/// Sequence number of an entity, in insertion order.
pub(crate) type SeqNo = u64;

#[derive(Debug, Clone)]
pub(crate) struct Collection<T> {
    items: BTreeMap<SeqNo, T>,
    seq_nos: HashMap<String, SeqNo>,
    next_seq_no: SeqNo,
    changed: BTreeSet<String>,
}

impl<T> Default for Collection<T> {
    fn default() -> Self {
        Self { items: BTreeMap::new(), seq_nos: HashMap::new(), next_seq_no: 1, changed: BTreeSet::new() }
    }
}

impl<T: Entity> Collection<T> {
    /// Replaces the entity with the same id, keeping its sequence number, or appends the entity.
    pub(crate) fn insert(&mut self, item: T) -> SeqNo {
        let id = item.id();
        let seq_no = self.seq_nos.get(&id).copied().unwrap_or(self.next_seq_no);
        self.next_seq_no = self.next_seq_no.max(seq_no + 1);
        self.items.insert(seq_no, item);
        self.seq_nos.insert(id.clone(), seq_no);
        self.changed.insert(id);
        seq_no
    }

    pub(crate) fn get(&self, id: &str) -> Option<&T> {
        self.items.get(self.seq_nos.get(id)?)
    }

    /// Callers must not change the entity's id.
    pub(crate) fn get_mut(&mut self, id: &str) -> Option<&mut T> {
        let seq_no = self.seq_nos.get(id)?;
        if !self.changed.contains(id) {
            self.changed.insert(id.to_owned());
        }
        self.items.get_mut(seq_no)
    }

    pub(crate) fn remove(&mut self, id: &str) -> Option<T> {
        let seq_no = self.seq_nos.remove(id)?;
        self.changed.insert(id.to_owned());
        self.items.remove(&seq_no)
    }

    pub(crate) fn contains(&self, id: &str) -> bool {
        self.seq_nos.contains_key(id)
    }

    pub(crate) fn len(&self) -> usize {
        self.items.len()
    }

    /// Returns the entities, oldest first.
    pub(crate) fn iter(&self) -> impl DoubleEndedIterator<Item = &T> {
        self.items.values()
    }

    pub(crate) fn seq_no(&self, id: &str) -> Option<SeqNo> {
        self.seq_nos.get(id).copied()
    }

    pub(crate) fn get_by_seq_no(&self, seq_no: SeqNo) -> Option<&T> {
        self.items.get(&seq_no)
    }

    /// Returns the entities newest first, starting before the given sequence number or with the newest.
    pub(crate) fn newest_before(&self, seq_no: Option<SeqNo>) -> impl Iterator<Item = (SeqNo, &T)> {
        self.items.range(..seq_no.unwrap_or(SeqNo::MAX)).rev().map(|(seq_no, item)| (*seq_no, item))
    }

    /// Returns the entities oldest first, starting after the given sequence number or with the oldest.
    pub(crate) fn oldest_after(&self, seq_no: Option<SeqNo>) -> impl Iterator<Item = (SeqNo, &T)> {
        let from = seq_no.map_or(0, |seq_no| seq_no.saturating_add(1));
        self.items.range(from..).map(|(seq_no, item)| (*seq_no, item))
    }

    /// Returns the ids of the entities changed since the last call.
    pub(crate) fn take_changed(&mut self) -> BTreeSet<String> {
        std::mem::take(&mut self.changed)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[derive(Debug, PartialEq, Serialize, serde::Deserialize)]
    struct Thing(String, u8);

    impl Entity for Thing {
        const KIND: &'static str = "thing";

        fn id(&self) -> String {
            self.0.clone()
        }
    }

    fn thing(id: &str, content: u8) -> Thing {
        Thing(id.to_owned(), content)
    }

    #[test]
    fn replacing_an_entity_keeps_its_position() {
        let mut things = Collection::default();
        for id in ["c", "a", "b"] {
            things.insert(thing(id, 0));
        }
        things.insert(thing("c", 1));
        let ids: Vec<String> = things.iter().map(Entity::id).collect();
        assert_eq!(ids, ["c", "a", "b"]);
        assert_eq!(things.get("c"), Some(&thing("c", 1)));
    }

    #[test]
    fn paging_continues_after_a_removed_entity() {
        let mut things = Collection::default();
        let seq_nos: Vec<SeqNo> = ["a", "b", "c"].map(|id| things.insert(thing(id, 0))).into();
        things.remove("c");
        let remaining: Vec<String> =
            things.newest_before(Some(seq_nos[2])).map(|(_, thing)| thing.id()).collect();
        assert_eq!(remaining, ["b", "a"]);
        assert_eq!(things.newest_before(None).count(), 2);
    }

    #[test]
    fn each_change_is_reported_once() {
        let mut things = Collection::default();
        things.insert(thing("a", 0));
        things.insert(thing("b", 0));
        assert_eq!(things.take_changed().len(), 2);

        things.get_mut("a").unwrap().1 = 9;
        things.remove("b");
        things.get("a");
        assert_eq!(things.take_changed(), BTreeSet::from(["a".to_owned(), "b".to_owned()]));
        assert!(things.take_changed().is_empty());
    }
}
