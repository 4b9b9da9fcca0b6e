//! CloudWatch Logs: log groups, their events, and queries of Logs Insights.

mod events;
mod groups;
mod queries;

use aws_config::SdkConfig;

use super::hopeless::HopelessCall;
use super::in_flight::CallsInFlight;
use super::pacer::PacedClient;
use super::{Endpoint, Failure, Site};
pub(crate) use groups::LogGroup;
pub(crate) use queries::{LogQuery, QueryOutcome, QueryResult};

pub(super) fn client(
    config: &SdkConfig,
    http: PacedClient,
    endpoint: &Endpoint,
    in_flight: CallsInFlight,
) -> aws_sdk_cloudwatchlogs::Client {
    let mut builder = aws_sdk_cloudwatchlogs::config::Builder::from(config)
        .http_client(http)
        .retry_classifier(HopelessCall { site: endpoint.site })
        .interceptor(in_flight);
    builder.set_endpoint_url(endpoint.url.clone());
    aws_sdk_cloudwatchlogs::Client::from_conf(builder.build())
}

impl super::Aws {
    /// Refuses if API Gateway is on this machine and CloudWatch Logs at AWS, or the reverse: the log would be that of
    /// another account.
    pub(crate) fn check_logs_of_same_aws(&self) -> Result<(), Failure> {
        let endpoints = &self.context().endpoints;
        match (endpoints.api_gateway.site, endpoints.logs.site) {
            (Site::Aws, Site::Loopback) | (Site::Loopback, Site::Aws) => Err(Failure::Setting(format!(
                "the access log is not read, because it is at a different AWS: API Gateway is {} ({}), CloudWatch \
                 Logs is {} ({}); point both to the same AWS",
                endpoints.api_gateway.authority,
                endpoints.api_gateway.origin,
                endpoints.logs.authority,
                endpoints.logs.origin
            ))),
            (Site::Aws | Site::Loopback | Site::Elsewhere, _) => Ok(()),
        }
    }
}
