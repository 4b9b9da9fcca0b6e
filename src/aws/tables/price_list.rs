//! Writes price-list entries, which show buyers the limits of a plan, to the Plans table.

use keypool_domain::{PlanId, PriceListEntry};

use super::Tables;
use super::item_requests::{number, text};
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
        let entry = PriceListEntry { price: None.into(), ..entry.clone() };
        let texts =
            "#name = if_not_exists(#name, :name), description = if_not_exists(description, :description)";
        self.update_price_list(tables, plan, &entry, texts).await
    }

    /// Sets all of an entry's attributes; those of other applications are kept.
    pub(crate) async fn write_price_list_entry(
        &self,
        tables: &Tables,
        plan: &PlanId,
        entry: &PriceListEntry,
    ) -> Result<(), Failure> {
        self.update_price_list(tables, plan, entry, "#name = :name, description = :description").await
    }

    /// Sets quota and throttle, the price if there is one, and `texts`, which sets name and description.
    async fn update_price_list(
        &self,
        tables: &Tables,
        plan: &PlanId,
        entry: &PriceListEntry,
        texts: &str,
    ) -> Result<(), Failure> {
        let call = self.table_call("UpdateItem", format!("table {}", tables.plans));
        let price = if entry.price().is_some() { ", price = :price" } else { "" };
        let mut request = self
            .update_item(&tables.plans, plan.as_str())
            .update_expression(format!("SET quota = :quota, throttle = :throttle, {texts}{price}"))
            .expression_attribute_names("#name", "name")
            .expression_attribute_values(":quota", text(&entry.quota))
            .expression_attribute_values(":throttle", text(&entry.throttle))
            .expression_attribute_values(":name", text(&entry.name))
            .expression_attribute_values(":description", text(&entry.description));
        if let Some(price) = entry.price() {
            request = request.expression_attribute_values(":price", number(price));
        }
        request.send().await.map(drop).map_err(|error| call.failure(error))
    }

    /// Deletes an entry; succeeds if it does not exist.
    pub(crate) async fn delete_price_list_entry(
        &self,
        tables: &Tables,
        plan: &PlanId,
    ) -> Result<(), Failure> {
        let call = self.table_call("DeleteItem", format!("table {}", tables.plans));
        let response = self.delete_item(&tables.plans, plan.as_str()).send().await;
        response.map(drop).map_err(|error| call.failure(error))
    }
}
