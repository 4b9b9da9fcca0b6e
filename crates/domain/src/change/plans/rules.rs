//! What API Gateway, and telling plans by their names, allow of a usage plan.

use crate::change::refusal::{self, Refusal};
use crate::drift::plans::MAX_PLANS;
use crate::{Inventory, Period, Plan, Price, Quota, StageRef};

use super::PlanEdit;

/// Limits of single methods that a stage of a plan takes.
pub const MAX_METHOD_THROTTLES: usize = 20;

/// The most calls a quota counts, and the most a burst holds.
const MAX_NUMBER: u64 = i32::MAX as u64;

/// Why a usage plan cannot be made, edited or deleted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PlanRefusal {
    /// Another plan has the name.
    #[error("there is a usage plan {0} already: plans are told by their names, so give another")]
    NameTaken(String),
    /// The account has no room.
    #[error("the account has {MAX_PLANS} usage plans, which is as many as API Gateway allows: delete one")]
    TooMany,
    /// A limit that is no limit.
    #[error("a throttle of {0} a second is none: give a rate of 0 or more")]
    InvalidRate(String),
    /// A price that somebody would be paid.
    #[error("a price of {0} is none: give 0 or more")]
    InvalidPrice(Price),
    /// A number that API Gateway does not count to.
    #[error("{0} is more than API Gateway counts: {MAX_NUMBER} is the most")]
    LimitTooHigh(u64),
    /// A period cannot start on that day.
    #[error("a quota a {period} starts on day 1 to {most}, not on day {day}", day = u64::from(*offset) + 1)]
    InvalidOffset {
        /// the period
        period: Period,
        /// the day asked for, from 0
        offset: u32,
        /// the last day it can start on
        most: u32,
    },
    /// Methods are limited within a plan that has no limit.
    #[error("{0} has no throttle, and limits of single methods need one: give the plan a rate and a burst")]
    NoThrottle(String),
    /// The plan does not cover the stage of a method.
    #[error("{plan} does not cover {stage}, so no method of it can be limited: link the stage first")]
    StageNotCovered {
        /// the plan's name
        plan: String,
        /// the stage
        stage: StageRef,
    },
    /// More limits of methods than a stage takes.
    #[error("{0} would limit {1} methods of a stage: API Gateway takes {MAX_METHOD_THROTTLES}")]
    TooManyMethods(String, usize),
    /// API keys would have two plans for one stage.
    #[error("{keys} of {plan} are also in {other}, which covers {stage}: a key has one plan for a stage")]
    KeysInOtherPlan {
        /// the plan's name
        plan: String,
        /// how many keys
        keys: usize,
        /// the other plan's name
        other: String,
        /// the stage
        stage: StageRef,
    },
    /// The plan is another team's.
    #[error(
        "usage plan {plan} is not managed by keypool: adopt it first with `keypool plans adopt {argument}`"
    )]
    Foreign {
        /// the plan's name
        plan: String,
        /// what names it on the command line
        argument: String,
    },
    /// The plan has a price-list entry already.
    #[error("usage plan {0} is managed already")]
    AlreadyManaged(String),
    /// The plan cannot be released.
    #[error("usage plan {0} is not managed by keypool")]
    NotManaged(String),
    /// The plan has a pool, which goes first.
    #[error(
        "{0} has a pool of shared keys: dissolve it with `keypool pools dissolve`, or move its tenants, first"
    )]
    HasPool(String),
}

pub(super) fn validate_new_plan(plan: &Plan, inventory: &Inventory) -> Result<(), Refusal> {
    if inventory.plans().len() >= MAX_PLANS {
        return Err(PlanRefusal::TooMany.into());
    }
    validate_name(plan, inventory)?;
    validate_price(plan.price())?;
    validate_limits(plan)
}

pub(super) fn validate_edit(
    before: &Plan,
    after: &Plan,
    edit: &PlanEdit,
    inventory: &Inventory,
) -> Result<(), Refusal> {
    if edit.name.is_some() {
        validate_name(after, inventory)?;
    }
    if edit.description.is_some() {
        refusal::validate_description(&after.description)?;
    }
    validate_price(edit.price)?;
    validate_limits(after)?;
    edit.link.iter().try_for_each(|stage| validate_one_plan_per_stage(stage, before, inventory))
}

fn validate_price(price: Option<Price>) -> Result<(), Refusal> {
    match price {
        Some(price) if price.cents() < 0 => Err(PlanRefusal::InvalidPrice(price).into()),
        _ => Ok(()),
    }
}

fn validate_name(plan: &Plan, inventory: &Inventory) -> Result<(), Refusal> {
    refusal::validate_name(&plan.name)?;
    refusal::validate_description(&plan.description)?;
    let taken = inventory.plans().iter().any(|other| other.name == plan.name && other.id != plan.id);
    if taken { Err(PlanRefusal::NameTaken(plan.name.clone()).into()) } else { Ok(()) }
}

fn validate_limits(plan: &Plan) -> Result<(), Refusal> {
    for throttle in plan.throttle.iter().chain(plan.method_throttles.values()) {
        if !throttle.rate.is_finite() || throttle.rate < 0.0 {
            return Err(PlanRefusal::InvalidRate(throttle.rate.to_string()).into());
        }
        validate_limit(u64::from(throttle.burst))?;
    }
    if let Some(quota) = &plan.quota {
        validate_limit(quota.limit)?;
        validate_quota_start(quota)?;
    }
    if plan.throttle.is_none() && !plan.method_throttles.is_empty() {
        return Err(PlanRefusal::NoThrottle(plan.name.clone()).into());
    }
    if let Some((stage, _)) = plan.method_throttles.keys().find(|(stage, _)| !plan.stages.contains(stage)) {
        return Err(PlanRefusal::StageNotCovered { plan: plan.name.clone(), stage: stage.clone() }.into());
    }
    let of_stage = |stage| plan.method_throttles.keys().filter(|(of, _)| of == stage).count();
    match plan.stages.iter().map(of_stage).max().unwrap_or(0) {
        most if most > MAX_METHOD_THROTTLES => {
            Err(PlanRefusal::TooManyMethods(plan.name.clone(), most).into())
        }
        _ => Ok(()),
    }
}

/// Whether API Gateway counts so far.
pub(in crate::change) fn validate_limit(number: u64) -> Result<(), Refusal> {
    if number > MAX_NUMBER { Err(PlanRefusal::LimitTooHigh(number).into()) } else { Ok(()) }
}

fn validate_quota_start(quota: &Quota) -> Result<(), Refusal> {
    let most = match quota.period {
        Period::Day => 1,
        Period::Week => 7,
        Period::Month => 28,
    };
    if quota.offset < most {
        return Ok(());
    }
    Err(PlanRefusal::InvalidOffset { period: quota.period, offset: quota.offset, most }.into())
}

fn validate_one_plan_per_stage(stage: &StageRef, plan: &Plan, inventory: &Inventory) -> Result<(), Refusal> {
    let members = inventory.listed_members(&plan.id);
    let covers = |other: &&Plan| other.id != plan.id && other.stages.contains(stage);
    for other in inventory.plans().iter().filter(covers) {
        let theirs = inventory.listed_members(&other.id);
        let keys = members.iter().filter(|key| theirs.contains(key)).count();
        if keys > 0 {
            let (plan, other, stage) = (plan.name.clone(), other.name.clone(), stage.clone());
            return Err(PlanRefusal::KeysInOtherPlan { plan, keys, other, stage }.into());
        }
    }
    Ok(())
}
