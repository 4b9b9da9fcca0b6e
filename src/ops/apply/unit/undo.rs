//! What a unit made before a step failed, undone again.

use keypool_domain::key::tag;
use keypool_domain::{ApiKeyId, Edit, Known, RowId};

use super::{Made, Worker};
use crate::aws::Failure;

impl Worker<'_> {
    /// Undoes what was made, the API key first, for it is what can be used; then says what failed.
    pub(super) async fn undo(&self, made: Made, failure: Failure, subject: &str) -> Failure {
        if made.relied_on {
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
            let state = if self.disable(id).await.is_ok() { "disabled " } else { "" };
            return left(format!("{state}API key {id}"), failure, undo);
        }
        if let Err((id, undo)) = self.remove_imported(&made.imported, made.row.as_ref()).await {
            let state = if self.disable(&id).await.is_ok() { "disabled " } else { "" };
            return left(format!("{state}API key {id} and perhaps others of the file"), failure, undo);
        }
        if let Err((id, undo)) = self.undo_pool_items(&made.pool_items).await {
            return left(format!("perhaps the item of API key {id} in the Keys table"), failure, undo);
        }
        if let Some(row) = &made.row
            && let Err(undo) = self.aws.delete_siloed_row(&self.tables, row).await
        {
            return left(format!("perhaps row {row}"), failure, undo);
        }
        if let Some((id, before)) = &made.edited
            && let Err(undo) = self.undo_edit(id, before, &failure).await
            && !matches!(undo, Failure::Gone(_))
        {
            return left(format!("the edit of API key {id}"), failure, undo);
        }
        if let Err((id, undo)) = self.untag_deletions(&made.tagged_deletions).await {
            return left(format!("tag {} of API key {id}", tag::DELETING), failure, undo);
        }
        if let Some((id, before)) = &made.told
            && let Err(undo) = self.retell(id, before.as_deref()).await
        {
            return left(format!("tag {} of API key {id}", tag::RETIRES_AT), failure, undo);
        }
        match self.undo_detaching(&made).await {
            Err((id, undo)) => left(format!("API key {id} outside its plan"), failure, undo),
            Ok(()) => failure.undone(),
        }
    }

    /// An API key that was edited is set back to what it was, or follows the row where somebody else changed that:
    /// setting it back would undo the API key's half of their edit.
    async fn undo_edit(&self, id: &ApiKeyId, before: &Edit, failure: &Failure) -> Result<(), Failure> {
        let mut before = before.clone();
        let row = RowId::new(id.as_str());
        if matches!(failure, Failure::Changed(_))
            && let Some(seen) = self.inventory.row(&row)
            && let Some(now) = self.aws.row_now(&self.tables, &row).await?
        {
            follow(&mut before.name, &seen.name, now.name);
            follow(&mut before.description, &seen.description, now.description);
            if let Known::Value(now) = now.enabled
                && !seen.enabled.is_known_to_be(&now)
            {
                before.enabled = before.enabled.map(|_| now);
            }
        }
        self.aws.update_api_key(id, &before).await
    }

    /// An API key that left its plan goes back to it.
    async fn undo_detaching(&self, made: &Made) -> Result<(), (ApiKeyId, Failure)> {
        let Some((id, _)) = made.detached.first() else { return Ok(()) };
        let blame = |undo| (id.clone(), undo);
        if !self.marks.are_ours(self.aws).await.map_err(blame)? {
            // Who took the mark over puts the key where it belongs.
            return Ok(());
        }
        if let Some((id, other)) = &made.attached {
            self.aws.detach(other, id).await.map_err(blame)?;
        }
        for (id, plan) in &made.detached {
            self.aws.attach(plan, id).await.map_err(blame)?;
        }
        Ok(())
    }

    /// The values that an edit of an API key replaces.
    pub(super) fn before(&self, id: &ApiKeyId, edit: &Edit) -> Option<Edit> {
        let key = self.inventory.api_key(id).key()?;
        Some(Edit {
            name: edit.name.as_ref().map(|_| key.name.clone()),
            description: edit.description.as_ref().map(|_| key.description.clone()),
            enabled: edit.enabled.map(|_| key.enabled),
        })
    }
}

/// A value that is set back becomes the row's where the row no longer holds what was seen in it.
fn follow<T: PartialEq>(set_back: &mut Option<T>, seen: &T, now: T) {
    if set_back.is_some() && *seen != now {
        *set_back = Some(now);
    }
}

fn left(left: String, failure: Failure, undo: Failure) -> Failure {
    Failure::LeftBehind { left, failure: Box::new(failure), undo: Box::new(undo) }
}
