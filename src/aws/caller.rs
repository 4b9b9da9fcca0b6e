//! Who the credentials belong to, by the Security Token Service.

use std::time::Duration;

use aws_config::SdkConfig;
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use aws_smithy_types::retry::RetryConfig;
use tokio::time::timeout;

use super::{Aws, Site};

/// The longest that a change may wait for the name of who makes it.
const CALLER_TIMEOUT: Duration = Duration::from_secs(2);

/// A client that asks once: the name is worth no more.
pub(super) fn client(config: &SdkConfig, http: SharedHttpClient, url: Option<String>) -> aws_sdk_sts::Client {
    let mut builder = aws_sdk_sts::config::Builder::from(config).http_client(http);
    builder.set_endpoint_url(url);
    aws_sdk_sts::Client::from_conf(builder.retry_config(RetryConfig::disabled()).build())
}

impl Aws {
    /// The caller's ARN, asked once for a connection; `None` where it cannot be had soon.
    ///
    /// Where keys are on this machine, AWS is not asked: it would name the caller of another account.
    pub(crate) async fn caller_arn(&self) -> Option<String> {
        let endpoints = &self.shared.context.endpoints;
        if self.shared.is_loopback && endpoints.sts.site == Site::Aws {
            return None;
        }
        let ask = || async {
            let asked = self.shared.sts.get_caller_identity().send();
            timeout(CALLER_TIMEOUT, asked).await.ok()?.ok()?.arn
        };
        self.shared.caller.get_or_init(ask).await.clone()
    }

    /// The number of the account, where the caller's ARN is known.
    pub(crate) async fn account_id(&self) -> Option<String> {
        let arn = self.caller_arn().await?;
        arn.split(':').nth(4).filter(|number| !number.is_empty()).map(str::to_owned)
    }
}
