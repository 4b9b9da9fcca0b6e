//! Items of pool keys in the Keys table, where the sample application looks for them. Each write is
//! conditional.

use keypool_domain::key::POOL_KEY_OWNER;
use keypool_domain::{ApiKeyId, NewTenantKey, PlanId, Secret, Tenant, TenantKeyId};

use super::Tables;
use super::item_requests::text;
use super::tenant_keys::NewKeyItem;
use crate::aws::{Aws, Failure};

/// The item belongs to a pool key, not to a tenant.
const IS_POOL_KEY_ITEM: &str = "#owner = :owner";

impl Aws {
    /// Writes a pool key's item; returns false if an item with its id exists, which may be a
    /// tenant's.
    pub(crate) async fn put_pool_key_item(
        &self,
        tables: &Tables,
        (plan, plan_name): (&PlanId, &str),
        api_key: &ApiKeyId,
        value: &Secret,
    ) -> Result<bool, Failure> {
        let key = NewTenantKey {
            plan: plan.clone(),
            tenant: Tenant::new(POOL_KEY_OWNER),
            name: format!("{plan_name} pool key"),
            description: "pool key, for createKey of the sample application".to_owned(),
            enabled: true,
            expires_at: None,
        };
        let item = NewKeyItem {
            id: TenantKeyId::new(api_key.as_str()),
            key: &key,
            pool_key: None,
            value: Some(value.clone()),
            created_at: self.now(),
        };
        match self.put_tenant_key(tables, &item, None, None).await {
            Ok(()) => Ok(true),
            Err(Failure::Changed(_)) => Ok(false),
            Err(failure) => Err(failure),
        }
    }

    /// Changes the value in a pool key's item. Does nothing if there is none, or if it is a
    /// tenant's.
    pub(crate) async fn set_pool_key_item_value(
        &self,
        tables: &Tables,
        api_key: &ApiKeyId,
        value: &Secret,
    ) -> Result<(), Failure> {
        let call = self.table_call("UpdateItem", format!("table {}", tables.keys));
        let request = self
            .update_item(&tables.keys, api_key.as_str())
            .update_expression("SET #value = :value")
            .condition_expression(IS_POOL_KEY_ITEM)
            .expression_attribute_names("#owner", "owner")
            .expression_attribute_names("#value", "value")
            .expression_attribute_values(":owner", text(POOL_KEY_OWNER))
            .expression_attribute_values(":value", text(value.expose()));
        call.took_effect(request.send().await).map(|_| ())
    }

    /// Deletes a pool key's item. Does nothing if there is none, or if it is a tenant's.
    pub(crate) async fn delete_pool_key_item(
        &self,
        tables: &Tables,
        api_key: &ApiKeyId,
    ) -> Result<(), Failure> {
        let call = self.table_call("DeleteItem", format!("table {}", tables.keys));
        let request = self
            .delete_item(&tables.keys, api_key.as_str())
            .condition_expression(IS_POOL_KEY_ITEM)
            .expression_attribute_names("#owner", "owner")
            .expression_attribute_values(":owner", text(POOL_KEY_OWNER));
        call.took_effect(request.send().await).map(|_| ())
    }
}
