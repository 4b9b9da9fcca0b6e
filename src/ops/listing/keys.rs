//! A tenant key as it is written for scripts.

use keypool_domain::{Inventory, TenantKey};
use serde::Serialize;

use super::Record;

/// A tenant key: the names are an interface.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct KeyRecord {
    id: String,
    name: String,
    tenant: String,
    plan: String,
    plan_id: String,
    /// Null, like the id of the API key, where it is not known which API key it sends.
    mode: Option<&'static str>,
    api_key_id: Option<String>,
    /// Null where the item does not say it.
    enabled: Option<bool>,
    description: String,
    created_at: Option<String>,
    /// The customer of AWS Marketplace, where the API key has one.
    customer_id: Option<String>,
    /// The secret, which nobody but its owner puts here.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) value: Option<String>,
}

impl Record for KeyRecord {
    const FIELDS: &'static [&'static str] = &[
        "id",
        "name",
        "tenant",
        "plan",
        "planId",
        "mode",
        "apiKeyId",
        "enabled",
        "description",
        "createdAt",
        "customerId",
    ];
    const TABLE: &'static [(&'static str, &'static str)] = &[
        ("id", "id"),
        ("name", "name"),
        ("tenant", "tenant"),
        ("plan", "plan"),
        ("mode", "mode"),
        ("api key", "apiKeyId"),
        ("enabled", "enabled"),
        ("created", "createdAt"),
    ];
}

impl KeyRecord {
    pub(crate) fn of(row: &TenantKey, inventory: &Inventory) -> Self {
        let api_key = row.api_key().into_result().ok();
        let listed = api_key.as_ref().and_then(|id| inventory.api_key(id).key());
        Self {
            id: row.id.to_string(),
            name: row.name.clone(),
            tenant: row.tenant.to_string(),
            plan: inventory.plan_name(&row.plan).to_owned(),
            plan_id: row.plan.to_string(),
            mode: inventory.mode(row).into_result().ok(),
            api_key_id: api_key.as_ref().map(ToString::to_string),
            enabled: row.enabled.value_to_show().copied(),
            description: row.description.clone(),
            created_at: row.created_at.map(|at| format!("{at:.0}")),
            customer_id: listed.and_then(|key| key.customer_id.clone()),
            value: None,
        }
    }
}
