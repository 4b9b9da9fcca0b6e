//! A tenant key as it is written for scripts.

use keypool_domain::{ApiKeyId, Inventory, TenantKey};
use serde::Serialize;
use serde_json::Value;

use super::{Record, RecordFormat};

/// A tenant key: the names are an interface.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct TenantKeyRecord {
    id: String,
    name: String,
    tenant: String,
    plan: String,
    plan_id: String,
    /// Marked as not known, like the id of the API key, where it is not known which API key it sends.
    mode: Value,
    api_key_id: Value,
    /// Marked as not known where the item does not say it.
    enabled: Value,
    description: String,
    created_at: Option<String>,
    /// The customer of AWS Marketplace, where the API key has one.
    customer_id: Option<String>,
    /// The secret, which nobody but its owner puts here.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) value: Option<String>,
}

impl Record for TenantKeyRecord {
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
    const COLUMNS: &'static [(&'static str, &'static str)] = &[
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

impl TenantKeyRecord {
    pub(crate) fn new(row: &TenantKey, inventory: &Inventory, form: RecordFormat) -> Self {
        let api_key = row.api_key();
        let listed = api_key.value_to_show().and_then(|id| inventory.api_key(id).key());
        Self {
            id: row.id.to_string(),
            name: row.name.clone(),
            tenant: row.tenant.to_string(),
            plan: inventory.plan_name(&row.plan).to_owned(),
            plan_id: row.plan.to_string(),
            mode: form.value_or_mark(&inventory.mode_name(row)),
            api_key_id: form.value_or_mark(&api_key.as_ref().map(ApiKeyId::as_str)),
            enabled: form.value_or_mark(&row.enabled),
            description: row.description.clone(),
            created_at: row.created_at.map(|at| format!("{at:.0}")),
            customer_id: listed.and_then(|key| key.customer_id.clone()),
            value: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use keypool_domain::Known;

    use super::*;

    #[test]
    fn unknown_values_are_marked_and_null_in_json() {
        let row = TenantKey {
            enabled: Known::unreadable("`enabled` is a number", "item k1"),
            pool_key: Known::not_allowed("apigateway:GET", "/usageplans/p/keys"),
            ..TenantKey::new("k1", "p", "acme")
        };
        let inventory = Inventory::empty(jiff::Timestamp::UNIX_EPOCH);
        let of = |form| {
            let record = TenantKeyRecord::new(&row, &inventory, form);
            [record.mode, record.api_key_id, record.enabled]
        };
        for form in [RecordFormat::Table, RecordFormat::Csv] {
            assert_eq!(of(form), ["?", "?", "?"]);
        }
        assert_eq!(of(RecordFormat::Json), [Value::Null, Value::Null, Value::Null]);
    }
}
