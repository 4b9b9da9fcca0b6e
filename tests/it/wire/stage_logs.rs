//! Access logs in CloudWatch Logs: pages of events, queries that are split, stopped or limited, and moto.

use std::collections::BTreeMap;
use std::sync::Arc;

use aws_sdk_apigateway::types::{Op, PatchOperation};
use jiff::{SignedDuration, Timestamp};
use keypool::aws::{Aws, Failure};
use keypool::ops::{self, AlertLog, AlertRequest, Progress, Run, StageLogCalls, StageLogs};
use keypool_domain::Inventory;
use keypool_domain::charging::{AccessLogFields, LoggedCalls};
use keypool_domain::usage::TimeSpan;
use keypool_local_aws::{Answer, Fault, LocalAws, World};
use tokio_util::sync::CancellationToken;

use super::moto::Moto;
use super::support::{read_inventory, sdk_clients, silent_run, start_local_aws_at_fixed_time, target};
use crate::support::logged_calls::{GROUP, GROUP_ARN, SHARED_KEY, call_as};

const FORMAT: &str = r#"{"ts":"$context.requestTimeEpoch","apiKeyId":"$context.identity.apiKeyId","tenant":"$context.authorizer.tenantId","status":"$context.status","err":"$context.error.responseType"}"#;

/// A local AWS at a fixed time, whose stage has an access log.
struct LoggedAccount {
    local: LocalAws,
    aws: Aws,
    inventory: Inventory,
}

impl LoggedAccount {
    async fn start(world: World) -> Self {
        let (local, aws) = start_local_aws_at_fixed_time(world).await;
        let inventory = read_inventory(&aws).await;
        Self { local, aws, inventory }
    }

    /// The sample, whose stage logs in [`GROUP`] in this format.
    async fn with_format(format: &str) -> Self {
        let account = Self::start(World::Sample).await;
        let (gateway, _) = sdk_clients(&account.local.endpoint());
        let replace = |path: &str, value: &str| {
            PatchOperation::builder().op(Op::Replace).path(path).value(value).build()
        };
        let stage = gateway.update_stage().rest_api_id("w4k8t2m7xq").stage_name("prod");
        stage
            .patch_operations(replace("/accessLogSettings/format", format))
            .patch_operations(replace("/accessLogSettings/destinationArn", GROUP_ARN))
            .send()
            .await
            .expect("an access log");
        gateway
            .update_usage_plan()
            .usage_plan_id("b7m3xj")
            .patch_operations(replace("/throttle/burstLimit", "5000"))
            .patch_operations(replace("/quota/limit", "1000000"))
            .send()
            .await
            .expect("a larger plan");
        account
    }

    fn call<'a>(&self, calls: impl IntoIterator<Item = (&'a str, usize)>) {
        let shared = |key: &&keypool_domain::TenantKey| {
            key.known_pool_key().is_some_and(|key| key.as_str() == SHARED_KEY)
        };
        let tenant_key = self.inventory.tenant_keys().iter().find(shared).expect("a tenant key");
        let value = tenant_key.stored_value().expect("its value").expose();
        let statuses = call_as(&self.local.endpoint(), value, calls);
        assert!(statuses.iter().all(|status| *status == 200), "{statuses:?}");
    }

    fn advance(&self, seconds: u64) {
        self.local.clock().advance(std::time::Duration::from_secs(seconds));
    }

    fn last(&self, minutes: i64) -> TimeSpan {
        TimeSpan::last(SignedDuration::from_mins(minutes), self.aws.now())
    }

    async fn find(&self, span: TimeSpan) -> Result<StageLogs, Failure> {
        let (plans, fields) = (self.inventory.plans(), AccessLogFields::default());
        ops::find_stage_logs(&self.aws, plans, &fields, span, &silent_run()).await
    }

    async fn count(&self, span: TimeSpan) -> StageLogCalls {
        let logs = self.find(span).await.expect("access logs");
        logs.count(&self.aws, &silent_run()).await.expect("counts")
    }

    /// The same calls, as the report counts them in a file.
    fn count_in_file(&self, span: TimeSpan) -> LoggedCalls {
        let lines = self.local.access_log().lines().join("\n");
        let go_on = |_| std::ops::ControlFlow::Continue(());
        ops::read_access_log(lines.as_bytes(), &AccessLogFields::default(), span, &go_on)
            .expect("a log")
            .logged
    }
}

fn by_tenant(calls: &LoggedCalls) -> BTreeMap<String, u64> {
    calls.iter().map(|(_, tenant, count)| (tenant.to_string(), count)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn one_tenant_of_the_logged_sample_makes_71_percent_of_the_calls_with_a_shared_key() {
    let account = LoggedAccount::start(World::SampleLogged).await;
    let hour = account.count(account.last(60)).await;
    let expected = [("globex", 71), ("hooli", 18), ("wayne", 11)];
    assert_eq!(by_tenant(&hour.calls.logged), expected.map(|(name, calls)| (name.to_owned(), calls)).into());
    assert!(account.local.calls().count("StartQuery") > 0 && hour.bytes_scanned > 0);
    // Of a part of the hour, events, queries and the file have the same calls, from one millisecond to another.
    for minutes in [1, 7, 15] {
        let span = account.last(minutes);
        let events = account.count(span).await;
        assert_eq!(events.calls.logged, account.count_in_file(span), "{minutes} minutes");
        assert_eq!(events.bytes_scanned, 0);
    }
    for minutes in [16, 31, 59] {
        let span = account.last(minutes);
        assert_eq!(account.count(span).await.calls.logged, account.count_in_file(span), "{minutes} minutes");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_calls_of_a_span_are_counted_to_the_millisecond_from_every_source() {
    let account = LoggedAccount::with_format(FORMAT).await;
    let start = account.aws.now();
    account.call([("globex", 1)]);
    account.advance(60);
    account.call([("globex", 2), ("wayne", 1)]);
    account.advance(60);
    account.call([("globex", 4)]);
    account.advance(3_600);
    let at = |millis: i64| start + SignedDuration::from_millis(millis);
    for (from, until, expected) in [
        (0, 120_000, 3),
        (1, 120_001, 6),
        (0, 60_000, 1),
        (60_000, 60_001, 2),
        (60_001, 120_000, 0),
        (0, 120_001, 7),
    ] {
        let short = TimeSpan::new(at(from), at(until)).expect("a span");
        let events = account.count(short).await;
        assert_eq!(by_tenant(&events.calls.logged).get("globex").copied().unwrap_or(0), expected, "{short}");
        assert_eq!(events.calls.logged, account.count_in_file(short), "{short}");
        assert_eq!(events.calls.outside, 0, "what lies around the span is not of the log");
        // A longer span that ends or begins there is counted by Logs Insights.
        for span in [TimeSpan::new(start, at(until)), TimeSpan::new(at(from), at(3_600_000))] {
            let span = span.expect("a span");
            assert_eq!(account.count(span).await.calls.logged, account.count_in_file(span), "{span}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_page_of_events_is_read_empty_ones_too() {
    let account = LoggedAccount::with_format(FORMAT).await;
    account.call([("wayne", 1_500)]);
    account.advance(1_800);
    account.call([("globex", 3)]);
    let counted = account.count(account.last(15)).await;
    assert_eq!(by_tenant(&counted.calls.logged), [("globex".to_owned(), 3)].into());
    assert!(account.local.calls().count("FilterLogEvents") > 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_result_as_long_as_its_limit_is_split_by_time_and_never_taken_for_all() {
    let account = LoggedAccount::with_format(FORMAT).await;
    let tenants: Vec<_> = (0..10_500).map(|number| format!("tenant-{number}")).collect();
    for tenants in tenants.chunks(3_500) {
        account.call(tenants.iter().map(|tenant| (tenant.as_str(), 1)));
        account.advance(600);
    }
    let counted = account.count(account.last(120)).await;
    assert_eq!(counted.calls.logged.len(), 10_500);
    assert!(counted.calls.logged.iter().all(|(_, _, calls)| calls == 1));
    assert!(account.local.calls().count("StartQuery") >= 4, "time, all, and at least two parts");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_query_is_stopped_when_the_operator_stops_waiting() {
    let account = LoggedAccount::with_format(FORMAT).await;
    account.call([("globex", 1)]);
    let logs = account.find(account.last(120)).await.expect("access logs");
    let cancel = CancellationToken::new();
    let canceller = cancel.clone();
    let run = Run { progress: Arc::new(move |_| canceller.cancel()), cancel, trail: None };
    assert_eq!(
        logs.count(&account.aws, &run).await.map(|counted| counted.bytes_scanned),
        Err(Failure::Cancelled)
    );
    let calls = account.local.calls();
    assert_eq!((calls.count("StartQuery"), calls.count("StopQuery")), (1, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn alerts_are_cancelled_if_the_operator_stops_waiting_for_the_log() {
    let account = LoggedAccount::with_format(FORMAT).await;
    account.call([("globex", 1)]);
    let cancel = CancellationToken::new();
    let canceller = cancel.clone();
    let cancel_at_log = move |progress: Progress| {
        if progress.doing.contains("log group") {
            canceller.cancel();
        }
    };
    let run = Run { progress: Arc::new(cancel_at_log), cancel, trail: None };
    let log = AlertLog::Stages { fields: AccessLogFields::default(), length: SignedDuration::from_mins(120) };
    let request = AlertRequest { warn_percent: 80, log: Some(log) };
    let failure = Box::pin(ops::find_alerts(&account.aws, &request, &run)).await.err();
    assert_eq!(failure, Some(Failure::Cancelled), "not a list without loud tenants");
}

#[tokio::test(flavor = "multi_thread")]
async fn log_groups_of_infrequent_access_are_queried_even_for_a_minute() {
    let account = LoggedAccount::with_format(FORMAT).await;
    create_group(&account.local.endpoint(), "INFREQUENT_ACCESS");
    account.call([("globex", 2)]);
    let counted = account.count(account.last(1)).await;
    assert_eq!(by_tenant(&counted.calls.logged), [("globex".to_owned(), 2)].into());
    assert_eq!(account.local.calls().count("FilterLogEvents"), 0);
}

/// Creates [`GROUP`], as an operator would.
fn create_group(endpoint: &str, class: &str) {
    let host = endpoint.strip_prefix("http://").expect("an http endpoint");
    let body = format!(r#"{{"logGroupName":"{GROUP}","logGroupClass":"{class}"}}"#);
    let request = format!(
        "POST / HTTP/1.1\r\nHost: {host}\r\nX-Amz-Target: Logs_20140328.CreateLogGroup\r\n\
         Content-Type: application/x-amz-json-1.1\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    let stream = std::net::TcpStream::connect(host).expect("a connection");
    assert_eq!(crate::support::http_pipeline::send_pipelined(&stream, &[request]), [200]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_without_numeric_times_is_counted_by_the_time_of_its_events() {
    let format = FORMAT.replace(
        r#""ts":"$context.requestTimeEpoch""#,
        r#""at":"$context.stage","requestTime":"$context.requestTime""#,
    );
    let account = LoggedAccount::with_format(&format).await;
    account.call([("wayne", 2)]);
    account.advance(3_600);
    account.call([("globex", 3)]);
    let counted = account.count(account.last(30)).await;
    assert_eq!(by_tenant(&counted.calls.logged), [("globex".to_owned(), 3)].into());
    assert_eq!(account.count(account.last(15)).await.calls.logged, counted.calls.logged);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_query_that_fails_is_a_failure_and_not_an_empty_count() {
    let account = LoggedAccount::with_format(FORMAT).await;
    account.call([("globex", 1)]);
    let failed = r#"{"status":"Failed","results":[],"statistics":{"recordsScanned":1.0}}"#;
    let answer = Answer::Body { status: 200, body: failed.to_owned() };
    account.local.faults().script(Fault::on("GetQueryResults", answer));
    let logs = account.find(account.last(120)).await.expect("access logs");
    let failure = logs.count(&account.aws, &silent_run()).await.expect_err("a failure").to_string();
    assert!(failure.contains("with the status Failed: ask for fewer hours"), "{failure}");
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_before_a_log_group_began_are_said_to_be_missing() {
    let account = LoggedAccount::with_format(FORMAT).await;
    account.advance(3_600);
    account.call([("globex", 1)]);
    let remarks = account.find(account.last(120)).await.expect("access logs").remarks();
    let begins = account.aws.now().strftime("%Y-%m-%d %H:%M UTC").to_string();
    assert!(
        remarks
            .iter()
            .any(|remark| remark.contains(&format!("begins at {begins}: earlier calls are not counted"))),
        "{remarks:?}"
    );
    assert_eq!(account.count(account.last(120)).await.calls.logged.len(), 1);
}

/// Moto's Logs Insights knows no `stats`, so that only FilterLogEvents is compared with it.
#[tokio::test(flavor = "multi_thread")]
async fn moto_serves_the_events_of_a_log_group() {
    let Some(moto) = Moto::start("access logs") else { return };
    let aws = Aws::connect(&target(&moto.endpoint)).await.expect("a connection");
    let (gateway, _) = sdk_clients(&moto.endpoint);
    let api = gateway.create_rest_api().name("shop").send().await.expect("an API").id.expect("an id");
    let resources = gateway.get_resources().rest_api_id(&api).send().await.expect("resources");
    let root = resources.items.expect("a root")[0].id.clone().expect("an id");
    let method = gateway.put_method().rest_api_id(&api).resource_id(&root).http_method("GET");
    method.authorization_type("NONE").send().await.expect("a method");
    let integration = gateway.put_integration().rest_api_id(&api).resource_id(&root).http_method("GET");
    integration
        .r#type(aws_sdk_apigateway::types::IntegrationType::Mock)
        .send()
        .await
        .expect("an integration");
    gateway.create_deployment().rest_api_id(&api).stage_name("prod").send().await.expect("a stage");
    let replace =
        |path: &str, value: &str| PatchOperation::builder().op(Op::Replace).path(path).value(value).build();
    let stage = gateway.update_stage().rest_api_id(&api).stage_name("prod");
    stage
        .patch_operations(replace("/accessLogSettings/format", FORMAT))
        .patch_operations(replace("/accessLogSettings/destinationArn", GROUP_ARN))
        .send()
        .await
        .expect("an access log");
    let logs = logs_client(&moto.endpoint);
    logs.create_log_group().log_group_name(GROUP).send().await.expect("a log group");
    logs.create_log_stream().log_group_name(GROUP).log_stream_name("s").send().await.expect("a stream");
    // The log group begins when it is made: earlier events are not counted.
    let now = Timestamp::from_millisecond(aws.now().as_millisecond()).expect("a time");
    let event = |tenant: &str, age: i64| {
        let at = now.as_millisecond() - age;
        let message =
            format!(r#"{{"ts":"{at}","apiKeyId":"k","tenant":"{tenant}","status":"200","err":"-"}}"#);
        aws_sdk_cloudwatchlogs::types::InputLogEvent::builder()
            .timestamp(at)
            .message(message)
            .build()
            .expect("an event")
    };
    let events = std::iter::repeat_n(("globex", 0), 71).chain([("wayne", 0), ("hooli", 3_600_000)]);
    let put = logs.put_log_events().log_group_name(GROUP).log_stream_name("s");
    let mut events: Vec<_> = events.map(|(tenant, age)| event(tenant, age)).collect();
    events.sort_by_key(|event| event.timestamp);
    put.set_log_events(Some(events)).send().await.expect("events");

    let stage = keypool_domain::StageRef { api, stage: "prod".to_owned() };
    let plan = keypool_domain::Plan::new("p", "Plan");
    let plans = [keypool_domain::Plan { stages: vec![stage], ..plan }];
    let span = TimeSpan::last(SignedDuration::from_mins(15), now);
    let found = ops::find_stage_logs(&aws, &plans, &AccessLogFields::default(), span, &silent_run()).await;
    let counted = found.expect("access logs").count(&aws, &silent_run()).await.expect("counts");
    let expected = [("globex".to_owned(), 71), ("wayne".to_owned(), 1)];
    assert_eq!(by_tenant(&counted.calls.logged), expected.into());
}

fn logs_client(endpoint: &str) -> aws_sdk_cloudwatchlogs::Client {
    let config = aws_sdk_cloudwatchlogs::Config::builder()
        .behavior_version_latest()
        .region(aws_sdk_cloudwatchlogs::config::Region::new("us-east-1"))
        .endpoint_url(endpoint)
        .credentials_provider(aws_credential_types::Credentials::new("demo", "demo", None, None, "test"))
        .http_client(aws_smithy_http_client::Builder::new().build_http());
    aws_sdk_cloudwatchlogs::Client::from_conf(config.build())
}
