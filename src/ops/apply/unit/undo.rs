//! Undoes the steps of a unit after one failed.

use keypool_domain::key::tag;
use keypool_domain::{ApiKeyId, Edit, Known, TenantKeyId};

use super::{UndoLog, UnitExecutor};
use crate::aws::Failure;

impl UnitExecutor<'_> {
    /// Undoes the steps and returns their failure, or one that names what could not be undone. A new API key
    /// is deleted before the writes to other keys are undone, because it could be used.
    pub(super) async fn undo(&self, log: UndoLog, failure: Failure, subject: &str) -> Failure {
        if log.past_no_return {
            return Failure::Unfinished { subject: subject.to_owned(), failure: Box::new(failure) };
        }
        let failure = match self.undo_plan(&log.plan, failure).await {
            Ok(failure) => failure,
            Err(not_undone) => return not_undone,
        };
        if let Some((id, _)) = &log.api_key
            && let Err(undo) = self.aws.delete_api_key(id).await
        {
            // A key that is not tracked must not be usable.
            let state = if self.disable_key(id).await.is_ok() { "disabled " } else { "" };
            return undo_failure(format!("{state}API key {id}"), failure, undo);
        }
        if let Err((id, undo)) = self.remove_imported_keys(&log.imported_keys, log.tenant_key.as_ref()).await
        {
            let state = if self.disable_key(&id).await.is_ok() { "disabled " } else { "" };
            return undo_failure(
                format!("{state}API key {id} and possibly others of the file"),
                failure,
                undo,
            );
        }
        if let Err((id, undo)) = self.undo_pool_items(&log.pool_items).await {
            return undo_failure(
                format!("possibly the item of API key {id} in the Keys table"),
                failure,
                undo,
            );
        }
        if let Some(tenant_key) = &log.tenant_key
            && let Err(undo) = self.delete_written_tenant_key(tenant_key).await
        {
            return undo_failure(format!("possibly tenant key {tenant_key}"), failure, undo);
        }
        for (id, before) in &log.edited_keys {
            if let Err(undo) = self.undo_edit(id, before, &failure).await
                && !matches!(undo, Failure::Gone(_))
            {
                return undo_failure(format!("the edit of API key {id}"), failure, undo);
            }
        }
        if let Err((id, undo)) = self.untag_deletions(&log.tagged_deletions).await {
            return undo_failure(format!("tag {} of API key {id}", tag::DELETING), failure, undo);
        }
        if let Some(before) = &log.retirement_tags
            && let Err(undo) = self.restore_retirement_tags(before).await
        {
            let remnant = format!("tag {} of API key {}", tag::RETIRES_AT, before.api_key);
            return undo_failure(remnant, failure, undo);
        }
        match self.undo_detach(&log).await {
            Err((id, undo)) => undo_failure(format!("API key {id} outside its plan"), failure, undo),
            Ok(()) => failure.after_undo(),
        }
    }

    async fn delete_written_tenant_key(&self, tenant_key: &TenantKeyId) -> Result<(), Failure> {
        self.aws.delete_siloed_tenant_key(self.tables()?, tenant_key).await
    }

    /// Restores an edited API key. If another writer changed the tenant key meanwhile, the API key follows
    /// it: restoring would revert half of that writer's edit.
    async fn undo_edit(&self, id: &ApiKeyId, before: &Edit, failure: &Failure) -> Result<(), Failure> {
        let mut before = before.clone();
        let tenant_key = TenantKeyId::new(id.as_str());
        if matches!(failure, Failure::Changed(_))
            && let Some(expected) = self.inventory.tenant_key(&tenant_key)
            && let Some(tables) = self.tables.as_deref()
            && let Some(current) = self.aws.current_tenant_key(tables, &tenant_key).await?
        {
            follow_changed_text(&mut before.name, &expected.name, &current.name);
            follow_changed_text(&mut before.description, &expected.description, &current.description);
            if let Known::Value(enabled) = current.enabled
                && !expected.enabled.is_known_to_be(&enabled)
            {
                before.enabled = before.enabled.map(|_| enabled);
            }
        }
        self.aws.update_api_key(id, &before).await
    }

    /// Reattaches an API key to the plans it was detached from.
    async fn undo_detach(&self, log: &UndoLog) -> Result<(), (ApiKeyId, Failure)> {
        let Some((id, _)) = log.detached_plans.first() else { return Ok(()) };
        let with_id = |undo| (id.clone(), undo);
        if !self.marks.renew_all(self.aws).await.map_err(with_id)? {
            // The operation that took over the mark attaches the key.
            return Ok(());
        }
        if let Some((id, new_plan)) = &log.attached_plan {
            self.aws.detach_api_key(new_plan, id).await.map_err(with_id)?;
        }
        for (id, plan) in &log.detached_plans {
            self.aws.attach_api_key(plan, id).await.map_err(with_id)?;
        }
        Ok(())
    }

    /// Returns the fields that an edit of an API key replaces, as they were before it.
    pub(super) fn fields_before_edit(&self, id: &ApiKeyId, edit: &Edit) -> Option<Edit> {
        let key = self.inventory.api_key(id).key()?;
        Some(Edit {
            name: edit.name.as_ref().map(|_| key.name.clone()),
            description: edit.description.as_ref().map(|_| key.description.clone()),
            enabled: edit.enabled.map(|_| key.enabled),
            expiry: None,
        })
    }
}

/// If a field of the tenant key is no longer as `expected`, restores the API key's field to the `current` one
/// of the tenant key instead.
fn follow_changed_text(restored: &mut Option<String>, expected: &str, current: &str) {
    if restored.is_some() && expected != current {
        *restored = Some(current.to_owned());
    }
}

fn undo_failure(remnant: String, failure: Failure, undo: Failure) -> Failure {
    Failure::UndoFailed { remnant, failure: Box::new(failure), undo: Box::new(undo) }
}
