//! Looks up the API key and tenants that belong to a key value, the tail of one, or an id.
//!
//! A query may contain a value; results contain only ids.

use std::collections::HashSet;

use crate::words::words;
use crate::{ApiKeyId, Inventory, Known, Plan, PlanId, Presence, Secret, TenantKey, TenantKeyId};

/// Minimum length of a value tail: API Gateway's logs show this many characters.
pub const MIN_VALUE_TAIL_CHARS: usize = 6;

/// A key value or its tail, or an id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyQuery {
    text: Secret,
    /// Whether the input began with dots or asterisks, as in a log, and can only be the tail of a value.
    is_value_tail: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidKeyQuery {
    #[error("give an API key's value, at least its last {MIN_VALUE_TAIL_CHARS} characters, or an id")]
    Empty,
    #[error("{0} characters match too many keys; give at least the last {MIN_VALUE_TAIL_CHARS}")]
    TooShort(usize),
}

words! {
    /// What the query is: an id of either kind, a value, or the tail of one.
    pub enum MatchKind {
        TenantKey => "tenantKeyId",
        ApiKey => "apiKeyId",
        Value => "value",
        ValueTail => "valueEnd",
    }
}

/// An API key that a query matches.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct KeyMatch {
    pub kind: MatchKind,
    pub api_key: ApiKeyId,
    /// The tenant key whose id was queried.
    pub tenant_key: Option<TenantKeyId>,
}

impl KeyQuery {
    /// Parses typed or pasted text; leading dots and asterisks mean a masked value from a log.
    pub fn new(text: &str) -> Result<Self, InvalidKeyQuery> {
        let text = text.trim();
        let tail = text.trim_start_matches(['*', '.', '…', '•']);
        let (is_value_tail, count) = (tail.len() < text.len(), tail.chars().count());
        match count {
            0 => Err(InvalidKeyQuery::Empty),
            _ if is_value_tail && count < MIN_VALUE_TAIL_CHARS => Err(InvalidKeyQuery::TooShort(count)),
            _ => Ok(Self { text: Secret::new(tail), is_value_tail }),
        }
    }

    fn match_value(&self, value: &Secret) -> Option<MatchKind> {
        let (text, value) = (self.text.expose(), value.expose());
        match () {
            () if !self.is_value_tail && value == text => Some(MatchKind::Value),
            () if self.can_be_value_tail() && value.ends_with(text) => Some(MatchKind::ValueTail),
            () => None,
        }
    }

    fn can_be_value_tail(&self) -> bool {
        self.text.expose().chars().count() >= MIN_VALUE_TAIL_CHARS
    }
}

/// Matches ids, the values stored in tenant keys, and `values`; ids come first.
pub fn find_keys(inventory: &Inventory, query: &KeyQuery, values: &[(ApiKeyId, Secret)]) -> Vec<KeyMatch> {
    let mut matches = Vec::new();
    if !query.is_value_tail {
        matches.extend(find_by_id(inventory, query.text.expose()));
    }
    let stored_values = inventory.tenant_keys().iter().filter_map(|tenant_key| {
        Some((tenant_key.api_key().into_result().ok()?, tenant_key.stored_value()?))
    });
    let all_values = stored_values.chain(values.iter().map(|(id, value)| (id.clone(), value)));
    matches.extend(all_values.filter_map(|(api_key, value)| {
        Some(KeyMatch { kind: query.match_value(value)?, api_key, tenant_key: None })
    }));
    matches.sort_unstable();
    let mut seen = HashSet::new();
    matches.retain(|found| seen.insert(found.api_key.clone()));
    matches
}

fn find_by_id(inventory: &Inventory, text: &str) -> Option<KeyMatch> {
    let (tenant_key, api_key) = (inventory.tenant_key(&text.into()), ApiKeyId::new(text));
    if let Presence::Present(_) = inventory.api_key(&api_key) {
        return Some(KeyMatch {
            kind: MatchKind::ApiKey,
            api_key,
            tenant_key: tenant_key.map(|tenant_key| tenant_key.id.clone()),
        });
    }
    if let Some((tenant_key, Known::Value(api_key))) =
        tenant_key.map(|tenant_key| (tenant_key, tenant_key.api_key()))
    {
        return Some(KeyMatch {
            kind: MatchKind::TenantKey,
            api_key,
            tenant_key: Some(tenant_key.id.clone()),
        });
    }
    let is_referred_to = inventory.tenant_keys_of_api_key(&api_key).len() > 0;
    is_referred_to.then_some(KeyMatch { kind: MatchKind::ApiKey, api_key, tenant_key: None })
}

/// Whether reading the values that no tenant key stores could add matches.
pub fn needs_values(inventory: &Inventory, query: &KeyQuery, matches: &[KeyMatch]) -> bool {
    // An id or a whole value identifies one key.
    if matches.iter().any(|found| found.kind != MatchKind::ValueTail) || !query.can_be_value_tail() {
        return false;
    }
    // The stored values may be outdated: without a match, API Gateway must be asked for the current ones.
    if matches.is_empty() {
        return true;
    }
    let tenant_keys = inventory.tenant_keys().iter().filter(|tenant_key| tenant_key.stored_value().is_some());
    let with_stored_value: HashSet<_> =
        tenant_keys.filter_map(|tenant_key| tenant_key.api_key().into_result().ok()).collect();
    match inventory.api_keys() {
        Known::Value(keys) => keys.iter().any(|key| !with_stored_value.contains(&key.id)),
        Known::Unknown(_) => true,
    }
}

impl KeyMatch {
    /// The tenant keys that use the matched API key, in order of tenant.
    pub fn tenant_keys<'a>(&self, inventory: &'a Inventory) -> Vec<&'a TenantKey> {
        let mut tenant_keys: Vec<_> = inventory.tenant_keys_of_api_key(&self.api_key).collect();
        tenant_keys.sort_by(|a, b| (&a.tenant, &a.name, &a.id).cmp(&(&b.tenant, &b.name, &b.id)));
        tenant_keys
    }

    /// The plans of the API key and those of its tenant keys, each once.
    pub fn plans(&self, inventory: &Inventory) -> Vec<PlanId> {
        let is_member = |plan: &&Plan| inventory.is_member(&plan.id, &self.api_key).is_known_to_be(&true);
        let attached = inventory.plans().iter().filter(is_member).map(|plan| plan.id.clone());
        let of_tenant_keys =
            inventory.tenant_keys_of_api_key(&self.api_key).map(|tenant_key| tenant_key.plan.clone());
        let mut seen = HashSet::new();
        attached.chain(of_tenant_keys).filter(|plan| seen.insert(plan.clone())).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{self, parts};
    use crate::{ApiKey, InventoryParts};

    fn tenant_key(id: &str, pool_key: Option<&str>, tenant: &str, value: Option<&str>) -> TenantKey {
        TenantKey { value: value.map(Secret::new).into(), ..testing::tenant_key(id, "p", tenant, pool_key) }
    }

    fn account(api_keys: &[&str], tenant_keys: Vec<TenantKey>) -> Inventory {
        let key = |id: &&str| ApiKey::new(*id, "");
        Inventory::new(InventoryParts {
            api_keys: api_keys.iter().map(key).collect::<Vec<_>>().into(),
            tenant_keys,
            ..parts()
        })
    }

    fn sample() -> Inventory {
        let tenant_keys = vec![
            tenant_key("own0000001", None, "acme", Some("value-of-own-aaF0yrv6")),
            tenant_key("ref00001", Some("shared0001"), "globex", Some("value-of-shared-xyz123")),
            tenant_key("ref00002", Some("shared0001"), "acme", Some("value-of-shared-xyz123")),
            tenant_key("mute000001", None, "hooli", None),
            tenant_key("lost0001", None, "hooli", Some("value-of-lost-bbF0yrv6")),
        ];
        account(&["own0000001", "shared0001", "mute000001"], tenant_keys)
    }

    fn matches(text: &str, values: &[(&str, &str)]) -> Vec<(MatchKind, String)> {
        let values: Vec<_> = values.iter().map(|(id, value)| ((*id).into(), Secret::new(*value))).collect();
        let matches = find_keys(&sample(), &KeyQuery::new(text).expect("a valid query"), &values);
        matches.into_iter().map(|found| (found.kind, found.api_key.to_string())).collect()
    }

    #[test]
    fn ids_values_and_value_tails_match_each_key_once() {
        let shared = |kind| vec![(kind, "shared0001".to_owned())];
        assert_eq!(matches("ref00002", &[]), shared(MatchKind::TenantKey));
        assert_eq!(matches("shared0001", &[]), shared(MatchKind::ApiKey));
        assert_eq!(matches(" value-of-shared-xyz123\n", &[]), shared(MatchKind::Value));
        assert_eq!(matches("****xyz123", &[]), shared(MatchKind::ValueTail));
        assert_eq!(matches("own0000001", &[]), [(MatchKind::ApiKey, "own0000001".to_owned())]);
        assert_eq!(matches("of-mute-000000", &[("mute000001", "value-of-mute-000000")])[0].1, "mute000001");
    }

    #[test]
    fn all_keys_with_the_same_value_tail_match() {
        let both =
            [(MatchKind::ValueTail, "lost0001".to_owned()), (MatchKind::ValueTail, "own0000001".to_owned())];
        assert_eq!(matches("****F0yrv6", &[("own0000001", "value-of-own-aaF0yrv6")]), both);
    }

    #[test]
    fn masked_input_never_matches_an_id_and_a_short_tail_is_rejected() {
        assert_eq!(matches("***ref00002", &[]), []);
        assert_eq!(matches("0yrv6", &[]), []);
        assert_eq!(KeyQuery::new("***yrv6"), Err(InvalidKeyQuery::TooShort(4)));
        assert_eq!(KeyQuery::new(" **** "), Err(InvalidKeyQuery::Empty));
        assert!(!format!("{:?}", KeyQuery::new("value-of-own-aaF0yrv6")).contains("value-of"));
    }

    #[test]
    fn values_are_fetched_only_if_they_could_add_matches() {
        let needs = |inventory: &Inventory, text: &str| {
            let query = KeyQuery::new(text).expect("a valid query");
            needs_values(inventory, &query, &find_keys(inventory, &query, &[]))
        };
        let sample = sample();
        assert!(
            needs(&sample, "F0yrv6") && needs(&sample, "nowhere") && needs(&sample, "value-of-another-key")
        );
        assert!(
            !needs(&sample, "ref00001")
                && !needs(&sample, "value-of-shared-xyz123")
                && !needs(&sample, "short")
        );
        let all_known = account(&["a"], vec![tenant_key("a", None, "t", Some("value-of-a-0000000000"))]);
        assert!(needs(&all_known, "nowhere") && !needs(&all_known, "000000"));
    }

    #[test]
    fn a_match_lists_its_tenants_in_order() {
        let sample = sample();
        let query = KeyQuery::new("ref00001").expect("a valid query");
        let key_match = &find_keys(&sample, &query, &[])[0];
        let tenants: Vec<_> = key_match
            .tenant_keys(&sample)
            .iter()
            .map(|tenant_key| tenant_key.tenant.as_str().to_owned())
            .collect();
        assert_eq!(
            (tenants, key_match.plans(&sample)),
            (vec!["acme".to_owned(), "globex".to_owned()], vec!["p".into()])
        );
        assert_eq!(key_match.tenant_key, Some("ref00001".into()));
    }
}
