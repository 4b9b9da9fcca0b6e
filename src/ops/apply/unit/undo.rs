//! What a unit made before a step failed, undone again.

use keypool_domain::key::tag;
use keypool_domain::{ApiKeyId, Edit, Known, TenantKeyId};

use super::{UndoLog, UnitExecutor};
use crate::aws::Failure;

impl UnitExecutor<'_> {
    /// Undoes what was made, the API key first, for it is what can be used; then says what failed.
    pub(super) async fn undo(&self, made: UndoLog, failure: Failure, subject: &str) -> Failure {
        if made.past_no_return {
            return Failure::Unfinished { subject: subject.to_owned(), failure: Box::new(failure) };
        }
        let failure = match self.undo_plan(&made.plan, failure).await {
            Ok(failure) => failure,
            Err(left) => return left,
        };
        if let Some((id, _)) = &made.api_key
            && let Err(undo) = self.aws.delete_api_key(id).await
        {
            // What nobody sees must not be usable either.
            let state = if self.disable_key(id).await.is_ok() { "disabled " } else { "" };
            return left_behind(format!("{state}API key {id}"), failure, undo);
        }
        if let Err((id, undo)) =
            self.remove_imported_keys(&made.imported_keys, made.tenant_key.as_ref()).await
        {
            let state = if self.disable_key(&id).await.is_ok() { "disabled " } else { "" };
            return left_behind(format!("{state}API key {id} and perhaps others of the file"), failure, undo);
        }
        if let Err((id, undo)) = self.undo_pool_items(&made.pool_items).await {
            return left_behind(format!("perhaps the item of API key {id} in the Keys table"), failure, undo);
        }
        if let Some(row) = &made.tenant_key
            && let Err(undo) = self.aws.delete_siloed_tenant_key(&self.tables, row).await
        {
            return left_behind(format!("perhaps row {row}"), failure, undo);
        }
        if let Some((id, before)) = &made.edited_key
            && let Err(undo) = self.undo_edit(id, before, &failure).await
            && !matches!(undo, Failure::Gone(_))
        {
            return left_behind(format!("the edit of API key {id}"), failure, undo);
        }
        if let Err((id, undo)) = self.untag_deletions(&made.tagged_deletions).await {
            return left_behind(format!("tag {} of API key {id}", tag::DELETING), failure, undo);
        }
        if let Some((id, before)) = &made.retirement_tag
            && let Err(undo) = self.restore_retirement_tag(id, before.as_deref()).await
        {
            return left_behind(format!("tag {} of API key {id}", tag::RETIRES_AT), failure, undo);
        }
        match self.undo_detach(&made).await {
            Err((id, undo)) => left_behind(format!("API key {id} outside its plan"), failure, undo),
            Ok(()) => failure.after_undo(),
        }
    }

    /// An API key that was edited is set back to what it was, or follows the row where somebody else changed that:
    /// setting it back would undo the API key's half of their edit.
    async fn undo_edit(&self, id: &ApiKeyId, before: &Edit, failure: &Failure) -> Result<(), Failure> {
        let mut before = before.clone();
        let row = TenantKeyId::new(id.as_str());
        if matches!(failure, Failure::Changed(_))
            && let Some(seen) = self.inventory.tenant_key(&row)
            && let Some(now) = self.aws.current_tenant_key(&self.tables, &row).await?
        {
            follow_changed_value(&mut before.name, &seen.name, now.name);
            follow_changed_value(&mut before.description, &seen.description, now.description);
            if let Known::Value(now) = now.enabled
                && !seen.enabled.is_known_to_be(&now)
            {
                before.enabled = before.enabled.map(|_| now);
            }
        }
        self.aws.update_api_key(id, &before).await
    }

    /// An API key that left its plan goes back to it.
    async fn undo_detach(&self, made: &UndoLog) -> Result<(), (ApiKeyId, Failure)> {
        let Some((id, _)) = made.detached_plans.first() else { return Ok(()) };
        let blame = |undo| (id.clone(), undo);
        if !self.marks.renew_all(self.aws).await.map_err(blame)? {
            // Who took the mark over puts the key where it belongs.
            return Ok(());
        }
        if let Some((id, other)) = &made.attached_plan {
            self.aws.detach_api_key(other, id).await.map_err(blame)?;
        }
        for (id, plan) in &made.detached_plans {
            self.aws.attach_api_key(plan, id).await.map_err(blame)?;
        }
        Ok(())
    }

    /// The values that an edit of an API key replaces.
    pub(super) fn values_before_edit(&self, id: &ApiKeyId, edit: &Edit) -> Option<Edit> {
        let key = self.inventory.api_key(id).key()?;
        Some(Edit {
            name: edit.name.as_ref().map(|_| key.name.clone()),
            description: edit.description.as_ref().map(|_| key.description.clone()),
            enabled: edit.enabled.map(|_| key.enabled),
        })
    }
}

/// A value that is set back becomes the row's where the row no longer holds what was seen in it.
fn follow_changed_value<T: PartialEq>(set_back: &mut Option<T>, seen: &T, now: T) {
    if set_back.is_some() && *seen != now {
        *set_back = Some(now);
    }
}

fn left_behind(left: String, failure: Failure, undo: Failure) -> Failure {
    Failure::LeftBehind { left, failure: Box::new(failure), undo: Box::new(undo) }
}
