//! Endpoints of each service: where they come from, how they are shown, and the refusal to write if one service is on
//! AWS and another on a local endpoint.

use keypool_local_aws::World;

use crate::support::command::Machine;

/// A machine with a local endpoint for API Gateway only.
fn machine_with_api_gateway_only() -> Machine {
    let machine = Machine::with_local_aws(World::Sample);
    let endpoint = machine.aws().endpoint();
    machine.without_env("AWS_ENDPOINT_URL").with_env("AWS_ENDPOINT_URL_API_GATEWAY", endpoint)
}

fn find_setting(settings: &serde_json::Value, name: &str) -> (String, String) {
    let setting =
        settings.as_array().expect("a list").iter().find(|setting| setting["setting"] == name).expect(name);
    let text = |field: &str| setting[field].as_str().expect(field).to_owned();
    (text("value"), text("from"))
}

#[test]
fn config_shows_the_endpoint_of_each_service_with_its_origin() {
    let machine = Machine::new()
        .with_env("AWS_ENDPOINT_URL_DYNAMODB", "http://127.0.0.1:8000")
        .with_env("AWS_ENDPOINT_URL", "")
        .with_file(
            ".aws/config",
            "[profile dev]\nregion = eu-west-1\nservices = local\n[services local]\napi_gateway =\n  \
             endpoint_url = http://127.0.0.1:4566\n",
        );
    let settings = machine.json("config -p dev");
    let local = |port, from: &str| (format!("http://127.0.0.1:{port}"), from.to_owned());
    assert_eq!(
        find_setting(&settings, "endpoint.api_gateway"),
        local(4566, "[services local] of profile dev")
    );
    assert_eq!(find_setting(&settings, "endpoint.dynamodb"), local(8000, "AWS_ENDPOINT_URL_DYNAMODB"));
    let sts = ("https://sts.eu-west-1.amazonaws.com".to_owned(), "AWS's own".to_owned());
    assert_eq!(find_setting(&settings, "endpoint.sts"), sts);
}

#[test]
fn mixing_api_gateway_of_aws_with_local_tables_is_refused() {
    let machine = Machine::with_local_aws(World::Empty);
    let endpoint = machine.aws().endpoint();
    let machine = machine.without_env("AWS_ENDPOINT_URL").with_env("AWS_ENDPOINT_URL_DYNAMODB", endpoint);
    // The proxy keeps accidental calls to AWS on this machine.
    let output = machine.with_env("HTTPS_PROXY", "http://127.0.0.1:9").run("setup tables --yes");
    assert_eq!(output.status, 2, "{}", output.stderr);
    for part in ["nothing is written", "AWS_ENDPOINT_URL_DYNAMODB", "apigateway.us-east-1.amazonaws.com"] {
        assert!(output.stderr.contains(part), "{}", output.stderr);
    }
}

#[test]
fn writes_to_two_local_endpoints_are_allowed() {
    let tables = Machine::with_local_aws(World::Sample);
    let machine = machine_with_api_gateway_only()
        .with_credentials()
        .with_env("AWS_ENDPOINT_URL_DYNAMODB", tables.aws().endpoint());
    let output = machine.run("setup tables --yes");
    assert_eq!(output.status, 0, "{}", output.stderr);
    assert!(!output.stderr.contains("nothing is written"), "{}", output.stderr);
    assert!(output.stderr.contains("API Gateway is 127.0.0.1"), "both hosts are named: {}", output.stderr);
}

#[test]
fn an_empty_endpoint_variable_counts_as_unset() {
    let machine = Machine::with_local_aws(World::Sample);
    let endpoint = machine.aws().endpoint();
    let machine = machine
        .without_env("AWS_ENDPOINT_URL")
        .with_env("AWS_ENDPOINT_URL", "")
        .with_env("AWS_PROFILE", "")
        .with_env("AWS_CONFIG_FILE", "")
        .with_env("AWS_ENDPOINT_URL_DYNAMODB", "");
    let output = machine.run(&format!("plans -o json --endpoint-url {endpoint}"));
    assert_eq!(output.status, 0, "{}", output.stderr);
}

#[test]
fn an_invalid_endpoint_is_reported_with_its_variable() {
    let machine = Machine::new().with_credentials().with_env("AWS_ENDPOINT_URL", "http://127.0.0.1:99999");
    let output = machine.run("plans");
    assert_eq!(output.status, 2, "{}", output.stderr);
    assert!(
        output.stderr.contains("AWS_ENDPOINT_URL: `http://127.0.0.1:99999` is not an endpoint"),
        "{}",
        output.stderr
    );
}

#[test]
fn a_missing_services_section_is_an_error() {
    let config = "[profile dev]\nregion = us-east-1\nservices = locl\n[services local]\napi_gateway =\n  \
                  endpoint_url = http://127.0.0.1:4566\n";
    let machine = Machine::with_local_aws(World::Sample).with_file(".aws/config", config);
    assert_eq!(machine.run("plans -p dev").status, 0, "the environment variable takes precedence");
    let machine = machine.without_env("AWS_ENDPOINT_URL");
    for line in ["plans -p dev", "config -p dev"] {
        let output = machine.run(line);
        assert!(
            output.stderr.contains("services of profile dev: there is no section [services locl]"),
            "{line}: {}",
            output.stderr
        );
    }
    assert_eq!(machine.run("plans -p dev").status, 2);
}

#[test]
fn an_invalid_region_or_proxy_is_reported_with_its_origin() {
    let local = || Machine::with_local_aws(World::Sample);
    for (machine, line, words) in [
        (local().with_env("AWS_REGION", "us east"), "plans", "AWS_REGION: `us east` is not a region"),
        (local(), "plans --region a/b", "--region: `a/b` is not a region"),
        (
            local().without_env("AWS_REGION").with_file(".aws/config", "[default]\nregion = us_east\n"),
            "config",
            "region of profile default: `us_east` is not a region",
        ),
        (
            Machine::new().with_credentials().with_env("HTTPS_PROXY", "http://me:s3cret@proxy:port"),
            "plans",
            "HTTPS_PROXY: is not the address of a proxy",
        ),
    ] {
        let output = machine.run(line);
        assert!(output.stderr.contains(words), "{words}: {}", output.stderr);
        assert!(output.status == 2 || line == "config", "{}", output.stderr);
        assert!(!output.stderr.contains("s3cret"), "{}", output.stderr);
    }
    let output = local().with_env("HTTPS_PROXY", "not a proxy").run("plans");
    assert_eq!(output.status, 0, "a local endpoint needs no proxy: {}", output.stderr);
}

#[test]
fn retries_follow_the_variables_and_the_profile() {
    let machine = Machine::with_local_aws(World::Sample).with_env("AWS_MAX_ATTEMPTS", "none");
    let output = machine.run("plans");
    assert_eq!(output.status, 2, "{}", output.stderr);
    assert!(
        output.stderr.contains("AWS_MAX_ATTEMPTS: `none` is not a number of attempts"),
        "{}",
        output.stderr
    );
    let machine = machine.without_env("AWS_MAX_ATTEMPTS").with_env("AWS_MAX_ATTEMPTS", "");
    let machine = machine.with_file(".aws/config", "[default]\nretry_mode = never\n");
    let output = machine.run("plans");
    assert!(
        output.stderr.contains("retry_mode of profile default: `never` is not a retry mode"),
        "{}",
        output.stderr
    );
}

#[test]
fn a_refused_local_connection_suggests_starting_the_server() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    drop(listener);
    let output = Machine::new().with_credentials().run(&format!("plans --endpoint-url http://{address}"));
    assert_eq!(output.status, 5, "{}", output.stderr);
    assert!(output.stderr.contains(&format!("no connection to http://{address}")), "{}", output.stderr);
    assert!(output.stderr.contains("start it"), "{}", output.stderr);
}

#[test]
fn the_audit_trail_records_a_separate_tables_endpoint() {
    let tables = Machine::with_local_aws(World::Empty);
    let machine = machine_with_api_gateway_only().with_credentials();
    let gateway = machine.aws().endpoint();
    let machine = machine
        .with_env("AWS_ENDPOINT_URL_STS", gateway.clone())
        .with_env("AWS_ENDPOINT_URL_DYNAMODB", tables.aws().endpoint());
    let output = machine.run("setup tables --yes");
    assert_eq!(output.status, 0, "{}", output.stderr);
    let trail = machine.json("audit");
    let endpoints = (trail[0]["endpoint"].as_str(), trail[0]["tablesEndpoint"].as_str());
    assert_eq!(endpoints, (Some(gateway.as_str()), Some(tables.aws().endpoint().as_str())));
    let shown = machine.run("audit").stdout;
    let host = tables.aws().endpoint().replace("http://", "tables ");
    assert!(shown.contains(&host), "{shown}");
}
