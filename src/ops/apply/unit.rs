//! The steps of one unit: an interpreter that knows what earlier steps made, and undoes it when a later one fails.

use std::collections::HashMap;
use std::sync::Arc;

use keypool_domain::{ApiKeyId, Edit, Inventory, NewKey, RowId, Secret, Step, Unit};

use super::Done;
use super::pooled::PoolsAtWork;
use crate::aws::{Aws, Failure, NewApiKey, NewRow, Tables};
use crate::ops::Run;

/// Length of the values made here; API Gateway's own have it too.
const VALUE: usize = 40;

/// Carries out units one after the other.
pub(super) struct Worker<'a> {
    pub(super) aws: &'a Aws,
    pub(super) inventory: &'a Inventory,
    pub(super) tables: Arc<Tables>,
    pub(super) pools: PoolsAtWork,
    run: &'a Run,
}

/// What the steps of one unit have made, and how to undo it.
#[derive(Default)]
struct Made {
    /// A new API key and its value.
    api_key: Option<(ApiKeyId, Secret)>,
    /// The row of that key, where it was written or may have been.
    row: Option<RowId>,
    /// An API key that was changed, and what it was before.
    edited: Option<(ApiKeyId, Edit)>,
    /// What the unit came to.
    done: Option<Done>,
}

impl<'a> Worker<'a> {
    pub(super) fn new(aws: &'a Aws, inventory: &'a Inventory, run: &'a Run, tables: Arc<Tables>) -> Self {
        Self { aws, inventory, tables, pools: PoolsAtWork::default(), run }
    }

    /// All steps of a unit, or none that matters.
    pub(super) async fn carry_out(&mut self, unit: &Unit) -> Result<Done, Failure> {
        let mut made = Made::default();
        for step in &unit.steps {
            let stepped = if self.run.cancel.is_cancelled() {
                Err(Failure::Cancelled)
            } else {
                self.step(step, &mut made).await
            };
            tracing::info!(
                of = unit.subject,
                step = step.sentence(self.inventory),
                failed = stepped.is_err()
            );
            if let Err(failure) = stepped {
                return Err(self.undo(made, failure).await);
            }
        }
        made.done.ok_or(Failure::Cancelled)
    }

    async fn step(&mut self, step: &Step, made: &mut Made) -> Result<(), Failure> {
        match step {
            Step::CreateApiKey(key) => made.api_key = Some(self.create_api_key(key).await?),
            Step::AttachApiKey(plan) => self.aws.attach(plan, &made_key(made)?.0).await?,
            Step::WriteRow(key) => {
                let (id, value) = made_key(made)?;
                let row = RowId::new(id.as_str());
                let created_at = self.aws.now();
                let new = NewRow { id: row.clone(), key, pool_key: None, value: Some(value), created_at };
                let written = self.aws.put_row(&self.tables, &new).await;
                made.row = may_have_happened(&written).then(|| row.clone());
                written?;
                made.done = Some(Done::Created(row));
            }
            Step::Assign(key) => made.done = Some(Done::Created(self.assign(key).await?)),
            Step::DisableApiKey(id) => self.disable(id).await?,
            Step::DeleteApiKey(id) => self.aws.delete_api_key(id).await?,
            Step::DeleteRow(row) => {
                self.aws.delete_siloed_row(&self.tables, row).await?;
                made.done = Some(Done::Deleted(row.clone()));
            }
            Step::Unassign { row, api_key } => {
                self.unassign(row, api_key).await?;
                made.done = Some(Done::Deleted(row.clone()));
            }
            Step::UpdateApiKey { api_key, edit } => {
                let updated = self.aws.update_api_key(api_key, edit).await;
                let before = self.before(api_key, edit).filter(|_| may_have_happened(&updated));
                made.edited = before.map(|before| (api_key.clone(), before));
                updated?;
            }
            Step::UpdateRow { row, revision, edit } => {
                self.aws.update_row(&self.tables, row, *revision, edit).await?;
                made.done = Some(Done::Edited(row.clone()));
            }
        }
        Ok(())
    }

    async fn create_api_key(&self, key: &NewKey) -> Result<(ApiKeyId, Secret), Failure> {
        let value = Secret::new(self.aws.random_text(VALUE));
        let tags = HashMap::from([
            ("ownerId".to_owned(), key.tenant.to_string()),
            ("keypool:plan".to_owned(), key.plan.to_string()),
            ("keypool:request".to_owned(), self.aws.random_uuid()),
        ]);
        let new = NewApiKey {
            name: key.name.clone(),
            description: key.description.clone(),
            enabled: key.enabled,
            value: value.clone(),
            tags,
        };
        Ok((self.aws.create_api_key(&new).await?, value))
    }

    /// An API key that is gone calls no more than a disabled one.
    async fn disable(&self, id: &ApiKeyId) -> Result<(), Failure> {
        let off = Edit { enabled: Some(false), ..Edit::default() };
        match self.aws.update_api_key(id, &off).await {
            Err(Failure::Gone(_)) => Ok(()),
            other => other,
        }
    }

    /// The values that an edit of an API key replaces.
    fn before(&self, id: &ApiKeyId, edit: &Edit) -> Option<Edit> {
        let key = self.inventory.api_key(id).key()?;
        Some(Edit {
            name: edit.name.as_ref().map(|_| key.name.clone()),
            description: edit.description.as_ref().map(|_| key.description.clone()),
            enabled: edit.enabled.map(|_| key.enabled),
        })
    }

    /// Undoes what was made, the API key first, for it is what can be used; then says what failed.
    async fn undo(&self, made: Made, failure: Failure) -> Failure {
        if let Some((id, _)) = &made.api_key
            && let Err(undo) = self.aws.delete_api_key(id).await
        {
            return left(format!("API key {id}"), failure, undo);
        }
        if let Some(row) = &made.row
            && let Err(undo) = self.aws.delete_siloed_row(&self.tables, row).await
        {
            return left(format!("perhaps row {row}"), failure, undo);
        }
        if let Some((id, before)) = &made.edited
            && let Err(undo) = self.aws.update_api_key(id, before).await
            && !matches!(undo, Failure::Gone(_))
        {
            return left(format!("the edit of API key {id}"), failure, undo);
        }
        failure
    }
}

fn may_have_happened(outcome: &Result<(), Failure>) -> bool {
    !outcome.as_ref().is_err_and(Failure::had_no_effect)
}

fn made_key(made: &Made) -> Result<(ApiKeyId, Secret), Failure> {
    made.api_key.clone().ok_or_else(|| Failure::Unexpected {
        operation: "the change".to_owned(),
        message: "its steps are out of order".to_owned(),
    })
}

fn left(left: String, failure: Failure, undo: Failure) -> Failure {
    Failure::LeftBehind { left, failure: Box::new(failure), undo: Box::new(undo) }
}
