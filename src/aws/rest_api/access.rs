//! What a REST API asks of its callers besides an API key.

use aws_sdk_apigateway::types::{ApiKeySourceType, EndpointType};
use keypool_domain::api_access::{ApiAccess, KeySource};

use super::policy::parse_policy;
use crate::aws::failure::Service;
use crate::aws::{Aws, Failure};

impl Aws {
    /// Returns an API's settings as last edited; the deployed version may be older.
    pub(crate) async fn api_access(&self, api: &str) -> Result<ApiAccess, Failure> {
        let call = self.call(Service::ApiGateway, "GetRestApi", format!("REST API {api}"));
        let request = self.shared.gateway.get_rest_api().rest_api_id(api);
        let api = request.send().await.map_err(|error| call.failure(error))?;
        let key_source = match api.api_key_source {
            Some(ApiKeySourceType::Authorizer) => KeySource::Authorizer,
            _ => KeySource::Header,
        };
        let types = api.endpoint_configuration.and_then(|configuration| configuration.types);
        let policy = api.policy.filter(|policy| !policy.trim().is_empty());
        Ok(ApiAccess {
            key_source,
            is_default_endpoint_disabled: api.disable_execute_api_endpoint,
            is_private: types.is_some_and(|types| types.contains(&EndpointType::Private)),
            policy: policy.map(|policy| parse_policy(&policy, api.id.as_deref().unwrap_or_default())),
        })
    }
}
