//! Notes about keys that have ended, and since when the present ones exist.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::Inventory;
use super::plan_names::name_without_id;
use crate::key::FormerKey;
use crate::{ApiKeyId, Tenant, TenantKey};

impl Inventory {
    pub fn with_former_keys(mut self, mut former_keys: Vec<FormerKey>) -> Self {
        for former in &mut former_keys {
            let name = name_without_id(&former.plan, &former.plan_name);
            if name.len() < former.plan_name.len() {
                former.plan_name = name.to_owned();
            }
        }
        former_keys.sort_by_key(|former| former.until);
        let gone = former_keys.iter().filter(|former| self.is_plan_gone(&former.plan));
        let gone: BTreeMap<_, _> = gone.map(|former| (&former.plan, &*former.plan_name)).collect();
        self.plan_labels.add_gone_plans(&gone, &self.parts.plans);
        Self { former_keys, ..self }
    }

    /// By their ends.
    pub fn former_keys(&self) -> &[FormerKey] {
        &self.former_keys
    }

    /// When the plan of a tenant key ended, if it is deleted and a note says so: since then it has been in no plan.
    pub fn plan_end(&self, tenant_key: &TenantKey) -> Option<Timestamp> {
        let notes = || self.former_keys.iter().rev();
        let last_note = notes().find(|former| former.tenant_key.as_ref() == Some(&tenant_key.id));
        let succession = notes().find(|former| former.continued_as.as_ref() == Some(&tenant_key.id));
        self.plan_end_in_notes(tenant_key, last_note, succession)
    }

    /// As [`Self::plan_end`], from the last note about the tenant key and the last one that it continues.
    pub(crate) fn plan_end_in_notes(
        &self,
        tenant_key: &TenantKey,
        last_note: Option<&FormerKey>,
        succession: Option<&FormerKey>,
    ) -> Option<Timestamp> {
        let ended =
            last_note.filter(|former| former.plan == tenant_key.plan && former.continued_as.is_none());
        let ended = ended.or_else(|| succession.filter(|former| former.plan.is_none()));
        ended.filter(|_| self.is_plan_gone(&tenant_key.plan)).map(|former| former.until)
    }

    /// The tenant to whom alone an API key that has ended belonged, as the notes say.
    pub fn former_owner(&self, api_key: &ApiKeyId) -> Option<&Tenant> {
        let mut owners = self
            .former_keys
            .iter()
            .filter(|former| former.api_key == *api_key && former.is_own())
            .filter_map(|former| former.tenant.as_ref());
        let first = owners.next()?;
        owners.all(|owner| owner == first).then_some(first)
    }

    /// When the tenant key was made; `None` if unknown. A tenant key without a date of its own is as old as
    /// its own API key and those that this one replaced. The date of a shared API key says nothing.
    pub fn tenant_key_start(&self, tenant_key: &TenantKey) -> Option<Timestamp> {
        if let Some(created_at) = tenant_key.created_at() {
            return Some(created_at);
        }
        let own = self.is_shared(tenant_key).is_known_to_be(&false).then(|| tenant_key.api_key());
        let api_key = own?.into_result().ok()?;
        let created_at = self.api_key(&api_key).key()?.created_at?;
        let earlier = self.predecessors(&api_key).into_iter().filter_map(|key| key.created_at);
        Some(earlier.fold(created_at, Timestamp::min))
    }
}
