//! The one place where an operation differs by whether tables hold the tenant keys.
//!
//! Without tables, the steps on API Gateway are the whole change: a key belongs to its tenant from its creation on, and
//! to a plan from when it is attached.

use crate::key::tag;
use crate::source::TenantPlace;
use crate::step::{NewApiKey, Step};
use crate::{
    ApiKey, ApiKeyId, Expiry, Inventory, InventorySource, NewTenantKey, PlanId, PlanRefusal, Refusal, Tenant,
    TenantKey, validate,
};

/// A step on the tables; none where there are none.
pub(super) fn table_step(inventory: &Inventory, step: impl FnOnce() -> Step) -> Option<Step> {
    inventory.source().has_tables().then(step)
}

/// The new API key of a new tenant key, which names its tenant where it is read.
pub(super) fn new_api_key(key: &NewTenantKey, inventory: &Inventory) -> Result<NewApiKey, Refusal> {
    let new = NewApiKey::for_tenant_key(key);
    let tenants = match inventory.source() {
        InventorySource::Tables { .. } => return Ok(new),
        InventorySource::ApiGateway { tenants, .. } => tenants,
        InventorySource::Usage => return Err(Refusal::KeysNotListed),
    };
    let tenant = key.tenant.to_string();
    let mut new = NewApiKey { tenant: None, ..new };
    new.tags.extend(key.expires_at.map(|at| (tag::EXPIRES_AT.to_owned(), format!("{at:.0}"))));
    match tenants.place()? {
        TenantPlace::Tag(name) => drop(new.tags.insert(name.to_owned(), tenant)),
        TenantPlace::CustomerId => {
            validate::validate_customer(&tenant)?;
            new.customer_id = Some(tenant);
        }
    }
    Ok(new)
}

/// The tenant that a copy of an API key names besides what it copies. Without tables, the copy has all.
pub(super) fn tenant_of_copy(tenant: &Tenant, inventory: &Inventory) -> Option<Tenant> {
    inventory.source().has_tables().then(|| tenant.clone())
}

/// Refuses to copy an API key whose tenant is nothing but its id, which the copy does not have.
pub(super) fn check_tenant_of_copy(tenant_key: &TenantKey, inventory: &Inventory) -> Result<(), Refusal> {
    match tenant_after(tenant_key, |copy| copy.id = ApiKeyId::new(""), inventory) {
        Some(tenant) if tenant != tenant_key.tenant => Err(Refusal::TenantIsId(tenant_key.id.clone())),
        Some(_) | None => Ok(()),
    }
}

/// The caution if a change of the API key changes the tenant that is read from it.
pub(super) fn tenant_change_caution(
    tenant_key: &TenantKey,
    change: impl FnOnce(&mut ApiKey),
    inventory: &Inventory,
) -> Option<String> {
    let (before, after) = (&tenant_key.tenant, tenant_after(tenant_key, change, inventory)?);
    (after != *before).then(|| {
        format!(
            "the key's tenant becomes {after} instead of {before}, also in reports of past months: `[tenants] from` reads \
             it from what changes"
        )
    })
}

/// The tenant of an API key after a change; `None` where tables say whose it is.
fn tenant_after(
    tenant_key: &TenantKey,
    change: impl FnOnce(&mut ApiKey),
    inventory: &Inventory,
) -> Option<Tenant> {
    let InventorySource::ApiGateway { tenants, .. } = inventory.source() else { return None };
    let api_key = tenant_key.api_key();
    let mut key = inventory.api_key(api_key.value_to_show()?).key()?.clone();
    change(&mut key);
    Some(tenants.tenant(&key))
}

/// Without tables, tags on a moving API key say where it belongs while it is in neither plan.
pub(super) fn tag_move(
    api_key: &ApiKeyId,
    from: &PlanId,
    plan: &PlanId,
    inventory: &Inventory,
) -> Option<Step> {
    let step = || Step::TagPlan { api_key: api_key.clone(), plan: plan.clone(), from: from.clone() };
    (!inventory.source().has_tables()).then(step)
}

/// The step for an expiry in the API key's tags: where no table has it, or to remove one that a table replaces.
pub(super) fn tag_expiry(api_key: &ApiKeyId, expiry: Expiry, inventory: &Inventory) -> Option<Step> {
    let has_tables = inventory.source().has_tables();
    let is_tagged =
        || inventory.api_key(api_key).key().is_some_and(|key| key.tags.contains_key(tag::EXPIRES_AT));
    let expiry = if has_tables { Expiry::Never } else { expiry };
    (!has_tables || is_tagged()).then(|| Step::TagExpiry { api_key: api_key.clone(), expiry })
}

/// Refuses a price or a price-list text where there is no price list.
pub(super) fn check_price_list(is_given: bool, plan: &str, inventory: &Inventory) -> Result<(), Refusal> {
    if is_given && !inventory.source().has_tables() {
        return Err(PlanRefusal::PriceInConfig(plan.to_owned()).into());
    }
    Ok(())
}
