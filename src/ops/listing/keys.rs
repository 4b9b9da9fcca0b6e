//! The record of a tenant key.

use keypool_domain::{ApiKeyId, Inventory, KeyAge, Known, Rotation, TenantKey};
use serde_json::Value;

use super::format::RecordFormat;
use super::record::records;

records! {
    pub(crate) struct TenantKeyRecord {
        id: String => "id",
        name: String => "name",
        tenant: String => "tenant",
        plan: String => "plan",
        plan_id: String,
        /// Marked as unknown, like `api_key_id`, if the API key of the tenant key is unknown.
        mode: Value => "mode",
        api_key_id: Value => "api key",
        /// Marked as unknown if the item does not contain it.
        enabled: Value => "enabled",
        description: String,
        created_at: Option<String> => "created",
        /// The AWS Marketplace customer.
        customer_id: Option<String>,
        /// Marked as unknown if it cannot be read.
        expires_at: Value [last_in_csv],
        /// When its current API key was made, shared or not.
        api_key_created_at: Option<String> [last_in_csv],
        /// Whole days since then.
        age_days: Option<u64> => "age, days" [after("api_key_id"), last_in_csv],
        /// `never` or `rotated`; marked as unknown if nothing shows it.
        rotation: Value => "rotated" [after("age_days"), last_in_csv],
        rotated_at: Option<String> [last_in_csv],
        /// The key value; set only for --reveal.
        #[serde(skip_serializing_if = "Option::is_none")]
        pub(crate) value: Option<String> [extra],
    }
}

impl TenantKeyRecord {
    pub(crate) fn new(tenant_key: &TenantKey, inventory: &Inventory, format: RecordFormat) -> Self {
        let api_key = tenant_key.api_key();
        let listed = api_key.value_to_show().and_then(|id| inventory.api_key(id).key());
        let (age, rotation) = (inventory.key_age(tenant_key), inventory.key_rotation(tenant_key));
        Self {
            id: tenant_key.id.to_string(),
            name: tenant_key.name.to_string(),
            tenant: tenant_key.tenant.to_string(),
            plan: inventory.plan_name(&tenant_key.plan).to_owned(),
            plan_id: tenant_key.plan.to_string(),
            mode: format.value_or_mark(&inventory.mode_name(tenant_key)),
            api_key_id: format.value_or_mark(&api_key.as_ref().map(ApiKeyId::as_str)),
            enabled: format.value_or_mark(&tenant_key.enabled),
            description: tenant_key.description.clone(),
            created_at: tenant_key.created_at().map(|at| format!("{at:.0}")),
            customer_id: listed.and_then(|key| key.customer_id.clone()),
            expires_at: expires_at(tenant_key, inventory, format),
            api_key_created_at: age.map(|age| format!("{:.0}", age.created_at)),
            age_days: age.map(KeyAge::days),
            rotation: rotation_value(rotation, format),
            rotated_at: rotation.rotated_at().map(|at| format!("{at:.0}")),
            value: None,
        }
    }
}

/// The date of the rotation in a table, which has no other column for it.
fn rotation_value(rotation: Rotation, format: RecordFormat) -> Value {
    match (rotation, format) {
        (Rotation::Unknown, RecordFormat::Json) => Value::Null,
        (Rotation::Unknown, RecordFormat::Table | RecordFormat::Csv) => "?".into(),
        (Rotation::Rotated(Some(at)), RecordFormat::Table) => at.strftime("%Y-%m-%d").to_string().into(),
        (Rotation::Rotated(_) | Rotation::Never, _) => rotation.as_str().into(),
    }
}

fn expires_at(tenant_key: &TenantKey, inventory: &Inventory, format: RecordFormat) -> Value {
    let expiry = inventory.expiry(tenant_key).map(|at| at.map(|at| format!("{at:.0}")));
    match expiry.as_ref() {
        Known::Value(None) => Value::Null,
        Known::Value(Some(at)) => at.as_str().into(),
        Known::Unknown(why) => format.value_or_mark(&Known::<&str>::Unknown(why)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn never_rotated_rotated_and_unknown_are_told_apart_in_every_format() {
        let at = Some(jiff::Timestamp::UNIX_EPOCH);
        let values = |rotation| {
            [RecordFormat::Table, RecordFormat::Csv, RecordFormat::Json]
                .map(|format| rotation_value(rotation, format).as_str().map(str::to_owned))
        };
        let texts = |texts: [&str; 3]| texts.map(|text| Some(text.to_owned()));
        assert_eq!(values(Rotation::Never), texts(["never"; 3]));
        assert_eq!(values(Rotation::Rotated(at)), texts(["1970-01-01", "rotated", "rotated"]));
        assert_eq!(values(Rotation::Rotated(None)), texts(["rotated"; 3]));
        assert_eq!(values(Rotation::Unknown), [Some("?".to_owned()), Some("?".to_owned()), None]);
    }

    #[test]
    fn unknown_values_are_marked_in_table_and_csv_and_null_in_json() {
        let tenant_key = TenantKey {
            pool_key: Known::not_allowed("apigateway:GET", "/usageplans/p/keys"),
            ..TenantKey::new("k1", "p", "acme")
        };
        let unreadable = Known::unreadable("`enabled` is a number", "item k1");
        let tenant_key = tenant_key.with_attributes(|its| its.enabled = unreadable);
        let inventory = Inventory::empty(jiff::Timestamp::UNIX_EPOCH);
        let marked_values = |format| {
            let record = TenantKeyRecord::new(&tenant_key, &inventory, format);
            [record.mode, record.api_key_id, record.enabled]
        };
        for format in [RecordFormat::Table, RecordFormat::Csv] {
            assert_eq!(marked_values(format), ["?", "?", "?"]);
        }
        assert_eq!(marked_values(RecordFormat::Json), [Value::Null, Value::Null, Value::Null]);
    }
}
