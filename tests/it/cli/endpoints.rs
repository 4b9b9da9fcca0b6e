//! Which AWS is meant: each service has one endpoint, it is shown, and two AWSs are never written to at once.

use keypool_local_aws::World;

use crate::support::command::Machine;

/// A machine whose keys are at a local AWS, and whose tables are not.
fn with_keys_alone() -> Machine {
    let machine = Machine::serving(World::Sample);
    let endpoint = machine.aws().endpoint();
    machine.without("AWS_ENDPOINT_URL").with("AWS_ENDPOINT_URL_API_GATEWAY", endpoint)
}

fn row(rows: &serde_json::Value, name: &str) -> (String, String) {
    let row = rows.as_array().expect("a list").iter().find(|row| row["setting"] == name).expect(name);
    let text = |field: &str| row[field].as_str().expect(field).to_owned();
    (text("value"), text("from"))
}

#[test]
fn config_shows_the_endpoint_of_each_service_with_its_origin() {
    let machine = Machine::bare()
        .with("AWS_ENDPOINT_URL_DYNAMODB", "http://127.0.0.1:8000")
        .with("AWS_ENDPOINT_URL", "")
        .with_file(
            ".aws/config",
            "[profile dev]\nregion = eu-west-1\nservices = local\n[services local]\napi_gateway =\n  \
             endpoint_url = http://127.0.0.1:4566\n",
        );
    let rows = machine.json("config -p dev");
    let local = |port, from: &str| (format!("http://127.0.0.1:{port}"), from.to_owned());
    assert_eq!(row(&rows, "endpoint.api_gateway"), local(4566, "[services local] of profile dev"));
    assert_eq!(row(&rows, "endpoint.dynamodb"), local(8000, "AWS_ENDPOINT_URL_DYNAMODB"));
    let sts = ("https://sts.eu-west-1.amazonaws.com".to_owned(), "AWS's own".to_owned());
    assert_eq!(row(&rows, "endpoint.sts"), sts);
}

#[test]
fn keys_at_aws_and_tables_on_this_machine_are_told_and_never_written() {
    let machine = Machine::serving(World::Empty);
    let endpoint = machine.aws().endpoint();
    let machine = machine.without("AWS_ENDPOINT_URL").with("AWS_ENDPOINT_URL_DYNAMODB", endpoint);
    // Should it ever call AWS, it would not leave this machine.
    let output = machine.with("HTTPS_PROXY", "http://127.0.0.1:9").run("setup tables --yes");
    assert_eq!(output.status, 2, "{}", output.stderr);
    for part in ["nothing is written", "AWS_ENDPOINT_URL_DYNAMODB", "apigateway.us-east-1.amazonaws.com"] {
        assert!(output.stderr.contains(part), "{}", output.stderr);
    }
}

#[test]
fn two_local_endpoints_are_written() {
    let tables = Machine::serving(World::Sample);
    let machine =
        with_keys_alone().with_credentials().with("AWS_ENDPOINT_URL_DYNAMODB", tables.aws().endpoint());
    let output = machine.run("setup tables --yes");
    assert_eq!(output.status, 0, "{}", output.stderr);
    assert!(!output.stderr.contains("nothing is written"), "{}", output.stderr);
    assert!(output.stderr.contains("API Gateway is 127.0.0.1"), "both hosts are told: {}", output.stderr);
}

#[test]
fn an_empty_endpoint_variable_is_not_set() {
    let machine = Machine::serving(World::Sample);
    let endpoint = machine.aws().endpoint();
    let machine = machine
        .without("AWS_ENDPOINT_URL")
        .with("AWS_ENDPOINT_URL", "")
        .with("AWS_PROFILE", "")
        .with("AWS_CONFIG_FILE", "")
        .with("AWS_ENDPOINT_URL_DYNAMODB", "");
    let output = machine.run(&format!("plans -o json --endpoint-url {endpoint}"));
    assert_eq!(output.status, 0, "{}", output.stderr);
}

#[test]
fn a_wrong_endpoint_is_told_with_the_variable_that_holds_it() {
    let machine = Machine::bare().with_credentials().with("AWS_ENDPOINT_URL", "http://127.0.0.1:99999");
    let output = machine.run("plans");
    assert_eq!(output.status, 2, "{}", output.stderr);
    assert!(
        output.stderr.contains("AWS_ENDPOINT_URL: `http://127.0.0.1:99999` is not an endpoint"),
        "{}",
        output.stderr
    );
}

#[test]
fn a_services_section_that_is_not_there_is_told_and_aws_is_not_called_instead() {
    let config = "[profile dev]\nregion = us-east-1\nservices = locl\n[services local]\napi_gateway =\n  \
                  endpoint_url = http://127.0.0.1:4566\n";
    let machine = Machine::serving(World::Sample).with_file(".aws/config", config);
    assert_eq!(machine.run("plans -p dev").status, 0, "the variable goes before it");
    let machine = machine.without("AWS_ENDPOINT_URL");
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
fn a_region_or_a_proxy_that_cannot_be_is_told_with_the_place_where_it_is_written() {
    let local = || Machine::serving(World::Sample);
    for (machine, line, words) in [
        (local().with("AWS_REGION", "us east"), "plans", "AWS_REGION: `us east` is no region"),
        (local(), "plans --region a/b", "--region: `a/b` is no region"),
        (
            local().without("AWS_REGION").with_file(".aws/config", "[default]\nregion = us_east\n"),
            "config",
            "region of profile default: `us_east` is no region",
        ),
        (
            Machine::bare().with_credentials().with("HTTPS_PROXY", "http://me:s3cret@proxy:port"),
            "plans",
            "HTTPS_PROXY: is not the address of a proxy",
        ),
    ] {
        let output = machine.run(line);
        assert!(output.stderr.contains(words), "{words}: {}", output.stderr);
        assert!(output.status == 2 || line == "config", "{}", output.stderr);
        assert!(!output.stderr.contains("s3cret"), "{}", output.stderr);
    }
    let near = local().with("HTTPS_PROXY", "not a proxy").run("plans");
    assert_eq!(near.status, 0, "no call goes there: {}", near.stderr);
}

#[test]
fn retries_follow_the_variables_and_the_profile() {
    let machine = Machine::serving(World::Sample).with("AWS_MAX_ATTEMPTS", "none");
    let output = machine.run("plans");
    assert_eq!(output.status, 2, "{}", output.stderr);
    assert!(output.stderr.contains("AWS_MAX_ATTEMPTS: `none` is no number of attempts"), "{}", output.stderr);
    let machine = machine.without("AWS_MAX_ATTEMPTS").with("AWS_MAX_ATTEMPTS", "");
    let machine = machine.with_file(".aws/config", "[default]\nretry_mode = never\n");
    let output = machine.run("plans");
    assert!(
        output.stderr.contains("retry_mode of profile default: `never` is no retry mode"),
        "{}",
        output.stderr
    );
}

#[test]
fn only_on_this_machine_somebody_may_have_to_start_what_listens() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    drop(listener);
    let output = Machine::bare().with_credentials().run(&format!("plans --endpoint-url http://{address}"));
    assert_eq!(output.status, 5, "{}", output.stderr);
    assert!(output.stderr.contains(&format!("no connection to http://{address}")), "{}", output.stderr);
    assert!(output.stderr.contains("start it"), "{}", output.stderr);
}

#[test]
fn the_trail_says_where_the_tables_are_where_that_is_another_host() {
    let tables = Machine::serving(World::Empty);
    let (keys, tables) = (with_keys_alone().with_credentials(), tables);
    let control = keys.aws().endpoint();
    let machine = keys
        .with("AWS_ENDPOINT_URL_STS", control.clone())
        .with("AWS_ENDPOINT_URL_DYNAMODB", tables.aws().endpoint());
    let output = machine.run("setup tables --yes");
    assert_eq!(output.status, 0, "{}", output.stderr);
    let trail = machine.json("audit");
    let at = (trail[0]["endpoint"].as_str(), trail[0]["tablesEndpoint"].as_str());
    assert_eq!(at, (Some(control.as_str()), Some(tables.aws().endpoint().as_str())));
    let shown = machine.run("audit").stdout;
    let host = tables.aws().endpoint().replace("http://", "tables ");
    assert!(shown.contains(&host), "{shown}");
}
