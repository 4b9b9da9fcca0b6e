//! Validates usage plans against API Gateway's limits, and refuses names that are taken.

use crate::limits::{MAX_METHOD_THROTTLES, MAX_PLANS, MAX_QUOTA_OR_BURST};
use crate::refusal::{PlanRefusal, Refusal};
use crate::{Inventory, Period, Plan, PlanEdit, Price, Quota, StageRef, validate};

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
        validate::validate_description(&after.description)?;
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
    validate::validate_name(&plan.name)?;
    validate::validate_description(&plan.description)?;
    let is_taken = inventory.plans().iter().any(|other| other.name == plan.name && other.id != plan.id);
    if is_taken { Err(PlanRefusal::NameTaken(plan.name.clone()).into()) } else { Ok(()) }
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
    let count_throttled_methods =
        |stage| plan.method_throttles.keys().filter(|(other, _)| other == stage).count();
    match plan.stages.iter().map(count_throttled_methods).max().unwrap_or(0) {
        count if count > MAX_METHOD_THROTTLES => {
            Err(PlanRefusal::TooManyMethods(plan.name.clone(), count).into())
        }
        _ => Ok(()),
    }
}

pub(crate) fn validate_limit(number: u64) -> Result<(), Refusal> {
    if number > MAX_QUOTA_OR_BURST { Err(PlanRefusal::LimitTooHigh(number).into()) } else { Ok(()) }
}

fn validate_quota_start(quota: &Quota) -> Result<(), Refusal> {
    let max = match quota.period {
        Period::Day => 1,
        Period::Week => 7,
        Period::Month => 28,
    };
    if quota.offset < max {
        return Ok(());
    }
    Err(PlanRefusal::InvalidOffset { period: quota.period, offset: quota.offset, max }.into())
}

fn validate_one_plan_per_stage(stage: &StageRef, plan: &Plan, inventory: &Inventory) -> Result<(), Refusal> {
    let members = inventory.listed_members(&plan.id);
    let covers = |other: &&Plan| other.id != plan.id && other.stages.contains(stage);
    for other in inventory.plans().iter().filter(covers) {
        let other_members = inventory.listed_members(&other.id);
        let keys = members.iter().filter(|key| other_members.contains(key)).count();
        if keys > 0 {
            let name = |plan: &Plan| inventory.plan_name(&plan.id).to_owned();
            let (plan, other, stage) = (name(plan), name(other), stage.clone());
            return Err(PlanRefusal::KeysInOtherPlan { plan, keys, other, stage }.into());
        }
    }
    Ok(())
}
