//! Writes key files: for ImportApiKeys, and to export the keys of an account.

use std::collections::HashMap;

use super::ImportedKey;
use crate::text::escape_formula;
use crate::{ApiKeyId, Inventory, Secret, TenantKeyId};

/// The request body of ImportApiKeys.
pub fn import_body(keys: &[ImportedKey]) -> String {
    let lines = keys.iter().map(|key| {
        let plans: Vec<_> = key.plans.iter().map(|plan| plan.as_str()).collect();
        let enabled = key.enabled.to_string();
        line(&[&key.name, key.value.expose(), &key.description, &enabled, &plans.join(",")])
    });
    std::iter::once("Name,Key,Description,Enabled,UsagePlanIds\n".to_owned()).chain(lines).collect()
}

/// Every API key of the account, with the tenants of siloed keys and the values in `values`.
///
/// A shared API key is one line without a tenant: its tenants are stored in the tenant keys, not in the
/// API key.
pub fn export(inventory: &Inventory, values: &HashMap<ApiKeyId, Secret>) -> String {
    let mut text = "Name,Key,Description,Enabled,UsagePlanIds,Tenant\n".to_owned();
    for key in inventory.listed_api_keys() {
        let tenant_key = inventory
            .tenant_key(&TenantKeyId::new(key.id.as_str()))
            .filter(|tenant_key| inventory.is_shared(tenant_key).is_known_to_be(&false));
        let is_in = |plan: &&crate::Plan| inventory.is_member(&plan.id, &key.id).is_known_to_be(&true);
        let mut plans: Vec<&str> =
            inventory.plans().iter().filter(is_in).map(|plan| plan.name.as_str()).collect();
        // An import takes the first plan as that of the tenant key.
        let tenant_key_plan = tenant_key.map(|tenant_key| inventory.plan_name(&tenant_key.plan));
        plans.sort_by_key(|plan| Some(*plan) != tenant_key_plan);
        let value = values.get(&key.id).map(Secret::expose).unwrap_or_default();
        let tenant = tenant_key.map(|tenant_key| tenant_key.tenant.to_string()).unwrap_or_default();
        let (name, description) = (escape_formula(&key.name), escape_formula(&key.description));
        text += &line(&[
            &name,
            value,
            &description,
            &key.enabled.to_string(),
            &plans.join(","),
            &escape_formula(&tenant),
        ]);
    }
    text
}

fn line(fields: &[&str]) -> String {
    let quoted: Vec<_> = fields.iter().map(|field| format!("\"{}\"", field.replace('"', "\"\""))).collect();
    quoted.join(",") + "\n"
}
