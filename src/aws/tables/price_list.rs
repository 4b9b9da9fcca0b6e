//! Writes price-list entries, which show buyers the limits of a plan, to the Plans table.

use aws_sdk_dynamodb::types::AttributeValue;
use keypool_domain::{PlanId, PriceListEntry};

use super::Tables;
use crate::aws::{Aws, Failure};

impl Aws {
    /// Sets quota and throttle of an entry, and its name and description if it has none. Everything
    /// else is kept.
    pub(crate) async fn write_price_list_limits(
        &self,
        tables: &Tables,
        plan: &PlanId,
        entry: &PriceListEntry,
    ) -> Result<(), Failure> {
        let call = self.table_call("UpdateItem", format!("table {}", tables.plans));
        let text = |text: &str| AttributeValue::S(text.to_owned());
        let request = self
            .shared
            .dynamodb
            .update_item()
            .table_name(&tables.plans)
            .key("id", text(plan.as_str()))
            .update_expression(
                "SET quota = :quota, throttle = :throttle, #name = if_not_exists(#name, :name), \
                 description = if_not_exists(description, :description)",
            )
            .expression_attribute_names("#name", "name")
            .expression_attribute_values(":quota", text(&entry.quota))
            .expression_attribute_values(":throttle", text(&entry.throttle))
            .expression_attribute_values(":name", text(&entry.name))
            .expression_attribute_values(":description", text(&entry.description));
        request.send().await.map(drop).map_err(|error| call.failure(error))
    }

    /// Sets all of an entry's attributes; those of other applications are kept.
    pub(crate) async fn write_price_list_entry(
        &self,
        tables: &Tables,
        plan: &PlanId,
        entry: &PriceListEntry,
    ) -> Result<(), Failure> {
        let call = self.table_call("UpdateItem", format!("table {}", tables.plans));
        let text = |text: &str| AttributeValue::S(text.to_owned());
        let price = if entry.price.is_some() { ", price = :price" } else { "" };
        let request = self
            .shared
            .dynamodb
            .update_item()
            .table_name(&tables.plans)
            .key("id", text(plan.as_str()))
            .update_expression(format!(
                "SET quota = :quota, throttle = :throttle, #name = :name, description = :description{price}"
            ))
            .expression_attribute_names("#name", "name")
            .expression_attribute_values(":quota", text(&entry.quota))
            .expression_attribute_values(":throttle", text(&entry.throttle))
            .expression_attribute_values(":name", text(&entry.name))
            .expression_attribute_values(":description", text(&entry.description));
        let request = match entry.price {
            Some(price) => {
                request.expression_attribute_values(":price", AttributeValue::N(price.to_string()))
            }
            None => request,
        };
        request.send().await.map(drop).map_err(|error| call.failure(error))
    }

    /// Deletes an entry; succeeds if it does not exist.
    pub(crate) async fn delete_price_list_entry(
        &self,
        tables: &Tables,
        plan: &PlanId,
    ) -> Result<(), Failure> {
        let call = self.table_call("DeleteItem", format!("table {}", tables.plans));
        let request = self.shared.dynamodb.delete_item().table_name(&tables.plans);
        let response = request.key("id", AttributeValue::S(plan.to_string())).send().await;
        response.map(drop).map_err(|error| call.failure(error))
    }
}
