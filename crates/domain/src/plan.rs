//! Usage plans: throttle, quota, price-list entry, and the API stages they cover.

use std::collections::BTreeMap;
use std::fmt;

use crate::text::{group_thousands, group_thousands_decimal};
use crate::{Known, PlanId, Price};

/// A usage plan in API Gateway, with its price-list entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// Empty until the plan is created.
    pub id: PlanId,
    /// Not necessarily unique.
    pub name: String,
    pub description: String,
    /// Per API key; without it only the throttles of stage and account apply.
    pub throttle: Option<Throttle>,
    /// Per API key; `None` is unlimited.
    pub quota: Option<Quota>,
    /// The stages that its API keys may call.
    pub stages: Vec<StageRef>,
    /// Throttles of single methods, in addition to the plan's throttle.
    pub method_throttles: MethodThrottles,
    /// AWS Marketplace product.
    pub product_code: Option<String>,
    pub price_list_entry: Option<PriceListEntry>,
    /// API Gateway's list omits tags, so each plan's tags are read individually.
    pub tags: Known<BTreeMap<String, String>>,
}

pub type MethodThrottles = BTreeMap<(StageRef, MethodRef), Throttle>;

/// A token bucket: refilled at `rate`, holding at most `burst`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Throttle {
    /// Requests per second.
    pub rate: f64,
    /// Bucket size, in requests.
    pub burst: u32,
}

// Rates from AWS and from users are never NaN.
impl Eq for Throttle {}

/// A number of requests per period (UTC).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quota {
    pub limit: u64,
    pub period: Period,
    /// The day of the week or month on which the period starts, counted from 0.
    pub offset: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Period {
    Day,
    Week,
    Month,
}

/// A stage of a REST API.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StageRef {
    pub api: String,
    pub stage: String,
}

/// A method of a REST API: an HTTP verb on a resource path.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MethodRef {
    /// E.g. `/pets/{petId}`.
    pub path: String,
    /// E.g. `GET`, or `ANY`.
    pub verb: String,
}

/// An item of the Plans table: how the price list describes a plan to customers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PriceListEntry {
    pub name: String,
    pub description: String,
    /// E.g. "2000 per DAY".
    pub quota: String,
    /// E.g. "10 TPS".
    pub throttle: String,
    /// Flat price per month.
    pub price: Known<Option<Price>>,
}

impl Plan {
    /// A plan without limits, stages or price-list entry.
    pub fn new(id: impl Into<PlanId>, name: impl Into<String>) -> Self {
        Self {
            id: id.into(),
            name: name.into(),
            description: String::new(),
            throttle: None,
            quota: None,
            stages: Vec::new(),
            method_throttles: MethodThrottles::new(),
            product_code: None,
            price_list_entry: None,
            tags: Known::Value(BTreeMap::new()),
        }
    }

    /// The entry of a configuration for this plan: the one by its id wins over the one by its name.
    pub fn entry_in<'a, T>(&self, entries: &'a BTreeMap<String, T>) -> Option<&'a T> {
        entries.get(self.id.as_str()).or_else(|| entries.get(&self.name))
    }

    /// Whether a configuration that names a plan by id or name means this one.
    pub fn is_called(&self, id_or_name: &str) -> bool {
        self.id.as_str() == id_or_name || self.name == id_or_name
    }

    /// The value of a tag; unknown if the tags were not read.
    pub fn tag(&self, name: &str) -> Known<Option<&str>> {
        self.tags.as_ref().map(|tags| tags.get(name).map(String::as_str))
    }

    /// The flat price for screens, lists and comparisons; `None` also if it cannot be read.
    pub fn price(&self) -> Option<Price> {
        self.price_list_entry.as_ref()?.price()
    }

    /// The flat price per month; none without a price-list entry.
    pub fn known_price(&self) -> Known<Option<Price>> {
        self.price_list_entry.as_ref().map_or(Known::Value(None), |entry| entry.price.clone())
    }
}

impl PriceListEntry {
    /// The flat price for screens, lists and comparisons; `None` also if it cannot be read.
    pub fn price(&self) -> Option<Price> {
        self.price.value_to_show().copied().flatten()
    }
}

impl Period {
    /// Shortest first.
    pub const ALL: [Self; 3] = [Self::Day, Self::Week, Self::Month];

    /// As API Gateway spells it: `DAY`, `WEEK` or `MONTH`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Day => "DAY",
            Self::Week => "WEEK",
            Self::Month => "MONTH",
        }
    }

    /// Parses API Gateway's spelling.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|period| period.as_str() == word)
    }
}

impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.as_str().to_lowercase())
    }
}

impl StageRef {
    /// Parses `API:STAGE`.
    pub fn parse(text: &str) -> Option<Self> {
        let (api, stage) =
            text.split_once(':').filter(|(api, stage)| !api.is_empty() && !stage.is_empty())?;
        Some(Self { api: api.to_owned(), stage: stage.to_owned() })
    }
}

impl fmt::Display for StageRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.api, self.stage)
    }
}

/// `ANY` handles every verb that has no method of its own.
const VERBS: [&str; 8] = ["ANY", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"];

impl MethodRef {
    pub fn new(verb: &str, path: &str) -> Self {
        Self { path: path.to_owned(), verb: verb.to_uppercase() }
    }

    /// Parses `VERB /path`.
    pub fn parse(text: &str) -> Option<Self> {
        let (verb, path) = text.trim().split_once(char::is_whitespace)?;
        let path = path.trim_start();
        let is_verb = VERBS.iter().any(|known| known.eq_ignore_ascii_case(verb));
        (is_verb && path.starts_with('/')).then(|| Self::new(verb, path))
    }
}

impl fmt::Display for MethodRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&format!("{} {}", self.verb, self.path))
    }
}

impl fmt::Display for Throttle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rate = group_thousands_decimal(&self.rate.to_string());
        write!(f, "{rate} req/s, burst {}", group_thousands(self.burst.into()))
    }
}

impl fmt::Display for Quota {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", group_thousands(self.limit), self.period)?;
        if self.offset > 0 { write!(f, " from day {}", self.offset + 1) } else { Ok(()) }
    }
}
