//! Converts items to tenant keys and price-list entries. Unusable attributes are counted, the
//! others kept.

use std::collections::{BTreeMap, HashMap};

use aws_sdk_dynamodb::types::AttributeValue;
use keypool_domain::{
    ApiKeyId, ForeignItem, Known, PlanId, PriceListEntry, Secret, Tenant, TenantKey, TenantKeyId, Unknown,
};

use crate::aws::Failure;

pub(super) type Item = HashMap<String, AttributeValue>;

/// Attributes that are missing or of the wrong type, with the number of items and the id of the first.
#[derive(Debug, Default)]
pub(crate) struct AttributeProblems(BTreeMap<&'static str, (usize, String)>);

/// Items of the Keys table.
#[derive(Debug, Default)]
pub(crate) struct TenantKeyItems {
    pub(crate) tenant_keys: Vec<TenantKey>,
    /// Items that are not tenant keys; keypool does not change them.
    pub(crate) foreign_items: Vec<ForeignItem>,
    pub(crate) problems: AttributeProblems,
}

impl AttributeProblems {
    fn record(&mut self, attribute: &'static str, id: &str) {
        let (count, _) = self.0.entry(attribute).or_insert_with(|| (0, id.to_owned()));
        *count += 1;
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
        let reason = Unknown::Unreadable { what, location: format!("item {id} of the Keys table") };
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
        name: item.text("name"),
        description: item.optional_text("description").unwrap_or_default(),
        enabled: item.strict_bool("enabled"),
        tenant: Tenant::new(item.text("owner")),
        pool_key: item.strict_text("poolKeyId").map(|id| id.map(ApiKeyId::new)),
        value: item.strict_text("value").map(|value| value.map(Secret::new)),
        created_at: item.optional_value("createdAt"),
        revision: item.optional_value("revision"),
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
        price: item.optional_value("price"),
    };
    Some((PlanId::new(item.id()), entry))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item(attributes: &[(&str, AttributeValue)]) -> Item {
        attributes.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect()
    }

    fn s(text: &str) -> AttributeValue {
        AttributeValue::S(text.to_owned())
    }

    #[test]
    fn unusable_attributes_are_reported_and_the_rest_is_kept() {
        let mut problems = AttributeProblems::default();
        let full = item(&[
            ("id", s("r1")),
            ("planId", s("p1")),
            ("name", s("web")),
            ("enabled", AttributeValue::Bool(true)),
            ("owner", s("acme")),
            ("poolKeyId", s("k1")),
            ("createdAt", s("2026-11-22T10:00:00Z")),
            ("revision", AttributeValue::N("3".into())),
            ("theirs", s("kept")),
        ]);
        let full_key = tenant_key(full, &mut problems).expect("an item");
        assert_eq!(
            (full_key.tenant.as_str(), full_key.revision, full_key.enabled),
            ("acme", Some(3), true.into())
        );
        assert_eq!(full_key.pool_key, Some("k1".into()).into());
        assert!(problems.remarks("keys").is_empty());

        let partial = item(&[
            ("id", s("r2")),
            ("planId", s("p1")),
            ("owner", s("acme")),
            ("name", AttributeValue::N("7".into())),
            ("enabled", s("true")),
            ("poolKeyId", AttributeValue::N("1".into())),
        ]);
        let partial_key = tenant_key(partial.clone(), &mut problems).expect("an item");
        assert_eq!((partial_key.name.as_str(), partial_key.tenant.as_str()), ("7", "acme"));
        let what = "`poolKeyId` is a number, not a string";
        assert_eq!(partial_key.pool_key, Known::unreadable(what, "item r2 of the Keys table"));
        tenant_key(partial, &mut problems);
        assert_eq!(
            problems.remarks("keys"),
            [
                "2 items of keys without a usable `enabled`, first r2",
                "2 items of keys without a usable `poolKeyId`, first r2",
            ]
        );
    }

    #[test]
    fn items_without_owner_or_plan_are_foreign_and_reported_as_such() {
        let mut items = TenantKeyItems::default();
        items.add_item(item(&[("id", s("CONFIG#billing")), ("vat", AttributeValue::N("19".into()))]));
        items.add_item(item(&[("id", s("r1")), ("planId", s("p1")), ("poolKeyId", s("k1"))]));
        items.add_item(item(&[("id", s("r2")), ("planId", s("p1")), ("owner", s(""))]));
        items.add_item(item(&[
            ("id", s("r3")),
            ("planId", AttributeValue::N("1".into())),
            ("owner", s("acme")),
        ]));
        assert!(items.tenant_keys.is_empty() && items.problems.remarks("keys").is_empty());
        let reasons: Vec<_> = items.foreign_items.iter().map(|foreign| foreign.reason.to_string()).collect();
        assert_eq!(
            reasons,
            [
                "`owner` or `planId` is missing, empty or not a string in item CONFIG#billing of the Keys table; fix it there",
                "`owner` is missing, empty or not a string in item r1 of the Keys table; fix it there",
                "`owner` is missing, empty or not a string in item r2 of the Keys table; fix it there",
                "`planId` is missing, empty or not a string in item r3 of the Keys table; fix it there",
            ]
        );
        assert_eq!(items.foreign_items[1].api_keys, ["r1".into(), "k1".into()]);
    }

    #[test]
    fn enabled_must_be_a_boolean() {
        let read_enabled = |enabled: Option<AttributeValue>| {
            let mut full = item(&[("id", s("r1")), ("planId", s("p1")), ("owner", s("acme"))]);
            full.extend(enabled.map(|value| ("enabled".to_owned(), value)));
            tenant_key(full, &mut AttributeProblems::default()).expect("an item").enabled
        };
        assert_eq!(read_enabled(Some(AttributeValue::Bool(false))), Known::Value(false));
        let problems = [
            (None, "missing"),
            (Some(AttributeValue::N("1".into())), "a number"),
            (Some(s("TRUE")), "a string"),
            (Some(AttributeValue::Null(true)), "null"),
        ];
        for (value, kind) in problems {
            let what = format!("`enabled` is {kind}, not true or false");
            assert_eq!(read_enabled(value), Known::unreadable(what, "item r1 of the Keys table"));
        }
    }

    #[test]
    fn price_list_entry_without_a_usable_price_has_none() {
        let mut problems = AttributeProblems::default();
        let (id, entry) = price_list_entry(
            item(&[("id", s("p1")), ("name", s("Free")), ("price", AttributeValue::N("9.5".into()))]),
            &mut problems,
        )
        .expect("an item");
        assert_eq!((id.as_str(), entry.price.map(|price| price.cents())), ("p1", Some(950)));
        let (_, entry) = price_list_entry(
            item(&[("id", s("p2")), ("name", s("Odd")), ("price", s("cheap"))]),
            &mut problems,
        )
        .expect("an item");
        assert_eq!(entry.price, None);
        assert_eq!(problems.remarks("plans"), ["1 item of plans without a usable `price`, first p2"]);
    }
}
