//! Deleting a tenant key also deletes the predecessors of its API key.

use super::*;

/// `k1` replaced `middle`, which no longer exists, and before that `first`.
fn rotated_twice() -> Inventory {
    inventory_with(|parts| {
        let tags = |id: &str, tags: &[(&str, &str)]| {
            let tags = tags.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
            ApiKey { tags: tags.collect(), ..api_key(id, true) }
        };
        let keys = parts.api_keys.value_mut().expect("listed");
        keys[0] = tags("k1", &[(tag::REPLACES, "middle"), (tag::PREDECESSORS, "first")]);
        keys.push(tags("first", &[(tag::RETIRES_AT, "2026-03-11T12:00:00Z"), (tag::REPLACES, "k1")]));
    })
}

#[test]
fn deleting_a_key_names_and_deletes_its_predecessor() {
    let inventory = rotated_twice();
    let delete = Change::Delete(vec!["k1".into()]);
    let steps: Vec<_> = delete.units(&inventory).expect("units")[0]
        .steps
        .iter()
        .map(|step| step.describe(&inventory))
        .collect();
    assert_eq!(
        steps,
        [
            "tag API key k1 as being deleted",
            "tag API key first as being deleted",
            "disable API key k1",
            "disable API key first",
            "delete tenant key k1",
            "delete API key k1",
            "delete API key first",
        ]
    );
    let caution =
        "API key first, replaced by k1 and in its grace period until 2026-03-11T12:00:00Z, is deleted too";
    assert_eq!(delete.cautions(&inventory), [caution]);
}

#[test]
fn a_key_with_a_tenant_key_or_pool_is_not_a_predecessor() {
    let naming_predecessor = |named: &str, is_foreign: bool| {
        inventory_with(|parts| {
            let keys = parts.api_keys.value_mut().expect("listed");
            keys[0].tags.insert(tag::REPLACES.to_owned(), named.to_owned());
            for key in keys.iter_mut().filter(|key| !is_foreign && key.id.as_str() == named) {
                key.tags.insert(tag::RETIRES_AT.to_owned(), "2026-03-11T12:00:00Z".to_owned());
            }
        })
    };
    let ids = |inventory: &Inventory| {
        inventory.predecessors(&"k1".into()).iter().map(|key| key.id.to_string()).collect::<Vec<_>>()
    };
    let predecessors = |named: &str| ids(&naming_predecessor(named, false));
    let foreign = naming_predecessor("spare", true);
    assert_eq!(ids(&foreign), [] as [&str; 0], "nothing but a tag of k1 says that keypool replaced it");
    assert!(foreign.successor(&"spare".into()).is_none());
    assert_eq!(predecessors("spare"), ["spare"]);
    assert_eq!(predecessors("off"), [] as [&str; 0], "it has a tenant key");
    assert_eq!(predecessors("b1"), [] as [&str; 0], "it is a pool key");
    assert_eq!(predecessors("k1"), [] as [&str; 0], "it is the key itself");
}
