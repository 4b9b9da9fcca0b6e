//! Units of tenant keys.

use crate::step::{Step, Unit};
use crate::{Inventory, Refusal, TenantKey, TenantKeyId};

pub(super) fn units_for_each(
    tenant_keys: &[TenantKeyId],
    inventory: &Inventory,
    unit: impl Fn(&TenantKey) -> Result<Unit, Refusal>,
) -> Result<Vec<Unit>, Refusal> {
    tenant_keys.iter().map(|tenant_key| unit(find_tenant_key(tenant_key, inventory)?)).collect()
}

pub(super) fn find_tenant_key<'a>(
    tenant_key: &TenantKeyId,
    inventory: &'a Inventory,
) -> Result<&'a TenantKey, Refusal> {
    inventory.require_tenant_key(tenant_key)
}

pub(super) fn tenant_key_unit(tenant_key: &TenantKey, steps: Vec<Step>) -> Unit {
    Unit { subject: format!("{} · {}", tenant_key.tenant, tenant_key.name), steps }
}
