//! The API key: there, the right one, enabled, and in a plan that covers the stage.

use super::super::answer::Answer;
use super::{Call, Link, LinkKind, Remedy, Scene};
use crate::change::{Mend, PlanChange, PlanEdit};
use crate::{Change, Edit, Inventory, Plan, Presence, StageRef, TenantKey};

/// What is left to do about an API key whose deletion has begun.
const BEING_DELETED: &str =
    "finish the deletion: `keypool doctor --fix`; a tenant who is to go on needs another key";

/// The plan of the key that covers the stage, or else the one that it was bought in or is in.
pub(super) fn plan_in_force<'a>(
    call: &Call,
    row: Option<&TenantKey>,
    inventory: &'a Inventory,
) -> Option<&'a Plan> {
    let plans: Vec<&Plan> = inventory.plans().iter().filter(|plan| is_in(call, plan, inventory)).collect();
    let bought = row.and_then(|row| inventory.plan(&row.plan));
    let covers = |plan: &&&Plan| call.stage.as_ref().is_some_and(|stage| plan.stages.contains(stage));
    let bought_in = bought.filter(|bought| plans.iter().any(|plan| plan.id == bought.id));
    let first = bought_in.iter().find(|plan| covers(plan)).or_else(|| plans.iter().find(covers));
    first.copied().or(bought).or(plans.first().copied())
}

fn is_in(call: &Call, plan: &Plan, inventory: &Inventory) -> bool {
    inventory.is_member(&plan.id, &call.api_key).is_known_to_be(&true)
}

pub(super) fn links(scene: &Scene<'_>) -> Vec<Link> {
    let (exists, enabled) = match scene.inventory.api_key(&scene.call.api_key) {
        Presence::Missing => {
            return vec![missing(scene)];
        }
        Presence::Unknown(_) => {
            let seen = "API keys may not be listed: whether it is there is not known";
            let enabled = "API keys may not be listed: whether it is enabled is not known";
            (Link::unknown(LinkKind::Key, seen), Link::unknown(LinkKind::Enabled, enabled))
        }
        Presence::Here(key) => {
            let seen = format!("API Gateway has the API key {}", key.id);
            (Link::holds(LinkKind::Key, seen), of_switch(scene, key.enabled))
        }
    };
    let value = of_value(scene);
    [exists].into_iter().chain(value).chain([enabled, of_plan(scene), of_stage(scene)]).collect()
}

fn missing(scene: &Scene<'_>) -> Link {
    let seen = format!("API Gateway has no API key {} any more", scene.call.api_key);
    let pooled = scene.row.filter(|row| row.referred().is_some());
    let remedy = match pooled {
        Some(_) if scene.inventory.pool_of(&scene.call.api_key).is_some() => {
            Remedy::Change(Change::RotatePoolKey { api_key: scene.call.api_key.clone(), grace: 0 })
        }
        Some(row) if scene.inventory.pool(&row.plan).is_some() => {
            Remedy::Change(Change::Mend(Mend::Rehome(row.id.clone())))
        }
        _ if scene.row.is_some() => "delete this key, create another and give the tenant its value".into(),
        _ => "create a key and give its value to whoever called".into(),
    };
    Link::fails(LinkKind::Key, seen, Answer::Forbidden, remedy)
}

fn of_value(scene: &Scene<'_>) -> Option<Link> {
    let row = scene.row?;
    let id = &scene.call.api_key;
    Some(match scene.looked.value_differs? {
        false => Link::holds(LinkKind::Value, format!("row {} tells the value of API key {id}", row.id)),
        true => Link::fails(
            LinkKind::Value,
            format!("row {} tells another value than API key {id} has", row.id),
            Answer::Forbidden,
            Remedy::Change(Change::Mend(Mend::CorrectValue(row.id.clone()))),
        ),
    })
}

fn of_switch(scene: &Scene<'_>, enabled: bool) -> Link {
    let id = &scene.call.api_key;
    let fails = |seen: String, remedy| Link::fails(LinkKind::Enabled, seen, Answer::Forbidden, remedy);
    if scene.is_being_deleted() {
        return match enabled {
            true => Link::holds(
                LinkKind::Enabled,
                format!("API key {id} is enabled until its deletion, which has begun, is finished"),
            ),
            false => fails(
                format!("API key {id} is disabled, because its deletion has begun"),
                BEING_DELETED.into(),
            ),
        };
    }
    match (enabled, scene.row) {
        (true, Some(row)) if row.enabled.is_known_to_be(&false) && row.referred().is_some() => Link::holds(
            LinkKind::Enabled,
            format!(
                "API key {id} is enabled; that row {} says disabled stops no call of a shared key",
                row.id
            ),
        ),
        (true, Some(row)) if row.enabled.is_known_to_be(&false) => {
            Link::holds(LinkKind::Enabled, format!("API key {id} is enabled, although its row says disabled"))
        }
        (true, _) => Link::holds(LinkKind::Enabled, format!("API key {id} is enabled")),
        (false, Some(row)) if row.referred().is_some() => {
            let replacement = Change::Mend(Mend::ReplaceDisabled(id.clone()));
            fails(format!("pool key {id} is disabled"), Remedy::Change(replacement))
        }
        (false, Some(row)) if row.enabled.is_known_to_be(&true) => fails(
            format!("API key {id} is disabled in API Gateway, although its row says enabled"),
            Remedy::Change(Change::Mend(Mend::FollowRow(row.id.clone()))),
        ),
        (false, Some(row)) => {
            let edit = Edit { enabled: Some(true), ..Edit::default() };
            let enable = Change::Edit { row: row.id.clone(), edit };
            fails(format!("API key {id} is disabled"), Remedy::Change(enable))
        }
        (false, None) => {
            let words = format!("enable it where it is looked after: no row has the API key {id}");
            fails(format!("API key {id} is disabled"), Remedy::Words(words))
        }
    }
}

fn of_plan(scene: &Scene<'_>) -> Link {
    let (id, inventory) = (&scene.call.api_key, scene.inventory);
    let fails = |seen: String, remedy| Link::fails(LinkKind::Plan, seen, Answer::Forbidden, remedy);
    let bought = scene.row.map(|row| (row, inventory.plan(&row.plan)));
    let inside: Vec<&Plan> =
        inventory.plans().iter().filter(|plan| is_in(scene.call, plan, inventory)).collect();
    match (bought, scene.plan) {
        (Some((row, None)), _) if inside.is_empty() => {
            let words = "move the key to a plan that is there: `keypool keys move`";
            fails(format!("the usage plan {} is not there any more", row.plan), words.into())
        }
        (_, Some(plan)) if is_in(scene.call, plan, inventory) => {
            let other = bought.and_then(|(_, bought)| bought).filter(|bought| bought.id != plan.id);
            let instead = other.map(|bought| format!(", not for what was bought, {}", bought.name));
            Link::holds(
                LinkKind::Plan,
                format!("API key {id} is in the usage plan {}{}", plan.name, instead.unwrap_or_default()),
            )
        }
        (_, Some(plan)) if inventory.members(&plan.id).reason().is_some() => {
            let seen = format!("the API keys of {} may not be read", plan.name);
            Link::unknown(LinkKind::Plan, seen)
        }
        (_, Some(plan)) if scene.is_being_deleted() => {
            let seen = format!("API key {id}, whose deletion has begun, is not in {}", plan.name);
            fails(seen, BEING_DELETED.into())
        }
        (_, Some(plan)) => {
            let attach = Mend::Attach { api_key: id.clone(), plan: plan.id.clone() };
            let seen = format!("API key {id} is not in the usage plan {}", plan.name);
            fails(seen, Remedy::Change(Change::Mend(attach)))
        }
        (_, None) => {
            let words = "attach it to a plan that covers the stage";
            fails(format!("API key {id} is in no usage plan"), words.into())
        }
    }
}

fn of_stage(scene: &Scene<'_>) -> Link {
    let Some(plan) = scene.plan else {
        return Link::unknown(LinkKind::Covered, "no usage plan of the key is known").not_asked();
    };
    let fails = |seen: String, remedy| Link::fails(LinkKind::Covered, seen, Answer::Forbidden, remedy);
    match &scene.call.stage {
        Some(stage) if plan.stages.contains(stage) => {
            Link::holds(LinkKind::Covered, format!("the usage plan {} covers the stage {stage}", plan.name))
        }
        Some(stage) => fails(
            format!("the usage plan {} does not cover the stage {stage}", plan.name),
            Remedy::Change(linked(plan, stage)),
        ),
        None => fails(
            format!("the usage plan {} covers no stage", plan.name),
            Remedy::Words(format!("link the stage of your API to {}: `keypool plans link`", plan.name)),
        ),
    }
}

/// The plan covers one stage more.
fn linked(plan: &Plan, stage: &StageRef) -> Change {
    let edit = PlanEdit { link: vec![stage.clone()], ..PlanEdit::default() };
    PlanChange::Edit { plan: plan.id.clone(), edit }.into()
}
