//! What a REST API answers in the place of API Gateway's own words.

use aws_sdk_apigateway::types::GatewayResponse;
use keypool_domain::call::{CustomResponse, CustomResponses};

use super::PAGE_SIZE;
use crate::aws::failure::Service;
use crate::aws::{Aws, Failure};

/// The body where an API says nothing else.
const DEFAULT_TEMPLATE: &str = r#"{"message":$context.error.messageString}"#;

impl Aws {
    /// The answers that an API customises, as they were last edited; what is deployed may be older.
    pub(crate) async fn gateway_responses(&self, api: &str) -> Result<CustomResponses, Failure> {
        let call = self.call(Service::ApiGateway, "GetGatewayResponses", format!("REST API {api}"));
        // There are 21 types: they fit a page.
        let asked =
            self.shared.gateway.get_gateway_responses().rest_api_id(api).limit(PAGE_SIZE).send().await;
        let all = asked.map_err(|why| call.failure(why))?.items.unwrap_or_default();
        Ok(CustomResponses(all.into_iter().filter_map(custom_response).collect()))
    }
}

fn custom_response(response: GatewayResponse) -> Option<(String, CustomResponse)> {
    let kind = response.response_type.filter(|_| !response.default_response)?;
    let templates = response.response_templates.unwrap_or_default();
    let own = CustomResponse {
        status: response.status_code.and_then(|status| status.parse().ok()),
        has_custom_body: templates.values().any(|template| template != DEFAULT_TEMPLATE),
    };
    Some((kind.as_str().to_owned(), own))
}
