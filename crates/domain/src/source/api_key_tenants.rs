//! Makes tenant keys out of API keys, where no table has them.
//!
//! An API key in several plans is listed once for each. Tags say which keys are not tenant keys of their own: one in
//! its grace period, and one that is to replace another but does not yet.

use std::collections::{BTreeMap, HashMap};

use crate::ending::expiry_of_tag;
use crate::key::tag;
use crate::succession::Succession;
use crate::{
    ApiKey, ApiKeyId, CreationTime, KeyAttributes, Known, Plan, PlanId, SharedText, StageRef, TenantKey,
};

use super::TenantRules;

type Members = BTreeMap<PlanId, Known<Vec<ApiKeyId>>>;

/// The tenant keys of an account without tables, in the order of its API keys; of one API key, the plan for which
/// keypool made it comes first.
pub fn tenant_keys_of_api_keys(
    api_keys: &[ApiKey],
    plans: &[Plan],
    members: &Members,
    tenants: &TenantRules,
) -> Vec<TenantKey> {
    let plans_by_key = plans_by_key(plans, members);
    let succession = Succession::new(api_keys, tenants);
    let own = api_keys.iter().filter(|key| succession.is_tenant_key(key));
    let listed = own.flat_map(|key| {
        let current = plans_by_key.get(&key.id).map(Vec::as_slice).unwrap_or_default();
        listed_plans(key, current, plans).into_iter().map(|plan| tenant_key(key, plan, tenants))
    });
    listed.collect()
}

/// The tenant keys of which only the ids and the plans are known, in order of plan. The id stands for the tenant.
pub fn tenant_keys_of_listed_ids(plans: &[Plan], ids: &BTreeMap<PlanId, Vec<ApiKeyId>>) -> Vec<TenantKey> {
    let listed = plans.iter().flat_map(|plan| {
        let ids = ids.get(&plan.id).into_iter().flatten();
        ids.map(|id| {
            let tenant_key = TenantKey::new(id.as_str(), plan.id.clone(), id.as_str());
            tenant_key.with_attributes(|its| its.enabled = Known::not_allowed("apigateway:GET", "/apikeys"))
        })
    });
    listed.collect()
}

fn plans_by_key<'a>(plans: &'a [Plan], members: &'a Members) -> HashMap<&'a ApiKeyId, Vec<&'a Plan>> {
    let mut by_key: HashMap<&ApiKeyId, Vec<&Plan>> = HashMap::new();
    for plan in plans {
        for key in members.get(&plan.id).and_then(Known::value_to_show).into_iter().flatten() {
            by_key.entry(key).or_default().push(plan);
        }
    }
    by_key
}

/// The plans under which an API key is listed: those that it is in, and the one that an interrupted operation was to
/// put it in.
fn listed_plans(key: &ApiKey, current: &[&Plan], plans: &[Plan]) -> Vec<PlanId> {
    let intended = key.tags.get(tag::PLAN).and_then(|id| plans.iter().find(|plan| plan.id.as_str() == id));
    let mut listed: Vec<PlanId> = current.iter().map(|plan| plan.id.clone()).collect();
    let Some(intended) = intended else {
        return if listed.is_empty() { vec![PlanId::none()] } else { listed };
    };
    if let Some(at) = listed.iter().position(|plan| *plan == intended.id) {
        listed[..=at].rotate_right(1);
        return listed;
    }
    // A key can be in one plan per stage: one that has a plan for the stages has not left it, or was moved by hand.
    let covers = |stage: &StageRef| current.iter().any(|plan| plan.stages.contains(stage));
    let is_interrupted = key.tags.contains_key(tag::WORKING_UNTIL) && !intended.stages.iter().any(covers);
    if listed.is_empty() || is_interrupted {
        listed.insert(0, intended.id.clone());
    }
    listed
}

fn tenant_key(key: &ApiKey, plan: PlanId, tenants: &TenantRules) -> TenantKey {
    TenantKey {
        name: SharedText::new(&key.name),
        created_at: key.created_at.map(CreationTime::from),
        attributes: KeyAttributes {
            description: key.description.clone(),
            enabled: key.enabled.into(),
            revision: None,
            expires_at: expiry_of_tag(key),
        }
        .into(),
        ..TenantKey::new(key.id.as_str(), plan, tenants.tenant(key))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{members, stage, tags};

    fn plan(id: &str, stages: &[&str]) -> Plan {
        Plan { stages: stages.iter().map(|name| stage(name)).collect(), ..Plan::new(id, id) }
    }

    fn key(id: &str, key_tags: &[(&str, &str)]) -> ApiKey {
        ApiKey { tags: tags(key_tags), ..ApiKey::new(id, format!("{id}-name")) }
    }

    fn listed(keys: &[ApiKey], plan_members: &[(&str, &[&str])]) -> Vec<String> {
        let plans = [plan("basic", &["prod"]), plan("extra", &["test"]), plan("gold", &["prod"])];
        let all = tenant_keys_of_api_keys(keys, &plans, &members(plan_members), &TenantRules::default());
        all.iter().map(|key| format!("{}/{}/{}", key.id, key.plan, key.tenant)).collect()
    }

    #[test]
    fn an_api_key_is_one_tenant_key_under_each_of_its_plans_and_one_in_no_plan_is_listed_too() {
        let keys = [key("a", &[("ownerId", "acme")]), key("b", &[]), key("c", &[(tag::PLAN, "extra")])];
        let plan_members: &[(&str, &[&str])] = &[("basic", &["a", "c"]), ("extra", &["a", "c"])];
        assert_eq!(
            listed(&keys, plan_members),
            ["a/basic/acme", "a/extra/acme", "b//b-name", "c/extra/c-name", "c/basic/c-name"]
        );
    }

    #[test]
    fn a_key_that_an_interrupted_operation_left_outside_its_plan_is_listed_there() {
        let cut = |id: &str, plan: &str| {
            key(id, &[(tag::PLAN, plan), (tag::WORKING_UNTIL, "2026-11-01T00:00:00Z")])
        };
        assert_eq!(listed(&[cut("a", "basic")], &[]), ["a/basic/a-name"], "created, and not attached");
        let in_extra: &[(&str, &[&str])] = &[("extra", &["a", "b"])];
        assert_eq!(listed(&[cut("a", "gold")], in_extra), ["a/gold/a-name", "a/extra/a-name"]);
        let finished = key("b", &[(tag::PLAN, "gold")]);
        assert_eq!(listed(&[finished], in_extra), ["b/extra/b-name"], "moved by another program");
        let in_basic: &[(&str, &[&str])] = &[("basic", &["a"])];
        assert_eq!(listed(&[cut("a", "gold")], in_basic), ["a/basic/a-name"], "not yet detached");
        assert_eq!(listed(&[cut("a", "gone")], &[]), ["a//a-name"], "its plan no longer exists");
    }

    #[test]
    fn a_rotation_moves_the_tenant_when_the_old_key_gets_its_time_of_retirement() {
        let copied = |id: &str, tags: &[(&str, &str)]| key(id, &[tags, &[("ownerId", "acme")]].concat());
        let new_tags = [(tag::REPLACES, "old"), (tag::PREDECESSORS, "older"), (tag::REQUEST, "r")];
        let new = copied("new", &new_tags);
        let marked =
            copied("new", &[&new_tags[..], &[(tag::WORKING_UNTIL, "2026-11-01T00:00:00Z")]].concat());
        let plan_members: &[(&str, &[&str])] = &[("basic", &["new", "old", "older"])];
        let ids = |keys: &[ApiKey]| listed(keys, plan_members);
        assert_eq!(ids(&[marked, copied("old", &[])]), ["old/basic/acme"], "not yet");
        let retiring = |id: &str| copied(id, &[(tag::RETIRES_AT, "2026-12-01T00:00:00Z")]);
        assert_eq!(ids(&[new.clone(), retiring("old"), retiring("older")]), ["new/basic/acme"]);
        assert_eq!(ids(&[retiring("old")]), ["old/basic/acme"], "without a successor it stays");
        assert_eq!(ids(&[new]), ["new/basic/acme"], "the old one is gone");
    }
}
