//! The API keys that a unit works on: an operation marks them before its first step.

use crate::ApiKeyId;
use crate::step::{KeyRef, Step, Unit};

/// The API keys that a unit works on, as far as they are known before its first step.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct WorkSubjects {
    /// Existing API keys that the unit changes or deletes.
    pub api_keys: Vec<ApiKeyId>,
    pub creates_api_key: bool,
    pub imports: bool,
    /// API keys that the unit disables or deletes.
    disabled_or_deleted: Vec<ApiKeyId>,
    /// Whether the unit writes a tenant key or a pool. The conditions of those writes protect the API keys
    /// that tenants use.
    writes_tables: bool,
}

impl WorkSubjects {
    pub fn from_unit(unit: &Unit) -> Self {
        let mut subjects = Self::default();
        for step in &unit.steps {
            subjects.add(step);
        }
        for ids in [&mut subjects.api_keys, &mut subjects.disabled_or_deleted] {
            ids.sort_unstable();
            ids.dedup();
        }
        subjects
    }

    fn add(&mut self, step: &Step) {
        match step {
            Step::CreateApiKey(new) => {
                self.creates_api_key = true;
                self.api_keys.extend(new.replaces.clone());
            }
            Step::ImportApiKeys(keys) => {
                self.imports = true;
                self.api_keys.extend(keys.iter().filter_map(|key| key.existing.clone()));
            }
            Step::AttachApiKey { api_key: KeyRef::Existing(id), .. }
            | Step::DetachApiKey { api_key: id, .. }
            | Step::UpdateApiKey { api_key: id, .. }
            | Step::TagRetirement { api_key: id, .. }
            | Step::TagExpiry { api_key: id, .. }
            | Step::TagPlan { api_key: id, .. }
            | Step::TagDeletion(id) => self.api_keys.push(id.clone()),
            Step::DisableApiKey(id) | Step::DeleteApiKey(id) => {
                self.api_keys.push(id.clone());
                self.disabled_or_deleted.push(id.clone());
            }
            // The tenant key's id is that of its own API key.
            Step::SetTenantKeyPlan { tenant_key, .. } => {
                self.api_keys.push(ApiKeyId::new(tenant_key.as_str()));
                self.writes_tables = true;
            }
            Step::SetPoolKeyState { api_key: id, .. } | Step::RemovePoolKey { api_key: id, .. } => {
                self.api_keys.push(id.clone());
                self.writes_tables = true;
            }
            Step::ForwardPoolItem { api_key: id, .. }
            | Step::WritePoolItem { api_key: KeyRef::Existing(id), .. } => {
                self.api_keys.push(id.clone());
                self.writes_tables = true;
            }
            // The deletion of a pool item does not depend on whether tenants use the API key.
            Step::DeletePoolItem(id) => self.api_keys.push(id.clone()),
            Step::PutPool(pool) => {
                self.api_keys.extend(pool.keys.iter().map(|(id, _)| id.clone()));
                self.writes_tables = true;
            }
            Step::WriteTenantKey(_)
            | Step::WriteImportedTenantKey(_)
            | Step::WritePooledTenantKey(_)
            | Step::ReplaceTenantKey(_)
            | Step::IsolateTenantKey { .. }
            | Step::JoinPool { .. }
            | Step::Repoint { .. }
            | Step::DeleteTenantKey(_)
            | Step::DeletePooledTenantKey { .. }
            | Step::UpdateTenantKey { .. }
            | Step::AddPoolKey { .. }
            | Step::WritePoolItem { api_key: KeyRef::New, .. }
            | Step::UpdatePool { .. }
            | Step::WriteValue { .. }
            | Step::ReassignPoolKey { .. }
            | Step::SetCounter { .. }
            | Step::DeleteCounter(_)
            | Step::DeletePool(_) => self.writes_tables = true,
            Step::AttachApiKey { api_key: KeyRef::New, .. }
            | Step::WaitUntilKeyWorks(_)
            | Step::SetCustomer { .. }
            | Step::SetBalance { .. }
            | Step::WritePriceListEntry(_)
            | Step::DeletePriceListEntry(_)
            | Step::Infrastructure(_) => {}
        }
    }

    /// The API keys that a unit disables or deletes without writing a table: the tables must be read to see
    /// that no tenant uses them.
    pub fn removed_api_keys(&self) -> &[ApiKeyId] {
        if self.writes_tables { &[] } else { &self.disabled_or_deleted }
    }

    pub fn is_empty(&self) -> bool {
        self.api_keys.is_empty() && !self.creates_api_key && !self.imports
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Strategy;
    use crate::step::{NewApiKey, NewPool};

    #[test]
    fn the_subjects_of_a_unit_are_the_api_keys_it_changes_or_creates() {
        let subjects = |steps: Vec<Step>| WorkSubjects::from_unit(&Unit { subject: String::new(), steps });
        let new = NewApiKey {
            name: String::new(),
            description: String::new(),
            enabled: true,
            plan: "p".into(),
            tenant: None,
            replaces: Some("old".into()),
            value: None,
            customer_id: None,
            tags: Default::default(),
            origin: Default::default(),
        };
        let rotated = subjects(vec![
            Step::CreateApiKey(new),
            Step::AttachApiKey { api_key: KeyRef::New, plan: "p".into() },
            Step::WaitUntilKeyWorks("p".into()),
            Step::ReplaceTenantKey("old".into()),
            Step::DisableApiKey("old".into()),
            Step::DeleteApiKey("old".into()),
        ]);
        assert_eq!((&rotated.api_keys[..], rotated.creates_api_key), (&["old".into()][..], true));
        assert!(
            rotated.removed_api_keys().is_empty(),
            "the transaction on the tenant key protects its API key"
        );
        let removed = subjects(vec![Step::DisableApiKey("old".into()), Step::DeleteApiKey("old".into())]);
        assert_eq!(removed.removed_api_keys(), ["old".into()]);
        let pool = NewPool {
            plan: "p".into(),
            strategy: Strategy::Sticky,
            capacity: 3,
            keys: vec![("b".into(), 0), ("a".into(), 0)],
        };
        assert_eq!(subjects(vec![Step::PutPool(pool)]).api_keys, ["a".into(), "b".into()]);
        assert!(subjects(vec![Step::DeleteTenantKey("r".into())]).is_empty());
    }
}
