//! Writes key files: for ImportApiKeys, and to export the keys of an account.
//!
//! Text is written as it is, without a guard against spreadsheets: API Gateway would take the guard into the name.

use std::collections::HashMap;

use super::{ImportedKey, plan_list};
use crate::known::NotKnown;
use crate::{ApiKey, ApiKeyId, Inventory, Plan, Secret, TenantKeyId};

/// The request body of ImportApiKeys.
pub fn import_body(keys: &[ImportedKey]) -> String {
    let lines = keys.iter().map(|key| {
        let plans: Vec<_> = key.plans.iter().map(|plan| plan.as_str()).collect();
        let enabled = key.enabled.to_string();
        line(&[&key.name, key.value.expose(), &key.description, &enabled, &plans.join(",")])
    });
    std::iter::once("Name,Key,Description,Enabled,UsagePlanIds\n".to_owned()).chain(lines).collect()
}

/// Every API key of the account, with the tenants of siloed keys and the values in `values`. ImportApiKeys
/// ignores the columns that it does not know.
///
/// A shared API key is one line without a tenant: its tenants are stored in the tenant keys, not in the
/// API key. Refuses to leave out API keys or plans because they cannot be read.
pub fn export(inventory: &Inventory, values: &HashMap<ApiKeyId, Secret>) -> Result<String, NotKnown> {
    let keys = inventory.api_keys().require("which API keys the account has")?;
    for plan in inventory.plans() {
        let question = format!("which API keys usage plan {} has", inventory.plan_name(&plan.id));
        inventory.members(&plan.id).require(question)?;
    }
    let mut text = "Name,Key,Description,Enabled,UsagePlanIds,UsagePlanNames,Tenant\n".to_owned();
    for key in keys {
        let tenant_key = inventory
            .tenant_key(&TenantKeyId::new(key.id.as_str()))
            // An import writes no tenant key without a plan.
            .filter(|key| !key.plan.is_none() && inventory.is_shared(key).is_known_to_be(&false));
        let is_in = |plan: &&Plan| inventory.is_member(&plan.id, &key.id).is_known_to_be(&true);
        let mut plans: Vec<&Plan> = inventory.plans().iter().filter(is_in).collect();
        // An import takes the first plan as that of the tenant key.
        let tenant_key_plan = tenant_key.map(|tenant_key| &tenant_key.plan);
        plans.sort_by_key(|plan| Some(&plan.id) != tenant_key_plan);
        let plan_ids: Vec<_> = plans.iter().map(|plan| plan.id.as_str()).collect();
        let value = values.get(&key.id).map(Secret::expose).unwrap_or_default();
        text += &line(&[
            &key.name,
            value,
            &key.description,
            &key.enabled.to_string(),
            &plan_ids.join(","),
            &plan_list::write_names(plans.iter().map(|plan| plan.name.as_str())),
            tenant_key.map(|tenant_key| tenant_key.tenant.as_str()).unwrap_or_default(),
        ]);
    }
    Ok(text)
}

/// Whether a tenant key has the id of this API key, but it is not known whether it uses it alone.
pub fn is_owner_unknown(key: &ApiKey, inventory: &Inventory) -> bool {
    let tenant_key = inventory.tenant_key(&TenantKeyId::new(key.id.as_str()));
    tenant_key.is_some_and(|tenant_key| inventory.is_shared(tenant_key).reason().is_some())
}

fn line(fields: &[&str]) -> String {
    let quoted: Vec<_> = fields.iter().map(|field| format!("\"{}\"", field.replace('"', "\"\""))).collect();
    quoted.join(",") + "\n"
}
