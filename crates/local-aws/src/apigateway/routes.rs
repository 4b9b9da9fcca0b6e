//! The routing table: every operation with its method and path.

use axum::http::Method;

use super::error::ApiError;
use super::request::{Input, Output, Query};
use super::{
    account, api_keys, authorizers, base_path_mappings, deployments, domain_names, gateway_responses,
    import_api_keys, integrations, methods, resources, rest_apis, stages, tags, usage, usage_plan_keys,
    usage_plans,
};
use crate::state::Account;

type Handler = fn(&Input<'_>, &mut Account) -> Result<Output, ApiError>;

pub(super) struct Route {
    pub(super) operation: &'static str,
    method: &'static str,
    /// `{}` matches any single non-empty segment.
    path: &'static str,
    pub(super) handler: Handler,
}

const fn route(operation: &'static str, method: &'static str, path: &'static str, handler: Handler) -> Route {
    Route { operation, method, path, handler }
}

const API: &str = "restapis/{}";

/// All routes; the first match wins. ImportApiKeys must precede CreateApiKey, since only the query distinguishes
/// them.
static ROUTES: &[Route] = &[
    route("GetAccount", "GET", "account", account::get),
    route("UpdateAccount", "PATCH", "account", account::update),
    route("ImportApiKeys", "POST", "apikeys", import_api_keys::import),
    route("CreateApiKey", "POST", "apikeys", api_keys::create),
    route("GetApiKeys", "GET", "apikeys", api_keys::list),
    route("GetApiKey", "GET", "apikeys/{}", api_keys::get),
    route("UpdateApiKey", "PATCH", "apikeys/{}", api_keys::update),
    route("DeleteApiKey", "DELETE", "apikeys/{}", api_keys::delete),
    route("CreateUsagePlan", "POST", "usageplans", usage_plans::create),
    route("GetUsagePlans", "GET", "usageplans", usage_plans::list),
    route("GetUsagePlan", "GET", "usageplans/{}", usage_plans::get),
    route("UpdateUsagePlan", "PATCH", "usageplans/{}", usage_plans::update),
    route("DeleteUsagePlan", "DELETE", "usageplans/{}", usage_plans::delete),
    route("CreateUsagePlanKey", "POST", "usageplans/{}/keys", usage_plan_keys::create),
    route("GetUsagePlanKeys", "GET", "usageplans/{}/keys", usage_plan_keys::list),
    route("GetUsagePlanKey", "GET", "usageplans/{}/keys/{}", usage_plan_keys::get),
    route("DeleteUsagePlanKey", "DELETE", "usageplans/{}/keys/{}", usage_plan_keys::delete),
    route("GetUsage", "GET", "usageplans/{}/usage", usage::get),
    route("UpdateUsage", "PATCH", "usageplans/{}/keys/{}/usage", usage::update),
    route("GetTags", "GET", "tags/{}", tags::get),
    route("TagResource", "PUT", "tags/{}", tags::tag),
    route("UntagResource", "DELETE", "tags/{}", tags::untag),
    route("CreateRestApi", "POST", "restapis", rest_apis::create),
    route("GetRestApis", "GET", "restapis", rest_apis::list),
    route("GetRestApi", "GET", API, rest_apis::get),
    route("UpdateRestApi", "PATCH", API, rest_apis::update),
    route("DeleteRestApi", "DELETE", API, rest_apis::delete),
    route("GetResources", "GET", "restapis/{}/resources", resources::list),
    route("GetResource", "GET", "restapis/{}/resources/{}", resources::get),
    route("CreateResource", "POST", "restapis/{}/resources/{}", resources::create),
    route("DeleteResource", "DELETE", "restapis/{}/resources/{}", resources::delete),
    route("PutMethod", "PUT", "restapis/{}/resources/{}/methods/{}", methods::put),
    route("GetMethod", "GET", "restapis/{}/resources/{}/methods/{}", methods::get),
    route("UpdateMethod", "PATCH", "restapis/{}/resources/{}/methods/{}", methods::update),
    route("DeleteMethod", "DELETE", "restapis/{}/resources/{}/methods/{}", methods::delete),
    route(
        "PutMethodResponse",
        "PUT",
        "restapis/{}/resources/{}/methods/{}/responses/{}",
        methods::put_response,
    ),
    route(
        "GetMethodResponse",
        "GET",
        "restapis/{}/resources/{}/methods/{}/responses/{}",
        methods::get_response,
    ),
    route("PutIntegration", "PUT", "restapis/{}/resources/{}/methods/{}/integration", integrations::put),
    route("GetIntegration", "GET", "restapis/{}/resources/{}/methods/{}/integration", integrations::get),
    route(
        "DeleteIntegration",
        "DELETE",
        "restapis/{}/resources/{}/methods/{}/integration",
        integrations::delete,
    ),
    route(
        "PutIntegrationResponse",
        "PUT",
        "restapis/{}/resources/{}/methods/{}/integration/responses/{}",
        integrations::put_response,
    ),
    route(
        "GetIntegrationResponse",
        "GET",
        "restapis/{}/resources/{}/methods/{}/integration/responses/{}",
        integrations::get_response,
    ),
    route("CreateDeployment", "POST", "restapis/{}/deployments", deployments::create),
    route("GetDeployments", "GET", "restapis/{}/deployments", deployments::list),
    route("GetDeployment", "GET", "restapis/{}/deployments/{}", deployments::get),
    route("DeleteDeployment", "DELETE", "restapis/{}/deployments/{}", deployments::delete),
    route("CreateStage", "POST", "restapis/{}/stages", stages::create),
    route("GetStages", "GET", "restapis/{}/stages", stages::list),
    route("GetStage", "GET", "restapis/{}/stages/{}", stages::get),
    route("UpdateStage", "PATCH", "restapis/{}/stages/{}", stages::update),
    route("DeleteStage", "DELETE", "restapis/{}/stages/{}", stages::delete),
    route("GetGatewayResponses", "GET", "restapis/{}/gatewayresponses", gateway_responses::list),
    route("GetGatewayResponse", "GET", "restapis/{}/gatewayresponses/{}", gateway_responses::get),
    route("PutGatewayResponse", "PUT", "restapis/{}/gatewayresponses/{}", gateway_responses::put),
    route("DeleteGatewayResponse", "DELETE", "restapis/{}/gatewayresponses/{}", gateway_responses::delete),
    route("CreateAuthorizer", "POST", "restapis/{}/authorizers", authorizers::create),
    route("GetAuthorizers", "GET", "restapis/{}/authorizers", authorizers::list),
    route("GetAuthorizer", "GET", "restapis/{}/authorizers/{}", authorizers::get),
    route("DeleteAuthorizer", "DELETE", "restapis/{}/authorizers/{}", authorizers::delete),
    route("CreateDomainName", "POST", "domainnames", domain_names::create),
    route("GetDomainNames", "GET", "domainnames", domain_names::list),
    route("GetDomainName", "GET", "domainnames/{}", domain_names::get),
    route("DeleteDomainName", "DELETE", "domainnames/{}", domain_names::delete),
    route("CreateBasePathMapping", "POST", "domainnames/{}/basepathmappings", base_path_mappings::create),
    route("GetBasePathMappings", "GET", "domainnames/{}/basepathmappings", base_path_mappings::list),
    route("GetBasePathMapping", "GET", "domainnames/{}/basepathmappings/{}", base_path_mappings::get),
    route(
        "DeleteBasePathMapping",
        "DELETE",
        "domainnames/{}/basepathmappings/{}",
        base_path_mappings::delete,
    ),
];

pub(super) fn operation_names() -> impl Iterator<Item = &'static str> {
    ROUTES.iter().map(|route| route.operation)
}

impl Route {
    pub(super) fn find(method: &Method, path: &[String], query: &Query) -> Option<&'static Self> {
        let is_import = query.get("mode") == Some("import");
        ROUTES.iter().find(|route| {
            let mode_matches = route.operation != "ImportApiKeys" || is_import;
            mode_matches && route.method == method.as_str() && route.matches(path)
        })
    }

    /// Returns the path segments at the `{}` of the template.
    pub(super) fn ids(&self, path: Vec<String>) -> Vec<String> {
        let segments = path.into_iter().zip(self.path.split('/'));
        segments.filter(|(_, template)| *template == "{}").map(|(segment, _)| segment).collect()
    }

    fn matches(&self, path: &[String]) -> bool {
        let mut template = self.path.split('/');
        let all_match = path.iter().all(|segment| match template.next() {
            Some("{}") => !segment.is_empty(),
            Some(fixed) => segment == fixed,
            None => false,
        });
        all_match && template.next().is_none()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn find_route(method: &str, path: &str, query: &str) -> Option<(&'static str, Vec<String>)> {
        let path: Vec<String> = path.split('/').map(str::to_owned).collect();
        let route = Route::find(&method.parse().unwrap(), &path, &Query::parse(query))?;
        Some((route.operation, route.ids(path)))
    }

    #[test]
    fn a_request_is_routed_by_method_path_and_query() {
        assert_eq!(
            find_route("PATCH", "usageplans/p/keys/k/usage", ""),
            Some(("UpdateUsage", vec!["p".into(), "k".into()]))
        );
        assert_eq!(find_route("POST", "apikeys", "mode=import&format=csv"), Some(("ImportApiKeys", vec![])));
        assert_eq!(find_route("POST", "apikeys", ""), Some(("CreateApiKey", vec![])));
    }

    #[test]
    fn an_unknown_method_or_path_has_no_route() {
        for (method, path) in [("PUT", "apikeys"), ("GET", ""), ("GET", "usageplans/p/keys/k/usage/x")] {
            assert_eq!(find_route(method, path, ""), None, "{method} {path}");
        }
    }
}
