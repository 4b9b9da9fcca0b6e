//! Checks of the API key: exists, has the stored value, is enabled, and is in a plan that covers the
//! stage.

use super::super::gateway_response::GatewayResponse;
use super::{Call, Check, CheckContext, CheckKind, SuggestedFix};
use crate::change::{Fix, PlanChange, PlanEdit};
use crate::{Change, Edit, Inventory, Plan, Presence, StageRef, TenantKey};

const FINISH_DELETION: &str =
    "finish the deletion: `keypool doctor --fix`; a tenant who is to go on needs another key";

/// The plan of the key that covers the stage, else the plan of the tenant key, else any plan of the
/// key.
pub(super) fn effective_plan<'a>(
    call: &Call,
    row: Option<&TenantKey>,
    inventory: &'a Inventory,
) -> Option<&'a Plan> {
    let plans: Vec<&Plan> =
        inventory.plans().iter().filter(|plan| is_key_in_plan(call, plan, inventory)).collect();
    let bought = row.and_then(|row| inventory.plan(&row.plan));
    let covers = |plan: &&&Plan| call.stage.as_ref().is_some_and(|stage| plan.stages.contains(stage));
    let bought_in = bought.filter(|bought| plans.iter().any(|plan| plan.id == bought.id));
    let first = bought_in.iter().find(|plan| covers(plan)).or_else(|| plans.iter().find(covers));
    first.copied().or(bought).or(plans.first().copied())
}

fn is_key_in_plan(call: &Call, plan: &Plan, inventory: &Inventory) -> bool {
    inventory.is_member(&plan.id, &call.api_key).is_known_to_be(&true)
}

pub(super) fn run_checks(scene: &CheckContext<'_>) -> Vec<Check> {
    let (exists, enabled) = match scene.inventory.api_key(&scene.call.api_key) {
        Presence::Missing => {
            return vec![missing_key(scene)];
        }
        Presence::Unknown(_) => {
            let seen = "API keys may not be listed: whether it is there is not known";
            let enabled = "API keys may not be listed: whether it is enabled is not known";
            (Check::unknown(CheckKind::Key, seen), Check::unknown(CheckKind::Enabled, enabled))
        }
        Presence::Present(key) => {
            let seen = format!("API Gateway has the API key {}", key.id);
            (Check::passed(CheckKind::Key, seen), check_enabled(scene, key.enabled))
        }
    };
    let value = check_value(scene);
    [exists].into_iter().chain(value).chain([enabled, check_plan(scene), check_stage(scene)]).collect()
}

fn missing_key(scene: &CheckContext<'_>) -> Check {
    let seen = format!("API Gateway has no API key {} any more", scene.call.api_key);
    let pooled = scene.tenant_key.filter(|row| row.known_pool_key().is_some());
    let remedy = match pooled {
        Some(_) if scene.inventory.pool_of_api_key(&scene.call.api_key).is_some() => {
            SuggestedFix::Change(Change::RotatePoolKey { api_key: scene.call.api_key.clone(), grace: 0 })
        }
        Some(row) if scene.inventory.pool(&row.plan).is_some() => {
            SuggestedFix::Change(Change::Fix(Fix::ReassignPoolKey(row.id.clone())))
        }
        _ if scene.tenant_key.is_some() => {
            "delete this key, create another and give the tenant its value".into()
        }
        _ => "create a key and give its value to whoever called".into(),
    };
    Check::failed(CheckKind::Key, seen, GatewayResponse::Forbidden, remedy)
}

fn check_value(scene: &CheckContext<'_>) -> Option<Check> {
    let row = scene.tenant_key?;
    let id = &scene.call.api_key;
    Some(match scene.input.value_differs? {
        false => Check::passed(CheckKind::Value, format!("row {} tells the value of API key {id}", row.id)),
        true => Check::failed(
            CheckKind::Value,
            format!("row {} tells another value than API key {id} has", row.id),
            GatewayResponse::Forbidden,
            SuggestedFix::Change(Change::Fix(Fix::CorrectValue(row.id.clone()))),
        ),
    })
}

fn check_enabled(scene: &CheckContext<'_>, enabled: bool) -> Check {
    let id = &scene.call.api_key;
    let fails =
        |seen: String, remedy| Check::failed(CheckKind::Enabled, seen, GatewayResponse::Forbidden, remedy);
    if scene.is_being_deleted() {
        return match enabled {
            true => Check::passed(
                CheckKind::Enabled,
                format!("API key {id} is enabled until its deletion, which has begun, is finished"),
            ),
            false => fails(
                format!("API key {id} is disabled, because its deletion has begun"),
                FINISH_DELETION.into(),
            ),
        };
    }
    match (enabled, scene.tenant_key) {
        (true, Some(row)) if row.enabled.is_known_to_be(&false) && row.known_pool_key().is_some() => {
            Check::passed(
                CheckKind::Enabled,
                format!(
                    "API key {id} is enabled; that row {} says disabled stops no call of a shared key",
                    row.id
                ),
            )
        }
        (true, Some(row)) if row.enabled.is_known_to_be(&false) => Check::passed(
            CheckKind::Enabled,
            format!("API key {id} is enabled, although its row says disabled"),
        ),
        (true, _) => Check::passed(CheckKind::Enabled, format!("API key {id} is enabled")),
        (false, Some(row)) if row.known_pool_key().is_some() => {
            let replacement = Change::Fix(Fix::ReplaceDisabled(id.clone()));
            fails(format!("pool key {id} is disabled"), SuggestedFix::Change(replacement))
        }
        (false, Some(row)) if row.enabled.is_known_to_be(&true) => fails(
            format!("API key {id} is disabled in API Gateway, although its row says enabled"),
            SuggestedFix::Change(Change::Fix(Fix::ApplyEnabled(row.id.clone()))),
        ),
        (false, Some(row)) => {
            let edit = Edit { enabled: Some(true), ..Edit::default() };
            let enable = Change::Edit { tenant_key: row.id.clone(), edit };
            fails(format!("API key {id} is disabled"), SuggestedFix::Change(enable))
        }
        (false, None) => {
            let words = format!("enable it where it is looked after: no row has the API key {id}");
            fails(format!("API key {id} is disabled"), SuggestedFix::Text(words))
        }
    }
}

fn check_plan(scene: &CheckContext<'_>) -> Check {
    let (id, inventory) = (&scene.call.api_key, scene.inventory);
    let fails =
        |seen: String, remedy| Check::failed(CheckKind::Plan, seen, GatewayResponse::Forbidden, remedy);
    let bought = scene.tenant_key.map(|row| (row, inventory.plan(&row.plan)));
    let inside: Vec<&Plan> =
        inventory.plans().iter().filter(|plan| is_key_in_plan(scene.call, plan, inventory)).collect();
    match (bought, scene.plan) {
        (Some((row, None)), _) if inside.is_empty() => {
            let words = "move the key to a plan that is there: `keypool keys move`";
            fails(format!("the usage plan {} is not there any more", row.plan), words.into())
        }
        (_, Some(plan)) if is_key_in_plan(scene.call, plan, inventory) => {
            let other = bought.and_then(|(_, bought)| bought).filter(|bought| bought.id != plan.id);
            let instead = other.map(|bought| format!(", not for what was bought, {}", bought.name));
            Check::passed(
                CheckKind::Plan,
                format!("API key {id} is in the usage plan {}{}", plan.name, instead.unwrap_or_default()),
            )
        }
        (_, Some(plan)) if inventory.members(&plan.id).reason().is_some() => {
            let seen = format!("the API keys of {} may not be read", plan.name);
            Check::unknown(CheckKind::Plan, seen)
        }
        (_, Some(plan)) if scene.is_being_deleted() => {
            let seen = format!("API key {id}, whose deletion has begun, is not in {}", plan.name);
            fails(seen, FINISH_DELETION.into())
        }
        (_, Some(plan)) => {
            let attach = Fix::Attach { api_key: id.clone(), plan: plan.id.clone() };
            let seen = format!("API key {id} is not in the usage plan {}", plan.name);
            fails(seen, SuggestedFix::Change(Change::Fix(attach)))
        }
        (_, None) => {
            let words = "attach it to a plan that covers the stage";
            fails(format!("API key {id} is in no usage plan"), words.into())
        }
    }
}

fn check_stage(scene: &CheckContext<'_>) -> Check {
    let Some(plan) = scene.plan else {
        return Check::unknown(CheckKind::StageCovered, "no usage plan of the key is known").skip();
    };
    let fails = |seen: String, remedy| {
        Check::failed(CheckKind::StageCovered, seen, GatewayResponse::Forbidden, remedy)
    };
    match &scene.call.stage {
        Some(stage) if plan.stages.contains(stage) => Check::passed(
            CheckKind::StageCovered,
            format!("the usage plan {} covers the stage {stage}", plan.name),
        ),
        Some(stage) => fails(
            format!("the usage plan {} does not cover the stage {stage}", plan.name),
            SuggestedFix::Change(link_stage(plan, stage)),
        ),
        None => fails(
            format!("the usage plan {} covers no stage", plan.name),
            SuggestedFix::Text(format!("link the stage of your API to {}: `keypool plans link`", plan.name)),
        ),
    }
}

fn link_stage(plan: &Plan, stage: &StageRef) -> Change {
    let edit = PlanEdit { link: vec![stage.clone()], ..PlanEdit::default() };
    PlanChange::Edit { plan: plan.id.clone(), edit }.into()
}
