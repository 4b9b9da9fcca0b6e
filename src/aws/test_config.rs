//! A configuration of the SDK for tests with their own transport: three attempts, without waits that matter.

use std::time::Duration;

use aws_config::SdkConfig;
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_sdk_apigateway::config::{BehaviorVersion, Region};
use aws_smithy_async::rt::sleep::{SharedAsyncSleep, TokioSleep};
use aws_smithy_types::retry::RetryConfig;

use super::route::RouteReportingClient;

pub(super) fn sdk_config(client: RouteReportingClient) -> SdkConfig {
    let retries = RetryConfig::standard().with_max_attempts(3);
    SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("us-east-1"))
        .endpoint_url("http://127.0.0.1:9")
        .credentials_provider(SharedCredentialsProvider::new(Credentials::new("a", "b", None, None, "test")))
        .sleep_impl(SharedAsyncSleep::new(TokioSleep::new()))
        .retry_config(retries.with_initial_backoff(Duration::from_millis(1)))
        .http_client(client)
        .build()
}
