//! The steps of one unit: an interpreter that knows what earlier steps made, and undoes it when a later one fails, as
//! long as no tenant depends on it.

mod undo;

use std::collections::HashSet;
use std::sync::Arc;

use keypool_domain::key::tag;
use keypool_domain::key_file::ImportedKey;
use keypool_domain::{ApiKeyId, Edit, Inventory, KeyRef, PlanId, RowId, Secret, Step, Unit, drift};

use super::Done;
use super::extend::Balances;
use super::mark::Marks;
use super::plans::MadePlan;
use super::pooled::PoolsAtWork;
use super::prove::name_of;
use super::put_back::PutBack;
use crate::aws::{Aws, Failure, NewRow, OwnKey, Shared, Tables};
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
    /// The marks that the present unit holds.
    pub(super) marks: Marks,
    /// What the change is, in words.
    pub(super) operation: String,
    /// API keys that were there after tenant keys were pointed at them.
    pub(super) proven: HashSet<ApiKeyId>,
    /// API keys that were made disabled, as the ones that they copy are.
    pub(super) made_disabled: HashSet<ApiKeyId>,
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
    /// API keys whose items were written into the Keys table.
    pub(super) pool_items: Vec<ApiKeyId>,
    /// An API key that was changed, and what it was before.
    edited: Option<(ApiKeyId, Edit)>,
    /// An API key that was taken out of these plans, and the one it is in since.
    detached: Vec<(ApiKeyId, PlanId)>,
    attached: Option<(ApiKeyId, PlanId)>,
    /// What was done to a usage plan.
    plan: MadePlan,
    /// Whether somebody depends on what was made, so that only going on puts things right.
    relied_on: bool,
    /// An API key is dead that was to go: what is left of it goes too, whoever wants to stop.
    is_ending: bool,
    /// API keys that were tagged as being deleted.
    tagged_deletions: Vec<ApiKeyId>,
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
    pub(super) fn rely<T>(&mut self, written: &Result<T, Failure>) {
        self.relied_on |= may_have_happened(written);
    }
}

impl<'a> Worker<'a> {
    pub(super) fn new(aws: &'a Aws, inventory: &'a Inventory, run: &'a Run, tables: Arc<Tables>) -> Self {
        Self {
            aws,
            inventory,
            tables,
            pools: PoolsAtWork::default(),
            run,
            balances: Balances::new(),
            marks: Marks::default(),
            operation: String::new(),
            proven: HashSet::new(),
            made_disabled: HashSet::new(),
        }
    }

    /// All steps of a unit, or none that matters, with marks on the API keys that it works on.
    pub(super) async fn carry_out(&mut self, unit: &Unit) -> Result<Done, Failure> {
        let (aws, marks) = (self.aws, self.marks.clone());
        // On the heap: together the futures of all steps are larger than the stack of a thread should hold.
        let carried_out = match Box::pin(self.mark_known(unit)).await {
            Ok(()) => marks.renewed_while(aws, Box::pin(self.carry_out_marked(unit))).await,
            Err(failure) => Err(failure),
        };
        marks.end(aws).await;
        carried_out
    }

    async fn carry_out_marked(&mut self, unit: &Unit) -> Result<Done, Failure> {
        let mut made = Made::default();
        for step in &unit.steps {
            let stepped = if self.run.cancel.is_cancelled() && !made.is_ending {
                Err(Failure::Cancelled)
            } else {
                Box::pin(self.step(step, &mut made)).await
            };
            tracing::info!(
                of = unit.subject,
                step = step.sentence(self.inventory),
                failed = stepped.is_err()
            );
            if let Err(failure) = stepped {
                return Err(Box::pin(self.undo(made, failure, &unit.subject)).await);
            }
        }
        Ok(made.done.unwrap_or(Done::NoRow))
    }

    async fn step(&mut self, step: &Step, made: &mut Made) -> Result<(), Failure> {
        match step {
            Step::CreateApiKey(new) => {
                let (id, value) = self.create_api_key(new).await?;
                if !new.enabled {
                    self.made_disabled.insert(id.clone());
                }
                made.api_key = Some((id, value));
            }
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
                made.detached.extend(may_have_happened(&detached).then(|| (api_key.clone(), plan.clone())));
                detached?;
            }
            Step::AwaitAnswer(plan) => self.await_answer(plan, &made.new_key()?).await?,
            Step::TagDeletion(id) => self.tag_deletion(id, &mut made.tagged_deletions).await?,
            Step::DisableApiKey(id) => {
                let disabled = self.disable(id).await;
                made.rely(&disabled);
                made.is_ending = made.relied_on;
                disabled?;
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
            Step::PutPool(new) => Box::pin(self.put_pool(new)).await?,
            Step::AddPoolKey { plan, capacity, replaces } => {
                Box::pin(self.join_pool(plan, *capacity, replaces.as_ref(), made)).await?;
            }
            Step::SetPoolKeyState { api_key, state } => {
                Box::pin(self.set_pool_key_state(api_key, *state)).await?;
            }
            Step::RemovePoolKey { plan, api_key } => {
                let removed = Box::pin(self.remove_pool_key(plan, api_key)).await;
                made.rely(&removed);
                removed?;
            }
            Step::UpdatePool { plan, strategy, capacity } => {
                Box::pin(self.update_pool(plan, *strategy, *capacity)).await?;
            }
            Step::SetCounter { plan, api_key, .. } => Box::pin(self.set_counter(plan, api_key)).await?,
            Step::DeleteCounter(seen) => Box::pin(self.delete_counter(seen)).await?,
            Step::DeletePool(plan) => Box::pin(self.delete_pool(plan)).await?,
            Step::WritePoolItem { plan, api_key } => {
                Box::pin(self.write_pool_item(plan, api_key, made)).await?;
            }
            Step::ForwardPoolItem { api_key, to } => {
                Box::pin(self.forward_pool_item(api_key, to, made)).await?;
            }
            Step::DeletePoolItem(id) => Box::pin(self.aws.delete_pool_item(&self.tables, id)).await?,
            Step::Setup(step) => Box::pin(self.plan_step(step, &mut made.plan)).await?,
            Step::SetBalance { plan, api_key, balance } => {
                made.done = Some(self.set_balance(plan, api_key, *balance).await?);
            }
            Step::WriteTenantKey(_)
            | Step::WriteImportedRow(_)
            | Step::Assign(_)
            | Step::ReplaceRow(_)
            | Step::IsolateRow { .. }
            | Step::Refer { .. }
            | Step::Repoint { .. }
            | Step::SetRowPlan { .. }
            | Step::Rehome { .. }
            | Step::WriteValue { .. }
            | Step::WriteWindow(_)
            | Step::DeleteWindow(_)
            | Step::DeleteRow(_)
            | Step::Unassign { .. }
            | Step::UpdateRow { .. } => Box::pin(self.row_step(step, made)).await?,
        }
        Ok(())
    }

    async fn row_step(&mut self, step: &Step, made: &mut Made) -> Result<(), Failure> {
        let done = match step {
            Step::WriteTenantKey(key) => {
                let (id, value) = made.new_key()?;
                let row = RowId::new(id.as_str());
                let created_at = self.aws.now();
                let new = NewRow { id: row.clone(), key, pool_key: None, value: Some(value), created_at };
                let fence = self.marks.fence();
                let written = self.aws.put_row(&self.tables, &new, fence.as_ref()).await;
                made.row = may_have_happened(&written).then(|| row.clone());
                written?;
                self.prove(&id, key.enabled, || name_of(key)).await?;
                Done::Created(row)
            }
            Step::WriteImportedRow(key) => {
                let id = made.imported_key(key)?;
                let row = RowId::new(id.as_str());
                let fence = self.marks.fence();
                let written = self.write_imported_row(&id, key, fence.as_ref()).await;
                made.row = may_have_happened(&written).then(|| row.clone());
                written?;
                made.row = None;
                made.imported.retain(|(imported, _)| *imported != id);
                Done::Imported(vec![row])
            }
            Step::Assign(key) => Done::Created(self.assign(key).await?),
            Step::ReplaceRow(row) => {
                let (id, value) = made.new_key()?;
                let fence = self.marks.fence();
                let replaced = self.aws.replace_row(&self.tables, row, &id, &value, fence.as_ref()).await;
                made.rely(&replaced);
                replaced?;
                if let PutBack::Done(lost) = self.prove_or_put_back(row, &id).await? {
                    made.relied_on = false;
                    return Err(lost);
                }
                Done::Moved(vec![RowId::new(id.as_str())])
            }
            Step::IsolateRow { row, from, plan } => {
                let new = made.new_key()?;
                let fence = self.marks.fence();
                let own_key = OwnKey { api_key: &new.0, value: &new.1, fence: fence.as_ref() };
                let isolated = self.isolate_row(row, from, plan, own_key).await;
                made.rely(&isolated);
                isolated?;
                if let PutBack::Done(lost) = self.prove_or_share_again(row, &new.0, from).await? {
                    made.relied_on = false;
                    return Err(lost);
                }
                Done::Moved(vec![RowId::new(new.0.as_str())])
            }
            Step::Refer { row, plan, from } => {
                let referred = self.refer(row, plan, from.as_ref()).await;
                made.rely(&referred);
                let rows = std::slice::from_ref(row);
                if let PutBack::Done(lost) = self.prove_or_refer_back(rows, &referred?, from.as_ref()).await?
                {
                    made.relied_on = false;
                    return Err(lost);
                }
                Done::Moved(vec![row.clone()])
            }
            Step::Repoint { rows, from, to, to_successor } => {
                let new = made.api_key.as_ref().filter(|_| *to == KeyRef::New);
                let key = made.key(to)?;
                let limit = (!to_successor).then(|| self.limit_of(&key)).transpose()?;
                let to = Shared { api_key: &key, value: new.map(|(_, value)| value), limit };
                self.repoint(rows, from, to).await?;
                if let PutBack::Done(lost) = self.prove_or_refer_back(rows, &key, Some(from)).await? {
                    return Err(lost);
                }
                Done::Moved(rows.clone())
            }
            Step::SetRowPlan { row, revision, plan } => {
                let fence = self.marks.fence();
                let set = self.aws.set_row_plan(&self.tables, row, *revision, plan, fence.as_ref()).await;
                made.rely(&set);
                set?;
                self.prove_own(&ApiKeyId::new(row.as_str()), row).await?;
                Done::Moved(vec![row.clone()])
            }
            Step::Rehome { row, plan } => {
                let lost = match self.inventory.row(row) {
                    Some(row) => row.require_pool_key()?,
                    None => None,
                };
                let key = self.refer(row, plan, lost).await?;
                self.prove_shared(&key, std::slice::from_ref(row)).await?;
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
            // Not of rows.
            Step::CreateApiKey(_)
            | Step::ImportApiKeys(_)
            | Step::AttachApiKey { .. }
            | Step::DetachApiKey { .. }
            | Step::AwaitAnswer(_)
            | Step::TagDeletion(_)
            | Step::DisableApiKey(_)
            | Step::DeleteApiKey(_)
            | Step::TagRetirement { .. }
            | Step::UpdateApiKey { .. }
            | Step::SetCustomer { .. }
            | Step::PutPool(_)
            | Step::AddPoolKey { .. }
            | Step::SetPoolKeyState { .. }
            | Step::RemovePoolKey { .. }
            | Step::UpdatePool { .. }
            | Step::SetCounter { .. }
            | Step::DeleteCounter(_)
            | Step::DeletePool(_)
            | Step::WritePoolItem { .. }
            | Step::ForwardPoolItem { .. }
            | Step::DeletePoolItem(_)
            | Step::Setup(_)
            | Step::SetBalance { .. } => return Err(out_of_order()),
        };
        made.done = Some(match (made.done.take(), done) {
            (Some(Done::Moved(before)), Done::Moved(more)) => Done::Moved([before, more].concat()),
            (Some(Done::Imported(before)), Done::Imported(more)) => Done::Imported([before, more].concat()),
            (Some(imported @ Done::Imported(_)), Done::Edited(_)) => imported,
            (_, done) => done,
        });
        Ok(())
    }

    /// Adds the new API key to the pool.
    async fn join_pool(
        &mut self,
        plan: &PlanId,
        capacity: u32,
        replaces: Option<&ApiKeyId>,
        made: &mut Made,
    ) -> Result<(), Failure> {
        let (id, _) = made.new_key()?;
        let fence = self.marks.fence();
        let added = self.add_pool_key(plan, &id, capacity, replaces, fence.as_ref()).await;
        made.rely(&added);
        added?;
        self.prove(&id, true, || format!("the pool of {}", self.inventory.plan_name(plan))).await
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
