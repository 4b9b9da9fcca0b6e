//! The routing table: every served operation with its method, path and `mode`, the only query parameter that makes a
//! request another operation.

use axum::http::Method;

use super::error::ApiError;
use super::not_served::NOT_SERVED;
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
    /// The value of the query parameter `mode`, which the request of any other operation must not have.
    mode: Option<&'static str>,
    pub(super) handler: Handler,
}

pub(super) const fn route(
    operation: &'static str,
    method: &'static str,
    path: &'static str,
    handler: Handler,
) -> Route {
    Route { operation, method, path, mode: None, handler }
}

impl Route {
    pub(super) const fn with_mode(self, mode: &'static str) -> Self {
        Self { mode: Some(mode), ..self }
    }
}

const API: &str = "restapis/{}";

/// The served operations; a request matches at most one of them.
static ROUTES: &[Route] = &[
    route("GetAccount", "GET", "account", account::get),
    route("UpdateAccount", "PATCH", "account", account::update),
    route("ImportApiKeys", "POST", "apikeys", import_api_keys::import).with_mode("import"),
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
    route("UpdateAuthorizer", "PATCH", "restapis/{}/authorizers/{}", authorizers::update),
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
    ROUTES.iter().chain(NOT_SERVED).map(|route| route.operation)
}

impl Route {
    pub(super) fn find(method: &Method, path: &[String], query: &Query) -> Option<&'static Self> {
        ROUTES
            .iter()
            .chain(NOT_SERVED)
            .find(|route| route.method == method.as_str() && route.takes_mode(query) && route.matches(path))
    }

    /// Returns the path segments at the `{}` of the template.
    pub(super) fn ids(&self, path: Vec<String>) -> Vec<String> {
        let segments = path.into_iter().zip(self.path.split('/'));
        segments.filter(|(_, template)| *template == "{}").map(|(segment, _)| segment).collect()
    }

    /// Some operations have further modes, such as `overwrite` of PutRestApi.
    fn takes_mode(&self, query: &Query) -> bool {
        self.method == "PUT" || self.mode == query.get("mode")
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
        assert_eq!(find_route("POST", "restapis", "mode=import"), Some(("ImportRestApi", vec![])));
        assert_eq!(find_route("PUT", "restapis/a", "mode=merge"), Some(("PutRestApi", vec!["a".into()])));
    }

    #[test]
    fn an_unknown_method_or_path_has_no_route() {
        let cases = [
            ("PUT", "apikeys", ""),
            ("GET", "", ""),
            ("GET", "usageplans/p/keys/k/usage/x", ""),
            ("POST", "apikeys", "mode=export"),
            ("POST", "usageplans", "mode=import"),
            ("DELETE", "apikeys/", ""),
            ("GET", "apikeys/", ""),
        ];
        for (method, path, query) in cases {
            assert_eq!(find_route(method, path, query), None, "{method} {path} {query}");
        }
    }

    #[test]
    fn a_request_matches_one_operation_at_most() {
        let all: Vec<&Route> = ROUTES.iter().chain(NOT_SERVED).collect();
        for (index, route) in all.iter().enumerate() {
            let is_twin = |other: &&&Route| {
                (other.method, other.path, other.mode) == (route.method, route.path, route.mode)
            };
            let twin = all[index + 1..].iter().find(is_twin).map(|other| other.operation);
            assert_eq!(twin, None, "{} has the request of another operation", route.operation);
        }
    }
}
