//! The identity behind the credentials, from the Security Token Service (STS).

use std::time::Duration;

use aws_config::SdkConfig;
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use aws_smithy_types::retry::RetryConfig;
use tokio::time::timeout;

use super::{Aws, Site};

const CALLER_TIMEOUT: Duration = Duration::from_secs(2);

/// Creates a client without retries: the caller's name is optional.
pub(super) fn client(config: &SdkConfig, http: SharedHttpClient, url: Option<String>) -> aws_sdk_sts::Client {
    let mut builder = aws_sdk_sts::config::Builder::from(config).http_client(http);
    builder.set_endpoint_url(url);
    aws_sdk_sts::Client::from_conf(builder.retry_config(RetryConfig::disabled()).build())
}

impl Aws {
    /// Returns the caller's ARN, read once per connection; `None` if STS fails or takes too long.
    ///
    /// If API Gateway is on loopback and STS is not, STS is not called: it would name the caller of
    /// another account.
    pub(crate) async fn caller_arn(&self) -> Option<String> {
        let endpoints = &self.shared.context.endpoints;
        if self.shared.is_loopback && endpoints.sts.site == Site::Aws {
            return None;
        }
        let read = || async {
            let request = self.shared.sts.get_caller_identity().send();
            timeout(CALLER_TIMEOUT, request).await.ok()?.ok()?.arn
        };
        self.shared.caller.get_or_init(read).await.clone()
    }

    /// Returns the account id, if the caller's ARN is known.
    pub(crate) async fn account_id(&self) -> Option<String> {
        let arn = self.caller_arn().await?;
        arn.split(':').nth(4).filter(|number| !number.is_empty()).map(str::to_owned)
    }
}
