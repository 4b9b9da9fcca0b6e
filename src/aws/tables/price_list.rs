//! Writes to the Plans table: what a plan enforces, told to those who buy it.

use aws_sdk_dynamodb::types::AttributeValue;
use keypool_domain::{PlanId, PriceListEntry};

use super::Tables;
use crate::aws::{Aws, Failure};

impl Aws {
    /// Quota and throttle of a plan's row; what else the row says stays, and is written only where there is none.
    pub(crate) async fn write_price_list_limits(
        &self,
        tables: &Tables,
        plan: &PlanId,
        window: &PriceListEntry,
    ) -> Result<(), Failure> {
        let call = self.table_call("UpdateItem", format!("table {}", tables.plans));
        let text = |text: &str| AttributeValue::S(text.to_owned());
        let asked = self
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
            .expression_attribute_values(":quota", text(&window.quota))
            .expression_attribute_values(":throttle", text(&window.throttle))
            .expression_attribute_values(":name", text(&window.name))
            .expression_attribute_values(":description", text(&window.description));
        asked.send().await.map(drop).map_err(|why| call.failure(why))
    }

    /// All that a plan's row tells buyers; what others keep in it stays.
    pub(crate) async fn write_price_list_entry(
        &self,
        tables: &Tables,
        plan: &PlanId,
        window: &PriceListEntry,
    ) -> Result<(), Failure> {
        let call = self.table_call("UpdateItem", format!("table {}", tables.plans));
        let text = |text: &str| AttributeValue::S(text.to_owned());
        let price = if window.price.is_some() { ", price = :price" } else { "" };
        let asked = self
            .shared
            .dynamodb
            .update_item()
            .table_name(&tables.plans)
            .key("id", text(plan.as_str()))
            .update_expression(format!(
                "SET quota = :quota, throttle = :throttle, #name = :name, description = :description{price}"
            ))
            .expression_attribute_names("#name", "name")
            .expression_attribute_values(":quota", text(&window.quota))
            .expression_attribute_values(":throttle", text(&window.throttle))
            .expression_attribute_values(":name", text(&window.name))
            .expression_attribute_values(":description", text(&window.description));
        let asked = match window.price {
            Some(price) => asked.expression_attribute_values(":price", AttributeValue::N(price.to_string())),
            None => asked,
        };
        asked.send().await.map(drop).map_err(|why| call.failure(why))
    }

    /// A plan's row goes; one that is gone is no failure.
    pub(crate) async fn delete_price_list_entry(
        &self,
        tables: &Tables,
        plan: &PlanId,
    ) -> Result<(), Failure> {
        let call = self.table_call("DeleteItem", format!("table {}", tables.plans));
        let asked = self.shared.dynamodb.delete_item().table_name(&tables.plans);
        let asked = asked.key("id", AttributeValue::S(plan.to_string())).send().await;
        asked.map(drop).map_err(|why| call.failure(why))
    }
}
