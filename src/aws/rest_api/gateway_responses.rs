//! Gateway responses: a REST API's own replacements for API Gateway's error responses.

use aws_sdk_apigateway::types::GatewayResponse;
use keypool_domain::call::{CustomResponse, CustomResponses};

use super::PAGE_SIZE;
use crate::aws::failure::Service;
use crate::aws::pages::Pages;
use crate::aws::{Aws, Failure};

/// API Gateway's default body template.
const DEFAULT_TEMPLATE: &str = r#"{"message":$context.error.messageString}"#;

impl Aws {
    /// Returns an API's custom gateway responses as last edited; the deployed version may be older.
    pub(crate) async fn gateway_responses(&self, api: &str) -> Result<CustomResponses, Failure> {
        let call = self.call(Service::ApiGateway, "GetGatewayResponses", format!("REST API {api}"));
        let request = self.shared.gateway.get_gateway_responses().rest_api_id(api).limit(PAGE_SIZE);
        let (mut all, mut pages) = (Vec::new(), Pages::of_list());
        loop {
            let page = request.clone().set_position(pages.token()).send().await;
            let page = page.map_err(|error| call.failure(error))?;
            all.extend(page.items.unwrap_or_default());
            if !pages.turn_page(&call, page.position)? {
                return Ok(CustomResponses(all.into_iter().filter_map(custom_response).collect()));
            }
        }
    }
}

fn custom_response(response: GatewayResponse) -> Option<(String, CustomResponse)> {
    let kind = response.response_type.filter(|_| !response.default_response)?;
    let templates = response.response_templates.unwrap_or_default();
    let custom = CustomResponse {
        status: response.status_code.and_then(|status| status.parse().ok()),
        has_custom_body: templates.values().any(|template| template != DEFAULT_TEMPLATE),
    };
    Some((kind.as_str().to_owned(), custom))
}
