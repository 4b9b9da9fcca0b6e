//! The methods that keys of a plan can call.

use std::collections::{BTreeMap, BTreeSet};

use keypool_domain::{Inventory, Plan, PlanId, TenantKeyId};

use super::Route;
use super::doctor::skip_unreadable;
use super::stage_address::read_custom_address;
use crate::aws::{Aws, Failure, RestMethod};

/// The order in which methods are offered. Other verbs follow, `OPTIONS` last.
const VERB_ORDER: [&str; 6] = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD"];

/// Returns the methods of the plan's stages that need an API key, GET first.
///
/// If no method needs a key, returns all methods with `needs_key` false: the plan protects nothing.
/// Makes two calls per API, which return the methods and settings as last edited; a stage may not have
/// been redeployed since. A stage is called at its configured address, or at a custom domain if its default
/// endpoint is disabled.
pub async fn read_routes(aws: &Aws, inventory: &Inventory, plan: &PlanId) -> Result<Vec<Route>, Failure> {
    if plan.is_none() {
        let why = "the key is in no usage plan, so every call with it gets 403: move it to one with `keypool keys move`";
        return Err(Failure::InvalidCall(why.to_owned()));
    }
    let plan = inventory.plan(plan).ok_or_else(|| Failure::Gone(format!("usage plan {plan}")))?;
    if plan.stages.is_empty() {
        return Err(no_stage_failure(plan, inventory));
    }
    let mut methods = BTreeMap::new();
    let mut access = BTreeMap::new();
    for api in plan.stages.iter().map(|stage| &stage.api).collect::<BTreeSet<_>>() {
        match aws.methods(api).await {
            Ok(found) => {
                methods.insert(api, found);
                access.insert(api, skip_unreadable(aws.api_access(api).await)?);
            }
            Err(Failure::Gone(_)) => {}
            Err(failure) => return Err(failure),
        }
    }
    let methods_of_api = |api| methods.get(api).into_iter().flatten();
    let mut all_routes = Vec::new();
    for stage in &plan.stages {
        let access = access.get(&stage.api).and_then(Option::as_ref);
        let custom = read_custom_address(aws, stage, access).await?;
        let invoke_url = custom.url.unwrap_or_else(|| aws.invoke_url(stage));
        let methods = methods_of_api(&stage.api);
        all_routes.extend(methods.map(|method| build_route(method, stage.clone(), invoke_url.clone())));
    }
    let routes = sort_routes(all_routes);
    if routes.is_empty() { Err(no_method_failure(plan, inventory)) } else { Ok(routes) }
}

/// Returns the methods of all plans of a tenant key, those of its own plan first; see [`read_routes`].
pub async fn read_routes_of_key(
    aws: &Aws,
    inventory: &Inventory,
    tenant_key: &TenantKeyId,
) -> Result<Vec<Route>, Failure> {
    let (mut routes, mut first_failure) = (Vec::new(), None);
    for listing in inventory.listings_of_tenant_key(tenant_key) {
        match read_routes(aws, inventory, &listing.plan).await {
            Ok(found) => routes.extend(found),
            // A plan that cannot be called does not keep the others from it.
            Err(why @ (Failure::InvalidCall(_) | Failure::Gone(_))) => {
                first_failure = first_failure.or(Some(why))
            }
            Err(failure) => return Err(failure),
        }
    }
    match first_failure {
        Some(failure) if routes.is_empty() => Err(failure),
        Some(_) | None => Ok(routes),
    }
}

fn build_route(method: &RestMethod, stage: keypool_domain::StageRef, invoke_url: String) -> Route {
    let verb = if method.verb == "ANY" { "GET" } else { &method.verb };
    Route {
        stage,
        method: verb.to_owned(),
        path: method.path.clone(),
        invoke_url,
        needs_key: method.needs_key,
    }
}

/// Keeps methods that need a key, or all if none does; sorts them and removes duplicates.
fn sort_routes(mut routes: Vec<Route>) -> Vec<Route> {
    if routes.iter().any(|route| route.needs_key) {
        routes.retain(|route| route.needs_key);
    }
    // The sort is stable, so the plan's first stage stays first.
    routes
        .sort_by_cached_key(|route| (verb_rank(&route.method), route.path.contains('{'), route.path.clone()));
    let mut seen = BTreeSet::new();
    routes.retain(|route| seen.insert((route.method.clone(), route.path.clone(), route.stage.clone())));
    routes
}

/// Returns the position of a verb in the order in which methods are offered.
pub(super) fn verb_rank(verb: &str) -> usize {
    let rank = VERB_ORDER.iter().position(|listed| *listed == verb);
    rank.unwrap_or(VERB_ORDER.len() + usize::from(verb == "OPTIONS"))
}

fn no_stage_failure(plan: &Plan, inventory: &Inventory) -> Failure {
    Failure::InvalidCall(format!(
        "usage plan {} covers no API stage, so its keys cannot call anything: add one with `keypool plans link {} API:STAGE`",
        inventory.plan_name(&plan.id),
        plan.id
    ))
}

fn no_method_failure(plan: &Plan, inventory: &Inventory) -> Failure {
    let stages: Vec<_> = plan.stages.iter().map(ToString::to_string).collect();
    Failure::InvalidCall(format!(
        "the stages of usage plan {} ({}) have no methods: add one to the API and deploy it",
        inventory.plan_name(&plan.id),
        stages.join(", ")
    ))
}

#[cfg(test)]
mod tests {
    use keypool_domain::StageRef;

    use super::*;

    fn route_to(verb: &str, path: &str, stage: &str, needs_key: bool) -> Route {
        let method = RestMethod { resource: String::new(), path: path.into(), verb: verb.into(), needs_key };
        build_route(&method, StageRef { api: "api".into(), stage: stage.into() }, "https://x".into())
    }

    fn order(routes: Vec<Route>) -> Vec<String> {
        sort_routes(routes)
            .iter()
            .map(|route| format!("{} {} {}", route.method, route.path, route.stage.stage))
            .collect()
    }

    #[test]
    fn only_methods_that_need_a_key_are_offered_get_first_and_any_as_get() {
        let routes = vec![
            route_to("POST", "/pets", "prod", true),
            route_to("OPTIONS", "/pets", "prod", false),
            route_to("GET", "/pets/{petId}", "prod", true),
            route_to("ANY", "/pets", "prod", true),
            route_to("GET", "/pets", "prod", true),
            route_to("GET", "/pets", "beta", true),
            route_to("GET", "/health", "prod", false),
        ];
        assert_eq!(
            order(routes),
            ["GET /pets prod", "GET /pets beta", "GET /pets/{petId} prod", "POST /pets prod"]
        );
    }

    #[test]
    fn all_methods_are_offered_when_none_needs_a_key() {
        let routes = vec![route_to("OPTIONS", "/", "prod", false), route_to("DELETE", "/", "prod", false)];
        assert_eq!(order(routes), ["DELETE / prod", "OPTIONS / prod"]);
    }
}
