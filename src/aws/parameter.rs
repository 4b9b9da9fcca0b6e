//! Text in SSM Parameter Store.
//!
//! Invariant: writing keeps a parameter's type, so an encrypted one is never written as plain text.

use aws_config::SdkConfig;
use aws_sdk_ssm::types::{Parameter, ParameterTier, ParameterType};
use aws_smithy_runtime_api::client::http::SharedHttpClient;

use super::failure::{AwsCall, Service};
use super::hopeless::HopelessCall;
use super::in_flight::CallsInFlight;
use super::{Aws, Endpoint, Failure};

/// The size limit of advanced parameters; standard ones hold half of it.
const MAX_PARAMETER_BYTES: usize = 8_192;

pub(super) fn client(
    config: &SdkConfig,
    http: SharedHttpClient,
    endpoint: &Endpoint,
    in_flight: CallsInFlight,
) -> aws_sdk_ssm::Client {
    let mut builder = aws_sdk_ssm::config::Builder::from(config)
        .http_client(http)
        .retry_classifier(HopelessCall { site: endpoint.site })
        .interceptor(in_flight);
    builder.set_endpoint_url(endpoint.url.clone());
    aws_sdk_ssm::Client::from_conf(builder.build())
}

impl Aws {
    /// Returns a parameter's text; `None` if it does not exist.
    pub(crate) async fn parameter(&self, name: &str) -> Result<Option<String>, Failure> {
        Ok(self.get_parameter(name).await?.and_then(|parameter| parameter.value))
    }

    /// Creates or overwrites a parameter.
    pub(crate) async fn put_parameter(&self, name: &str, text: &str) -> Result<(), Failure> {
        let call = self.parameter_call("PutParameter", name);
        if text.len() > MAX_PARAMETER_BYTES {
            let message = format!(
                "the list of pools has {} bytes, and a parameter holds at most {MAX_PARAMETER_BYTES}: store \
                 pools in a table (`keypool setup tables`)",
                text.len()
            );
            return Err(Failure::Limit { operation: call.operation.to_owned(), message });
        }
        let existing_type = self.get_parameter(name).await?.and_then(|parameter| parameter.r#type);
        let request = self
            .shared
            .ssm
            .put_parameter()
            .name(name)
            .value(text)
            .r#type(existing_type.unwrap_or(ParameterType::String))
            // Beyond 4,096 bytes the parameter becomes an advanced one, permanently and at a
            // charge.
            .tier(ParameterTier::IntelligentTiering)
            .overwrite(true);
        request.send().await.map(drop).map_err(|error| call.failure(error))
    }

    async fn get_parameter(&self, name: &str) -> Result<Option<Parameter>, Failure> {
        let call = self.parameter_call("GetParameter", name);
        match self.shared.ssm.get_parameter().name(name).with_decryption(true).send().await {
            Ok(response) => Ok(response.parameter),
            Err(error) if error.as_service_error().is_some_and(|error| error.is_parameter_not_found()) => {
                Ok(None)
            }
            Err(error) => Err(call.failure(error)),
        }
    }

    fn parameter_call(&self, operation: &'static str, name: &str) -> AwsCall<'_> {
        self.call(Service::Ssm, operation, format!("parameter {name}"))
    }
}
