//! Executes the steps of one unit. When a step fails, undoes what the earlier steps did, as long as no
//! tenant depends on it.

mod tenant_keys;
mod undo;
mod without_tables;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use keypool_domain::key::tag;
use keypool_domain::key_file::ImportedKey;
use keypool_domain::{
    ApiKeyId, Edit, Expiry, FormerKey, InfrastructureStep, Inventory, KeyRef, PlanId, Secret, Step,
    TenantKey, TenantKeyId, Unit,
};

use super::UnitOutcome;
use super::extend::Balances;
use super::former_notes::UnitNotes;
use super::keys::RetirementTags;
use super::plans::PlanUndoLog;
use super::pool_assignment::PoolCache;
use super::work_marks::Marks;
use crate::aws::protected_api::CheckedRequest;
use crate::aws::{Aws, Failure, Tables};
use crate::ops::Run;

pub(super) struct UnitExecutor<'a> {
    pub(super) aws: &'a Aws,
    pub(super) inventory: &'a Inventory,
    /// `None` where each API key is one tenant key.
    pub(super) tables: Option<Arc<Tables>>,
    pub(super) pool_cache: PoolCache,
    pub(super) run: &'a Run,
    /// Remaining quotas of the API keys, if the change is an extension.
    pub(super) balances: Balances,
    /// Work marks held by the current unit.
    pub(super) marks: Marks,
    /// Description of the change, for the marks.
    pub(super) operation: String,
    /// A call of each plan by which a new key is tried; `None` where there is none.
    pub(super) harmless_calls: HashMap<PlanId, Option<CheckedRequest>>,
    /// API keys verified to exist after tenant keys were pointed at them.
    pub(super) checked_keys: HashSet<ApiKeyId>,
    /// API keys created disabled because their originals are disabled.
    pub(super) created_disabled: HashSet<ApiKeyId>,
    /// Deleted tenant keys that the change restores under new ids.
    pub(super) restored_keys: Vec<TenantKey>,
    /// Notes about ended keys that no table has.
    pub(super) trail_notes: Vec<FormerKey>,
}

/// What the steps of one unit did, and how to undo it.
#[derive(Default)]
pub(super) struct UndoLog {
    /// The new API key and its value.
    api_key: Option<(ApiKeyId, Secret)>,
    /// Imported API keys without a tenant key yet.
    imported_keys: Vec<(ApiKeyId, Secret)>,
    /// The tenant key of the new API key, if it was or may have been written.
    tenant_key: Option<TenantKeyId>,
    /// API keys whose items were written to the Keys table.
    pub(super) pool_items: Vec<ApiKeyId>,
    /// The edited API keys, and their fields before the edit.
    edited_keys: Vec<(ApiKeyId, Edit)>,
    /// API keys and the plans they were or may have been detached from.
    detached_plans: Vec<(ApiKeyId, PlanId)>,
    /// The API key that was or may have been attached to this plan.
    attached_plan: Option<(ApiKeyId, PlanId)>,
    plan: PlanUndoLog,
    /// Whether tenants may depend on a write: from then on the unit only rolls forward.
    past_no_return: bool,
    /// Whether a deletion has started: it is then finished even if cancelled.
    has_started_deletion: bool,
    /// API keys tagged as being deleted.
    tagged_deletions: Vec<ApiKeyId>,
    /// Of the API key whose retirement was scheduled, as they were before.
    retirement_tags: Option<RetirementTags>,
    outcome: Option<UnitOutcome>,
    notes: UnitNotes,
}

impl UndoLog {
    pub(super) fn new_key(&self) -> Result<(ApiKeyId, Secret), Failure> {
        self.api_key.clone().ok_or_else(steps_out_of_order_failure)
    }

    fn resolve_key(&self, key_ref: &KeyRef) -> Result<ApiKeyId, Failure> {
        match key_ref {
            KeyRef::New => Ok(self.new_key()?.0),
            KeyRef::Existing(id) => Ok(id.clone()),
        }
    }

    fn imported_key(&self, key: &ImportedKey) -> Result<ApiKeyId, Failure> {
        let has_value = |(_, value): &&(ApiKeyId, Secret)| *value == key.value;
        let newly_imported = || self.imported_keys.iter().find(has_value).map(|(id, _)| id.clone());
        key.existing.clone().or_else(newly_imported).ok_or_else(steps_out_of_order_failure)
    }

    /// Sets `past_no_return` if the write that tenants depend on happened, or may have happened because its
    /// response was lost.
    pub(super) fn set_past_no_return<T>(&mut self, written: &Result<T, Failure>) {
        self.past_no_return |= may_have_happened(written);
    }
}

impl<'a> UnitExecutor<'a> {
    pub(super) fn new(
        aws: &'a Aws,
        inventory: &'a Inventory,
        run: &'a Run,
        tables: Option<Arc<Tables>>,
    ) -> Self {
        Self {
            aws,
            inventory,
            tables,
            pool_cache: PoolCache::default(),
            run,
            balances: Balances::new(),
            marks: Marks::default(),
            operation: String::new(),
            harmless_calls: HashMap::new(),
            checked_keys: HashSet::new(),
            created_disabled: HashSet::new(),
            restored_keys: Vec::new(),
            trail_notes: Vec::new(),
        }
    }

    /// The tables, for steps that exist only where there are some.
    pub(super) fn tables(&self) -> Result<&Tables, Failure> {
        self.tables.as_deref().ok_or_else(steps_out_of_order_failure)
    }

    pub(super) fn pools_table(&self) -> Option<&str> {
        self.tables.as_ref()?.pools.as_deref()
    }

    /// Executes all steps of a unit with marks on its API keys, or undoes them.
    pub(super) async fn execute_unit(&mut self, unit: &Unit) -> Result<UnitOutcome, Failure> {
        let (aws, marks) = (self.aws, self.marks.clone());
        // On the heap: together the futures of all steps would overflow a thread's stack.
        let result = match Box::pin(self.mark_existing_keys(unit)).await {
            Ok(()) => marks.renew_while(aws, Box::pin(self.execute_marked_unit(unit))).await,
            Err(failure) => Err(failure),
        };
        marks.release(aws).await;
        result
    }

    async fn execute_marked_unit(&mut self, unit: &Unit) -> Result<UnitOutcome, Failure> {
        let notes = Box::pin(self.prepare_notes(unit)).await;
        let mut log = UndoLog { notes, ..UndoLog::default() };
        for step in &unit.steps {
            let result = if self.run.cancel.is_cancelled() && !log.has_started_deletion {
                Err(Failure::Cancelled)
            } else {
                Box::pin(self.execute_step(step, &mut log)).await
            };
            tracing::info!(of = unit.subject, step = step.describe(self.inventory), failed = result.is_err());
            if let Err(failure) = result {
                return Err(Box::pin(self.undo(log, failure, &unit.subject)).await);
            }
        }
        let outcome = match self.tables {
            Some(_) => log.outcome,
            None => {
                let found = self.outcome_without_tables(unit, &log);
                log.outcome.or(found)
            }
        };
        Ok(outcome.unwrap_or(UnitOutcome::NoTenantKey))
    }

    async fn execute_step(&mut self, step: &Step, log: &mut UndoLog) -> Result<(), Failure> {
        match step {
            Step::CreateApiKey(new) => {
                let (id, value) = self.create_api_key(new).await?;
                if !new.enabled {
                    self.created_disabled.insert(id.clone());
                }
                log.api_key = Some((id, value));
            }
            Step::ImportApiKeys(keys) => {
                let (imported, result) = self.import_api_keys(keys).await;
                log.imported_keys = imported;
                result?;
            }
            Step::AttachApiKey { api_key, plan } => {
                let id = log.resolve_key(api_key)?;
                let attached = self.aws.attach_api_key(plan, &id).await;
                log.attached_plan = may_have_happened(&attached).then(|| (id, plan.clone()));
                attached?;
            }
            Step::DetachApiKey { api_key, plan } => {
                let is_due = |note: &FormerKey| (&note.api_key, &note.plan) == (api_key, plan);
                Box::pin(self.write_notes(log.notes.take_others(is_due))).await;
                let detached = self.aws.detach_api_key(plan, api_key).await;
                log.detached_plans
                    .extend(may_have_happened(&detached).then(|| (api_key.clone(), plan.clone())));
                detached?;
            }
            Step::WaitUntilKeyWorks(plan) => self.wait_until_key_works(plan, &log.new_key()?).await?,
            Step::TagPlan { api_key, plan, from } => {
                let moves_from = (!from.is_none()).then_some((tag::MOVES_FROM, from.as_str()));
                let tags: Vec<_> = [(tag::PLAN, plan.as_str())].into_iter().chain(moves_from).collect();
                self.aws.add_tags_to_api_key(api_key, &tags).await?;
            }
            Step::TagExpiry { api_key, expiry: Expiry::At(at) } => {
                self.aws.tag_api_key(api_key, tag::EXPIRES_AT, &format!("{at:.0}")).await?;
                log.outcome = Some(UnitOutcome::Edited(TenantKeyId::new(api_key.as_str())));
            }
            Step::TagExpiry { api_key, expiry: Expiry::Never } => {
                self.aws.untag_api_key(api_key, &[tag::EXPIRES_AT]).await?;
                log.outcome = Some(UnitOutcome::Edited(TenantKeyId::new(api_key.as_str())));
            }
            Step::TagDeletion(id) => self.tag_deletion(id, &mut log.tagged_deletions).await?,
            Step::DisableApiKey(id) => {
                let disabled = self.disable_key(id).await;
                log.set_past_no_return(&disabled);
                log.has_started_deletion = log.past_no_return;
                disabled?;
            }
            Step::DeleteApiKey(id) => {
                Box::pin(self.write_notes(log.notes.take_others(|note| note.api_key == *id))).await;
                self.aws.delete_api_key(id).await?;
            }
            Step::TagRetirement { api_key, grace, successor } => {
                let successor = successor.as_ref().map(|successor| log.resolve_key(successor)).transpose()?;
                let tagged = self.tag_retirement(api_key, *grace, successor.as_ref()).await;
                log.retirement_tags = may_have_happened(&tagged).then(|| self.retirement_tags(api_key));
                tagged?;
            }
            Step::UpdateApiKey { api_key, edit } => {
                let updated = self.aws.update_api_key(api_key, edit).await;
                let before = self.fields_before_edit(api_key, edit).filter(|_| may_have_happened(&updated));
                log.edited_keys.extend(before.map(|before| (api_key.clone(), before)));
                updated?;
            }
            Step::SetCustomer { api_key, customer } => {
                self.aws.set_customer_id(api_key, customer).await?;
                log.outcome = Some(UnitOutcome::Edited(TenantKeyId::new(api_key.as_str())));
            }
            Step::PutPool(new) => Box::pin(self.put_pool(new)).await?,
            Step::AddPoolKey { plan, capacity, replaces } => {
                Box::pin(self.add_new_key_to_pool(plan, *capacity, replaces.as_ref(), log)).await?;
            }
            Step::SetPoolKeyState { api_key, state } => {
                Box::pin(self.set_pool_key_state(api_key, *state)).await?;
            }
            Step::RemovePoolKey { plan, api_key } => {
                let removed = Box::pin(self.remove_pool_key(plan, api_key)).await;
                log.set_past_no_return(&removed);
                removed?;
            }
            Step::UpdatePool { plan, strategy, capacity } => {
                Box::pin(self.update_pool(plan, *strategy, *capacity)).await?;
            }
            Step::SetCounter { plan, api_key, .. } => Box::pin(self.set_counter(plan, api_key)).await?,
            Step::DeleteCounter(expected) => Box::pin(self.delete_counter(expected)).await?,
            Step::DeletePool(plan) => Box::pin(self.delete_pool(plan)).await?,
            Step::WritePoolItem { plan, api_key } => {
                Box::pin(self.write_pool_item(plan, api_key, log)).await?;
            }
            Step::ForwardPoolItem { api_key, to } => {
                Box::pin(self.forward_pool_item(api_key, to, log)).await?;
            }
            Step::DeletePoolItem(id) => Box::pin(self.aws.delete_pool_key_item(self.tables()?, id)).await?,
            Step::Infrastructure(step) => {
                if let InfrastructureStep::DeletePlan(plan) = step {
                    Box::pin(self.write_notes(
                        log.notes.take_others(|note| note.plan == *plan || note.plan.is_none()),
                    ))
                    .await;
                }
                Box::pin(self.execute_plan_step(step, &mut log.plan)).await?;
            }
            Step::SetBalance { plan, api_key, balance } => {
                log.outcome = Some(self.set_balance(plan, api_key, *balance).await?);
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
            | Step::UpdateTenantKey { .. } => Box::pin(self.execute_tenant_key_step(step, log)).await?,
        }
        Ok(())
    }

    /// Adds the new API key to a pool, then checks that it still exists.
    async fn add_new_key_to_pool(
        &mut self,
        plan: &PlanId,
        capacity: u32,
        replaces: Option<&ApiKeyId>,
        log: &mut UndoLog,
    ) -> Result<(), Failure> {
        let (id, _) = log.new_key()?;
        let fence = self.marks.fence();
        let added = self.add_pool_key(plan, &id, capacity, replaces, fence.as_ref()).await;
        log.set_past_no_return(&added);
        added?;
        self.check_key_exists(&id, true, || format!("the pool of {}", self.inventory.plan_name(plan))).await
    }
}

pub(super) fn steps_out_of_order_failure() -> Failure {
    Failure::Unexpected {
        operation: "the change".to_owned(),
        message: "its steps are out of order".to_owned(),
    }
}

/// Whether a write happened, or may have happened because its response was lost.
pub(super) fn may_have_happened<T>(outcome: &Result<T, Failure>) -> bool {
    !outcome.as_ref().is_err_and(Failure::had_no_effect)
}
