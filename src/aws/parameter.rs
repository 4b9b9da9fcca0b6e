//! A text in SSM's Parameter Store.
//!
//! Invariant: a parameter that is written keeps the type it has, and one that is encrypted is never written in the clear.

use aws_config::SdkConfig;
use aws_sdk_ssm::types::{Parameter, ParameterTier, ParameterType};
use aws_smithy_runtime_api::client::http::SharedHttpClient;

use super::failure::{AwsCall, Service};
use super::{Aws, Failure};

/// What an advanced parameter holds, in bytes; a standard one holds half of it.
const MAX_PARAMETER_BYTES: usize = 8_192;

pub(super) fn client(config: &SdkConfig, http: SharedHttpClient, url: Option<String>) -> aws_sdk_ssm::Client {
    let mut builder = aws_sdk_ssm::config::Builder::from(config).http_client(http);
    builder.set_endpoint_url(url);
    aws_sdk_ssm::Client::from_conf(builder.build())
}

impl Aws {
    /// The text of a parameter; `None` where there is none of this name.
    pub(crate) async fn parameter(&self, name: &str) -> Result<Option<String>, Failure> {
        Ok(self.get_parameter(name).await?.and_then(|parameter| parameter.value))
    }

    /// Writes a parameter, whether there is one of this name or not.
    pub(crate) async fn put_parameter(&self, name: &str, text: &str) -> Result<(), Failure> {
        let call = self.parameter_call("PutParameter", name);
        if text.len() > MAX_PARAMETER_BYTES {
            let message = format!(
                "the list of pools takes {} bytes, and a parameter holds {MAX_PARAMETER_BYTES} at most: keep pools in a table \
                 (`keypool setup tables`)",
                text.len()
            );
            return Err(Failure::Limit { operation: call.operation.to_owned(), message });
        }
        let there = self.get_parameter(name).await?.and_then(|parameter| parameter.r#type);
        let asked = self
            .shared
            .ssm
            .put_parameter()
            .name(name)
            .value(text)
            .r#type(there.unwrap_or(ParameterType::String))
            // Beyond 4,096 bytes it becomes an advanced one, which AWS charges for, and is one from then on.
            .tier(ParameterTier::IntelligentTiering)
            .overwrite(true);
        asked.send().await.map(drop).map_err(|why| call.failure(why))
    }

    async fn get_parameter(&self, name: &str) -> Result<Option<Parameter>, Failure> {
        let call = self.parameter_call("GetParameter", name);
        match self.shared.ssm.get_parameter().name(name).with_decryption(true).send().await {
            Ok(answer) => Ok(answer.parameter),
            Err(why) if why.as_service_error().is_some_and(|why| why.is_parameter_not_found()) => Ok(None),
            Err(why) => Err(call.failure(why)),
        }
    }

    fn parameter_call(&self, operation: &'static str, name: &str) -> AwsCall<'_> {
        self.call(Service::Ssm, operation, format!("parameter {name}"))
    }
}
