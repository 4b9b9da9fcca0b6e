//! The steps of one unit: an interpreter that knows what earlier steps made, and undoes it when a later one fails, as
//! long as no tenant depends on it.

mod undo;

use std::collections::HashSet;
use std::sync::Arc;

use keypool_domain::key::tag;
use keypool_domain::key_file::ImportedKey;
use keypool_domain::{ApiKeyId, Edit, Inventory, KeyRef, PlanId, Secret, Step, TenantKeyId, Unit, drift};

use super::UnitOutcome;
use super::extend::Balances;
use super::key_check::describe_new_key;
use super::plans::PlanUndoLog;
use super::pool_assignment::PoolCache;
use super::revert::RevertOutcome;
use super::work_marks::Marks;
use crate::aws::{Aws, Failure, NewKeyItem, NewOwnKey, Tables, TargetPoolKey};
use crate::ops::Run;

/// Carries out units one after the other.
pub(super) struct UnitExecutor<'a> {
    pub(super) aws: &'a Aws,
    pub(super) inventory: &'a Inventory,
    pub(super) tables: Arc<Tables>,
    pub(super) pools: PoolCache,
    pub(super) run: &'a Run,
    /// What the API keys of an extension have left.
    pub(super) balances: Balances,
    /// The marks that the present unit holds.
    pub(super) marks: Marks,
    /// What the change is, in words.
    pub(super) operation: String,
    /// API keys that were there after tenant keys were pointed at them.
    pub(super) checked_keys: HashSet<ApiKeyId>,
    /// API keys that were made disabled, as the ones that they copy are.
    pub(super) created_disabled: HashSet<ApiKeyId>,
}

/// What the steps of one unit have made, and how to undo it.
#[derive(Default)]
pub(super) struct UndoLog {
    /// A new API key and its value.
    api_key: Option<(ApiKeyId, Secret)>,
    /// Imported API keys that have no row yet.
    imported_keys: Vec<(ApiKeyId, Secret)>,
    /// The row of that key, where it was written or may have been.
    tenant_key: Option<TenantKeyId>,
    /// API keys whose items were written into the Keys table.
    pub(super) pool_items: Vec<ApiKeyId>,
    /// An API key that was changed, and what it was before.
    edited_key: Option<(ApiKeyId, Edit)>,
    /// An API key that was taken out of these plans, and the one it is in since.
    detached_plans: Vec<(ApiKeyId, PlanId)>,
    attached_plan: Option<(ApiKeyId, PlanId)>,
    /// What was done to a usage plan.
    plan: PlanUndoLog,
    /// Whether somebody depends on what was made, so that only going on puts things right.
    past_no_return: bool,
    /// An API key is dead that was to go: what is left of it goes too, whoever wants to stop.
    has_started_deletion: bool,
    /// API keys that were tagged as being deleted.
    tagged_deletions: Vec<ApiKeyId>,
    /// An API key that was told when to go, and what it was told before.
    retirement_tag: Option<(ApiKeyId, Option<String>)>,
    /// What the unit came to.
    outcome: Option<UnitOutcome>,
}

impl UndoLog {
    pub(super) fn new_key(&self) -> Result<(ApiKeyId, Secret), Failure> {
        self.api_key.clone().ok_or_else(steps_out_of_order)
    }

    fn resolve_key(&self, wanted: &KeyRef) -> Result<ApiKeyId, Failure> {
        match wanted {
            KeyRef::New => Ok(self.new_key()?.0),
            KeyRef::Existing(id) => Ok(id.clone()),
        }
    }

    /// The API key that an imported one is.
    fn imported_key(&self, key: &ImportedKey) -> Result<ApiKeyId, Failure> {
        let is_it = |(_, value): &&(ApiKeyId, Secret)| *value == key.value;
        let new = || self.imported_keys.iter().find(is_it).map(|(id, _)| id.clone());
        key.existing.clone().or_else(new).ok_or_else(steps_out_of_order)
    }

    /// From a write on that somebody relies on, even where its answer was lost, nothing is undone any more.
    pub(super) fn set_past_no_return<T>(&mut self, written: &Result<T, Failure>) {
        self.past_no_return |= may_have_happened(written);
    }
}

impl<'a> UnitExecutor<'a> {
    pub(super) fn new(aws: &'a Aws, inventory: &'a Inventory, run: &'a Run, tables: Arc<Tables>) -> Self {
        Self {
            aws,
            inventory,
            tables,
            pools: PoolCache::default(),
            run,
            balances: Balances::new(),
            marks: Marks::default(),
            operation: String::new(),
            checked_keys: HashSet::new(),
            created_disabled: HashSet::new(),
        }
    }

    /// All steps of a unit, or none that matters, with marks on the API keys that it works on.
    pub(super) async fn execute_unit(&mut self, unit: &Unit) -> Result<UnitOutcome, Failure> {
        let (aws, marks) = (self.aws, self.marks.clone());
        // On the heap: together the futures of all steps are larger than the stack of a thread should hold.
        let carried_out = match Box::pin(self.mark_existing_keys(unit)).await {
            Ok(()) => marks.renew_while(aws, Box::pin(self.execute_marked_unit(unit))).await,
            Err(failure) => Err(failure),
        };
        marks.release(aws).await;
        carried_out
    }

    async fn execute_marked_unit(&mut self, unit: &Unit) -> Result<UnitOutcome, Failure> {
        let mut made = UndoLog::default();
        for step in &unit.steps {
            let stepped = if self.run.cancel.is_cancelled() && !made.has_started_deletion {
                Err(Failure::Cancelled)
            } else {
                Box::pin(self.execute_step(step, &mut made)).await
            };
            tracing::info!(
                of = unit.subject,
                step = step.describe(self.inventory),
                failed = stepped.is_err()
            );
            if let Err(failure) = stepped {
                return Err(Box::pin(self.undo(made, failure, &unit.subject)).await);
            }
        }
        Ok(made.outcome.unwrap_or(UnitOutcome::NoTenantKey))
    }

    async fn execute_step(&mut self, step: &Step, made: &mut UndoLog) -> Result<(), Failure> {
        match step {
            Step::CreateApiKey(new) => {
                let (id, value) = self.create_api_key(new).await?;
                if !new.enabled {
                    self.created_disabled.insert(id.clone());
                }
                made.api_key = Some((id, value));
            }
            Step::ImportApiKeys(keys) => {
                let (imported, done) = self.import_api_keys(keys).await;
                made.imported_keys = imported;
                done?;
            }
            Step::AttachApiKey { api_key, plan } => {
                let id = made.resolve_key(api_key)?;
                let attached = self.aws.attach_api_key(plan, &id).await;
                made.attached_plan = may_have_happened(&attached).then(|| (id, plan.clone()));
                attached?;
            }
            Step::DetachApiKey { api_key, plan } => {
                let detached = self.aws.detach_api_key(plan, api_key).await;
                made.detached_plans
                    .extend(may_have_happened(&detached).then(|| (api_key.clone(), plan.clone())));
                detached?;
            }
            Step::WaitUntilKeyWorks(plan) => self.wait_until_key_works(plan, &made.new_key()?).await?,
            Step::TagDeletion(id) => self.tag_deletion(id, &mut made.tagged_deletions).await?,
            Step::DisableApiKey(id) => {
                let disabled = self.disable_key(id).await;
                made.set_past_no_return(&disabled);
                made.has_started_deletion = made.past_no_return;
                disabled?;
            }
            Step::DeleteApiKey(id) => self.aws.delete_api_key(id).await?,
            Step::TagRetirement { api_key, grace } => {
                let told = self.tag_retirement(api_key, *grace).await;
                let before = || self.inventory.api_key(api_key).key()?.tags.get(tag::RETIRES_AT).cloned();
                made.retirement_tag = may_have_happened(&told).then(|| (api_key.clone(), before()));
                told?;
            }
            Step::UpdateApiKey { api_key, edit } => {
                let updated = self.aws.update_api_key(api_key, edit).await;
                let before = self.values_before_edit(api_key, edit).filter(|_| may_have_happened(&updated));
                made.edited_key = before.map(|before| (api_key.clone(), before));
                updated?;
            }
            Step::SetCustomer { api_key, customer } => {
                self.aws.set_customer_id(api_key, customer).await?;
                made.outcome = Some(UnitOutcome::Edited(TenantKeyId::new(api_key.as_str())));
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
                made.set_past_no_return(&removed);
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
            Step::DeletePoolItem(id) => Box::pin(self.aws.delete_pool_key_item(&self.tables, id)).await?,
            Step::Setup(step) => Box::pin(self.execute_plan_step(step, &mut made.plan)).await?,
            Step::SetBalance { plan, api_key, balance } => {
                made.outcome = Some(self.set_balance(plan, api_key, *balance).await?);
            }
            Step::WriteTenantKey(_)
            | Step::WriteImportedTenantKey(_)
            | Step::WritePooledTenantKey(_)
            | Step::ReplaceTenantKey(_)
            | Step::IsolateTenantKey { .. }
            | Step::JoinPool { .. }
            | Step::Repoint { .. }
            | Step::SetTenantKeyPlan { .. }
            | Step::ReassignPoolKey { .. }
            | Step::WriteValue { .. }
            | Step::WritePriceListEntry(_)
            | Step::DeletePriceListEntry(_)
            | Step::DeleteTenantKey(_)
            | Step::DeletePooledTenantKey { .. }
            | Step::UpdateTenantKey { .. } => Box::pin(self.execute_tenant_key_step(step, made)).await?,
        }
        Ok(())
    }

    async fn execute_tenant_key_step(&mut self, step: &Step, made: &mut UndoLog) -> Result<(), Failure> {
        let done = match step {
            Step::WriteTenantKey(key) => {
                let (id, value) = made.new_key()?;
                let row = TenantKeyId::new(id.as_str());
                let created_at = self.aws.now();
                let new = NewKeyItem { id: row.clone(), key, pool_key: None, value: Some(value), created_at };
                let fence = self.marks.fence();
                let written = self.aws.put_tenant_key(&self.tables, &new, fence.as_ref()).await;
                made.tenant_key = may_have_happened(&written).then(|| row.clone());
                written?;
                self.check_key_exists(&id, key.enabled, || describe_new_key(key)).await?;
                UnitOutcome::Created(row)
            }
            Step::WriteImportedTenantKey(key) => {
                let id = made.imported_key(key)?;
                let row = TenantKeyId::new(id.as_str());
                let fence = self.marks.fence();
                let written = self.write_imported_tenant_key(&id, key, fence.as_ref()).await;
                made.tenant_key = may_have_happened(&written).then(|| row.clone());
                written?;
                made.tenant_key = None;
                made.imported_keys.retain(|(imported, _)| *imported != id);
                UnitOutcome::Imported(vec![row])
            }
            Step::WritePooledTenantKey(key) => UnitOutcome::Created(self.assign_pool_key(key).await?),
            Step::ReplaceTenantKey(row) => {
                let (id, value) = made.new_key()?;
                let fence = self.marks.fence();
                let replaced =
                    self.aws.replace_tenant_key(&self.tables, row, &id, &value, fence.as_ref()).await;
                made.set_past_no_return(&replaced);
                replaced?;
                if let RevertOutcome::Reverted(lost) = self.check_or_revert_rotation(row, &id).await? {
                    made.past_no_return = false;
                    return Err(lost);
                }
                UnitOutcome::Moved(vec![TenantKeyId::new(id.as_str())])
            }
            Step::IsolateTenantKey { tenant_key: row, from, plan } => {
                let new = made.new_key()?;
                let fence = self.marks.fence();
                let own_key = NewOwnKey { api_key: &new.0, value: &new.1, fence: fence.as_ref() };
                let isolated = self.isolate_tenant_key(row, from, plan, own_key).await;
                made.set_past_no_return(&isolated);
                isolated?;
                if let RevertOutcome::Reverted(lost) =
                    self.check_or_revert_isolation(row, &new.0, from).await?
                {
                    made.past_no_return = false;
                    return Err(lost);
                }
                UnitOutcome::Moved(vec![TenantKeyId::new(new.0.as_str())])
            }
            Step::JoinPool { tenant_key: row, plan, from } => {
                let referred = self.refer_to_pool(row, plan, from.as_ref()).await;
                made.set_past_no_return(&referred);
                let rows = std::slice::from_ref(row);
                if let RevertOutcome::Reverted(lost) =
                    self.check_or_revert_references(rows, &referred?, from.as_ref()).await?
                {
                    made.past_no_return = false;
                    return Err(lost);
                }
                UnitOutcome::Moved(vec![row.clone()])
            }
            Step::Repoint { tenant_keys: rows, from, to, to_successor } => {
                let new = made.api_key.as_ref().filter(|_| *to == KeyRef::New);
                let key = made.resolve_key(to)?;
                let limit = (!to_successor).then(|| self.pool_key_limit(&key)).transpose()?;
                let to = TargetPoolKey { api_key: &key, value: new.map(|(_, value)| value), limit };
                self.repoint_tenant_keys(rows, from, to).await?;
                if let RevertOutcome::Reverted(lost) =
                    self.check_or_revert_references(rows, &key, Some(from)).await?
                {
                    return Err(lost);
                }
                UnitOutcome::Moved(rows.clone())
            }
            Step::SetTenantKeyPlan { tenant_key: row, revision, plan } => {
                let fence = self.marks.fence();
                let set =
                    self.aws.set_tenant_key_plan(&self.tables, row, *revision, plan, fence.as_ref()).await;
                made.set_past_no_return(&set);
                set?;
                self.check_own_key(&ApiKeyId::new(row.as_str()), row).await?;
                UnitOutcome::Moved(vec![row.clone()])
            }
            Step::ReassignPoolKey { tenant_key: row, plan } => {
                let lost = match self.inventory.tenant_key(row) {
                    Some(row) => row.require_pool_key()?,
                    None => None,
                };
                let key = self.refer_to_pool(row, plan, lost).await?;
                self.check_shared_key(&key, std::slice::from_ref(row)).await?;
                UnitOutcome::Moved(vec![row.clone()])
            }
            Step::WriteValue { tenant_key: row, api_key } => {
                let value = self.aws.api_key_value(api_key).await?;
                self.aws.set_tenant_key_value(&self.tables, row, &value).await?;
                UnitOutcome::Edited(row.clone())
            }
            Step::WritePriceListEntry(id) => {
                let plan =
                    self.inventory.plan(id).ok_or_else(|| Failure::Gone(format!("usage plan {id}")))?;
                self.aws
                    .write_price_list_limits(&self.tables, id, &drift::plans::accurate_price_list_entry(plan))
                    .await?;
                UnitOutcome::NoTenantKey
            }
            Step::DeletePriceListEntry(id) => {
                self.aws.delete_price_list_entry(&self.tables, id).await?;
                UnitOutcome::NoTenantKey
            }
            Step::DeleteTenantKey(row) => {
                self.aws.delete_siloed_tenant_key(&self.tables, row).await?;
                UnitOutcome::Deleted(row.clone())
            }
            Step::DeletePooledTenantKey { tenant_key: row, api_key } => {
                self.unassign_pool_key(row, api_key).await?;
                UnitOutcome::Deleted(row.clone())
            }
            Step::UpdateTenantKey { tenant_key: row, revision, edit } => {
                self.aws.update_tenant_key(&self.tables, row, *revision, edit).await?;
                UnitOutcome::Edited(row.clone())
            }
            // Not of rows.
            Step::CreateApiKey(_)
            | Step::ImportApiKeys(_)
            | Step::AttachApiKey { .. }
            | Step::DetachApiKey { .. }
            | Step::WaitUntilKeyWorks(_)
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
            | Step::SetBalance { .. } => return Err(steps_out_of_order()),
        };
        made.outcome = Some(match (made.outcome.take(), done) {
            (Some(UnitOutcome::Moved(before)), UnitOutcome::Moved(more)) => {
                UnitOutcome::Moved([before, more].concat())
            }
            (Some(UnitOutcome::Imported(before)), UnitOutcome::Imported(more)) => {
                UnitOutcome::Imported([before, more].concat())
            }
            (Some(imported @ UnitOutcome::Imported(_)), UnitOutcome::Edited(_)) => imported,
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
        made: &mut UndoLog,
    ) -> Result<(), Failure> {
        let (id, _) = made.new_key()?;
        let fence = self.marks.fence();
        let added = self.add_pool_key(plan, &id, capacity, replaces, fence.as_ref()).await;
        made.set_past_no_return(&added);
        added?;
        self.check_key_exists(&id, true, || format!("the pool of {}", self.inventory.plan_name(plan))).await
    }
}

pub(super) fn steps_out_of_order() -> Failure {
    Failure::Unexpected {
        operation: "the change".to_owned(),
        message: "its steps are out of order".to_owned(),
    }
}

pub(super) fn may_have_happened<T>(outcome: &Result<T, Failure>) -> bool {
    !outcome.as_ref().is_err_and(Failure::had_no_effect)
}
