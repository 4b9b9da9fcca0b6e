//! The items by which pool keys stand in the Keys table, each written on its own and on a condition.

use aws_sdk_dynamodb::types::AttributeValue;
use keypool_domain::key::POOL_KEY_OWNER;
use keypool_domain::{ApiKeyId, NewTenantKey, PlanId, Secret, Tenant, TenantKeyId};

use super::Tables;
use super::tenant_keys::NewKeyItem;
use crate::aws::{Aws, Failure};

/// The item is a pool key's, and no tenant's.
const IS_POOL_KEY_ITEM: &str = "#owner = :owner";

impl Aws {
    /// Writes the item of a pool key where there is none; false where there is one, which may be a tenant's own.
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
        };
        let row = NewKeyItem {
            id: TenantKeyId::new(api_key.as_str()),
            key: &key,
            pool_key: None,
            value: Some(value.clone()),
            created_at: self.now(),
        };
        match self.put_tenant_key(tables, &row, None).await {
            Ok(()) => Ok(true),
            Err(Failure::Changed(_)) => Ok(false),
            Err(failure) => Err(failure),
        }
    }

    /// The item of a pool key gives another value from now on; what is not there, or is a tenant's, stays.
    pub(crate) async fn set_pool_key_item_value(
        &self,
        tables: &Tables,
        api_key: &ApiKeyId,
        value: &Secret,
    ) -> Result<(), Failure> {
        let call = self.table_call("UpdateItem", format!("table {}", tables.keys));
        let asked = self.shared.dynamodb.update_item().table_name(&tables.keys);
        let asked = asked
            .key("id", text(api_key.as_str()))
            .update_expression("SET #value = :value")
            .condition_expression(IS_POOL_KEY_ITEM)
            .expression_attribute_names("#owner", "owner")
            .expression_attribute_names("#value", "value")
            .expression_attribute_values(":owner", text(POOL_KEY_OWNER))
            .expression_attribute_values(":value", text(value.expose()));
        match asked.send().await {
            Err(why)
                if !why.as_service_error().is_some_and(|why| why.is_conditional_check_failed_exception()) =>
            {
                Err(call.failure(why))
            }
            _ => Ok(()),
        }
    }

    /// The item of a pool key goes; what is not there, or is a tenant's, stays.
    pub(crate) async fn delete_pool_key_item(
        &self,
        tables: &Tables,
        api_key: &ApiKeyId,
    ) -> Result<(), Failure> {
        let call = self.table_call("DeleteItem", format!("table {}", tables.keys));
        let asked = self.shared.dynamodb.delete_item().table_name(&tables.keys);
        let asked = asked
            .key("id", text(api_key.as_str()))
            .condition_expression(IS_POOL_KEY_ITEM)
            .expression_attribute_names("#owner", "owner")
            .expression_attribute_values(":owner", text(POOL_KEY_OWNER));
        match asked.send().await {
            Err(why)
                if !why.as_service_error().is_some_and(|why| why.is_conditional_check_failed_exception()) =>
            {
                Err(call.failure(why))
            }
            _ => Ok(()),
        }
    }
}

fn text(text: &str) -> AttributeValue {
    AttributeValue::S(text.to_owned())
}
