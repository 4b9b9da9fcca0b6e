//! What a unit does to tenant keys where each API key is one: it follows from the steps on the API keys.

use keypool_domain::{ApiKeyId, KeyRef, Step, TenantKeyId, Unit};

use super::super::UnitOutcome;
use super::{UndoLog, UnitExecutor};

impl UnitExecutor<'_> {
    /// The result of a completed unit. Keeps the note about a key that ended for the audit trail.
    pub(super) fn outcome_without_tables(&mut self, unit: &Unit, log: &UndoLog) -> Option<UnitOutcome> {
        let new = log.api_key.as_ref().map(|(id, _)| tenant_key_id(id));
        let ended = self.tenant_key_that_ends(unit);
        let (outcome, continued_as) = match (new, &ended) {
            (Some(new), Some(_)) => (UnitOutcome::Moved(vec![new.clone()]), Some(new)),
            (Some(new), None) => (UnitOutcome::Created(new), None),
            (None, ended) => match (self.find_tenant_key_of(unit, attached_key), ended) {
                (Some(id), _) => (UnitOutcome::Moved(vec![id.clone()]), Some(id)),
                (None, Some(id)) => (UnitOutcome::Deleted(id.clone()), None),
                (None, None) => (UnitOutcome::Edited(self.find_tenant_key_of(unit, edited_key)?), None),
            },
        };
        if let Some(id) = &ended {
            self.keep_for_trail(log.notes.all_of_tenant_key(id, continued_as.as_ref()));
        }
        Some(outcome)
    }

    /// The first tenant key that such a step is about: old keys and leftovers are none.
    fn find_tenant_key_of(
        &self,
        unit: &Unit,
        key_of: fn(&Step) -> Option<TenantKeyId>,
    ) -> Option<TenantKeyId> {
        let mut ids = unit.steps.iter().filter_map(key_of);
        ids.find(|id| self.inventory.tenant_key(id).is_some())
    }

    /// The tenant key whose API key or plan ends by this unit.
    pub(in crate::ops::apply) fn tenant_key_that_ends(&self, unit: &Unit) -> Option<TenantKeyId> {
        let ids = unit.steps.iter().filter_map(ended_key);
        ids.map(tenant_key_id).find(|id| self.inventory.tenant_key(id).is_some())
    }
}

fn tenant_key_id(api_key: &ApiKeyId) -> TenantKeyId {
    TenantKeyId::new(api_key.as_str())
}

fn ended_key(step: &Step) -> Option<&ApiKeyId> {
    if let Step::TagRetirement { api_key, .. }
    | Step::DetachApiKey { api_key, .. }
    | Step::DeleteApiKey(api_key) = step
    {
        Some(api_key)
    } else {
        None
    }
}

fn attached_key(step: &Step) -> Option<TenantKeyId> {
    if let Step::AttachApiKey { api_key: KeyRef::Existing(id), .. } = step {
        Some(tenant_key_id(id))
    } else {
        None
    }
}

fn edited_key(step: &Step) -> Option<TenantKeyId> {
    if let Step::UpdateApiKey { api_key, .. } = step { Some(tenant_key_id(api_key)) } else { None }
}
