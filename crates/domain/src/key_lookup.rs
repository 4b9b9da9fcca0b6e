//! Looks up the API key and tenants that belong to a key value, the tail of one, or an id.
//!
//! Values only go in; results contain ids alone.

use std::collections::HashSet;

use crate::{ApiKeyId, Inventory, Known, Plan, PlanId, Presence, Secret, TenantKey, TenantKeyId};

/// Minimum length of a value tail: API Gateway's logs show this many characters.
pub const MIN_VALUE_TAIL_CHARS: usize = 6;

/// A key value or its tail, or an id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyQuery {
    text: Secret,
    /// The input began with asterisks, as in a log, so it can only be the tail of a value.
    is_value_tail: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidKeyQuery {
    #[error("give a key's value, at least its last {MIN_VALUE_TAIL_CHARS} characters, or an id")]
    Empty,
    #[error(
        "{0} characters of a value's end fit too many keys: give at least the last {MIN_VALUE_TAIL_CHARS}"
    )]
    TooShort(usize),
}

/// What a query matches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum MatchKind {
    TenantKey,
    ApiKey,
    Value,
    ValueTail,
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
        let end = text.trim_start_matches(['*', '.', '…', '•']);
        let (is_end, count) = (end.len() < text.len(), end.chars().count());
        match count {
            0 => Err(InvalidKeyQuery::Empty),
            _ if is_end && count < MIN_VALUE_TAIL_CHARS => Err(InvalidKeyQuery::TooShort(count)),
            _ => Ok(Self { text: Secret::new(end), is_value_tail: is_end }),
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
pub fn find_keys(inventory: &Inventory, clue: &KeyQuery, values: &[(ApiKeyId, Secret)]) -> Vec<KeyMatch> {
    let mut found = Vec::new();
    if !clue.is_value_tail {
        found.extend(find_by_id(inventory, clue.text.expose()));
    }
    let of_rows = inventory
        .tenant_keys()
        .iter()
        .filter_map(|row| Some((row.api_key().into_result().ok()?, row.stored_value()?)));
    let all = of_rows.chain(values.iter().map(|(id, value)| (id.clone(), value)));
    found.extend(all.filter_map(|(api_key, value)| {
        Some(KeyMatch { kind: clue.match_value(value)?, api_key, tenant_key: None })
    }));
    found.sort_unstable();
    let mut seen = HashSet::new();
    found.retain(|found| seen.insert(found.api_key.clone()));
    found
}

fn find_by_id(inventory: &Inventory, text: &str) -> Option<KeyMatch> {
    let (row, api_key) = (inventory.tenant_key(&text.into()), ApiKeyId::new(text));
    if let Presence::Present(_) = inventory.api_key(&api_key) {
        return Some(KeyMatch {
            kind: MatchKind::ApiKey,
            api_key,
            tenant_key: row.map(|row| row.id.clone()),
        });
    }
    if let Some((row, Known::Value(api_key))) = row.map(|row| (row, row.api_key())) {
        return Some(KeyMatch { kind: MatchKind::TenantKey, api_key, tenant_key: Some(row.id.clone()) });
    }
    let is_referred_to = inventory.tenant_keys_of_api_key(&api_key).len() > 0;
    is_referred_to.then_some(KeyMatch { kind: MatchKind::ApiKey, api_key, tenant_key: None })
}

/// Whether values that no tenant key stores could add to the matches.
pub fn needs_values(inventory: &Inventory, clue: &KeyQuery, found: &[KeyMatch]) -> bool {
    // An id or a whole value identifies one key.
    if found.iter().any(|found| found.kind != MatchKind::ValueTail) || !clue.can_be_value_tail() {
        return false;
    }
    // A tenant key may store an outdated value of its API key.
    if found.is_empty() {
        return true;
    }
    let rows = inventory.tenant_keys().iter().filter(|row| row.stored_value().is_some());
    let known: HashSet<_> = rows.filter_map(|row| row.api_key().into_result().ok()).collect();
    match inventory.api_keys() {
        Known::Value(keys) => keys.iter().any(|key| !known.contains(&key.id)),
        Known::Unknown(_) => true,
    }
}

impl KeyMatch {
    /// In order of tenant.
    pub fn tenant_keys<'a>(&self, inventory: &'a Inventory) -> Vec<&'a TenantKey> {
        let mut rows: Vec<_> = inventory.tenant_keys_of_api_key(&self.api_key).collect();
        rows.sort_by(|a, b| (&a.tenant, &a.name, &a.id).cmp(&(&b.tenant, &b.name, &b.id)));
        rows
    }

    /// The plans of the API key, and those of its tenant keys.
    pub fn plans(&self, inventory: &Inventory) -> Vec<PlanId> {
        let is_member = |plan: &&Plan| inventory.is_member(&plan.id, &self.api_key).is_known_to_be(&true);
        let attached = inventory.plans().iter().filter(is_member).map(|plan| plan.id.clone());
        let bought = inventory.tenant_keys_of_api_key(&self.api_key).map(|row| row.plan.clone());
        let mut seen = HashSet::new();
        attached.chain(bought).filter(|plan| seen.insert(plan.clone())).collect()
    }
}

impl MatchKind {
    /// As in JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::TenantKey => "tenantKeyId",
            Self::ApiKey => "apiKeyId",
            Self::Value => "value",
            Self::ValueTail => "valueEnd",
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use jiff::Timestamp;

    use super::*;
    use crate::{ApiKey, InventoryParts};

    fn row(id: &str, pool_key: Option<&str>, tenant: &str, value: Option<&str>) -> TenantKey {
        TenantKey {
            pool_key: pool_key.map(Into::into).into(),
            value: value.map(Secret::new).into(),
            ..TenantKey::new(id, "p", tenant)
        }
    }

    fn account(api_keys: &[&str], rows: Vec<TenantKey>) -> Inventory {
        let key = |id: &&str| ApiKey::new(*id, "");
        Inventory::new(InventoryParts {
            plans: Vec::new(),
            api_keys: api_keys.iter().map(key).collect::<Vec<_>>().into(),
            members: BTreeMap::new(),
            tenant_keys: rows,
            pools: Vec::new(),
            remarks: Vec::new(),
            taken_at: Timestamp::UNIX_EPOCH,
        })
    }

    fn sample() -> Inventory {
        let rows = vec![
            row("own0000001", None, "acme", Some("value-of-own-aaF0yrv6")),
            row("ref00001", Some("shared0001"), "globex", Some("value-of-shared-xyz123")),
            row("ref00002", Some("shared0001"), "acme", Some("value-of-shared-xyz123")),
            row("mute000001", None, "hooli", None),
            row("lost0001", None, "hooli", Some("value-of-lost-bbF0yrv6")),
        ];
        account(&["own0000001", "shared0001", "mute000001"], rows)
    }

    fn found(text: &str, values: &[(&str, &str)]) -> Vec<(MatchKind, String)> {
        let values: Vec<_> = values.iter().map(|(id, value)| ((*id).into(), Secret::new(*value))).collect();
        let found = find_keys(&sample(), &KeyQuery::new(text).expect("a clue"), &values);
        found.into_iter().map(|found| (found.kind, found.api_key.to_string())).collect()
    }

    #[test]
    fn ids_values_and_value_tails_match_each_key_once() {
        let shared = |by| vec![(by, "shared0001".to_owned())];
        assert_eq!(found("ref00002", &[]), shared(MatchKind::TenantKey));
        assert_eq!(found("shared0001", &[]), shared(MatchKind::ApiKey));
        assert_eq!(found(" value-of-shared-xyz123\n", &[]), shared(MatchKind::Value));
        assert_eq!(found("****xyz123", &[]), shared(MatchKind::ValueTail));
        assert_eq!(found("own0000001", &[]), [(MatchKind::ApiKey, "own0000001".to_owned())]);
        assert_eq!(found("of-mute-000000", &[("mute000001", "value-of-mute-000000")])[0].1, "mute000001");
    }

    #[test]
    fn all_keys_with_the_same_value_tail_match() {
        let both =
            [(MatchKind::ValueTail, "lost0001".to_owned()), (MatchKind::ValueTail, "own0000001".to_owned())];
        assert_eq!(found("****F0yrv6", &[("own0000001", "value-of-own-aaF0yrv6")]), both);
    }

    #[test]
    fn masked_input_never_matches_an_id_and_a_short_tail_is_rejected() {
        assert_eq!(found("***ref00002", &[]), []);
        assert_eq!(found("0yrv6", &[]), []);
        assert_eq!(KeyQuery::new("***yrv6"), Err(InvalidKeyQuery::TooShort(4)));
        assert_eq!(KeyQuery::new(" **** "), Err(InvalidKeyQuery::Empty));
        assert!(!format!("{:?}", KeyQuery::new("value-of-own-aaF0yrv6")).contains("value-of"));
    }

    #[test]
    fn values_are_fetched_only_if_they_could_add_matches() {
        let needs = |inventory: &Inventory, text: &str| {
            let clue = KeyQuery::new(text).expect("a clue");
            needs_values(inventory, &clue, &find_keys(inventory, &clue, &[]))
        };
        let sample = sample();
        assert!(
            needs(&sample, "F0yrv6") && needs(&sample, "nowhere") && needs(&sample, "value-of-somebody-else")
        );
        assert!(
            !needs(&sample, "ref00001")
                && !needs(&sample, "value-of-shared-xyz123")
                && !needs(&sample, "short")
        );
        let all_known = account(&["a"], vec![row("a", None, "t", Some("value-of-a-0000000000"))]);
        assert!(needs(&all_known, "nowhere") && !needs(&all_known, "000000"));
    }

    #[test]
    fn a_match_lists_its_tenants_in_order() {
        let sample = sample();
        let clue = KeyQuery::new("ref00001").expect("a clue");
        let found = &find_keys(&sample, &clue, &[])[0];
        let tenants: Vec<_> =
            found.tenant_keys(&sample).iter().map(|row| row.tenant.as_str().to_owned()).collect();
        assert_eq!(
            (tenants, found.plans(&sample)),
            (vec!["acme".to_owned(), "globex".to_owned()], vec!["p".into()])
        );
        assert_eq!(found.tenant_key, Some("ref00001".into()));
    }
}
