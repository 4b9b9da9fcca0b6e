//! Successors and predecessors of API keys, and ongoing deletions, from tags.

use jiff::Timestamp;

use super::Inventory;
use crate::ending::grace_ending;
use crate::key::tag;
use crate::succession::{self, Claim, claimed_predecessors};
use crate::{ApiKey, ApiKeyId, InventorySource, Refusal, TenantKey, TenantKeyId};

/// An API key that was replaced and still works, with the tenant key that has its place now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyInGrace<'a> {
    pub key: &'a ApiKey,
    pub successor: &'a TenantKey,
    /// How long it works: a time, or the text of its tag if that is none. `None` if it is disabled or has no tag.
    pub until: Option<String>,
}

impl Inventory {
    /// Whether a tag says that the deletion of this API key has started.
    pub fn is_being_deleted(&self, api_key: &ApiKeyId) -> bool {
        self.api_key(api_key).key().is_some_and(|key| key.tags.contains_key(tag::DELETING))
    }

    /// The API key that replaces this one: the one that it names itself, or else one that is in use.
    pub fn successor(&self, api_key: &ApiKeyId) -> Option<&ApiKey> {
        let old = self.api_key(api_key).key();
        let replaces = |key: &&ApiKey| key.tags.get(tag::REPLACES).is_some_and(|id| id == api_key.as_str());
        // Of a key that is gone, only the tag of its successor tells.
        let is_proven = |key: &&ApiKey| old.is_none_or(|old| self.is_replaced_by(old, key));
        let all = self.listed_api_keys().iter().filter(replaces).filter(is_proven);
        let named = old.and_then(|old| old.tags.get(tag::REPLACED_BY));
        all.min_by_key(|key| {
            let is_named = named.is_some_and(|id| id == key.id.as_str());
            if is_named { 0 } else { 2 - i32::from(self.is_in_use(&key.id)) }
        })
    }

    /// The API keys that this one replaced, latest first, as far as they still exist without a tenant key or
    /// pool: their grace periods may still run.
    pub fn predecessors(&self, api_key: &ApiKeyId) -> Vec<&ApiKey> {
        let mut found: Vec<&ApiKey> = Vec::new();
        let mut next = self.keys_replaced_by(api_key);
        while !next.is_empty() {
            let mut earlier = Vec::new();
            for key in next {
                // Tags may refer to each other in a cycle.
                if key.id != *api_key && !found.iter().any(|known| known.id == key.id) {
                    found.push(key);
                    earlier.extend(self.keys_replaced_by(&key.id));
                }
            }
            next = earlier;
        }
        found
    }

    /// Copies of this API key that interrupted rotations left, where no table has them. None has become the tenant's.
    pub fn unfinished_successors(&self, api_key: &ApiKeyId) -> Vec<&ApiKey> {
        let InventorySource::ApiGateway { tenants, .. } = self.source() else { return Vec::new() };
        let Some(old) = self.api_key(api_key).key() else { return Vec::new() };
        let replaces = |key: &&ApiKey| key.tags.get(tag::REPLACES).is_some_and(|id| id == api_key.as_str());
        let is_unfinished = |key: &&ApiKey| succession::judge(key, old, tenants) == Claim::Unfinished;
        self.listed_api_keys().iter().filter(replaces).filter(is_unfinished).collect()
    }

    /// The API key that an interrupted rotation was to replace with this one, where no table says so.
    pub fn key_to_be_replaced_by(&self, new: &ApiKey) -> Option<&ApiKey> {
        let old = ApiKeyId::new(new.tags.get(tag::REPLACES)?.as_str());
        let is_listed = self.unfinished_successors(&old).iter().any(|key| key.id == new.id);
        self.api_key(&old).key().filter(|_| is_listed)
    }

    /// Whether this API key was replaced and is no tenant's own any more, and by which tenant key.
    pub fn key_in_grace(&self, api_key: &ApiKeyId) -> Option<KeyInGrace<'_>> {
        let key = self.api_key(api_key).key()?;
        if self.is_in_use(api_key) {
            return None;
        }
        let latest = self.latest_api_key(key);
        let successor = self.tenant_keys_of_api_key(&latest.id).next()?;
        let tag = key.tags.get(tag::RETIRES_AT).filter(|_| key.enabled);
        let end = grace_ending(key, self).map(|ending| ending.stops_at());
        let end = end.and_then(|end| Some(format!("{:.0}", end.value_to_show()?)));
        Some(KeyInGrace { key, successor, until: tag.map(|text| end.unwrap_or_else(|| text.clone())) })
    }

    /// The tenant key, or a refusal that says what else the id is.
    pub fn require_tenant_key(&self, id: &TenantKeyId) -> Result<&TenantKey, Refusal> {
        self.tenant_key(id).ok_or_else(|| {
            let api_key = ApiKeyId::new(id.as_str());
            if let Some(old) = self.key_in_grace(&api_key) {
                return Refusal::OldKey {
                    api_key,
                    tenant_key: old.successor.id.clone(),
                    tenant: old.successor.tenant.clone(),
                    until: old.until,
                };
            }
            match self.api_key(&api_key).key().and_then(|key| self.key_to_be_replaced_by(key)) {
                Some(old) => Refusal::UnfinishedCopy { api_key, tenant_key: old.id.clone() },
                None => Refusal::NoTenantKey(id.clone()),
            }
        })
    }

    /// The API key that has the place of this one now; `None` if it was not replaced.
    pub(crate) fn latest_successor<'a>(&'a self, key: &'a ApiKey) -> Option<&'a ApiKey> {
        Some(self.latest_api_key(key)).filter(|latest| latest.id != key.id)
    }

    /// Follows rotations from a key that exists; a key that was deleted meanwhile is skipped.
    fn latest_api_key<'a>(&'a self, key: &'a ApiKey) -> &'a ApiKey {
        let mut current = key;
        for _ in 0..super::MAX_ROTATIONS {
            let skips_deleted = || {
                let claims = |new: &&ApiKey| claimed_predecessors(new).any(|id| id == current.id.as_str());
                let mut later = self.listed_api_keys().iter().filter(claims);
                later.find(|new| self.is_in_use(&new.id) && self.is_replaced_by(current, new))
            };
            let Some(next) = self.successor(&current.id).or_else(skips_deleted) else { break };
            if self.is_in_use(&next.id) || next.id == key.id {
                return next;
            }
            current = next;
        }
        current
    }

    /// Whether a tenant key or a pool uses this API key, or may use it.
    fn is_in_use(&self, api_key: &ApiKeyId) -> bool {
        !self.tenant_key_count(api_key).is_known_to_be(&0) || self.pool_of_api_key(api_key).is_some()
    }

    fn keys_replaced_by(&self, api_key: &ApiKeyId) -> Vec<&ApiKey> {
        let Some(key) = self.api_key(api_key).key() else { return Vec::new() };
        let keys = claimed_predecessors(key).filter_map(|id| self.api_key(&ApiKeyId::new(id)).key());
        keys.filter(|old| !self.is_in_use(&old.id) && self.is_replaced_by(old, key)).collect()
    }

    /// Why the end of a replaced API key rests on tags alone, where no table has a word in it.
    pub(crate) fn doubt_end(&self, old: &ApiKey, ends_at: Timestamp) -> Option<String> {
        let InventorySource::ApiGateway { tenants, .. } = self.source() else { return None };
        match self.latest_successor(old) {
            Some(new) => succession::doubt_end(old, new, ends_at, tenants),
            None => Some("no API key replaced it".to_owned()),
        }
    }

    /// Whether `new`, whose tags say that it replaced `old`, did. With tables, keypool's tags on the old key or the
    /// same name or owner bear that out.
    fn is_replaced_by(&self, old: &ApiKey, new: &ApiKey) -> bool {
        match self.source() {
            InventorySource::ApiGateway { tenants, .. } => {
                succession::judge(new, old, tenants) == Claim::Replaced
            }
            InventorySource::Tables { .. } | InventorySource::Usage => {
                let pool = self.pool_of_api_key(&old.id);
                let share_pool = pool.is_some() && pool == self.pool_of_api_key(&new.id);
                let is_tagged = old.tags.keys().any(|name| name.starts_with(tag::PREFIX));
                let owner = old.tags.get(tag::OWNER);
                let has_owner = owner.is_some() && owner == new.tags.get(tag::OWNER);
                share_pool || is_tagged || has_owner || succession::has_name_of(new, old)
            }
        }
    }
}
