//! Connections to local AWS, SDK clients, and a silent run.

use std::sync::Arc;

use keypool::aws::{
    Aws, ClockAndRandom, CredentialSource, Failure, Retries, TableNames, Target, WithoutTables,
};
use keypool::ops::{self, Run};
use keypool_domain::{Inventory, testing};
use keypool_local_aws::{Clock, LocalAws, Options, World};
use tokio_util::sync::CancellationToken;

/// The connection settings of the demo, without retries.
pub(super) fn target(endpoint: &str) -> Target {
    Target {
        profile: None,
        region: Some("us-east-1".to_owned()),
        region_origin: None,
        endpoint_url: Some(endpoint.to_owned()),
        endpoint_origin: None,
        variables_override_endpoint: false,
        ca_bundle: None,
        ca_bundle_origin: None,
        credentials: CredentialSource::Demo,
        credential_process: None,
        tables: TableNames::default(),
        without_tables: WithoutTables::default(),
        scan_limit: None,
        max_key_age_days: None,
        store_values: true,
        pools: None,
        call_hosts: std::collections::BTreeMap::new(),
        stage_urls: std::collections::BTreeMap::new(),
        state_folder: None,
        cache: false,
        retries: Retries::Off,
    }
}

pub(super) async fn start_local_aws(world: World) -> (LocalAws, Aws) {
    let local = LocalAws::start(Options { world, ..Options::default() }).await.expect("local AWS");
    let aws = Aws::connect(&target(&local.endpoint())).await.expect("a connection");
    (local, aws)
}

/// A local AWS at the fixed start time, and a connection with the same clock.
pub(super) async fn start_local_aws_at_fixed_time(world: World) -> (LocalAws, Aws) {
    let clock = Clock::fixed(testing::start_time());
    let local = LocalAws::start(Options { world, clock, ..Options::default() }).await.expect("local AWS");
    let aws = Aws::connect(&target(&local.endpoint())).await.expect("a connection");
    let clock = local.clock().clone();
    (local, aws.with_clock_and_random(ClockAndRandom::fixed(move || clock.now(), 7)))
}

/// A run that reports no progress and has no audit trail. It ends early only if the test cancels it.
pub(super) fn silent_run() -> Run {
    Run { progress: Arc::new(|_| ()), cancel: CancellationToken::new(), trail: None }
}

pub(super) async fn read_inventory(aws: &Aws) -> Inventory {
    read_inventory_result(aws).await.expect("an inventory")
}

pub(super) async fn read_inventory_result(aws: &Aws) -> Result<Inventory, Failure> {
    ops::read_inventory(aws, &silent_run()).await
}

/// Plain SDK clients, for test setup and checks that do not go through keypool.
pub(crate) fn sdk_clients(endpoint: &str) -> (aws_sdk_apigateway::Client, aws_sdk_dynamodb::Client) {
    let credentials = aws_credential_types::Credentials::new("demo", "demo", None, None, "test");
    let http = aws_smithy_http_client::Builder::new().build_http();
    let gateway = aws_sdk_apigateway::Config::builder()
        .behavior_version_latest()
        .region(aws_sdk_apigateway::config::Region::new("us-east-1"))
        .endpoint_url(endpoint)
        .credentials_provider(credentials.clone())
        .http_client(http.clone());
    let dynamodb = aws_sdk_dynamodb::Config::builder()
        .behavior_version_latest()
        .region(aws_sdk_dynamodb::config::Region::new("us-east-1"))
        .endpoint_url(endpoint)
        .credentials_provider(credentials)
        .http_client(http);
    let gateway = aws_sdk_apigateway::Client::from_conf(gateway.build());
    (gateway, aws_sdk_dynamodb::Client::from_conf(dynamodb.build()))
}
