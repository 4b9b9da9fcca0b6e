//! Converts items to tenant keys and price-list entries. Unusable attributes are counted, the
//! others kept.

use std::collections::{BTreeMap, HashMap};

use aws_sdk_dynamodb::types::AttributeValue;
use jiff::Timestamp;
use keypool_domain::{
    ApiKeyId, ForeignItem, KeyAttributes, Known, PlanId, Price, PriceListEntry, Secret, Tenant, TenantKey,
    TenantKeyId, Unknown,
};

use super::tenant_keys::EXPIRES_AT;
use crate::aws::Failure;

pub(super) type Item = HashMap<String, AttributeValue>;

/// Attributes that are missing or of the wrong type, with the number of items and the least of their ids.
#[derive(Debug, Clone, Default)]
pub(crate) struct AttributeProblems(BTreeMap<&'static str, (usize, String)>);

/// Items of the Keys table.
#[derive(Debug, Clone, Default)]
pub(crate) struct TenantKeyItems {
    pub(crate) tenant_keys: Vec<TenantKey>,
    /// Items that are not tenant keys; keypool does not change them.
    pub(crate) foreign_items: Vec<ForeignItem>,
    pub(crate) problems: AttributeProblems,
}

impl AttributeProblems {
    fn record(&mut self, attribute: &'static str, id: &str) {
        self.add(attribute, 1, id.to_owned());
    }

    fn add(&mut self, attribute: &'static str, more: usize, id: String) {
        match self.0.get_mut(attribute) {
            Some((count, first)) => {
                *count += more;
                // Pages of a parallel scan arrive in any order.
                if id < *first {
                    *first = id;
                }
            }
            None => drop(self.0.insert(attribute, (more, id))),
        }
    }

    /// Returns one sentence per attribute.
    pub(crate) fn remarks(&self, table: &str) -> Vec<String> {
        let sentence = |(attribute, (count, first)): (&&str, &(usize, String))| {
            let items = if *count == 1 { "1 item".to_owned() } else { format!("{count} items") };
            format!("{items} of {table} without a usable `{attribute}`, first {first}")
        };
        self.0.iter().map(sentence).collect()
    }
}

/// Reads the attributes of one item.
pub(super) struct ItemReader<'a> {
    item: Item,
    id: String,
    problems: &'a mut AttributeProblems,
}

impl<'a> ItemReader<'a> {
    /// Returns `None` for items without an id.
    pub(super) fn new(mut item: Item, problems: &'a mut AttributeProblems) -> Option<Self> {
        match item.remove("id") {
            Some(AttributeValue::S(id)) if !id.is_empty() => Some(Self { item, id, problems }),
            _ => {
                problems.record("id", "an item without an id");
                None
            }
        }
    }

    pub(super) fn id(&self) -> &str {
        &self.id
    }

    /// Reads required text; records a problem if it is missing.
    pub(super) fn text(&mut self, name: &'static str) -> String {
        match self.item.remove(name) {
            Some(AttributeValue::S(text)) => text,
            Some(AttributeValue::N(number)) => number,
            _ => {
                self.problems.record(name, &self.id);
                String::new()
            }
        }
    }

    /// Reads optional text; numbers are accepted.
    pub(super) fn optional_text(&mut self, name: &'static str) -> Option<String> {
        self.item.contains_key(name).then(|| self.text(name)).filter(|text| !text.is_empty())
    }

    /// Reads text that may be empty.
    pub(super) fn present_text(&mut self, name: &'static str) -> Option<String> {
        self.item.contains_key(name).then(|| self.text(name))
    }

    /// Reads optional text; other types are `Unknown`.
    pub(super) fn strict_text(&mut self, name: &'static str) -> Known<Option<String>> {
        match self.item.remove(name) {
            None => Known::Value(None),
            Some(AttributeValue::S(text)) => Known::Value(Some(text).filter(|text| !text.is_empty())),
            Some(other) => {
                self.problems.record(name, &self.id);
                let what = format!("`{name}` is {}, not a string", type_name(&other));
                Known::unreadable(what, format!("item {} of the Keys table", self.id))
            }
        }
    }

    /// Reads an optional time; anything else is `Unknown`.
    pub(super) fn optional_time(&mut self, name: &'static str) -> Known<Option<Timestamp>> {
        let Some(value) = self.item.remove(name) else { return Known::Value(None) };
        let found = match &value {
            AttributeValue::S(text) => match text.parse() {
                Ok(at) => return Known::Value(Some(at)),
                Err(_) => format!("\"{text}\""),
            },
            other => type_name(other).to_owned(),
        };
        self.problems.record(name, &self.id);
        Known::unreadable(
            format!("`{name}` is {found}, not a time such as 2026-12-31T00:00:00Z"),
            format!("item {} of the Keys table", self.id),
        )
    }

    /// Reads a required boolean; anything else is `Unknown`.
    pub(super) fn strict_bool(&mut self, name: &'static str) -> Known<bool> {
        match self.item.remove(name) {
            Some(AttributeValue::Bool(flag)) => Known::Value(flag),
            other => {
                self.problems.record(name, &self.id);
                let kind = other.as_ref().map_or("missing", type_name);
                Known::unreadable(
                    format!("`{name}` is {kind}, not true or false"),
                    format!("item {} of the Keys table", self.id),
                )
            }
        }
    }

    /// Parses an optional number or text.
    pub(super) fn optional_value<T: std::str::FromStr>(&mut self, name: &'static str) -> Option<T> {
        let value = match self.item.remove(name)? {
            AttributeValue::N(text) | AttributeValue::S(text) => text.parse().ok(),
            _ => None,
        };
        if value.is_none() {
            self.problems.record(name, &self.id);
        }
        value
    }

    /// Reads a required number; anything else is `Unknown`.
    pub(super) fn strict_number<T: std::str::FromStr>(
        &mut self,
        name: &'static str,
        table: &str,
    ) -> Known<T> {
        let value = self.item.remove(name);
        let number = match &value {
            Some(AttributeValue::N(number)) => number.parse().ok(),
            _ => None,
        };
        number.map_or_else(
            || {
                self.problems.record(name, &self.id);
                let what = match &value {
                    Some(AttributeValue::N(number)) => {
                        format!("`{name}` is {number}, not a whole number from 0")
                    }
                    Some(other) => format!("`{name}` is {}, not a number", type_name(other)),
                    None => format!("`{name}` is missing"),
                };
                Known::unreadable(what, format!("item {} of the {table} table", self.id))
            },
            Known::Value,
        )
    }

    /// Reads an optional price, a number or text; anything else is `Unknown`.
    pub(super) fn price(&mut self, name: &'static str) -> Known<Option<Price>> {
        let found = match self.item.remove(name) {
            None | Some(AttributeValue::Null(true)) => return Known::Value(None),
            Some(AttributeValue::N(text) | AttributeValue::S(text)) => match text.parse() {
                Ok(price) => return Known::Value(Some(price)),
                Err(_) => format!("\"{text}\""),
            },
            Some(other) => type_name(&other).to_owned(),
        };
        self.problems.record(name, &self.id);
        Known::unreadable(
            format!("`{name}` is {found}, not a price such as 49 or 49.90"),
            format!("item {} of the Plans table", self.id),
        )
    }

    /// Reads an optional keyword; unsupported ones are an error.
    pub(super) fn keyword<T: std::str::FromStr>(
        &mut self,
        name: &'static str,
        table: &str,
    ) -> Result<Option<T>, Failure> {
        let Some(value) = self.item.remove(name) else { return Ok(None) };
        let word = if let AttributeValue::S(word) = &value { word.parse().ok() } else { None };
        word.map(Some).ok_or_else(|| {
            let what = match &value {
                AttributeValue::S(word) => format!("\"{word}\", which this version does not support"),
                other => format!("{}, not a string", type_name(other)),
            };
            self.attribute_failure(name, table, &what)
        })
    }

    /// Reads a required list of strings; anything else is an error.
    pub(super) fn required_texts(&mut self, name: &'static str, table: &str) -> Result<Vec<String>, Failure> {
        let what = match self.item.remove(name) {
            Some(AttributeValue::Ss(texts)) => return Ok(texts),
            Some(AttributeValue::L(list)) => {
                let text = |value| if let AttributeValue::S(text) = value { Some(text) } else { None };
                match list.into_iter().map(text).collect::<Option<Vec<_>>>() {
                    Some(texts) => return Ok(texts),
                    None => "a list with elements other than strings",
                }
            }
            Some(other) => type_name(&other),
            None => "missing",
        };
        Err(self.attribute_failure(name, table, &format!("{what}, not a list of strings")))
    }

    fn attribute_failure(&self, name: &str, table: &str, what: &str) -> Failure {
        Failure::Tables(format!(
            "`{name}` of item {} in table {table} is {what}: correct the item, because pools depend on it",
            self.id
        ))
    }

    /// Reads an optional map.
    pub(super) fn map(&mut self, name: &'static str) -> Option<Item> {
        match self.item.remove(name)? {
            AttributeValue::M(map) => Some(map),
            _ => {
                self.problems.record(name, &self.id);
                None
            }
        }
    }

    /// Reads a required list of strings, skipping other elements.
    pub(super) fn texts(&mut self, name: &'static str) -> Vec<String> {
        match self.item.remove(name) {
            Some(AttributeValue::L(list)) => list
                .into_iter()
                .filter_map(|value| if let AttributeValue::S(text) = value { Some(text) } else { None })
                .collect(),
            Some(AttributeValue::Ss(texts)) => texts,
            _ => {
                self.problems.record(name, &self.id);
                Vec::new()
            }
        }
    }
}

const fn type_name(value: &AttributeValue) -> &'static str {
    match value {
        AttributeValue::S(_) => "a string",
        AttributeValue::N(_) => "a number",
        AttributeValue::Bool(_) => "a boolean",
        AttributeValue::Null(_) => "null",
        AttributeValue::L(_) => "a list",
        AttributeValue::M(_) => "a map",
        AttributeValue::Ss(_) | AttributeValue::Ns(_) | AttributeValue::Bs(_) => "a set",
        AttributeValue::B(_) => "binary",
        _ => "of an unknown type",
    }
}

/// Says why an item is not a tenant key: its owner or plan is missing.
fn missing_attributes(item: &Item) -> Option<String> {
    let has = |name: &str| matches!(item.get(name), Some(AttributeValue::S(text)) if !text.is_empty());
    let missing: Vec<_> =
        ["owner", "planId"].into_iter().filter(|name| !has(name)).map(|name| format!("`{name}`")).collect();
    (!missing.is_empty()).then(|| format!("{} is missing, empty or not a string", missing.join(" or ")))
}

impl TenantKeyItems {
    /// Adds the items of another page.
    pub(crate) fn append(&mut self, mut page: Self) {
        self.tenant_keys.append(&mut page.tenant_keys);
        self.foreign_items.append(&mut page.foreign_items);
        for (attribute, (count, first)) in page.problems.0 {
            self.problems.add(attribute, count, first);
        }
    }

    pub(super) fn from_page(items: Vec<Item>) -> Self {
        let mut page = Self::default();
        items.into_iter().for_each(|item| page.add_item(item));
        page
    }

    /// Adds an item of the Keys table.
    pub(super) fn add_item(&mut self, item: Item) {
        let Some(what) = missing_attributes(&item) else {
            return self.tenant_keys.extend(tenant_key(item, &mut self.problems));
        };
        let text = |name: &str| match item.get(name) {
            Some(AttributeValue::S(text)) if !text.is_empty() => Some(text.clone()),
            _ => None,
        };
        let id = text("id").unwrap_or_else(|| "without an id".to_owned());
        let reason = Unknown::unreadable(what, format!("item {id} of the Keys table"));
        let api_keys = [Some(id), text("poolKeyId")].into_iter().flatten().map(ApiKeyId::new).collect();
        self.foreign_items.push(ForeignItem { api_keys, reason });
    }
}

/// Reads an item that has an owner and a plan.
pub(super) fn tenant_key(item: Item, problems: &mut AttributeProblems) -> Option<TenantKey> {
    let mut item = ItemReader::new(item, problems)?;
    Some(TenantKey {
        id: TenantKeyId::new(item.id()),
        plan: PlanId::new(item.text("planId")),
        name: item.text("name").into(),
        tenant: Tenant::new(item.text("owner")),
        pool_key: item.strict_text("poolKeyId").map(|id| id.map(ApiKeyId::new)),
        value: item.strict_text("value").map(|value| value.map(Secret::new)),
        created_at: item.optional_value("createdAt").map(|at: Timestamp| at.into()),
        attributes: KeyAttributes {
            description: item.optional_text("description").unwrap_or_default(),
            enabled: item.strict_bool("enabled"),
            revision: item.optional_value("revision"),
            expires_at: item.optional_time(EXPIRES_AT),
        }
        .into(),
    })
}

/// Reads an item of the Plans table.
pub(super) fn price_list_entry(
    item: Item,
    problems: &mut AttributeProblems,
) -> Option<(PlanId, PriceListEntry)> {
    let mut item = ItemReader::new(item, problems)?;
    let entry = PriceListEntry {
        name: item.text("name"),
        description: item.optional_text("description").unwrap_or_default(),
        quota: item.optional_text("quota").unwrap_or_default(),
        throttle: item.optional_text("throttle").unwrap_or_default(),
        price: item.price("price"),
    };
    Some((PlanId::new(item.id()), entry))
}

#[cfg(test)]
mod tests;
