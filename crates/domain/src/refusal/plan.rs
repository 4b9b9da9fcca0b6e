//! Why a change of a usage plan is refused.

use crate::limits::{MAX_METHOD_THROTTLES, MAX_PLANS, MAX_QUOTA_OR_BURST};
use crate::text::pluralize;
use crate::{Period, Price, StageRef};

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PlanRefusal {
    /// Names must be unique: commands and files identify plans by name.
    #[error("usage plan {0} already exists: choose another name")]
    NameTaken(String),
    #[error("the account already has {MAX_PLANS} usage plans, the maximum: delete one")]
    TooMany,
    #[error("rate must be 0 or more, not {0}")]
    InvalidRate(String),
    #[error("price must be 0 or more, not {0}")]
    InvalidPrice(Price),
    #[error("{0} is too large: API Gateway's maximum is {MAX_QUOTA_OR_BURST}")]
    LimitTooHigh(u64),
    #[error("a quota per {period} starts on day 1 to {max}, not on day {day}", day = u64::from(*offset) + 1)]
    InvalidOffset {
        period: Period,
        /// Day, counted from 0.
        offset: u32,
        /// Last possible day, counted from 1.
        max: u32,
    },
    #[error("{0} has no throttle, which method throttles require: give the plan a rate and a burst")]
    NoThrottle(String),
    #[error("{plan} does not cover {stage}, so its methods cannot be limited: link the stage first")]
    StageNotCovered { plan: String, stage: StageRef },
    #[error("{0} would limit {1} methods of a stage: the maximum is {MAX_METHOD_THROTTLES}")]
    TooManyMethods(String, usize),
    #[error("{plan} shares {} with {other}, which covers {stage}: a key can have one plan per stage", pluralize(*keys, "API key"))]
    KeysInOtherPlan { plan: String, keys: usize, other: String, stage: StageRef },
    #[error(
        "usage plan {plan} is not managed by keypool: adopt it first with `keypool plans adopt {argument}`"
    )]
    Foreign {
        plan: String,
        /// Name or id, as given on the command line.
        argument: String,
    },
    #[error(
        "usage plan {0} is not managed by keypool: add its name to `plans` under [tenants] in config.toml, or \"*\" \
         for all plans"
    )]
    NotInConfig(String),
    #[error(
        "without tables, config.toml says which plans keypool manages: edit `plans` under [tenants] there, for {0}"
    )]
    AdoptedInConfig(String),
    #[error(
        "without tables, prices are in config.toml: set `price` under [charging.plans.NAME] there, for {0}"
    )]
    PriceInConfig(String),
    #[error("usage plan {0} is already managed")]
    AlreadyManaged(String),
    #[error("usage plan {0} is not managed by keypool")]
    NotManaged(String),
    #[error(
        "{0} has a pool of shared keys: dissolve it first with `keypool pools dissolve`, or move its tenants"
    )]
    HasPool(String),
}
