//! Bulk import of API keys.

use keypool_domain::key_file::{ImportedKey, import_body};
use keypool_domain::{ApiKeyId, Secret, TenantKeyId};

use super::unit::UnitExecutor;
use crate::aws::{Failure, Fence, NewKeyItem};

impl UnitExecutor<'_> {
    /// Imports keys and returns the new ones, even if the import failed after creating some.
    pub(super) async fn import_api_keys(
        &self,
        keys: &[ImportedKey],
    ) -> (Vec<(ApiKeyId, Secret)>, Result<(), Failure>) {
        let imported = self.aws.import_api_keys(&import_body(keys)).await;
        if imported.as_ref().is_err_and(Failure::had_no_effect) {
            return (Vec::new(), imported);
        }
        let new_values: Vec<&Secret> =
            keys.iter().filter(|key| key.existing.is_none()).map(|key| &key.value).collect();
        let created = match self.aws.find_api_keys_by_value(&new_values).await {
            Ok(created) => created,
            Err(undo) => return (Vec::new(), Err(undo_failure(imported.err(), undo))),
        };
        let result = match imported {
            // A failed import counts as done only if it has new keys and all of them exist.
            Err(failure) if new_values.is_empty() || created.len() < new_values.len() => Err(failure),
            _ if created.len() < new_values.len() => Err(Failure::Unexpected {
                operation: "ImportApiKeys".to_owned(),
                message: format!(
                    "{} of {} API keys are missing after the import",
                    new_values.len() - created.len(),
                    new_values.len()
                ),
            }),
            _ => Ok(()),
        };
        (created, result)
    }

    /// Writes the tenant key of an imported API key. Leaves an existing one of the same tenant unchanged.
    pub(super) async fn write_imported_tenant_key(
        &self,
        id: &ApiKeyId,
        key: &ImportedKey,
        fence: Option<&Fence>,
    ) -> Result<TenantKeyId, Failure> {
        let tenant_key = TenantKeyId::new(id.as_str());
        let Some(new) = key.tenant_key() else { return Ok(tenant_key) };
        let value = Some(key.value.clone());
        let created_at = self.aws.now();
        let item = NewKeyItem { id: tenant_key.clone(), key: &new, pool_key: None, value, created_at };
        match self.aws.put_tenant_key(self.tables()?, &item, fence, None).await {
            Err(failure @ Failure::Changed(_)) => {
                match self.aws.current_tenant_key(self.tables()?, &tenant_key).await? {
                    Some(existing) if existing.tenant == new.tenant => Ok(tenant_key),
                    _ => Err(failure),
                }
            }
            written => written.map(|()| tenant_key),
        }
    }

    async fn has_no_tenant_key(&self, id: &TenantKeyId) -> Result<bool, Failure> {
        Ok(self.aws.current_tenant_key(self.tables()?, id).await?.is_none())
    }

    /// Deletes imported API keys that have no tenant key, or only the one that this unit may have written; the
    /// undo deletes that next. Returns the first key that could not be deleted.
    pub(super) async fn remove_imported_keys(
        &self,
        imported: &[(ApiKeyId, Secret)],
        written_tenant_key: Option<&TenantKeyId>,
    ) -> Result<(), (ApiKeyId, Failure)> {
        for (id, _) in imported {
            let with_id = |failure| (id.clone(), failure);
            // Another writer may have imported the same file meanwhile: an API key with that writer's tenant
            // key stays.
            let tenant_key = TenantKeyId::new(id.as_str());
            let may_be_of_other_writer = written_tenant_key != Some(&tenant_key);
            if !may_be_of_other_writer || self.has_no_tenant_key(&tenant_key).await.map_err(with_id)? {
                self.aws.delete_api_key(id).await.map_err(with_id)?;
            }
        }
        Ok(())
    }
}

fn undo_failure(import_failure: Option<Failure>, undo: Failure) -> Failure {
    let Some(failure) = import_failure else { return undo };
    let remnant = "possibly API keys of the file".to_owned();
    Failure::UndoFailed { remnant, failure: Box::new(failure), undo: Box::new(undo) }
}
