//! `keypool report`: output, access logs, frozen months and exit statuses.

use aws_sdk_dynamodb::types::AttributeValue;
use jiff::tz::TimeZone;
use keypool_local_aws::{Answer, Fault, World};
use serde_json::{Value, json};

use crate::support::command::{CommandOutput, Machine};
use crate::support::dates::{closed_month, last_month};
use crate::support::recording_proxy::RecordingProxy;
use crate::wire::support::sdk_clients;

const CHARGING_CONFIG: &str =
    "[charging]\ncurrency = \"EUR\"\n[charging.plans.BasicPlan]\nper_1000 = \"0.50\"\nincluded = 100\n";

/// The Plans table of the sample account.
const PLANS_TABLE: &str = "ApiStack-TieredAPIPlans4C7E21B9-1QK3V8ZT5MW0R";

/// The Keys table of the sample account.
const KEYS_TABLE: &str = "ApiStack-TieredAPIKeys9A05D3F6-X2C6PLH74JB1";

fn sample() -> Machine {
    Machine::with_local_aws(World::Sample).with_file(".config/keypool/config.toml", CHARGING_CONFIG)
}

/// The report of a closed month.
fn report_line() -> String {
    format!("report --month {}", closed_month().strftime("%Y-%m"))
}

fn as_list(value: &Value) -> &[Value] {
    value.as_array().expect("a list")
}

fn tenant_charges<'a>(report: &'a Value, tenant: &str) -> &'a Value {
    as_list(report).iter().find(|charges| charges["tenant"] == tenant).expect("the tenant")
}

fn plan_charges<'a>(report: &'a Value, tenant: &str, plan: &str) -> &'a Value {
    as_list(&tenant_charges(report, tenant)["plans"])
        .iter()
        .find(|line| line["plan"] == plan)
        .expect("the plan")
}

fn parse_json(output: &CommandOutput) -> Value {
    serde_json::from_str(&output.stdout).unwrap_or_else(|error| panic!("{error}: {}", output.stderr))
}

fn whole_amount(value: &Value) -> u64 {
    value.as_u64().expect("a whole amount")
}

#[test]
fn a_rate_for_a_plan_that_does_not_exist_is_noted() {
    let config = format!("{CHARGING_CONFIG}[charging.plans.BasicPlam]\nper_1000 = \"1\"\n");
    let machine = Machine::with_local_aws(World::Sample).with_file(".config/keypool/config.toml", &config);
    let output = machine.run(&report_line());
    assert!(output.stderr.contains("the rate of \"BasicPlam\" is not used"), "{}", output.stderr);
    assert!(!output.stderr.contains("BasicPlan\" is not used"), "{}", output.stderr);
}

#[test]
fn totals_agree_in_json_csv_and_table() {
    let machine = sample();
    let report = machine.json(&report_line());
    let month = closed_month().strftime("%Y-%m").to_string();
    for charges in as_list(&report) {
        assert_eq!((&charges["month"], &charges["currency"]), (&month.as_str().into(), &"EUR".into()));
        let lines = as_list(&charges["plans"]);
        assert_eq!(
            lines.iter().map(|line| whole_amount(&line["total"])).sum::<u64>(),
            whole_amount(&charges["tenantTotal"]),
            "{charges}"
        );
        for line in lines {
            assert_eq!(line["estimate"].is_null(), line["sharedBy"].is_null(), "{line}");
            assert!(line["metered"].is_null(), "calls of a shared key are not charged: {line}");
        }
    }
    let shared = plan_charges(&report, "globex", "BasicPlan");
    let (calls, sharer_count) = (whole_amount(&shared["sharedCalls"]), whole_amount(&shared["sharedBy"]));
    assert!(calls > 0 && sharer_count > 1 && shared["calls"] == 0, "{shared}");
    assert_eq!(whole_amount(&shared["estimate"]), (calls + sharer_count / 2) / sharer_count, "{shared}");

    let csv = machine.run(&format!("{} -o csv", report_line())).stdout;
    let head = "month,tenant,currency,plans.planId,plans.plan,plans.price,plans.days,plans.calls,plans.estimate,\
                plans.sharedCalls,plans.sharedBy,plans.included,plans.overage,plans.metered,plans.total,tenantTotal";
    assert_eq!(csv.lines().next(), Some(head));
    let lines: usize = as_list(&report).iter().map(|charges| as_list(&charges["plans"]).len()).sum();
    assert_eq!(csv.lines().count(), lines + 1);
    let csv_lines: Vec<_> = csv.lines().filter(|line| line.contains(",globex,")).collect();
    assert!(csv_lines.len() == 2 && csv_lines.iter().all(|line| line.ends_with(",49")), "{csv_lines:?}");

    let output = machine.run(&report_line());
    let globex_lines: Vec<_> = output.stdout.lines().filter(|line| line.starts_with("globex ")).collect();
    assert_eq!(globex_lines.len(), 3, "{}", output.stdout);
    assert!(globex_lines[2].contains("all 2 plans") && globex_lines[2].ends_with(" 49"), "{globex_lines:?}");
    assert_eq!(
        output.stdout.matches(" plans ").count(),
        as_list(&report).iter().filter(|charges| as_list(&charges["plans"]).len() > 1).count()
    );
    let total: u64 = as_list(&report).iter().map(|charges| whole_amount(&charges["tenantTotal"])).sum();
    assert!(output.stderr.contains(&format!("total: {total} EUR, not frozen")), "{}", output.stderr);
}

#[test]
fn an_access_log_makes_shared_calls_exact_and_invalid_lines_are_listed() {
    let machine = sample();
    let keys = machine.json("keys list --plan BasicPlan --tenant globex");
    let api_key = keys[0]["apiKeyId"].as_str().expect("an API key");
    let noon = closed_month().at(12, 0, 0, 0).to_zoned(TimeZone::UTC).expect("a time");
    let noon = noon.timestamp().as_millisecond();
    let call = |status: u16| json!({ "apiKeyId": api_key, "tenant": "globex", "status": status, "ts": noon });
    let calls = std::iter::repeat_n(call(200), 1_100).chain([call(429)]);
    let mut log: Vec<String> = calls.map(|call| call.to_string()).collect();
    log.insert(1, "GET /pets 200".to_owned());
    log.insert(2, json!({ "apiKeyId": api_key, "status": 200 }).to_string());
    log.insert(3, json!({ "apiKeyId": api_key, "status": 200, "ts": noon }).to_string());
    // An API key of acme alone.
    log.insert(4, json!({ "apiKeyId": "biz3mbrpjd", "status": 200, "ts": noon }).to_string());
    let log = log.join("\n");
    let machine = machine.with_file("access.log", &log);

    let command = |file: &str| format!("{} --access-log {file} -o json", report_line());
    let from_file = machine.run(&command(&machine.path("access.log").to_string_lossy()));
    assert_eq!(from_file.status, 0, "{}", from_file.stderr);
    let report = parse_json(&from_file);
    let charges = plan_charges(&report, "globex", "BasicPlan");
    let figures = [&charges["calls"], &charges["overage"], &charges["metered"], &charges["total"]]
        .map(Value::to_string);
    // 1,000 calls beyond the 100 included, at 0.50 for 1,000.
    assert_eq!(figures, ["1100", "1000", "0.5", "49.5"], "{charges}");
    assert!(charges["estimate"].is_null());
    for words in [
        "line 2 of the access log is skipped: it is not a JSON object",
        "line 3 of the access log is skipped: it has no time",
        "the access log has 1 call refused by API Gateway: not counted",
        "the access log has 1 call without a tenant, with API keys that are not one tenant's own: not charged",
        "calls with shared keys of BasicPlan: the others are not charged",
    ] {
        assert!(from_file.stderr.contains(words), "{}", from_file.stderr);
    }
    let piped = machine.run_with_stdin(&command("-"), &log);
    assert_eq!((piped.status, &piped.stdout), (0, &from_file.stdout), "{}", piped.stderr);

    let missing = machine.run(&format!("{} --access-log nowhere.log", report_line()));
    assert_eq!(missing.status, 1);
    assert!(missing.stderr.contains("the access log nowhere.log cannot be read"), "{}", missing.stderr);
}

/// Deletes an item of the Keys table, as another program may.
#[tokio::main(flavor = "current_thread")]
async fn delete_tenant_key(machine: &Machine, id: &str) {
    let (_, dynamodb) = sdk_clients(&machine.aws().endpoint());
    let request = dynamodb.delete_item().table_name(KEYS_TABLE).key("id", AttributeValue::S(id.to_owned()));
    request.send().await.expect("the item is deleted");
}

#[test]
fn calls_with_a_key_that_nothing_knows_are_unattributed_with_their_number() {
    let machine = sample();
    let usage = machine.json(&format!("usage --month {}", closed_month().strftime("%Y-%m")));
    let is_siloed = |key: &&Value| key["sharedBy"].is_null() && key["calls"].as_u64() > Some(1);
    let key = as_list(&usage).iter().find(is_siloed).expect("a siloed key with calls");
    let (id, calls) = (key["apiKeyId"].as_str().expect("an id"), whole_amount(&key["calls"]));
    delete_tenant_key(&machine, id);
    let report = machine.run(&report_line());
    let calls = keypool_domain::text::pluralize_calls(calls);
    let plan = key["plan"].as_str().expect("a plan");
    let note =
        format!("note: unattributed: {calls} in {plan} with API key {id}, which belongs to no known tenant");
    assert!(report.stderr.contains(&note), "{note}: {}", report.stderr);
}

#[test]
fn nothing_is_frozen_for_a_loopback_endpoint() {
    let machine = sample();
    let first = machine.run(&format!("{} -o json", report_line()));
    assert!(first.status == 0 && first.stderr.contains("EUR, not frozen"), "{}", first.stderr);
    let edited = machine.run("plans edit BasicPlan --price 59 --yes");
    assert_eq!(edited.status, 0, "{}", edited.stderr);
    let later = machine.run(&format!("{} -o json", report_line()));
    assert_eq!(plan_charges(&parse_json(&later), "globex", "BasicPlan")["price"], 59);
    assert!(!later.stderr.contains("difference:"), "{}", later.stderr);
}

#[test]
fn calls_before_a_rotation_are_kept_by_the_note_or_reported_as_missing() {
    let report_line = format!("report --month {}", last_month().strftime("%Y-%m"));
    for is_usage_denied in [false, true] {
        let machine = sample();
        let keys = machine.json("keys list --tenant acme");
        let is_siloed = |key: &&Value| key["mode"] == "siloed";
        let id = as_list(&keys).iter().find(is_siloed).expect("a siloed key")["id"].as_str().expect("an id");
        let before = machine.json(&report_line);
        if is_usage_denied {
            let denied = Fault::on("GetUsage", Answer::AccessDenied { action: None });
            machine.aws().faults().script(denied.always());
        }
        let rotated = machine.run(&format!("keys rotate {id} --grace 0 --yes"));
        assert_eq!(rotated.status, 0, "{}", rotated.stderr);
        machine.aws().faults().clear();
        let report = machine.run(&format!("{report_line} -o json"));
        let remark = format!("API key {id} of acme in ");
        assert!(!report.stderr.contains("got a new API key"), "the note knows: {}", report.stderr);
        assert_eq!(report.stderr.contains(&remark), is_usage_denied, "{}", report.stderr);
        let is_same = tenant_charges(&parse_json(&report), "acme") == tenant_charges(&before, "acme");
        assert_ne!(is_same, is_usage_denied, "{}", report.stdout);
    }
}

/// Writes a price that another program may write.
#[tokio::main(flavor = "current_thread")]
async fn set_price(machine: &Machine, plan: &str, price: &str) {
    let (_, dynamodb) = sdk_clients(&machine.aws().endpoint());
    let request = dynamodb
        .update_item()
        .table_name(PLANS_TABLE)
        .key("id", AttributeValue::S(plan.to_owned()))
        .update_expression("SET price = :price")
        .expression_attribute_values(":price", AttributeValue::S(price.to_owned()));
    request.send().await.expect("the price is written");
}

#[test]
fn a_price_that_cannot_be_read_leaves_its_tenants_out_by_name() {
    for price in ["$199", "199,90"] {
        let machine = sample();
        let plans = machine.json("plans");
        let basic = as_list(&plans).iter().find(|plan| plan["name"] == "BasicPlan").expect("the plan");
        set_price(&machine, basic["id"].as_str().expect("an id"), price);
        let report = machine.run(&format!("{} -o json", report_line()));
        assert_eq!(report.status, 1, "{}", report.stderr);
        assert!(
            !report.stdout.contains("BasicPlan") && !report.stdout.contains("\"globex\""),
            "{}",
            report.stdout
        );
        for words in [
            "globex is left out: the price of BasicPlan cannot be read",
            price,
            "left out of the report",
            "--price",
        ] {
            assert!(report.stderr.contains(words), "{words}: {}", report.stderr);
        }
    }
}

#[test]
fn calls_of_a_plan_whose_usage_cannot_be_read_are_null_and_the_exit_status_is_1() {
    let machine = sample();
    let plans = machine.json("plans");
    let basic = as_list(&plans).iter().find(|plan| plan["name"] == "BasicPlan").expect("the plan");
    let path = format!("/usageplans/{}/usage", basic["id"].as_str().expect("an id"));
    let denied = Fault::on("GetUsage", Answer::AccessDenied { action: None });
    machine.aws().faults().script(Fault { path: Some(path), ..denied }.always());
    let report = machine.run(&format!("{} -o json", report_line()));
    assert_eq!(report.status, 1, "{}", report.stderr);
    let globex = parse_json(&report);
    let globex = plan_charges(&globex, "globex", "BasicPlan");
    for field in ["calls", "estimate", "overage", "metered"] {
        assert!(globex[field].is_null(), "{field}: {globex}");
    }
    assert_eq!((&globex["price"], &globex["total"]), (&json!(49), &json!(49)));
    for words in ["the usage of BasicPlan could not be read", "the report lacks calls of", "not frozen"] {
        assert!(report.stderr.contains(words), "{words}: {}", report.stderr);
    }
}

#[test]
fn the_calls_with_an_api_key_that_was_deleted_elsewhere_are_null_in_every_output() {
    let machine = sample();
    let keys = machine.json("keys list --tenant acme");
    let siloed = as_list(&keys).iter().find(|key| key["mode"] == "siloed").expect("a siloed key");
    let text = |field: &str| siloed[field].as_str().expect("a text").to_owned();
    machine.delete(&format!("/apikeys/{}", text("apiKeyId")));
    let json = machine.run(&format!("{} -o json", report_line()));
    assert_eq!(json.status, 1, "{}", json.stderr);
    assert!(json.stderr.contains("was deleted elsewhere: its calls are unknown"), "{}", json.stderr);
    let plan = text("plan");
    let report = parse_json(&json);
    let line = plan_charges(&report, "acme", &plan);
    assert!(line["calls"].is_null(), "{line}");
    let csv = machine.run(&format!("{} -o csv", report_line())).stdout;
    let mut csv = csv::Reader::from_reader(csv.as_bytes());
    let head = csv.headers().expect("a head").clone();
    let column = |name: &str| head.iter().position(|column| column == name).expect("the column");
    let rows: Vec<_> = csv.records().map(|row| row.expect("a row")).collect();
    let row = rows.iter().find(|row| row[column("tenant")] == *"acme" && row[column("plans.plan")] == *plan);
    assert_eq!(&row.expect("the row")[column("plans.calls")], "");
}

/// A machine whose endpoint is not on this machine, as far as it knows.
pub(super) fn sample_elsewhere() -> Machine {
    let machine = sample();
    let proxy =
        RecordingProxy::start_renaming(&machine.aws().endpoint(), "gateway.example", "gateway.localhost");
    machine
        .without_env("AWS_ENDPOINT_URL")
        .with_env("AWS_ENDPOINT_URL", "http://gateway.example")
        .with_env("HTTP_PROXY", proxy.endpoint())
}

#[test]
fn a_frozen_month_is_printed_even_if_no_usage_can_be_read() {
    let machine = sample_elsewhere();
    let line = format!("{} -o json", report_line());
    let first = machine.run(&line);
    assert!(first.status == 0 && first.stderr.contains("EUR, frozen at"), "{}", first.stderr);
    let state = machine.path(".local/state/keypool");
    std::fs::remove_dir_all(state.join("usage")).expect("cached usage");
    machine.aws().faults().script(Fault::on("GetUsage", Answer::AccessDenied { action: None }).always());
    let again = machine.run(&line);
    assert_eq!((again.status, again.stdout), (0, first.stdout), "{}", again.stderr);
    for words in [
        "the frozen figures could not be compared with the current ones: the usage of ",
        "the usage of plan BasicPlan cannot be read",
        "EUR, frozen at",
    ] {
        assert!(again.stderr.contains(words), "{words}: {}", again.stderr);
    }
    std::fs::remove_dir_all(state.join("reports")).expect("frozen months");
    assert_eq!(machine.run(&line).status, 4, "nothing is known of the month");
}

#[test]
fn a_month_with_calls_of_a_deleted_api_key_is_not_frozen() {
    let machine = sample_elsewhere();
    let keys = machine.json("keys list --tenant acme");
    let siloed = as_list(&keys).iter().find(|key| key["mode"] == "siloed").expect("a siloed key");
    machine.delete(&format!("/apikeys/{}", siloed["apiKeyId"].as_str().expect("an id")));
    let report = machine.run(&report_line());
    assert_eq!(report.status, 1, "{}", report.stderr);
    let why = "the month is not frozen: calls with ended keys are unknown in 1 line";
    assert!(report.stderr.contains(why), "{}", report.stderr);
    assert!(!machine.path(".local/state/keypool/reports").exists());
}

#[test]
fn a_log_with_more_calls_than_api_gateway_counted_is_noted() {
    let machine = sample();
    let noon = closed_month().at(12, 0, 0, 0).to_zoned(TimeZone::UTC).expect("a time");
    let noon = noon.timestamp().as_millisecond();
    let keys = machine.json("keys list --plan BasicPlan --tenant globex");
    let api_key = keys[0]["apiKeyId"].as_str().expect("an API key");
    let call = json!({ "apiKeyId": api_key, "tenant": "globex", "status": 200, "ts": noon }).to_string();
    let counted = plan_charges(&machine.json(&report_line()), "globex", "BasicPlan")["sharedCalls"].clone();
    let log = vec![call; usize::try_from(whole_amount(&counted)).expect("a count") * 2].join("\n");
    let machine = machine.with_file("access.log", &log);
    let file = machine.path("access.log");
    let report = machine.run(&format!("{} --access-log {}", report_line(), file.to_string_lossy()));
    assert!(
        report.stderr.contains(&format!("calls with key {api_key}, but API Gateway counted only")),
        "{}",
        report.stderr
    );
    assert!(report.stderr.contains("is part of the log in it twice?"), "{}", report.stderr);
}

#[test]
fn flat_prices_are_charged_by_days_if_set() {
    let machine = sample().with_env("KEYPOOL_CHARGING_PRO_RATA", "true");
    let report = machine.json(&report_line());
    let days: Vec<_> = as_list(&report)
        .iter()
        .flat_map(|charges| as_list(&charges["plans"]))
        .map(|line| line["days"].as_u64().expect("days"))
        .collect();
    let month_days = closed_month().days_in_month();
    assert!(!days.is_empty() && days.iter().all(|days| (1..=month_days as u64).contains(days)), "{days:?}");
    assert!(sample().json(&report_line())[0]["plans"][0]["days"].is_null());
}

#[test]
fn invalid_months_exit_with_status_2_and_denied_usage_with_4() {
    let machine = sample();
    for month in ["2026-13", "2026-1-1", "october", ""] {
        let refused = machine.run_args(&["report", "--month", month]);
        let stderr = refused.stderr;
        assert!(refused.status == 2 && stderr.contains("--month <MONTH>"), "{month}: {stderr}");
    }
    assert_eq!(machine.run("report").status, 2, "--month is required");
    for line in ["report --month 9000-01", "usage --month 9000-01", "usage --from 9000-01-02 --to 9000-01-03"]
    {
        let future = machine.run(line);
        assert!(future.status == 2 && future.stdout.is_empty(), "{}", future.stdout);
        assert!(future.stderr.contains("has not started"), "{}", future.stderr);
    }
    let denied = Fault::on("GetUsage", Answer::AccessDenied { action: None });
    machine.aws().faults().script(denied.always());
    let this_month = jiff::Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC).strftime("%Y-%m").to_string();
    for line in [report_line(), format!("report --month {this_month}")] {
        let denied = machine.run(&line);
        assert_eq!((denied.status, denied.stdout.as_str()), (4, ""), "{line}: {}", denied.stderr);
    }
}
