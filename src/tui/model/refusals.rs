//! Calls of this session that were refused because a quota is exhausted. They are part of the quota figures before
//! GetUsage shows them.

use std::sync::Arc;

use jiff::Timestamp;
use keypool_domain::change::ExtensionResult;
use keypool_domain::usage::QuotaRefusals;
use keypool_domain::{TenantKeyId, Verdict};

use crate::tui::model::Model;

impl Model {
    /// Notes the response to a call with a tenant key that was sent at this time.
    pub(crate) fn note_response(&mut self, tenant_key: &TenantKeyId, verdict: Verdict, at: Timestamp) {
        let Some(inventory) = self.inventory() else { return };
        let Some(tenant_key) = inventory.tenant_key(tenant_key) else { return };
        let plan = tenant_key.plan.clone();
        let Some(quota) = inventory.plan(&plan).and_then(|plan| plan.quota) else { return };
        let Some(api_key) = tenant_key.api_key().value_to_show().cloned() else { return };
        let status = self.usage().and_then(|usage| usage.key_status(&plan, &api_key));
        let limit = status.and_then(|status| status.figure.limit()).unwrap_or(quota.limit);
        self.update_refusals(|refusals| refusals.note(&plan, &api_key, verdict, at, limit));
    }

    /// Whether the quota figure of a tenant key's API key says that calls are left.
    pub(crate) fn has_calls_left(&self, tenant_key: &TenantKeyId) -> bool {
        let key = self.inventory().and_then(|inventory| inventory.tenant_key(tenant_key));
        let status = key.and_then(|key| {
            let api_key = key.api_key();
            self.usage()?.key_status(&key.plan, api_key.value_to_show()?)
        });
        status.and_then(|status| status.figure.left()).is_some_and(|left| left > 0)
    }

    /// Forgets refused calls of API keys that have calls left again.
    pub(crate) fn forget_refusals(&mut self, extended: &[ExtensionResult]) {
        self.update_refusals(|refusals| {
            let with_calls_left = extended.iter().filter(|result| result.after > 0);
            with_calls_left.for_each(|result| refusals.forget(&result.plan, &result.api_key));
        });
    }

    fn update_refusals(&mut self, update: impl FnOnce(&mut QuotaRefusals)) {
        let mut refusals = QuotaRefusals::clone(&self.refusals);
        update(&mut refusals);
        if refusals != *self.refusals {
            self.refusals = Arc::new(refusals);
            self.index_refusals();
        }
    }

    /// Makes the refused calls part of the usage that was read, unless they are, and adapts it to the inventory.
    pub(super) fn index_refusals(&mut self) {
        let (Some(index), Some(inventory)) = (self.usage(), self.inventory()) else { return };
        if *index.usage.refusals() != self.refusals || !index.is_of_inventory(inventory) {
            self.index_usage_again();
        }
    }
}
