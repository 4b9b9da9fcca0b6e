//! The limits of a usage plan as its price-list entry describes them.

use crate::{Plan, Price, PriceListEntry};

impl Plan {
    /// Adds a price-list entry with this price, and with this text or else the plan's description.
    pub fn with_price_list_entry(self, text: Option<String>, price: Option<Price>) -> Self {
        let entry = accurate_price_list_entry(&self);
        let description = text.unwrap_or(entry.description);
        Self { price_list_entry: Some(PriceListEntry { description, price: price.into(), ..entry }), ..self }
    }
}

/// The price-list entry with the limits that the plan enforces; the other fields stay as they are.
pub fn accurate_price_list_entry(plan: &Plan) -> PriceListEntry {
    let current = plan.price_list_entry.clone();
    PriceListEntry {
        quota: quota_text(plan),
        throttle: throttle_text(plan),
        ..current.unwrap_or_else(|| PriceListEntry {
            name: plan.name.clone(),
            description: plan.description.clone(),
            quota: String::new(),
            throttle: String::new(),
            price: None.into(),
        })
    }
}

/// Whether the plan's price-list entry matches what API Gateway enforces.
pub fn is_price_list_accurate(plan: &Plan) -> bool {
    plan.price_list_entry.as_ref().is_some_and(|entry| {
        is_same_text(&entry.quota, &quota_text(plan)) && is_same_text(&entry.throttle, &throttle_text(plan))
    })
}

/// Whether two limits are the same, ignoring case, spacing and thousands separators.
pub(crate) fn is_same_text(promised: &str, enforced: &str) -> bool {
    let words = |text: &str| text.split_whitespace().map(str::to_lowercase).collect::<Vec<_>>();
    words(&promised.replace(',', "")) == words(enforced)
}

/// The quota as in the Plans table, e.g. "2000 per DAY"; empty without a quota.
pub(crate) fn quota_text(plan: &Plan) -> String {
    plan.quota.map_or_else(String::new, |quota| format!("{} per {}", quota.limit, quota.period.as_str()))
}

/// The throttle as in the Plans table, e.g. "10 TPS"; empty without a throttle.
pub(crate) fn throttle_text(plan: &Plan) -> String {
    plan.throttle.map_or_else(String::new, |throttle| format!("{} TPS", throttle.rate))
}
