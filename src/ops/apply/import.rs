//! API keys in bulk in the course of a change.

use keypool_domain::key_file::{ImportedKey, import_body};
use keypool_domain::{ApiKeyId, Secret, TenantKeyId};

use super::unit::UnitExecutor;
use crate::aws::{Failure, Fence, NewKeyItem};

impl UnitExecutor<'_> {
    /// Imports keys; gives the new ones, also where the import failed after it had made some.
    pub(super) async fn import_api_keys(
        &self,
        keys: &[ImportedKey],
    ) -> (Vec<(ApiKeyId, Secret)>, Result<(), Failure>) {
        let asked = self.aws.import_api_keys(&import_body(keys)).await;
        if asked.as_ref().is_err_and(Failure::had_no_effect) {
            return (Vec::new(), asked);
        }
        let new: Vec<&Secret> =
            keys.iter().filter(|key| key.existing.is_none()).map(|key| &key.value).collect();
        let found = match self.aws.find_api_keys_by_value(&new).await {
            Ok(found) => found,
            Err(undo) => return (Vec::new(), Err(leftovers_failure(asked.err(), undo))),
        };
        let done = match asked {
            // What cannot be told from its having failed is asked for again.
            Err(failure) if new.is_empty() || found.len() < new.len() => Err(failure),
            _ if found.len() < new.len() => Err(Failure::Unexpected {
                operation: "ImportApiKeys".to_owned(),
                message: format!(
                    "{} of {} API keys are not there afterwards",
                    new.len() - found.len(),
                    new.len()
                ),
            }),
            _ => Ok(()),
        };
        (found, done)
    }

    /// Writes the row of an imported key; one that its tenant has already is left as it is.
    pub(super) async fn write_imported_tenant_key(
        &self,
        id: &ApiKeyId,
        key: &ImportedKey,
        fence: Option<&Fence>,
    ) -> Result<TenantKeyId, Failure> {
        let row = TenantKeyId::new(id.as_str());
        let Some(new) = key.tenant_key() else { return Ok(row) };
        let value = Some(key.value.clone());
        let created_at = self.aws.now();
        let item = NewKeyItem { id: row.clone(), key: &new, pool_key: None, value, created_at };
        match self.aws.put_tenant_key(&self.tables, &item, fence).await {
            Err(failure @ Failure::Changed(_)) => {
                match self.aws.current_tenant_key(&self.tables, &row).await? {
                    Some(there) if there.tenant == new.tenant => Ok(row),
                    _ => Err(failure),
                }
            }
            written => written.map(|()| row),
        }
    }

    /// Removes imported keys that have no row, or only this one, which goes too; gives the first that could not be.
    pub(super) async fn remove_imported_keys(
        &self,
        imported: &[(ApiKeyId, Secret)],
        going: Option<&TenantKeyId>,
    ) -> Result<(), (ApiKeyId, Failure)> {
        for (id, _) in imported {
            let blame = |failure| (id.clone(), failure);
            // Somebody else may have imported the same file meanwhile.
            let row = TenantKeyId::new(id.as_str());
            let stays = going != Some(&row);
            if !stays || self.aws.current_tenant_key(&self.tables, &row).await.map_err(blame)?.is_none() {
                self.aws.delete_api_key(id).await.map_err(blame)?;
            }
        }
        Ok(())
    }
}

fn leftovers_failure(failed: Option<Failure>, undo: Failure) -> Failure {
    let Some(failure) = failed else { return undo };
    let left = "perhaps API keys of the file".to_owned();
    Failure::LeftBehind { left, failure: Box::new(failure), undo: Box::new(undo) }
}
