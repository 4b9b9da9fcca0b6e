//! The old API keys of rotated tenant keys. Until their grace periods end, tenants call with them too, so what takes
//! access from a tenant key, or moves it, is done to its old keys as well.

use crate::key::tag;
use crate::step::Step;
use crate::{ApiKey, Edit, Inventory, Known, TenantKey};

use super::operation::Scope;

/// The old keys of a siloed tenant key, latest first.
pub(super) fn old_keys<'a>(tenant_key: &TenantKey, inventory: &'a Inventory) -> Vec<&'a ApiKey> {
    match (inventory.is_shared(tenant_key), tenant_key.api_key()) {
        (Known::Value(false), Known::Value(api_key)) => inventory.predecessors(&api_key),
        (Known::Value(true) | Known::Unknown(_), _) | (_, Known::Unknown(_)) => Vec::new(),
    }
}

/// The steps that disable what still works of the old keys.
pub(super) fn disable_old_keys(tenant_key: &TenantKey, inventory: &Inventory) -> Vec<Step> {
    let enabled = old_keys(tenant_key, inventory).into_iter().filter(|old| old.enabled);
    let disable = |old: &ApiKey| {
        let edit = Edit { enabled: Some(false), ..Edit::default() };
        Step::UpdateApiKey { api_key: old.id.clone(), edit }
    };
    enabled.map(disable).collect()
}

/// One caution for each old key of these tenant keys that `is_affected` says is affected.
pub(super) fn old_key_cautions(
    scope: &Scope<'_>,
    is_affected: impl Fn(&ApiKey) -> bool,
    what_happens: &str,
) -> Vec<String> {
    let cautions = scope.tenant_keys.iter().flat_map(|tenant_key| {
        let old_keys = old_keys(tenant_key, scope.inventory).into_iter();
        let caution = |old: &ApiKey| format!("{} {what_happens}", describe(old, tenant_key));
        old_keys.filter(|old| is_affected(old)).map(caution).collect::<Vec<_>>()
    });
    cautions.collect()
}

/// For example "API key k0, the old key of k1 until 2026-12-01T00:00:00Z,".
fn describe(old: &ApiKey, tenant_key: &TenantKey) -> String {
    let until = old.tags.get(tag::RETIRES_AT).map(|at| format!(" until {at}")).unwrap_or_default();
    format!("API key {}, the old key of {}{until},", old.id, tenant_key.id)
}
