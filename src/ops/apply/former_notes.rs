//! Notes about the keys that a unit ends: who had them, from when to when, and what was used.
//!
//! They are prepared before the unit's first write, because API Gateway may forget the usage of a key that has left
//! its plan. Usage that cannot be read is unknown, and never stops a deletion. An API key has a note for each plan that
//! it leaves.

mod endings;
mod monthly_calls;
mod writing;

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use keypool_domain::key::tag;
use keypool_domain::{ApiKeyId, FormerKey, Known, PlanId, TenantKey, TenantKeyId, Unit};

use self::endings::{Ending, ending};
use super::unit::UnitExecutor;

/// Later notes are of a clock that is wrong.
const MAX_CLOCK_SKEW: SignedDuration = SignedDuration::from_mins(5);

/// The notes of one unit.
#[derive(Debug, Default)]
pub(super) struct UnitNotes {
    /// About tenant keys that end by a step of their own: one each, or without tables one for each plan.
    tenant_keys: Vec<FormerKey>,
    /// About API keys that are deleted or leave a plan, and about all keys of a plan that is deleted.
    others: Vec<FormerKey>,
}

impl UnitNotes {
    /// The note of a tenant key, which goes on as another one or not at all.
    pub(super) fn of_tenant_key(
        &self,
        id: &TenantKeyId,
        continued_as: Option<&TenantKeyId>,
    ) -> Option<FormerKey> {
        self.all_of_tenant_key(id, continued_as).next()
    }

    /// The notes of a tenant key in each of its plans.
    pub(super) fn all_of_tenant_key(
        &self,
        id: &TenantKeyId,
        continued_as: Option<&TenantKeyId>,
    ) -> impl Iterator<Item = FormerKey> {
        let notes = self.tenant_keys.iter().filter(move |note| note.tenant_key.as_ref() == Some(id));
        notes.map(move |note| FormerKey { continued_as: continued_as.cloned(), ..note.clone() })
    }

    /// Takes out the other notes that a step is about to make true.
    pub(super) fn take_others(&mut self, is_due: impl Fn(&FormerKey) -> bool) -> Vec<FormerKey> {
        let (due, others) = std::mem::take(&mut self.others).into_iter().partition(|note| is_due(note));
        self.others = others;
        due
    }

    /// Whether there is a note with the calls of this API key in this plan.
    fn has(&self, api_key: &ApiKeyId, plan: &PlanId) -> bool {
        let mut notes = self.tenant_keys.iter().chain(&self.others);
        notes.any(|note| (&note.api_key, &note.plan) == (api_key, plan) && !note.is_shared)
    }
}

impl UnitExecutor<'_> {
    /// Reads what a unit's notes say. Without a Pools table or audit trail there is no place for them.
    pub(super) async fn prepare_notes(&self, unit: &Unit) -> UnitNotes {
        let mut notes = UnitNotes::default();
        if self.pools_table().is_none() && self.run.trail.is_none() {
            return notes;
        }
        let inventory = self.inventory;
        let endings: Vec<Ending<'_>> = unit.steps.iter().filter_map(ending).collect();
        let without_tables = self.tables.is_none().then(|| self.tenant_key_that_ends(unit)).flatten();
        let listings = without_tables.iter().flat_map(|id| inventory.listings_of_tenant_key(id));
        let ended = endings.iter().filter_map(|ending| match ending {
            Ending::TenantKey(id) => inventory.tenant_key(id),
            Ending::ApiKey(_) | Ending::Membership { .. } | Ending::Plan(_) => None,
        });
        let ended: Vec<&TenantKey> = listings.chain(ended).collect();
        for tenant_key in ended {
            notes.tenant_keys.extend(self.read_note_of_tenant_key(tenant_key).await);
        }
        for ending in endings {
            match ending {
                Ending::TenantKey(_) => {}
                Ending::ApiKey(id) => {
                    for plan in self.plans_to_note(id) {
                        self.add_note_of_api_key(&mut notes, id, &plan).await;
                    }
                }
                Ending::Membership { api_key, plan } => {
                    self.add_note_of_api_key(&mut notes, api_key, plan).await;
                }
                Ending::Plan(plan) => self.add_notes_of_plan(&mut notes, plan).await,
            }
        }
        notes
    }

    async fn read_note_of_tenant_key(&self, tenant_key: &TenantKey) -> Option<FormerKey> {
        let api_key = tenant_key.require_api_key().ok()?;
        let calls = match self.is_shared(tenant_key) {
            // API Gateway goes on counting a shared key.
            true => BTreeMap::new(),
            false => self.read_monthly_calls(&tenant_key.plan, &api_key).await,
        };
        Some(self.note_of_tenant_key(tenant_key, &api_key, calls))
    }

    async fn add_note_of_api_key(&self, notes: &mut UnitNotes, id: &ApiKeyId, plan: &PlanId) {
        if !notes.has(id, plan) && !plan.is_none() {
            let calls = self.read_monthly_calls(plan, id).await;
            notes.others.extend(self.note_of_api_key(id, plan, calls));
        }
    }

    /// Adds the notes of all keys of a plan, from one reading of its usage.
    async fn add_notes_of_plan(&self, notes: &mut UnitNotes, plan: &PlanId) {
        let usage = self.read_recent_usage(plan, None).await;
        let calls = |id: &ApiKeyId| self.monthly_calls(plan, id, usage.as_ref());
        for tenant_key in self.inventory.tenant_keys_of_plan(plan) {
            let Ok(api_key) = tenant_key.require_api_key() else { continue };
            let calls = if self.is_shared(tenant_key) { BTreeMap::new() } else { calls(&api_key) };
            notes.others.push(self.note_of_tenant_key(tenant_key, &api_key, calls));
        }
        let noted = notes.others.iter().filter(|note| !note.is_shared).map(|note| note.api_key.clone());
        let noted: BTreeSet<_> = noted.collect();
        let listed = self.inventory.listed_members(plan).iter();
        let used = usage.iter().flat_map(|usage| usage.keys());
        let api_keys: BTreeSet<_> = listed.chain(used).collect();
        let others = api_keys.into_iter().filter(|id| !noted.contains(*id));
        notes.others.extend(others.filter_map(|id| self.note_of_api_key(id, plan, calls(id))));
    }

    fn is_shared(&self, tenant_key: &TenantKey) -> bool {
        !self.inventory.is_shared(tenant_key).is_known_to_be(&false)
    }

    /// The note of a tenant key in its plan; one whose plan is deleted has been in none since then.
    fn note_of_tenant_key(
        &self,
        tenant_key: &TenantKey,
        api_key: &ApiKeyId,
        calls: BTreeMap<Date, u64>,
    ) -> FormerKey {
        let inventory = self.inventory;
        let id = &tenant_key.id;
        let successions = inventory.former_keys().iter().filter(|former| {
            former.continued_as.as_ref() == Some(id) && former.tenant.as_ref() == Some(&tenant_key.tenant)
        });
        let last_succession = successions.map(|former| former.until).max();
        let plan_end = inventory.plan_end(tenant_key);
        let (plan, calls) = match plan_end {
            Some(_) => (PlanId::none(), BTreeMap::new()),
            None => (tenant_key.plan.clone(), calls),
        };
        FormerKey {
            tenant_key: Some(id.clone()),
            tenant: Some(tenant_key.tenant.clone()),
            name: tenant_key.name.to_string(),
            since: plan_end.or(last_succession).or_else(|| inventory.tenant_key_start(tenant_key)),
            is_shared: self.is_shared(tenant_key),
            until: self.note_time(Some(id), api_key),
            ..self.empty_note(&plan, api_key, calls)
        }
    }

    /// The plans in which an API key without a note has calls: those that it is in, or else the last that is known.
    fn plans_to_note(&self, id: &ApiKeyId) -> Vec<PlanId> {
        let inventory = self.inventory;
        let mut notes = inventory.former_keys().iter().rev();
        let last_note = notes.find(|former| former.api_key == *id && former.is_own());
        match inventory.plans_of_api_key(id) {
            Known::Value([]) => last_note.map(|former| former.plan.clone()).into_iter().collect(),
            Known::Value(plans) => plans.to_vec(),
            Known::Unknown(_) => {
                let of_pool = inventory.pool_of_api_key(id).map(|pool| pool.plan.clone());
                let noted = of_pool.or_else(|| last_note.map(|former| former.plan.clone()));
                let tagged = || inventory.api_key(id).key()?.tags.get(tag::PLAN).map(PlanId::new);
                noted.or_else(tagged).into_iter().collect()
            }
        }
    }

    /// Notes an API key in a plan that is not its tenant key's: a pool key, one in its grace period, a leftover, or one
    /// in several plans. `None` if nothing was called with it.
    fn note_of_api_key(&self, id: &ApiKeyId, plan: &PlanId, calls: BTreeMap<Date, u64>) -> Option<FormerKey> {
        let inventory = self.inventory;
        let key = inventory.api_key(id).key()?;
        if !calls.is_empty() && calls.values().all(|calls| *calls == 0) {
            return None;
        }
        let earlier = inventory.former_keys().iter().find(|former| former.api_key == *id && former.is_own());
        let successor = inventory.api_key_after_rotations(id);
        let successors = || inventory.tenant_keys_of_api_key(successor);
        let is_own = successors().all(|tenant_key| !self.is_shared(tenant_key));
        let mut owners = successors().map(|tenant_key| &tenant_key.tenant);
        let owner = owners.next().filter(|owner| is_own && owners.all(|other| other == *owner));
        let tenant =
            owner.or_else(|| earlier?.tenant.as_ref()).filter(|_| inventory.pool_of_api_key(id).is_none());
        Some(FormerKey {
            tenant: tenant.cloned(),
            name: key.name.clone(),
            since: key.created_at,
            ..self.empty_note(plan, id, calls)
        })
    }

    fn empty_note(&self, plan: &PlanId, api_key: &ApiKeyId, calls: BTreeMap<Date, u64>) -> FormerKey {
        let inventory = self.inventory;
        FormerKey {
            tenant_key: None,
            tenant: None,
            name: String::new(),
            plan: plan.clone(),
            plan_name: inventory.stored_or_noted_plan_name(plan).to_owned(),
            price: match inventory.is_plan_gone(plan) {
                true => Known::unreadable("the usage plan was deleted before its keys", "API Gateway"),
                false => inventory.plan_price(plan),
            },
            api_key: api_key.clone(),
            is_shared: false,
            since: None,
            until: self.note_time(None, api_key),
            continued_as: None,
            calls,
        }
    }

    /// Now, or right after the last note about the key: their times tell notes apart.
    fn note_time(&self, tenant_key: Option<&TenantKeyId>, api_key: &ApiKeyId) -> Timestamp {
        let now = self.aws.now();
        let is_same_key = |former: &&FormerKey| {
            former.api_key == *api_key || (tenant_key.is_some() && former.tenant_key.as_ref() == tenant_key)
        };
        let notes = self.inventory.former_keys().iter().filter(is_same_key);
        let last = notes.map(|former| former.until).max();
        let last = last.filter(|last| last.duration_since(now) < MAX_CLOCK_SKEW);
        let next = last.and_then(|last| last.checked_add(SignedDuration::from_nanos(1)).ok());
        next.map_or(now, |next| next.max(now))
    }
}
