//! Checks of the API key: exists, has the stored value, is enabled, and is in a plan that covers the
//! stage.

use super::super::gateway_response::GatewayResponse;
use super::{Call, Check, CheckContext, CheckKind, StoredValue, SuggestedFix};
use crate::PlanEdit;
use crate::change::{Fix, PlanChange};
use crate::{Change, Edit, Inventory, Plan, Presence, StageRef, TenantKey, Unknown};

const FINISH_DELETION: &str =
    "finish the deletion with `keypool doctor --fix`; a tenant that still needs access needs another key";

/// The plan of the key that covers the stage, else the plan of the tenant key, else any plan of the
/// key.
pub(super) fn effective_plan<'a>(
    call: &Call,
    tenant_key: Option<&TenantKey>,
    inventory: &'a Inventory,
) -> Option<&'a Plan> {
    let plans: Vec<&Plan> =
        inventory.plans().iter().filter(|plan| is_key_in_plan(call, plan, inventory)).collect();
    let tenant_key_plan = tenant_key.and_then(|tenant_key| inventory.plan(&tenant_key.plan));
    let covers = |plan: &&&Plan| call.stage.as_ref().is_some_and(|stage| plan.stages.contains(stage));
    let tenant_key_plan_if_member =
        tenant_key_plan.filter(|tenant_key_plan| plans.iter().any(|plan| plan.id == tenant_key_plan.id));
    let covering_plan =
        tenant_key_plan_if_member.iter().find(|plan| covers(plan)).or_else(|| plans.iter().find(covers));
    covering_plan.copied().or(tenant_key_plan).or(plans.first().copied())
}

fn is_key_in_plan(call: &Call, plan: &Plan, inventory: &Inventory) -> bool {
    inventory.is_member(&plan.id, &call.api_key).is_known_to_be(&true)
}

pub(super) fn run_checks(context: &CheckContext<'_>) -> Vec<Check> {
    let (exists, enabled) = match context.inventory.api_key(&context.call.api_key) {
        Presence::Missing => {
            return vec![missing_key(context)];
        }
        Presence::Unknown(why) => {
            let reason = match why {
                Unknown::NotReadYet => "API keys are not all read yet",
                Unknown::NotAllowed { .. } | Unknown::Unreadable { .. } => "API keys cannot be listed",
            };
            let summary = format!("{reason}, so it is unknown whether it exists");
            let enabled = format!("{reason}, so it is unknown whether it is enabled");
            (Check::unknown(CheckKind::Key, summary), Check::unknown(CheckKind::Enabled, enabled))
        }
        Presence::Present(key) => {
            (Check::passed(CheckKind::Key, describe_key(context)), check_enabled(context, key.enabled))
        }
    };
    let value = check_value(context);
    [exists].into_iter().chain(value).chain([enabled, check_plan(context), check_stage(context)]).collect()
}

/// Says that the API key exists and, if it has an end, whose it is and when it stops working.
fn describe_key(context: &CheckContext<'_>) -> String {
    let id = &context.call.api_key;
    let ending = context.inventory.ending_of_api_key(id);
    let end = ending.map(|ending| format!("; {}", ending.describe(context.now))).unwrap_or_default();
    format!("API key {id} exists{end}")
}

fn missing_key(context: &CheckContext<'_>) -> Check {
    let summary = format!("API key {} no longer exists", context.call.api_key);
    let pooled = context.tenant_key.filter(|tenant_key| tenant_key.known_pool_key().is_some());
    let fix = match pooled {
        Some(_) if context.inventory.pool_of_api_key(&context.call.api_key).is_some() => {
            SuggestedFix::Change(Change::RotatePoolKey { api_key: context.call.api_key.clone(), grace: 0 })
        }
        Some(tenant_key) if context.inventory.pool(&tenant_key.plan).is_some() => {
            SuggestedFix::Change(Change::Fix(Fix::ReassignPoolKey(tenant_key.id.clone())))
        }
        _ if context.tenant_key.is_some() => {
            "delete this tenant key, create another and give the tenant its value".into()
        }
        _ => "create a key and give its value to the caller".into(),
    };
    Check::failed(CheckKind::Key, summary, GatewayResponse::Forbidden, fix)
}

fn check_value(context: &CheckContext<'_>) -> Option<Check> {
    let tenant_key = context.tenant_key?;
    let id = &context.call.api_key;
    let tenant_key_id = &tenant_key.id;
    match context.input.stored_value {
        StoredValue::Absent => None,
        StoredValue::Same => Some(Check::passed(
            CheckKind::Value,
            format!("tenant key {tenant_key_id} stores the value of API key {id}"),
        )),
        StoredValue::Different => Some(Check::failed(
            CheckKind::Value,
            format!("tenant key {tenant_key_id} stores a value that differs from that of API key {id}"),
            GatewayResponse::Forbidden,
            SuggestedFix::Change(Change::Fix(Fix::CorrectValue(tenant_key_id.clone()))),
        )),
        StoredValue::NotCompared => Some(Check::unknown(
            CheckKind::Value,
            format!(
                "the value of API key {id} cannot be read, so that of tenant key {tenant_key_id} may differ"
            ),
        )),
    }
}

fn check_enabled(context: &CheckContext<'_>, enabled: bool) -> Check {
    let id = &context.call.api_key;
    let failed =
        |summary: String, fix| Check::failed(CheckKind::Enabled, summary, GatewayResponse::Forbidden, fix);
    if context.is_being_deleted() {
        return match enabled {
            true => Check::passed(
                CheckKind::Enabled,
                format!("API key {id} is enabled until its deletion, which has started, is finished"),
            ),
            false => failed(
                format!("API key {id} is disabled because its deletion has started"),
                FINISH_DELETION.into(),
            ),
        };
    }
    match (enabled, context.tenant_key) {
        (true, Some(tenant_key))
            if tenant_key.enabled.is_known_to_be(&false) && tenant_key.known_pool_key().is_some() =>
        {
            Check::passed(
                CheckKind::Enabled,
                format!(
                    "API key {id} is enabled; disabling tenant key {} does not stop calls with a shared key",
                    tenant_key.id
                ),
            )
        }
        (true, Some(tenant_key)) if tenant_key.enabled.is_known_to_be(&false) => Check::passed(
            CheckKind::Enabled,
            format!("API key {id} is enabled although its tenant key is disabled"),
        ),
        (true, _) => Check::passed(CheckKind::Enabled, format!("API key {id} is enabled")),
        (false, Some(tenant_key)) if tenant_key.known_pool_key().is_some() => {
            let replacement = Change::Fix(Fix::ReplaceDisabled(id.clone()));
            failed(format!("pool key {id} is disabled"), SuggestedFix::Change(replacement))
        }
        (false, Some(tenant_key)) if let Some(at) = context.inventory.expired_at(tenant_key, context.now) => {
            let fix =
                format!("`keypool keys edit {} --enable --expires TIME` gives it a later end", tenant_key.id);
            failed(
                format!("API key {id} is disabled: its tenant key expired at {at:.0}"),
                SuggestedFix::Text(fix),
            )
        }
        (false, Some(tenant_key)) if tenant_key.enabled.is_known_to_be(&true) => failed(
            format!("API key {id} is disabled in API Gateway although its tenant key is enabled"),
            SuggestedFix::Change(Change::Fix(Fix::ApplyEnabled(tenant_key.id.clone()))),
        ),
        (false, Some(tenant_key)) => {
            let edit = Edit { enabled: Some(true), ..Edit::default() };
            let enable = Change::Edit { tenant_key: tenant_key.id.clone(), edit };
            failed(format!("API key {id} is disabled"), SuggestedFix::Change(enable))
        }
        (false, None) => {
            let fix = format!("enable it where it is managed: no tenant key has API key {id}");
            failed(format!("API key {id} is disabled"), SuggestedFix::Text(fix))
        }
    }
}

fn check_plan(context: &CheckContext<'_>) -> Check {
    let (id, inventory) = (&context.call.api_key, context.inventory);
    let failed =
        |summary: String, fix| Check::failed(CheckKind::Plan, summary, GatewayResponse::Forbidden, fix);
    let tenant_key_plan = context.tenant_key.map(|tenant_key| (tenant_key, inventory.plan(&tenant_key.plan)));
    let plans_of_key: Vec<&Plan> =
        inventory.plans().iter().filter(|plan| is_key_in_plan(context.call, plan, inventory)).collect();
    let is_in_no_plan = inventory.plans_of_api_key(id).map(<[_]>::is_empty);
    match (tenant_key_plan, context.plan) {
        (Some((TenantKey { plan, .. }, None)), _)
            if plan.is_none() && is_in_no_plan.is_known_to_be(&true) =>
        {
            let fix =
                format!("move the key to a plan that covers the stage: `keypool keys move {id} --plan PLAN`");
            failed(format!("API key {id} is in no usage plan"), SuggestedFix::Text(fix))
        }
        (Some((tenant_key, None)), _) if plans_of_key.is_empty() && !tenant_key.plan.is_none() => {
            let fix = "move the key to an existing plan: `keypool keys move`";
            failed(format!("usage plan {} no longer exists", tenant_key.plan), fix.into())
        }
        (_, Some(plan)) if is_key_in_plan(context.call, plan, inventory) => {
            let other = tenant_key_plan
                .and_then(|(_, tenant_key_plan)| tenant_key_plan)
                .filter(|tenant_key_plan| tenant_key_plan.id != plan.id);
            let instead = other.map(|tenant_key_plan| {
                format!(", not in the plan of its tenant key, {}", inventory.plan_name(&tenant_key_plan.id))
            });
            Check::passed(
                CheckKind::Plan,
                format!(
                    "API key {id} is in usage plan {}{}",
                    inventory.plan_name(&plan.id),
                    instead.unwrap_or_default()
                ),
            )
        }
        (_, Some(plan)) if inventory.members(&plan.id).reason().is_some() => {
            let summary = format!("the API keys of {} cannot be read", inventory.plan_name(&plan.id));
            Check::unknown(CheckKind::Plan, summary)
        }
        (_, Some(plan)) if context.is_being_deleted() => {
            let summary = format!(
                "API key {id}, whose deletion has started, is not in {}",
                inventory.plan_name(&plan.id)
            );
            failed(summary, FINISH_DELETION.into())
        }
        (_, Some(plan)) => {
            let attach = Fix::Attach { api_key: id.clone(), plan: plan.id.clone() };
            let summary = format!("API key {id} is not in usage plan {}", inventory.plan_name(&plan.id));
            failed(summary, SuggestedFix::Change(Change::Fix(attach)))
        }
        (_, None) if is_in_no_plan.reason().is_some() => {
            let summary =
                format!("the API keys of some usage plans cannot be read, so those of {id} are unknown");
            Check::unknown(CheckKind::Plan, summary)
        }
        (_, None) => {
            let fix = "attach it to a plan that covers the stage";
            failed(format!("API key {id} is in no usage plan"), fix.into())
        }
    }
}

fn check_stage(context: &CheckContext<'_>) -> Check {
    let Some(plan) = context.plan else {
        return Check::unknown(CheckKind::StageCovered, "no usage plan of the key is known").skip();
    };
    let name = context.inventory.plan_name(&plan.id);
    let failed = |summary: String, fix| {
        Check::failed(CheckKind::StageCovered, summary, GatewayResponse::Forbidden, fix)
    };
    match &context.call.stage {
        Some(stage) if plan.stages.contains(stage) => {
            Check::passed(CheckKind::StageCovered, format!("usage plan {name} covers stage {stage}"))
        }
        Some(stage) => failed(
            format!("usage plan {name} does not cover stage {stage}"),
            SuggestedFix::Change(link_stage(plan, stage)),
        ),
        None => failed(
            format!("usage plan {name} covers no stage"),
            SuggestedFix::Text(format!("link the stage of your API to {name}: `keypool plans link`")),
        ),
    }
}

fn link_stage(plan: &Plan, stage: &StageRef) -> Change {
    let edit = PlanEdit { link: vec![stage.clone()], ..PlanEdit::default() };
    PlanChange::Edit { plan: plan.id.clone(), edit }.into()
}
