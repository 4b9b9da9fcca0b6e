//! Notes about the keys that a unit ends: who had them, from when to when, and what was used.
//!
//! They are prepared before the unit's first write, because API Gateway may forget the usage of a key that has left
//! its plan. Usage that cannot be read is unknown, and never stops a deletion.

use std::collections::BTreeMap;

use jiff::ToSpan;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use keypool_domain::key::tag;
use keypool_domain::usage::DayRange;
use keypool_domain::{ApiKeyId, FormerKey, Known, NewTenantKey, PlanId, Step, TenantKey, TenantKeyId, Unit};

use super::retry::RetryState;
use super::unit::UnitExecutor;
use crate::aws::{Failure, TransferOutcome};

/// The notes of one unit.
#[derive(Debug, Default)]
pub(super) struct UnitNotes {
    tenant_keys: BTreeMap<TenantKeyId, FormerKey>,
    api_keys: BTreeMap<ApiKeyId, FormerKey>,
}

impl UnitNotes {
    /// The note of a tenant key, which goes on as another one or not at all.
    pub(super) fn of_tenant_key(
        &self,
        id: &TenantKeyId,
        continued_as: Option<&TenantKeyId>,
    ) -> Option<FormerKey> {
        let note = self.tenant_keys.get(id)?.clone();
        Some(FormerKey { continued_as: continued_as.cloned(), ..note })
    }
}

/// What a step ends.
enum Ending<'a> {
    TenantKey(&'a TenantKeyId),
    ApiKey(&'a ApiKeyId),
}

const fn ending(step: &Step) -> Option<Ending<'_>> {
    match step {
        Step::DeleteTenantKey(tenant_key)
        | Step::DeletePooledTenantKey { tenant_key, .. }
        | Step::ReplaceTenantKey(tenant_key)
        | Step::IsolateTenantKey { tenant_key, .. }
        | Step::JoinPool { tenant_key, .. }
        | Step::SetTenantKeyPlan { tenant_key, .. } => Some(Ending::TenantKey(tenant_key)),
        Step::DeleteApiKey(api_key) => Some(Ending::ApiKey(api_key)),
        // The tenant key stays in its plan, or nothing ends.
        Step::Repoint { .. }
        | Step::ReassignPoolKey { .. }
        | Step::CreateApiKey(_)
        | Step::ImportApiKeys(_)
        | Step::WriteImportedTenantKey(_)
        | Step::AttachApiKey { .. }
        | Step::DetachApiKey { .. }
        | Step::WaitUntilKeyWorks(_)
        | Step::WriteTenantKey(_)
        | Step::WritePooledTenantKey(_)
        | Step::DisableApiKey(_)
        | Step::TagRetirement { .. }
        | Step::TagExpiry { .. }
        | Step::TagPlan { .. }
        | Step::TagDeletion(_)
        | Step::UpdateApiKey { .. }
        | Step::SetCustomer { .. }
        | Step::UpdateTenantKey { .. }
        | Step::WritePoolItem { .. }
        | Step::ForwardPoolItem { .. }
        | Step::DeletePoolItem(_)
        | Step::PutPool(_)
        | Step::AddPoolKey { .. }
        | Step::SetPoolKeyState { .. }
        | Step::RemovePoolKey { .. }
        | Step::UpdatePool { .. }
        | Step::WriteValue { .. }
        | Step::SetCounter { .. }
        | Step::DeleteCounter(_)
        | Step::SetBalance { .. }
        | Step::WritePriceListEntry(_)
        | Step::DeletePriceListEntry(_)
        | Step::DeletePool(_)
        | Step::Infrastructure(_) => None,
    }
}

impl UnitExecutor<'_> {
    /// Reads what a unit's notes say. Without a Pools table or audit trail there is no place for them.
    pub(super) async fn prepare_notes(&self, unit: &Unit) -> UnitNotes {
        let mut notes = UnitNotes::default();
        if self.pools_table().is_none() && self.run.trail.is_none() {
            return notes;
        }
        if let (Some(id), None) = (self.tenant_key_that_ends(unit), &self.tables) {
            let note = self.note_tenant_key(&id).await;
            notes.tenant_keys.extend(note.map(|note| (id, note)));
        }
        for ending in unit.steps.iter().filter_map(ending) {
            match ending {
                Ending::TenantKey(id) => {
                    notes.tenant_keys.extend(self.note_tenant_key(id).await.map(|note| (id.clone(), note)));
                }
                // Its tenant key has a note with the same usage.
                Ending::ApiKey(id) if notes.tenant_keys.values().any(|note| note.api_key == *id) => {}
                Ending::ApiKey(id) => {
                    notes.api_keys.extend(self.note_api_key(id).await.map(|note| (id.clone(), note)));
                }
            }
        }
        notes
    }

    async fn note_tenant_key(&self, id: &TenantKeyId) -> Option<FormerKey> {
        let inventory = self.inventory;
        let tenant_key = inventory.tenant_key(id)?;
        let api_key = tenant_key.require_api_key().ok()?;
        let is_shared = !inventory.is_shared(tenant_key).is_known_to_be(&false);
        let successions = inventory.former_keys().iter().filter(|former| {
            former.continued_as.as_ref() == Some(id) && former.tenant.as_ref() == Some(&tenant_key.tenant)
        });
        let last_succession = successions.map(|former| former.until).max();
        let calls = match is_shared {
            // API Gateway goes on counting a shared key.
            true => BTreeMap::new(),
            false => self.read_monthly_calls(&tenant_key.plan, &api_key).await,
        };
        Some(FormerKey {
            tenant_key: Some(id.clone()),
            tenant: Some(tenant_key.tenant.clone()),
            name: tenant_key.name.to_string(),
            since: last_succession.or_else(|| inventory.tenant_key_start(tenant_key)),
            is_shared,
            ..self.empty_note(&tenant_key.plan, &api_key, calls)
        })
    }

    /// Notes an API key without a tenant key of its own: a pool key, one in its grace period, or a leftover.
    async fn note_api_key(&self, id: &ApiKeyId) -> Option<FormerKey> {
        let inventory = self.inventory;
        let key = inventory.api_key(id).key()?;
        let earlier = inventory.former_keys().iter().find(|former| former.api_key == *id && former.is_own());
        let plans = inventory.plans_of_api_key(id);
        if earlier.is_none() && matches!(plans, Known::Value([])) {
            // Nobody can have called with it.
            return None;
        }
        let plan = inventory
            .pool_of_api_key(id)
            .map(|pool| pool.plan.clone())
            .or_else(|| earlier.map(|former| former.plan.clone()))
            .or_else(|| key.tags.get(tag::PLAN).map(PlanId::new))
            .or_else(|| plans.value_to_show()?.first().cloned())?;
        let calls = self.read_monthly_calls(&plan, id).await;
        if !calls.is_empty() && calls.values().all(|calls| *calls == 0) {
            return None;
        }
        let successor = inventory.api_key_after_rotations(id);
        let successors = || inventory.tenant_keys_of_api_key(successor);
        let is_own = successors().all(|tenant_key| inventory.is_shared(tenant_key).is_known_to_be(&false));
        let owner = successors().next().filter(|_| is_own && successors().len() == 1);
        let tenant = owner.map(|tenant_key| &tenant_key.tenant);
        let tenant =
            tenant.or_else(|| earlier?.tenant.as_ref()).filter(|_| inventory.pool_of_api_key(id).is_none());
        Some(FormerKey {
            tenant: tenant.cloned(),
            name: key.name.clone(),
            since: key.created_at,
            ..self.empty_note(&plan, id, calls)
        })
    }

    fn empty_note(&self, plan: &PlanId, api_key: &ApiKeyId, calls: BTreeMap<Date, u64>) -> FormerKey {
        FormerKey {
            tenant_key: None,
            tenant: None,
            name: String::new(),
            plan: plan.clone(),
            plan_name: self.inventory.plan_name(plan).to_owned(),
            price: self.inventory.plan_price(plan),
            api_key: api_key.clone(),
            is_shared: false,
            since: None,
            until: self.aws.now(),
            continued_as: None,
            calls,
        }
    }

    /// Reads the calls of this month and the one before, by the first day of the month; empty if they cannot be
    /// read.
    async fn read_monthly_calls(&self, plan: &PlanId, api_key: &ApiKeyId) -> BTreeMap<Date, u64> {
        let today = self.aws.now().to_zoned(TimeZone::UTC).date();
        let this_month = today.first_of_month();
        let first = this_month.saturating_sub(1.month());
        let Ok(range) = DayRange::new(first, today) else { return BTreeMap::new() };
        match self.aws.usage_of_key(plan, api_key, range).await {
            // API Gateway may have forgotten a key that has left the plan.
            Ok(keys)
                if !keys.contains_key(api_key)
                    && !self.inventory.is_member(plan, api_key).is_known_to_be(&true) =>
            {
                BTreeMap::new()
            }
            Ok(keys) => {
                let mut calls = BTreeMap::from([(first, 0), (this_month, 0)]);
                for day in keys.get(api_key).into_iter().flatten() {
                    let month: &mut u64 = calls.entry(day.day.first_of_month()).or_default();
                    *month = month.saturating_add(day.used);
                }
                calls
            }
            Err(why) => {
                tracing::warn!("the last usage of API key {api_key} cannot be noted: {why}");
                BTreeMap::new()
            }
        }
    }

    /// Notes an API key right before it is deleted. A note that cannot be written goes to the audit trail: the
    /// deletion has started and must not stop halfway.
    pub(super) async fn write_api_key_note(&mut self, id: &ApiKeyId, notes: &UnitNotes) {
        let Some(note) = notes.api_keys.get(id) else { return };
        let written = match self.tables.as_deref() {
            Some(tables) => self.aws.note_former_key(tables, note).await,
            None => Ok(false),
        };
        match written {
            Ok(true) => {}
            Ok(false) => self.trail_notes.push(note.clone()),
            Err(why) => {
                tracing::warn!("the note about API key {id} is only in the audit trail: {why}");
                self.trail_notes.push(note.clone());
            }
        }
    }

    /// Keeps a written note for the audit trail, if there is no Pools table.
    pub(super) fn keep_for_trail(&mut self, note: Option<FormerKey>) {
        if self.pools_table().is_none() {
            self.trail_notes.extend(note);
        }
    }

    /// Deletes a siloed tenant key together with its note.
    pub(super) async fn delete_siloed_tenant_key(
        &self,
        id: &TenantKeyId,
        note: Option<&FormerKey>,
    ) -> Result<(), Failure> {
        let Some(note) = note.filter(|_| self.pools_table().is_some()) else {
            return self.aws.delete_siloed_tenant_key(self.tables()?, id).await;
        };
        let mut retries = RetryState::<Option<()>>::new();
        loop {
            match self.aws.delete_noted_tenant_key(self.tables()?, id, note).await? {
                TransferOutcome::Done => return Ok(()),
                // The API key is disabled already: the deletion goes on even if cancelled.
                TransferOutcome::Busy if self.wait_to_retry(&mut retries, None).await.unwrap_or(true) => {}
                TransferOutcome::ItemsRefused(_) if !self.aws.has_tenant_key(self.tables()?, id).await? => {
                    return Ok(());
                }
                TransferOutcome::ItemsRefused(_)
                | TransferOutcome::SourceRefused
                | TransferOutcome::TargetRefused
                | TransferOutcome::Busy => return Err(Failure::Changed(format!("tenant key {id}"))),
            }
        }
    }

    /// The note about the deletion that a new tenant key takes back: its tenant has never left.
    pub(super) async fn note_of_restored_key(
        &self,
        new: &NewTenantKey,
        id: &TenantKeyId,
    ) -> Result<Option<FormerKey>, Failure> {
        let is_restored = |deleted: &&TenantKey| {
            (&deleted.plan, &deleted.tenant, &*deleted.name) == (&new.plan, &new.tenant, &*new.name)
        };
        let deleted = self.restored_keys.iter().filter(is_restored).map(|deleted| &deleted.id);
        let (deleted, Some(pools)) = (deleted.collect::<Vec<_>>(), self.pools_table()) else {
            return Ok(None);
        };
        if deleted.is_empty() {
            return Ok(None);
        }
        let notes = self.aws.pools(pools).await?.former_keys.into_iter();
        let deletions = notes.filter(|note| {
            note.continued_as.is_none() && note.tenant_key.as_ref().is_some_and(|id| deleted.contains(&id))
        });
        let last = deletions.max_by_key(|note| note.until);
        Ok(last.map(|note| FormerKey { continued_as: Some(id.clone()), ..note }))
    }
}
