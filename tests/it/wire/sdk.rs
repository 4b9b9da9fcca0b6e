//! Local AWS with SDK clients, without retries.

use aws_credential_types::Credentials;
use aws_sdk_apigateway::Client as Gateway;
use aws_sdk_dynamodb::Client as DynamoDb;
use aws_smithy_http_client::Builder;
use aws_smithy_types::retry::RetryConfig;
use aws_types::SdkConfig;
use aws_types::region::Region;
use keypool_local_aws::{LocalAws, Options, World};

pub(super) struct SdkAccount {
    pub(super) aws: LocalAws,
    pub(super) gateway: Gateway,
    pub(super) dynamodb: DynamoDb,
}

impl SdkAccount {
    pub(super) async fn start(world: World) -> Self {
        let aws = LocalAws::start(Options { world, ..Options::default() }).await.unwrap();
        let config = SdkConfig::builder()
            .behavior_version(aws_sdk_apigateway::config::BehaviorVersion::latest())
            .endpoint_url(aws.endpoint())
            .region(Region::from_static("us-east-1"))
            .credentials_provider(aws_credential_types::provider::SharedCredentialsProvider::new(
                Credentials::for_tests(),
            ))
            .http_client(Builder::new().build_http())
            .retry_config(RetryConfig::disabled())
            .build();
        Self { aws, gateway: Gateway::new(&config), dynamodb: DynamoDb::new(&config) }
    }

    pub(super) async fn start_empty() -> Self {
        Self::start(World::Empty).await
    }
}
