//! Edits of a usage plan: their fields, the resulting plan and the inverse.

use crate::price_list::accurate_price_list_entry;
use crate::{MethodRef, Plan, Price, PriceListEntry, Quota, StageRef, Throttle};

/// `None` and empty lists keep what the plan has.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PlanEdit {
    pub name: Option<String>,
    pub description: Option<String>,
    /// `Some(None)` removes the throttle.
    pub throttle: Option<Option<Throttle>>,
    /// `Some(None)` removes the quota.
    pub quota: Option<Option<Quota>>,
    /// AWS Marketplace product; `Some(None)` removes it.
    pub product_code: Option<Option<String>>,
    /// Stages to add.
    pub link: Vec<StageRef>,
    /// Stages to remove.
    pub unlink: Vec<StageRef>,
    /// Method throttles; `None` removes one.
    pub methods: Vec<(StageRef, MethodRef, Option<Throttle>)>,
    pub price_list_text: Option<String>,
    pub price: Option<Price>,
}

impl PlanEdit {
    /// Keeps only the fields that differ from the plan.
    pub fn difference(&self, plan: &Plan) -> Self {
        let entry = plan.price_list_entry.as_ref();
        let edit = self.clone();
        Self {
            name: edit.name.filter(|name| *name != plan.name),
            description: edit.description.filter(|text| *text != plan.description),
            throttle: edit.throttle.filter(|throttle| *throttle != plan.throttle),
            quota: edit.quota.filter(|quota| *quota != plan.quota),
            product_code: edit.product_code.filter(|code| *code != plan.product_code),
            link: edit.link.into_iter().filter(|stage| !plan.stages.contains(stage)).collect(),
            unlink: edit.unlink.into_iter().filter(|stage| plan.stages.contains(stage)).collect(),
            methods: edit.methods.into_iter().filter(|method| is_different(method, plan)).collect(),
            price_list_text: edit
                .price_list_text
                .filter(|text| entry.is_none_or(|entry| entry.description != *text)),
            price: edit
                .price
                .filter(|price| entry.is_none_or(|entry| !entry.price.is_known_to_be(&Some(*price)))),
        }
    }

    /// The methods that get a throttle.
    pub fn throttled_methods(&self) -> Vec<(StageRef, MethodRef)> {
        let throttled = self.methods.iter().filter(|(.., throttle)| throttle.is_some());
        throttled.map(|(stage, method, _)| (stage.clone(), method.clone())).collect()
    }

    /// The edited plan, including its price-list entry.
    pub fn apply_to(&self, plan: &Plan) -> Plan {
        let mut after = plan.clone();
        after.name = self.name.clone().unwrap_or(after.name);
        after.description = self.description.clone().unwrap_or(after.description);
        after.throttle = self.throttle.unwrap_or(after.throttle);
        after.quota = self.quota.unwrap_or(after.quota);
        after.product_code = self.product_code.clone().unwrap_or(after.product_code);
        after.stages.retain(|stage| !self.unlink.contains(stage));
        after.method_throttles.retain(|(stage, _), _| !self.unlink.contains(stage));
        after.stages.extend(self.link.iter().cloned());
        for (stage, method, throttle) in &self.methods {
            let key = (stage.clone(), method.clone());
            match throttle {
                Some(throttle) => drop(after.method_throttles.insert(key, *throttle)),
                None => drop(after.method_throttles.remove(&key)),
            }
        }
        after.price_list_entry = self.price_list_entry_after(plan, &after);
        after
    }

    /// An existing entry follows the plan's limits; a plan without one gets one with the first text or price.
    fn price_list_entry_after(&self, before: &Plan, after: &Plan) -> Option<PriceListEntry> {
        let has_entry =
            before.price_list_entry.is_some() || self.price_list_text.is_some() || self.price.is_some();
        let entry = has_entry.then(|| accurate_price_list_entry(after))?;
        // Name and description follow the plan's as long as they were equal before.
        Some(PriceListEntry {
            name: if entry.name == before.name { after.name.clone() } else { entry.name },
            description: match &self.price_list_text {
                Some(text) => text.clone(),
                None if entry.description == before.description => after.description.clone(),
                None => entry.description,
            },
            price: self.price.map_or(entry.price, |price| Some(price).into()),
            ..entry
        })
    }

    /// The edit that undoes this one.
    pub fn inverse(&self, before: &Plan) -> Self {
        let throttle_of = |stage: &StageRef, method: &MethodRef| {
            before.method_throttles.get(&(stage.clone(), method.clone())).copied()
        };
        let entry = before.price_list_entry.as_ref();
        let of_unlinked =
            before.method_throttles.iter().filter(|((stage, _), _)| self.unlink.contains(stage));
        let edited = self.methods.iter().filter(|(stage, ..)| !self.link.contains(stage));
        Self {
            name: self.name.as_ref().map(|_| before.name.clone()),
            description: self.description.as_ref().map(|_| before.description.clone()),
            throttle: self.throttle.map(|_| before.throttle),
            quota: self.quota.map(|_| before.quota),
            product_code: self.product_code.as_ref().map(|_| before.product_code.clone()),
            link: self.unlink.clone(),
            unlink: self.link.clone(),
            methods: of_unlinked
                .map(|((stage, method), throttle)| (stage.clone(), method.clone(), Some(*throttle)))
                .chain(
                    edited.map(|(stage, method, _)| {
                        (stage.clone(), method.clone(), throttle_of(stage, method))
                    }),
                )
                .collect(),
            price_list_text: entry
                .filter(|_| self.price_list_text.is_some())
                .map(|entry| entry.description.clone()),
            price: entry.filter(|_| self.price.is_some()).and_then(PriceListEntry::price),
        }
    }

    /// Whether the edit changes more than the price-list entry.
    pub fn changes_api_gateway(&self) -> bool {
        *self != Self { price_list_text: self.price_list_text.clone(), price: self.price, ..Self::default() }
    }

    pub fn affects_tenants(&self) -> bool {
        let limits = self.throttle.is_some() || self.quota.is_some() || !self.methods.is_empty();
        limits || !self.unlink.is_empty()
    }

    /// For example "set quota to 500 a day, link abc:prod".
    pub fn describe(&self) -> String {
        let changes = self.describe_fields();
        if changes.is_empty() { "change nothing".to_owned() } else { changes.join(", ") }
    }

    pub fn describe_fields(&self) -> Vec<String> {
        let mut changes = Vec::new();
        let mut set = |field: &str, value: Option<String>| {
            changes.extend(value.map(|value| format!("set {field} to {value}")))
        };
        set("name", self.name.as_ref().map(|name| format!("\"{name}\"")));
        set("description", self.description.as_ref().map(|text| format!("\"{text}\"")));
        set("throttle", self.throttle.map(|throttle| or_none(throttle.as_ref())));
        set("quota", self.quota.map(|quota| or_none(quota.as_ref())));
        set("product code", self.product_code.as_ref().map(|code| or_none(code.as_ref())));
        set("text on the price list", self.price_list_text.as_ref().map(|text| format!("\"{text}\"")));
        set("price", self.price.map(|price| price.to_string()));
        changes.extend(self.link.iter().map(|stage| format!("link {stage}")));
        changes.extend(self.unlink.iter().map(|stage| format!("unlink {stage}")));
        changes.extend(self.methods.iter().map(|(stage, method, throttle)| {
            format!("set throttle of {method} on {stage} to {}", or_none(throttle.as_ref()))
        }));
        changes
    }
}

fn is_different((stage, method, throttle): &(StageRef, MethodRef, Option<Throttle>), plan: &Plan) -> bool {
    plan.method_throttles.get(&(stage.clone(), method.clone())) != throttle.as_ref()
}

fn or_none(value: Option<&impl ToString>) -> String {
    value.map_or_else(|| "none".to_owned(), ToString::to_string)
}
