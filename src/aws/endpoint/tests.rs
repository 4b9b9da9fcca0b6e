//! Which setting applies to which service, and which URLs are rejected.

use aws_config::profile::ProfileSet;
use aws_runtime::env_config::file::{EnvConfigFileKind, EnvConfigFiles};
use aws_types::os_shim_internal::{Env, Fs};

use super::*;
use crate::aws::Target;

async fn profiles(config: &str) -> ProfileSet {
    let files = EnvConfigFiles::builder().with_contents(EnvConfigFileKind::Config, config).build();
    let (fs, env) = (Fs::from_slice(&[]), Env::from_slice(&[]));
    aws_config::profile::load(&fs, &env, &files, Some("dev".into())).await.expect("profiles")
}

/// The configuration of a test: keypool's setting, whether it comes from `config.toml`,
/// variables, and the AWS config file.
#[derive(Clone, Copy, Default)]
struct Case {
    keypool_setting: Option<&'static str>,
    is_in_file: bool,
    variables: &'static [(&'static str, &'static str)],
    config: &'static str,
}

async fn endpoints(case: Case) -> Result<Endpoints, Failure> {
    let target = Target {
        endpoint_url: case.keypool_setting.map(str::to_owned),
        endpoint_origin: Some(if case.is_in_file { "config.toml:1:1" } else { "--endpoint-url" }.to_owned()),
        variables_override_endpoint: case.is_in_file,
        ..Target::default()
    };
    let variable = |name: &str| {
        let found = case.variables.iter().find(|(variable, _)| *variable == name);
        found.map(|(_, value)| (*value).to_owned())
    };
    let profiles = profiles(case.config).await;
    ConfigSources { target: &target, variable: &variable, profiles: &profiles }.endpoints("eu-west-1")
}

/// Returns host and origin of API Gateway and of DynamoDB.
async fn gateway_and_dynamodb(case: Case) -> [String; 2] {
    let endpoints = endpoints(case).await.expect("valid settings");
    [&endpoints.api_gateway, &endpoints.dynamodb]
        .map(|endpoint| format!("{} {}", endpoint.authority, endpoint.origin))
}

const ENDPOINT_URL: (&str, &str) = ("AWS_ENDPOINT_URL", "http://all:1");
const GATEWAY_URL: (&str, &str) = ("AWS_ENDPOINT_URL_API_GATEWAY", "http://gateway:1");
const SERVICES: &str = "[profile dev]\nservices = local\nendpoint_url = http://profile:1\n\
    [services local]\napi_gateway =\n  endpoint_url = http://services:1\n";

#[tokio::test]
async fn endpoint_settings_override_each_other_in_the_order_of_the_aws_cli() {
    let variables: &[_] = &[ENDPOINT_URL, GATEWAY_URL];
    let all = Case { keypool_setting: Some("http://flag:1"), variables, config: SERVICES, ..Case::default() };
    assert_eq!(gateway_and_dynamodb(all).await, ["flag:1 --endpoint-url", "flag:1 --endpoint-url"]);
    let all = Case { keypool_setting: None, ..all };
    assert_eq!(
        gateway_and_dynamodb(all).await,
        ["gateway:1 AWS_ENDPOINT_URL_API_GATEWAY", "all:1 AWS_ENDPOINT_URL"],
        "the variable of one service overrides the one for all"
    );
    assert_eq!(
        gateway_and_dynamodb(Case { variables: &[ENDPOINT_URL], ..all }).await,
        ["all:1 AWS_ENDPOINT_URL", "all:1 AWS_ENDPOINT_URL"],
        "as with the AWS CLI, variables override files"
    );
    assert_eq!(
        gateway_and_dynamodb(Case { variables: &[], ..all }).await,
        ["services:1 [services local] of profile dev", "profile:1 endpoint_url of profile dev"],
        "the key is api_gateway, as AWS documents it"
    );
    let nothing = gateway_and_dynamodb(Case { variables: &[], config: "[profile dev]\n", ..all }).await;
    let aws = ["apigateway", "dynamodb"].map(|name| format!("{name}.eu-west-1.amazonaws.com AWS's own"));
    assert_eq!(nothing, aws);
}

#[tokio::test]
async fn config_toml_ranks_between_variables_and_profile() {
    let file = Case {
        keypool_setting: Some("http://file:1"),
        is_in_file: true,
        config: SERVICES,
        ..Case::default()
    };
    assert_eq!(gateway_and_dynamodb(file).await, ["file:1 config.toml:1:1", "file:1 config.toml:1:1"]);
    let one = Case { variables: &[("AWS_ENDPOINT_URL_DYNAMODB", "http://tables:1")], ..file };
    assert_eq!(
        gateway_and_dynamodb(one).await,
        ["file:1 config.toml:1:1", "tables:1 AWS_ENDPOINT_URL_DYNAMODB"]
    );
}

#[tokio::test]
async fn empty_variables_and_settings_count_as_unset() {
    let config = "[profile dev]\nservices =\nendpoint_url =\n";
    let variables: &[_] = &[
        ("AWS_ENDPOINT_URL", ""),
        ("AWS_ENDPOINT_URL_DYNAMODB", "  "),
        ("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", ""),
    ];
    let endpoints = endpoints(Case { variables, config, ..Case::default() }).await.expect("valid settings");
    assert_eq!(endpoints, Endpoints::for_aws("eu-west-1"));
}

#[tokio::test]
async fn ignore_configured_endpoint_urls_is_respected() {
    const IGNORE: (&str, &str) = ("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true");
    const WRONG: (&str, &str) = ("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "yes");
    let case = Case { variables: &[IGNORE, ENDPOINT_URL, GATEWAY_URL], config: SERVICES, ..Case::default() };
    assert_eq!(endpoints(case).await.expect("valid settings"), Endpoints::for_aws("eu-west-1"));
    let with_flag = gateway_and_dynamodb(Case { keypool_setting: Some("http://flag:1"), ..case }).await;
    assert_eq!(with_flag, ["flag:1 --endpoint-url", "flag:1 --endpoint-url"]);
    let line = "[profile dev]\nendpoint_url = http://profile:1\nignore_configured_endpoint_urls = true\n";
    let from_profile = endpoints(Case { config: line, ..Case::default() }).await.expect("valid settings");
    assert_eq!(from_profile, Endpoints::for_aws("eu-west-1"));
    let failure = endpoints(Case { variables: &[WRONG], ..case }).await.expect_err("neither").to_string();
    assert_eq!(failure, "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: `yes` is neither true nor false");
}

#[tokio::test]
async fn invalid_urls_are_reported_with_their_origin() {
    for (url, expected) in [
        (" http://127.0.0.1:1", "contains a space"),
        ("http://127.0.0.1:1 ", "contains a space"),
        ("http://127.0.0.1:99999", "port"),
        ("http://127.0.0.1:0", "port"),
        ("http://127.0.0.1:x", "port"),
        ("127.0.0.1:4599", "write http://"),
        ("ftp://127.0.0.1", "write http://"),
        ("http://", "write http://"),
        ("http://127.0.0.1?a", "`?`"),
    ] {
        let variables: &'static [_] = Box::leak(Box::new([("AWS_ENDPOINT_URL_DYNAMODB", url)]));
        let failure = endpoints(Case { variables, ..Case::default() }).await.expect_err(url).to_string();
        assert!(failure.starts_with("AWS_ENDPOINT_URL_DYNAMODB: "), "{failure}");
        assert!(failure.contains(expected), "{url}: {failure}");
    }
    let with_password = Case { keypool_setting: Some("http://me:secret@127.0.0.1:1"), ..Case::default() };
    let failure = endpoints(with_password).await.expect_err("a password").to_string();
    assert!(failure.contains("user name") && !failure.contains("secret"), "{failure}");
}

#[test]
fn writes_are_refused_when_aws_and_loopback_are_mixed() {
    let endpoint = |url: &str| Endpoint::from_url(url, EndpointOrigin::Variable("X")).expect(url);
    let aws = |service| Endpoint::for_aws(service, "eu-west-1");
    let with = |api_gateway, dynamodb| Endpoints { api_gateway, dynamodb, ..Endpoints::for_aws("eu-west-1") };
    let local = || endpoint("http://127.0.0.1:8000");
    for (keys, tables, is_writable) in [
        (aws(Service::ApiGateway), aws(Service::DynamoDb), true),
        (aws(Service::ApiGateway), local(), false),
        (local(), aws(Service::DynamoDb), false),
        (local(), endpoint("http://localhost:4566"), true),
        (aws(Service::ApiGateway), endpoint("https://vpce-1.dynamodb.eu-west-1.vpce.amazonaws.com"), true),
        (local(), endpoint("http://tables.corp.example:8000"), true),
    ] {
        let endpoints = with(keys, tables);
        assert_eq!(endpoints.check_writable().is_ok(), is_writable, "{:?}", endpoints.describe_difference());
    }
    let message = with(aws(Service::ApiGateway), local()).check_writable().expect_err("mixed").to_string();
    for part in
        ["API Gateway is apigateway.eu-west-1.amazonaws.com (AWS's own)", "DynamoDB is 127.0.0.1:8000 (X)"]
    {
        assert!(message.contains(part), "{message}");
    }
}
