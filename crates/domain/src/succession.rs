//! Which API keys replace which, from their tags.
//!
//! Anyone who may tag API keys can write keypool's tags. What a tag says of another API key is therefore believed only as
//! far as that key's own tags, or its name and tenant, bear it out.

use std::collections::{BTreeMap, HashMap, HashSet};

use jiff::Timestamp;

use crate::key::tag;
use crate::{ApiKey, InventorySource, TenantRules};

/// What a tag of one API key that names another is worth.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Claim {
    /// The other key is at its end, and this one has taken its place.
    Replaced,
    /// A rotation created this key, and ended before the tenant moved to it.
    Unfinished,
    /// Nothing but the tag says so.
    Unproven,
}

/// The ids of the API keys that this one claims to have replaced, latest first.
pub(crate) fn claimed_predecessors(key: &ApiKey) -> impl Iterator<Item = &str> {
    let values = [tag::REPLACES, tag::PREDECESSORS].into_iter().filter_map(|name| key.tags.get(name));
    values.flat_map(|ids| ids.split_whitespace())
}

/// Judges the claim of `new` that it replaces `old`, where no table says whose keys they are.
pub(crate) fn judge(new: &ApiKey, old: &ApiKey, tenants: &TenantRules) -> Claim {
    let is_at_end = old.tags.contains_key(tag::RETIRES_AT);
    let named = old.tags.get(tag::REPLACED_BY).map(String::as_str);
    if named == Some(new.id.as_str()) {
        return if is_at_end { Claim::Replaced } else { Claim::Unproven };
    }
    let is_of_same_tenant = tenants.tenant(new) == tenants.tenant(old);
    if !new.tags.contains_key(tag::REQUEST) || !(is_of_same_tenant || has_name_of(new, old)) {
        return Claim::Unproven;
    }
    let is_latest = new.tags.get(tag::REPLACES).is_some_and(|id| id == old.id.as_str());
    match (is_latest, is_at_end, named) {
        (false, true, _) | (true, true, None) => Claim::Replaced,
        (true, _, _) if may_be_unfinished(new) => Claim::Unfinished,
        (true | false, _, _) => Claim::Unproven,
    }
}

/// Why the end of `old`, which `new` replaced, is believed only of an operator who has looked at both: tags alone could
/// end the key of any tenant. API Gateway itself records when a key was created.
pub(crate) fn doubt_end(
    old: &ApiKey,
    new: &ApiKey,
    ends_at: Timestamp,
    tenants: &TenantRules,
) -> Option<String> {
    let id = &new.id;
    if tenants.tenant(new) != tenants.tenant(old) {
        return Some(format!("API key {id}, which replaced it, is another tenant's"));
    }
    if !new.tags.contains_key(tag::REQUEST) {
        return Some(format!("API key {id}, which replaced it, has no tag of the rotation that created it"));
    }
    if new.created_at < old.created_at {
        return Some(format!("API key {id}, which replaced it, is older"));
    }
    let is_before = new.created_at.is_some_and(|created_at| ends_at < created_at);
    is_before.then(|| format!("API key {id}, which replaced it, was created after that"))
}

/// Whether both have the same name, as a copy has.
pub(crate) fn has_name_of(new: &ApiKey, old: &ApiKey) -> bool {
    !new.name.is_empty() && new.name == old.name
}

/// An operation removes its mark when it ends, and disables a key that it cannot remove.
fn may_be_unfinished(key: &ApiKey) -> bool {
    key.tags.contains_key(tag::WORKING_UNTIL) || !key.enabled
}

/// The API keys of an account without tables that are no tenant keys of their own.
pub(crate) struct Succession<'a> {
    /// Keys at their end whose successor is the tenant's.
    replaced: HashSet<&'a str>,
    /// Keys that are to replace another but do not yet.
    unfinished: HashSet<&'a str>,
    /// Keys with a tag that nothing bears out, and the existing key that it names.
    unproven: BTreeMap<&'a str, &'a str>,
}

impl<'a> Succession<'a> {
    pub(crate) fn new(api_keys: &'a [ApiKey], tenants: &TenantRules) -> Self {
        let by_id: HashMap<&str, &ApiKey> = api_keys.iter().map(|key| (key.id.as_str(), key)).collect();
        let mut found =
            Self { replaced: HashSet::new(), unfinished: HashSet::new(), unproven: BTreeMap::new() };
        for new in api_keys {
            let claimed = claimed_predecessors(new).filter_map(|id| by_id.get(id));
            for old in claimed.filter(|old| old.id != new.id) {
                match judge(new, old, tenants) {
                    Claim::Replaced => drop(found.replaced.insert(old.id.as_str())),
                    Claim::Unfinished => drop(found.unfinished.insert(new.id.as_str())),
                    Claim::Unproven => drop(found.unproven.insert(new.id.as_str(), old.id.as_str())),
                }
            }
        }
        found
    }

    pub(crate) fn is_tenant_key(&self, key: &ApiKey) -> bool {
        !self.replaced.contains(key.id.as_str()) && !self.unfinished.contains(key.id.as_str())
    }
}

/// One sentence for each API key with a tag that names another key and that is not believed.
pub fn unproven_successions(api_keys: &[ApiKey], source: &InventorySource) -> Vec<String> {
    let InventorySource::ApiGateway { tenants, .. } = source else { return Vec::new() };
    let unproven = Succession::new(api_keys, tenants).unproven;
    let sentence = |(new, old): (&str, &str)| {
        format!(
            "API key {new} has a tag that it replaces API key {old}, which nothing else shows: the tag is ignored, and \
             both are tenant keys"
        )
    };
    unproven.into_iter().map(sentence).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::tags;

    const END: (&str, &str) = (tag::RETIRES_AT, "2026-12-01T00:00:00Z");
    const REQUEST: (&str, &str) = (tag::REQUEST, "r");
    const MARK: (&str, &str) = (tag::WORKING_UNTIL, "2026-11-01T00:00:00Z");
    const REPLACES: (&str, &str) = (tag::REPLACES, "old");

    fn key(id: &str, name: &str, key_tags: &[(&str, &str)]) -> ApiKey {
        ApiKey { tags: tags(key_tags), ..ApiKey::new(id, name) }
    }

    fn claim(new: &ApiKey, old: &ApiKey) -> Claim {
        judge(new, old, &TenantRules::default())
    }

    #[test]
    fn a_finished_rotation_is_believed_because_the_old_key_names_its_successor() {
        let old = key("old", "web", &[END, (tag::REPLACED_BY, "new")]);
        assert_eq!(claim(&key("new", "renamed", &[REPLACES]), &old), Claim::Replaced);
        let other = key("other", "web", &[REPLACES, REQUEST]);
        assert_eq!(claim(&other, &old), Claim::Unproven, "the tags of another key were copied");
        let leftover = key("other", "web", &[REPLACES, REQUEST, MARK]);
        assert_eq!(claim(&leftover, &old), Claim::Unfinished, "an earlier run was killed");
        let later = key("later", "web", &[(tag::REPLACES, "new"), (tag::PREDECESSORS, "old"), REQUEST]);
        assert_eq!(claim(&later, &old), Claim::Replaced, "rotated again");
    }

    #[test]
    fn an_interrupted_rotation_is_known_by_its_mark_or_its_disabled_copy() {
        let old = key("old", "web", &[]);
        assert_eq!(claim(&key("new", "web", &[REPLACES, REQUEST, MARK]), &old), Claim::Unfinished);
        let disabled = ApiKey { enabled: false, ..key("new", "web", &[REPLACES, REQUEST]) };
        assert_eq!(claim(&disabled, &old), Claim::Unfinished);
        assert_eq!(claim(&key("new", "web", &[REPLACES, REQUEST]), &old), Claim::Unproven);
    }

    #[test]
    fn a_tag_on_a_key_of_another_tenant_and_name_proves_nothing() {
        let foreign = key("foreign", "theirs", &[REPLACES, REQUEST, MARK, ("ownerId", "globex")]);
        for old in [key("old", "web", &[END]), key("old", "web", &[]), key("old", "", &[])] {
            assert_eq!(claim(&foreign, &old), Claim::Unproven, "{old:?}");
        }
        let bare = key("bare", "web", &[REPLACES, MARK]);
        assert_eq!(claim(&bare, &key("old", "web", &[END])), Claim::Unproven, "keypool did not create it");
    }
}
