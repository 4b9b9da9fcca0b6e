//! Usage plans: throttle, quota, and the API stages they cover.

use std::collections::BTreeMap;
use std::fmt;

use crate::text::{group_thousands, group_thousands_decimal};
use crate::{Known, PlanId, Price};

/// A usage plan as API Gateway enforces it, and what its row in the Plans table promises.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// API Gateway's id; empty as long as the plan is yet to be made.
    pub id: PlanId,
    /// Its name, not necessarily unique.
    pub name: String,
    /// What its owner wrote about it.
    pub description: String,
    /// Requests per second for each API key; `None` leaves only the stage's and account's limits.
    pub throttle: Option<Throttle>,
    /// Requests per period for each API key; `None` is no limit.
    pub quota: Option<Quota>,
    /// The stages its keys open.
    pub stages: Vec<StageRef>,
    /// The limits of single methods, which hold besides those of the plan.
    pub method_throttles: MethodThrottles,
    /// The AWS Marketplace product it is sold as.
    pub product_code: Option<String>,
    /// Its row in the Plans table, where there is one.
    pub price_list_entry: Option<PriceListEntry>,
    /// Its tags: API Gateway's list leaves them out, and each plan is asked for by itself.
    pub tags: Known<BTreeMap<String, String>>,
}

/// The limits of single methods of stages.
pub type MethodThrottles = BTreeMap<(StageRef, MethodRef), Throttle>;

/// A token bucket: refilled at `rate`, holding at most `burst`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Throttle {
    /// Requests per second.
    pub rate: f64,
    /// The bucket's size in requests.
    pub burst: u32,
}

// What AWS answers and what people write is a number.
impl Eq for Throttle {}

/// A number of requests in a period (UTC).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quota {
    /// Requests in a period.
    pub limit: u64,
    /// How long a period is.
    pub period: Period,
    /// The day on which the period starts, from 0.
    pub offset: u32,
}

/// How long a quota lasts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Period {
    /// A calendar day.
    Day,
    /// Seven days.
    Week,
    /// A calendar month.
    Month,
}

/// A deployed stage of a REST API.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StageRef {
    /// The REST API's id.
    pub api: String,
    /// The stage's name.
    pub stage: String,
}

/// A method of a REST API: a verb on the path of a resource.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MethodRef {
    /// For example `/pets/{petId}`.
    pub path: String,
    /// For example `GET`, or `ANY`.
    pub verb: String,
}

/// A row of the Plans table: what buyers are told, in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PriceListEntry {
    /// The name on the price list.
    pub name: String,
    /// The text on the price list.
    pub description: String,
    /// For example "2000 per DAY".
    pub quota: String,
    /// For example "10 TPS".
    pub throttle: String,
    /// The flat price of a period of billing.
    pub price: Option<Price>,
}

impl Plan {
    /// A plan that limits nothing, covers nothing and is not on sale.
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

    /// The value of a tag, where it has that one; not known where its tags were not read.
    pub fn tag(&self, name: &str) -> Known<Option<&str>> {
        self.tags.as_ref().map(|tags| tags.get(name).map(String::as_str))
    }

    /// The flat price on the price list.
    pub fn price(&self) -> Option<Price> {
        self.price_list_entry.as_ref()?.price
    }
}

impl Period {
    /// All of them, shortest first.
    pub const ALL: [Self; 3] = [Self::Day, Self::Week, Self::Month];

    /// API Gateway's own word: `DAY`, `WEEK` or `MONTH`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Day => "DAY",
            Self::Week => "WEEK",
            Self::Month => "MONTH",
        }
    }

    /// The period that API Gateway's word names.
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
    /// The stage that is written as `API:STAGE`.
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

/// What a method of API Gateway may be called with; `ANY` stands for whatever has no method of its own.
const VERBS: [&str; 8] = ["ANY", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"];

impl MethodRef {
    /// The verb on the path.
    pub fn new(verb: &str, path: &str) -> Self {
        Self { path: path.to_owned(), verb: verb.to_uppercase() }
    }

    /// The method that is written as `VERB /path`.
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
        write!(f, "{rate} a second, burst {}", group_thousands(self.burst.into()))
    }
}

impl fmt::Display for Quota {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} a {}", group_thousands(self.limit), self.period)?;
        if self.offset > 0 { write!(f, " from day {}", self.offset + 1) } else { Ok(()) }
    }
}
