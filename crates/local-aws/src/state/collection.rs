//! Entities of one kind in the order they came, found by id, that remember what was changed.
//!
//! Invariant: whatever is inserted, lent out to be changed or removed stands in the list of changes until that is
//! taken, so nothing can miss the journal.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde::Serialize;
use serde::de::DeserializeOwned;

/// Something an account holds and the journal keeps.
pub(crate) trait Entity: Serialize + DeserializeOwned {
    /// What it is called in the journal.
    const KIND: &'static str;

    /// Its name among its kind.
    fn id(&self) -> String;
}

/// Where an entity stands in the order of arrival.
pub(crate) type Place = u64;

/// All entities of one kind.
#[derive(Debug, Clone)]
pub(crate) struct Collection<T> {
    items: BTreeMap<Place, T>,
    places: HashMap<String, Place>,
    next: Place,
    changed: BTreeSet<String>,
}

impl<T> Default for Collection<T> {
    fn default() -> Self {
        Self { items: BTreeMap::new(), places: HashMap::new(), next: 1, changed: BTreeSet::new() }
    }
}

impl<T: Entity> Collection<T> {
    /// Puts an entity in the place of the one with its id, else behind all others.
    pub(crate) fn insert(&mut self, item: T) -> Place {
        let id = item.id();
        let place = self.places.get(&id).copied().unwrap_or(self.next);
        self.next = self.next.max(place + 1);
        self.items.insert(place, item);
        self.places.insert(id.clone(), place);
        self.changed.insert(id);
        place
    }

    pub(crate) fn get(&self, id: &str) -> Option<&T> {
        self.items.get(self.places.get(id)?)
    }

    /// Lends an entity out to be changed; its id must stay what it is.
    pub(crate) fn get_mut(&mut self, id: &str) -> Option<&mut T> {
        let place = self.places.get(id)?;
        if !self.changed.contains(id) {
            self.changed.insert(id.to_owned());
        }
        self.items.get_mut(place)
    }

    pub(crate) fn remove(&mut self, id: &str) -> Option<T> {
        let place = self.places.remove(id)?;
        self.changed.insert(id.to_owned());
        self.items.remove(&place)
    }

    pub(crate) fn contains(&self, id: &str) -> bool {
        self.places.contains_key(id)
    }

    pub(crate) fn len(&self) -> usize {
        self.items.len()
    }

    /// Oldest first.
    pub(crate) fn iter(&self) -> impl DoubleEndedIterator<Item = &T> {
        self.items.values()
    }

    pub(crate) fn place(&self, id: &str) -> Option<Place> {
        self.places.get(id).copied()
    }

    pub(crate) fn at(&self, place: Place) -> Option<&T> {
        self.items.get(&place)
    }

    /// Newest first, from just before `place` on, or from the newest.
    pub(crate) fn newest_before(&self, place: Option<Place>) -> impl Iterator<Item = (Place, &T)> {
        self.items.range(..place.unwrap_or(Place::MAX)).rev().map(|(place, item)| (*place, item))
    }

    /// Oldest first, from just after `place` on, or from the oldest.
    pub(crate) fn oldest_after(&self, place: Option<Place>) -> impl Iterator<Item = (Place, &T)> {
        let from = place.map_or(0, |place| place.saturating_add(1));
        self.items.range(from..).map(|(place, item)| (*place, item))
    }

    /// The ids that were changed since this was asked last.
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
    fn keeps_the_order_of_arrival_when_one_is_replaced() {
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
    fn goes_on_before_a_place_whose_entity_is_gone() {
        let mut things = Collection::default();
        let places: Vec<Place> = ["a", "b", "c"].map(|id| things.insert(thing(id, 0))).into();
        things.remove("c");
        let left: Vec<String> = things.newest_before(Some(places[2])).map(|(_, thing)| thing.id()).collect();
        assert_eq!(left, ["b", "a"]);
        assert_eq!(things.newest_before(None).count(), 2);
    }

    #[test]
    fn tells_each_change_once() {
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
