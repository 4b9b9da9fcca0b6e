//! What a REST API answers in the place of API Gateway's own words.

use aws_sdk_apigateway::types::GatewayResponse;
use keypool_domain::call::{OwnAnswer, OwnAnswers};

use super::PAGE;
use crate::aws::failure::Service;
use crate::aws::{Aws, Failure};

/// The body where an API says nothing else.
const TEMPLATE: &str = r#"{"message":$context.error.messageString}"#;

impl Aws {
    /// The answers that an API customises, as they were last edited; what is deployed may be older.
    pub(crate) async fn own_answers(&self, api: &str) -> Result<OwnAnswers, Failure> {
        let call = self.call(Service::ApiGateway, "GetGatewayResponses", format!("REST API {api}"));
        // There are 21 types: they fit a page.
        let asked = self.shared.asked.get_gateway_responses().rest_api_id(api).limit(PAGE).send().await;
        let all = asked.map_err(|why| call.failed(why))?.items.unwrap_or_default();
        Ok(OwnAnswers(all.into_iter().filter_map(own).collect()))
    }
}

fn own(response: GatewayResponse) -> Option<(String, OwnAnswer)> {
    let kind = response.response_type.filter(|_| !response.default_response)?;
    let templates = response.response_templates.unwrap_or_default();
    let own = OwnAnswer {
        status: response.status_code.and_then(|status| status.parse().ok()),
        body: templates.values().any(|template| template != TEMPLATE),
    };
    Some((kind.as_str().to_owned(), own))
}
