//! The steps of one unit: an interpreter that knows what earlier steps made, and undoes it when a later one fails, as
//! long as no tenant depends on it.

use std::sync::Arc;

use keypool_domain::key::tag;
use keypool_domain::key_file::ImportedKey;
use keypool_domain::{ApiKeyId, Edit, Inventory, KeyRef, Known, PlanId, RowId, Secret, Step, Unit, drift};

use super::Done;
use super::extend::Balances;
use super::plans::MadePlan;
use super::pooled::PoolsAtWork;
use crate::aws::{Aws, Failure, NewRow, Shared, Tables};
use crate::ops::Run;

/// Carries out units one after the other.
pub(super) struct Worker<'a> {
    pub(super) aws: &'a Aws,
    pub(super) inventory: &'a Inventory,
    pub(super) tables: Arc<Tables>,
    pub(super) pools: PoolsAtWork,
    pub(super) run: &'a Run,
    /// What the API keys of an extension have left.
    pub(super) balances: Balances,
}

/// What the steps of one unit have made, and how to undo it.
#[derive(Default)]
pub(super) struct Made {
    /// A new API key and its value.
    api_key: Option<(ApiKeyId, Secret)>,
    /// Imported API keys that have no row yet.
    imported: Vec<(ApiKeyId, Secret)>,
    /// The row of that key, where it was written or may have been.
    row: Option<RowId>,
    /// An API key that was changed, and what it was before.
    edited: Option<(ApiKeyId, Edit)>,
    /// An API key that was taken out of this plan, and the one it is in since.
    detached: Option<(ApiKeyId, PlanId)>,
    attached: Option<(ApiKeyId, PlanId)>,
    /// What was done to a usage plan.
    plan: MadePlan,
    /// Whether somebody depends on what was made, so that only going on puts things right.
    relied_on: bool,
    /// An API key is dead that was to go: what is left of it goes too, whoever wants to stop.
    is_ending: bool,
    /// An API key that was told when to go, and what it was told before.
    told: Option<(ApiKeyId, Option<String>)>,
    /// What the unit came to.
    done: Option<Done>,
}

impl Made {
    pub(super) fn new_key(&self) -> Result<(ApiKeyId, Secret), Failure> {
        self.api_key.clone().ok_or_else(out_of_order)
    }

    fn key(&self, wanted: &KeyRef) -> Result<ApiKeyId, Failure> {
        match wanted {
            KeyRef::New => Ok(self.new_key()?.0),
            KeyRef::Known(id) => Ok(id.clone()),
        }
    }

    /// The API key that an imported one is.
    fn imported_key(&self, key: &ImportedKey) -> Result<ApiKeyId, Failure> {
        let is_it = |(_, value): &&(ApiKeyId, Secret)| *value == key.value;
        let new = || self.imported.iter().find(is_it).map(|(id, _)| id.clone());
        key.known.clone().or_else(new).ok_or_else(out_of_order)
    }

    /// From a write on that somebody relies on, even where its answer was lost, nothing is undone any more.
    fn rely<T>(&mut self, written: &Result<T, Failure>) {
        self.relied_on |= may_have_happened(written);
    }
}

impl<'a> Worker<'a> {
    pub(super) fn new(aws: &'a Aws, inventory: &'a Inventory, run: &'a Run, tables: Arc<Tables>) -> Self {
        Self { aws, inventory, tables, pools: PoolsAtWork::default(), run, balances: Balances::new() }
    }

    /// All steps of a unit, or none that matters.
    pub(super) async fn carry_out(&mut self, unit: &Unit) -> Result<Done, Failure> {
        let mut made = Made::default();
        for step in &unit.steps {
            let stepped = if self.run.cancel.is_cancelled() && !made.is_ending {
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
                return Err(self.undo(made, failure, &unit.subject).await);
            }
        }
        Ok(made.done.unwrap_or(Done::NoRow))
    }

    async fn step(&mut self, step: &Step, made: &mut Made) -> Result<(), Failure> {
        match step {
            Step::CreateApiKey(new) => made.api_key = Some(self.create_api_key(new).await?),
            Step::ImportApiKeys(keys) => {
                let (imported, done) = self.import_api_keys(keys).await;
                made.imported = imported;
                done?;
            }
            Step::AttachApiKey { api_key, plan } => {
                let id = made.key(api_key)?;
                let attached = self.aws.attach(plan, &id).await;
                made.attached = may_have_happened(&attached).then(|| (id, plan.clone()));
                attached?;
            }
            Step::DetachApiKey { api_key, plan } => {
                let detached = self.aws.detach(plan, api_key).await;
                made.detached = may_have_happened(&detached).then(|| (api_key.clone(), plan.clone()));
                detached?;
            }
            Step::AwaitAnswer(plan) => self.await_answer(plan, &made.new_key()?).await?,
            Step::DisableApiKey(id) => {
                self.disable(id).await?;
                (made.relied_on, made.is_ending) = (true, true);
            }
            Step::DeleteApiKey(id) => self.aws.delete_api_key(id).await?,
            Step::TagRetirement { api_key, grace } => {
                let told = self.tag_retirement(api_key, *grace).await;
                let before = || self.inventory.api_key(api_key).key()?.tags.get(tag::RETIRES_AT).cloned();
                made.told = may_have_happened(&told).then(|| (api_key.clone(), before()));
                told?;
            }
            Step::UpdateApiKey { api_key, edit } => {
                let updated = self.aws.update_api_key(api_key, edit).await;
                let before = self.before(api_key, edit).filter(|_| may_have_happened(&updated));
                made.edited = before.map(|before| (api_key.clone(), before));
                updated?;
            }
            Step::SetCustomer { api_key, customer } => {
                self.aws.set_customer(api_key, customer).await?;
                made.done = Some(Done::Edited(RowId::new(api_key.as_str())));
            }
            Step::PutPool(_)
            | Step::AddPoolKey { .. }
            | Step::SetPoolKeyState { .. }
            | Step::SetCounter { .. }
            | Step::DeleteCounter(_)
            | Step::RemovePoolKey { .. }
            | Step::UpdatePool { .. }
            | Step::DeletePool(_) => self.pool_step(step, made).await?,
            Step::Setup(step) => self.plan_step(step, &mut made.plan).await?,
            Step::SetBalance { plan, api_key, balance } => {
                made.done = Some(self.set_balance(plan, api_key, *balance).await?);
            }
            row => self.row_step(row, made).await?,
        }
        Ok(())
    }

    async fn row_step(&mut self, step: &Step, made: &mut Made) -> Result<(), Failure> {
        let done = match step {
            Step::WriteRow(key) => {
                let (id, value) = made.new_key()?;
                let row = RowId::new(id.as_str());
                let created_at = self.aws.now();
                let new = NewRow { id: row.clone(), key, pool_key: None, value: Some(value), created_at };
                let written = self.aws.put_row(&self.tables, &new).await;
                made.row = may_have_happened(&written).then(|| row.clone());
                written?;
                Done::Created(row)
            }
            Step::WriteImportedRow(key) => {
                let id = made.imported_key(key)?;
                let row = RowId::new(id.as_str());
                let written = self.write_imported_row(&id, key).await;
                made.row = may_have_happened(&written).then(|| row.clone());
                written?;
                made.row = None;
                made.imported.retain(|(imported, _)| *imported != id);
                Done::Imported(vec![row])
            }
            Step::Assign(key) => Done::Created(self.assign(key).await?),
            Step::ReplaceRow(row) => {
                let (id, value) = made.new_key()?;
                let replaced = self.aws.replace_row(&self.tables, row, &id, &value).await;
                made.rely(&replaced);
                replaced?;
                Done::Moved(vec![RowId::new(id.as_str())])
            }
            Step::IsolateRow { row, from, plan } => {
                let new = made.new_key()?;
                let isolated = self.isolate_row(row, from, plan, &new).await;
                made.rely(&isolated);
                isolated?;
                Done::Moved(vec![RowId::new(new.0.as_str())])
            }
            Step::Refer { row, plan, from } => {
                let referred = self.refer(row, plan, from.as_ref()).await;
                made.rely(&referred);
                referred?;
                Done::Moved(vec![row.clone()])
            }
            Step::Repoint { rows, from, to, to_successor } => {
                let new = made.api_key.as_ref().filter(|_| *to == KeyRef::New);
                let key = made.key(to)?;
                let limit = (!to_successor).then(|| self.limit_of(&key));
                let to = Shared { api_key: &key, value: new.map(|(_, value)| value), limit };
                self.repoint(rows, from, to).await?;
                Done::Moved(rows.clone())
            }
            Step::SetRowPlan { row, revision, plan } => {
                let set = self.aws.set_row_plan(&self.tables, row, *revision, plan).await;
                made.rely(&set);
                set?;
                Done::Moved(vec![row.clone()])
            }
            Step::Rehome { row, plan } => {
                let lost = match self.inventory.row(row) {
                    Some(row) => row.require_pool_key()?,
                    None => None,
                };
                self.refer(row, plan, lost).await?;
                Done::Moved(vec![row.clone()])
            }
            Step::WriteValue { row, api_key } => {
                let value = self.aws.api_key_value(api_key).await?;
                self.aws.write_value(&self.tables, row, &value).await?;
                Done::Edited(row.clone())
            }
            Step::WriteWindow(id) => {
                let plan =
                    self.inventory.plan(id).ok_or_else(|| Failure::Gone(format!("usage plan {id}")))?;
                self.aws.write_window(&self.tables, id, &drift::plans::window(plan)).await?;
                Done::NoRow
            }
            Step::DeleteWindow(id) => {
                self.aws.delete_window(&self.tables, id).await?;
                Done::NoRow
            }
            Step::DeleteRow(row) => {
                self.aws.delete_siloed_row(&self.tables, row).await?;
                Done::Deleted(row.clone())
            }
            Step::Unassign { row, api_key } => {
                self.unassign(row, api_key).await?;
                Done::Deleted(row.clone())
            }
            Step::UpdateRow { row, revision, edit } => {
                self.aws.update_row(&self.tables, row, *revision, edit).await?;
                Done::Edited(row.clone())
            }
            _ => return Ok(()),
        };
        made.done = Some(match (made.done.take(), done) {
            (Some(Done::Moved(before)), Done::Moved(more)) => Done::Moved([before, more].concat()),
            (Some(Done::Imported(before)), Done::Imported(more)) => Done::Imported([before, more].concat()),
            (Some(imported @ Done::Imported(_)), Done::Edited(_)) => imported,
            (_, done) => done,
        });
        Ok(())
    }

    async fn pool_step(&mut self, step: &Step, made: &mut Made) -> Result<(), Failure> {
        match step {
            Step::PutPool(new) => self.put_pool(new).await?,
            Step::AddPoolKey { plan, capacity, replaces } => {
                let (id, _) = made.new_key()?;
                let added = self.add_pool_key(plan, &id, *capacity, replaces.as_ref()).await;
                made.rely(&added);
                added?;
            }
            Step::SetPoolKeyState { api_key, state } => self.set_pool_key_state(api_key, *state).await?,
            Step::RemovePoolKey { plan, api_key } => self.remove_pool_key(plan, api_key).await?,
            Step::UpdatePool { plan, strategy, capacity } => {
                self.update_pool(plan, *strategy, *capacity).await?;
            }
            Step::SetCounter { plan, api_key, .. } => self.set_counter(plan, api_key).await?,
            Step::DeleteCounter(seen) => self.delete_counter(seen).await?,
            Step::DeletePool(plan) => self.delete_pool(plan).await?,
            _ => {}
        }
        Ok(())
    }

    /// Undoes what was made, the API key first, for it is what can be used; then says what failed.
    async fn undo(&self, made: Made, failure: Failure, subject: &str) -> Failure {
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
        if let Some((id, before)) = &made.told
            && let Err(undo) = self.retell(id, before.as_deref()).await
        {
            return left(format!("tag {} of API key {id}", tag::RETIRES_AT), failure, undo);
        }
        match self.undo_detaching(&made).await {
            Err((id, undo)) => left(format!("API key {id} outside its plan"), failure, undo),
            Ok(()) => failure,
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
        let Some((id, plan)) = &made.detached else { return Ok(()) };
        let blame = |undo| (id.clone(), undo);
        if let Some((id, other)) = &made.attached {
            self.aws.detach(other, id).await.map_err(blame)?;
        }
        self.aws.attach(plan, id).await.map_err(blame)
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
}

/// A value that is set back becomes the row's where the row no longer holds what was seen in it.
fn follow<T: PartialEq>(set_back: &mut Option<T>, seen: &T, now: T) {
    if set_back.is_some() && *seen != now {
        *set_back = Some(now);
    }
}

pub(super) fn out_of_order() -> Failure {
    Failure::Unexpected {
        operation: "the change".to_owned(),
        message: "its steps are out of order".to_owned(),
    }
}

pub(super) fn may_have_happened<T>(outcome: &Result<T, Failure>) -> bool {
    !outcome.as_ref().is_err_and(Failure::had_no_effect)
}

fn left(left: String, failure: Failure, undo: Failure) -> Failure {
    Failure::LeftBehind { left, failure: Box::new(failure), undo: Box::new(undo) }
}
