//! The command line in an account without tables: every list, every change of keys, and what is refused.

mod calls;
mod settings;
mod usage;

use keypool_local_aws::World;
use serde_json::Value;

use crate::support::command::{Machine, field_values};
use crate::support::dates::closed_month;

const CONFIG: &str = "[tenants]\nfrom = [\"tag:ownerId\", \"customerId\", \"name:^(?<tenant>[^-]+)-\"]\nplans = [\"TestPlan\"]\n\
    [charging.plans.PremiumPlan]\nprice = \"199.00\"\n[charging.plans.BasicPlan]\nprice = \"49.00\"\n";

fn unconfigured() -> Machine {
    Machine::with_local_aws(World::SampleWithoutTables)
}

fn account() -> Machine {
    unconfigured().with_file(".config/keypool/config.toml", CONFIG)
}

fn tenant_of(list: &Value, name: &str) -> String {
    let found = list.as_array().expect("a list").iter().find(|key| key["name"] == name);
    found.expect("the key")["tenant"].as_str().expect("a tenant").to_owned()
}

fn succeeds(machine: &Machine, line: &str) -> String {
    let output = machine.run(line);
    assert_eq!(output.status, 0, "{line}: {}{}", output.stdout, output.stderr);
    output.stdout
}

fn refusal(machine: &Machine, line: &str) -> String {
    let calls = machine.aws().calls().all().len();
    let output = machine.run(line);
    assert_eq!(output.status, 2, "{line}: {}", output.stdout);
    let calls = machine.aws().calls().all().split_off(calls);
    let is_write = |operation: &str| !operation.starts_with("Get") && !operation.starts_with("List");
    let writes: Vec<_> = calls.iter().filter(|call| is_write(&call.operation)).collect();
    assert!(writes.is_empty(), "{line}: {writes:?}");
    output.stderr
}

#[test]
fn each_api_key_is_a_tenant_key_of_the_tenant_that_its_tag_customer_or_name_says() {
    let machine = account();
    let keys = machine.json("keys list");
    assert_eq!(keys.as_array().map(Vec::len), Some(35), "34 in plans, one in none");
    assert_eq!(tenant_of(&keys, "banana-stand"), "bluth", "its tag");
    assert_eq!(tenant_of(&keys, "weyland-fleet"), "weyland", "its customer");
    assert_eq!(tenant_of(&keys, "skynet-feed"), "skynet", "its name");
    assert_eq!(tenant_of(&keys, "partner"), "partner", "nothing else");
    let unused = keys.as_array().and_then(|keys| keys.iter().find(|key| key["name"] == "partner"));
    assert_eq!(unused.map(|key| (&key["plan"], &key["planId"])), Some((&"no plan".into(), &"".into())));
    assert_eq!(machine.run("keys list").stderr, "", "no remark once it is configured");
    let remark = unconfigured().run("keys list");
    assert_eq!(remark.status, 0);
    assert!(remark.stderr.contains("no tables, so each API key is one tenant key"), "{}", remark.stderr);
}

#[test]
fn a_key_in_two_plans_is_listed_with_its_usage_under_both() {
    let machine = account();
    let plan = machine.post("/usageplans", r#"{"name":"Extra"}"#)["id"].as_str().expect("an id").to_owned();
    machine.post(&format!("/usageplans/{plan}/keys"), r#"{"keyId":"biz3mbrpjd","keyType":"API_KEY"}"#);
    let keys = machine.json("keys list --tenant acme");
    let in_both: Vec<_> = keys
        .as_array()
        .expect("a list")
        .iter()
        .filter(|key| key["id"] == "biz3mbrpjd")
        .map(|key| key["plan"].as_str().expect("a plan"))
        .collect();
    assert_eq!(in_both, ["PremiumPlan", "Extra"]);
    assert_eq!(machine.json("keys show biz3mbrpjd")["plan"], "PremiumPlan");
    let by_plan = |plan: &str| machine.json(&format!("usage --days 7 --plan {plan}"));
    let calls = |usage: &Value| {
        let keys = usage.as_array().expect("a list").iter();
        keys.filter(|key| key["apiKeyId"] == "biz3mbrpjd")
            .filter_map(|key| key["calls"].as_u64())
            .sum::<u64>()
    };
    assert!(calls(&by_plan("PremiumPlan")) > 0, "{}", by_plan("PremiumPlan"));
    assert_eq!(calls(&by_plan("Extra")), 0);
}

#[test]
fn usage_report_whose_explain_call_export_and_doctor_need_no_table() {
    let machine = account();
    let by_tenant = machine.json("usage --days 30 --by tenant");
    let stark = by_tenant.as_array().expect("a list").iter().find(|row| row["tenant"] == "stark");
    assert!(stark.is_some_and(|row| row["calls"].as_u64() > Some(0)), "{by_tenant}");
    let report = machine.json(&format!("report --month {}", closed_month().strftime("%Y-%m")));
    // Its key is older than any closed month is long ago.
    let charged = report.as_array().expect("a list").iter().find(|row| row["tenant"] == "massive-dynamic");
    let charged = charged.expect("the tenant");
    assert_eq!(charged["plans"][0]["price"], 49, "the price of config.toml: {charged}");
    assert!(charged["plans"][0]["calls"].as_u64() > Some(0), "{charged}");
    let found = machine.json("whose 76kzof0yi2");
    assert_eq!(field_values(&found[0]["keys"], "tenant"), ["stark"]);
    let value = machine.json("keys show 76kzof0yi2 --reveal")["value"].as_str().expect("a value").to_owned();
    let found = machine.json(&format!("whose {value}"));
    assert_eq!(found[0]["apiKeyId"], "76kzof0yi2");
    succeeds(&machine, "explain stark");
    let called = machine.json("call --key 76kzof0yi2");
    assert_eq!(called["calls"][0]["status"], 200, "{called}");
    assert!(succeeds(&machine, "keys export").contains("stark-jarvis"));
    assert!(succeeds(&machine, "plans -o csv").contains(",199,"));
    assert_eq!(succeeds(&machine, "pools -o json").trim(), "[]");
    let doctor = machine.run("doctor");
    assert_eq!(doctor.status, 0, "{}{}", doctor.stdout, doctor.stderr);
}

#[test]
fn keys_are_created_edited_disabled_extended_and_deleted() {
    let machine = account();
    let created = machine.json("keys create --plan TestPlan --tenant newco --name web --yes");
    let id = created[0]["id"].as_str().expect("an id").to_owned();
    assert_eq!((&created[0]["tenant"], &created[0]["plan"]), (&"newco".into(), &"TestPlan".into()));
    let edited = machine.json(&format!("keys edit {id} --name shop --disable --yes"));
    assert_eq!((&edited[0]["name"], &edited[0]["enabled"]), (&"shop".into(), &false.into()));
    succeeds(&machine, &format!("keys edit {id} --enable --yes"));
    succeeds(&machine, &format!("usage extend {id} --add 50 --reason demo --yes"));
    succeeds(&machine, &format!("keys delete {id} --yes"));
    assert!(!machine.api_key_ids().contains(&id));
    let trail = machine.run("audit -o csv").stdout;
    for operation in ["create 1 key in TestPlan for newco", "delete"] {
        assert!(trail.contains(operation), "{trail}");
    }
}

#[test]
fn a_rotated_key_keeps_its_tenant_and_the_old_one_its_grace_period() {
    let machine = account();
    let rotated = machine.json("keys rotate 76kzof0yi2 --grace 1h --yes");
    let new = rotated[0]["id"].as_str().expect("an id").to_owned();
    assert_ne!(new, "76kzof0yi2");
    assert_eq!((&rotated[0]["tenant"], &rotated[0]["plan"]), (&"stark".into(), &"PremiumPlan".into()));
    assert_eq!(machine.ids("keys list --tenant stark"), [new.as_str()], "the old key is in its grace period");
    assert!(machine.api_key_ids().contains(&"76kzof0yi2".to_owned()));
    assert_eq!(machine.run("doctor").status, 0, "a running grace period is no problem");
    let again = machine.json(&format!("keys rotate {new} --grace 0 --yes"));
    let last = again[0]["id"].as_str().expect("an id");
    assert_eq!(machine.ids("keys list --tenant stark"), [last]);
    assert!(!machine.api_key_ids().contains(&new), "no grace period");
    succeeds(&machine, "pools retire 76kzof0yi2 --yes");
    assert!(!machine.api_key_ids().contains(&"76kzof0yi2".to_owned()));
}

#[test]
fn a_key_moves_to_another_plan() {
    let machine = account();
    let moved = machine.json("keys move 76kzof0yi2 --plan TestPlan --yes");
    assert_eq!((&moved[0]["id"], &moved[0]["plan"]), (&"76kzof0yi2".into(), &"TestPlan".into()));
    let unused = machine.ids("keys list --tenant partner").remove(0);
    let moved = machine.json(&format!("keys move {unused} --plan TestPlan --yes"));
    assert_eq!(moved[0]["plan"], "TestPlan", "it was in no plan");
    assert_eq!(machine.run("doctor").status, 0);
}

#[test]
fn nothing_is_written_before_the_config_says_where_tenants_are() {
    let machine = unconfigured();
    for line in ["keys create --plan TestPlan --tenant a --name b --yes", "keys delete 76kzof0yi2 --yes"] {
        let why = refusal(&machine, line);
        assert!(why.contains("from = [\"tag:ownerId\", \"customerId\"] under [tenants]"), "{why}");
    }
}

#[test]
fn what_tables_or_tags_cannot_hold_is_refused_before_the_first_step() {
    let machine = account();
    let bad_tag = refusal(&machine, "keys create --plan TestPlan --tenant a&b --name web --yes");
    assert!(bad_tag.contains("tenant contains '&'"), "{bad_tag}");
    let pool = refusal(&machine, "pools create TestPlan --new 2 --yes");
    assert!(pool.contains("a pool needs tables, and this account has none"), "{pool}");
    assert!(pool.contains("keypool setup tables"), "{pool}");
    // The config has a price of PremiumPlan, which does not make it managed.
    for plan in ["FreePlan", "PremiumPlan"] {
        let foreign = refusal(&machine, &format!("plans edit {plan} --description x --yes"));
        assert!(foreign.contains("add its name to `plans` under [tenants]"), "{foreign}");
    }
    succeeds(&machine, "plans edit TestPlan --description x --yes");
}

#[test]
fn setup_proposes_the_rules_with_counts_and_writes_them_once() {
    let machine = unconfigured();
    let steps = machine.run("setup -o csv").stdout;
    let tenants = steps.lines().find(|line| line.starts_with("tenants,")).expect("the step");
    assert!(tenants.contains("missing") && tenants.contains("tag:ownerId: 30 of 35 keys"), "{tenants}");
    assert!(tenants.contains("keypool setup tenants --write"), "{tenants}");
    let proposed = succeeds(&machine, "setup tenants");
    insta::assert_snapshot!(proposed);
    assert!(!machine.path(".config/keypool/config.toml").exists(), "only with --write");
    assert_eq!(succeeds(&machine, "setup tenants --write"), proposed);
    let written = std::fs::read_to_string(machine.path(".config/keypool/config.toml")).expect("the file");
    assert_eq!(written, proposed);
    assert_eq!(tenant_of(&machine.json("keys list"), "skynet-feed"), "skynet", "the name is used now");
    let done = machine.run("setup -o csv").stdout;
    assert!(done.lines().any(|line| line.starts_with("tenants,") && line.contains("done")), "{done}");
}

#[test]
fn the_config_is_checked_and_shown() {
    let machine = account();
    let settings = machine.json("config");
    let value = |name: &str| {
        let found = settings.as_array().expect("a list").iter().find(|row| row["setting"] == name);
        found.expect("the setting")["value"].clone()
    };
    assert_eq!(value("tenants.from"), "tag:ownerId,customerId,name:^(?<tenant>[^-]+)-");
    assert_eq!(value("source"), "DynamoDB tables if the account has some, else API Gateway alone");
    let wrong = "[tenants]\nfrom = [\"owner\"]\n";
    let wrong = unconfigured().with_file(".config/keypool/config.toml", wrong).run("keys list");
    assert_eq!(wrong.status, 2);
    assert!(
        wrong.stderr.contains("config.toml:2:8: `tenants.from` cannot be used: \"owner\" is no rule"),
        "{}",
        wrong.stderr
    );
}

#[test]
fn the_policy_has_no_table_unless_an_owner_may_create_them() {
    let machine = account();
    let operator = machine.run("iam --mode operator");
    assert!(!operator.stdout.contains("table/") && operator.stdout.contains("dynamodb:ListTables"));
    assert!(operator.stderr.contains("the account has no tables"), "{}", operator.stderr);
    assert!(machine.run("iam --mode owner").stdout.contains("table/keypool-keys"));
}

#[test]
fn an_export_takes_the_tenants_into_new_tables() {
    let machine = account();
    let tenants = |machine: &Machine| {
        let keys = machine.json("keys list");
        let keys = keys.as_array().expect("a list").iter().filter(|key| key["planId"] != "");
        let pairs = keys.map(|key| (key["id"].to_string(), key["tenant"].to_string()));
        pairs.collect::<std::collections::BTreeSet<_>>()
    };
    let before = tenants(&machine);
    let file = machine.path("keys.csv");
    succeeds(&machine, &format!("keys export --include-values --file {}", file.display()));
    succeeds(&machine, "setup tables --yes");
    assert!(tenants(&machine).is_empty(), "the tables are the source now");
    succeeds(&machine, &format!("keys import {} --yes", file.display()));
    assert_eq!(tenants(&machine), before);
}

#[test]
fn a_tenant_whose_key_is_in_two_plans_has_one_key() {
    let machine = account();
    let plan = machine.post("/usageplans", r#"{"name":"Extra"}"#)["id"].as_str().expect("an id").to_owned();
    machine.post(&format!("/usageplans/{plan}/keys"), r#"{"keyId":"76kzof0yi2","keyType":"API_KEY"}"#);
    succeeds(&machine, "explain stark");
    let rotated = machine.json("keys rotate 76kzof0yi2 --grace 0 --yes");
    let new = rotated[0]["id"].as_str().expect("an id");
    let plans = field_values(&machine.json("keys list --tenant stark"), "plan");
    assert_eq!(plans, ["PremiumPlan", "Extra"], "the copy {new} is in both");
}

#[test]
fn an_old_key_is_named_as_such_and_ends_with_its_successor() {
    let machine = account();
    let rotated = machine.json("keys rotate 76kzof0yi2 --grace 1h --yes");
    let new = rotated[0]["id"].as_str().expect("an id").to_owned();
    let old = &machine.json("whose 76kzof0yi2")[0]["oldKeyOf"];
    assert_eq!((&old["tenant"], old["tenantKeyId"].as_str()), (&"stark".into(), Some(new.as_str())));
    let until = old["until"].as_str().expect("a time").to_owned();
    let lines =
        ["keys edit 76kzof0yi2 --name x", "keys rotate 76kzof0yi2 --grace 0", "keys delete 76kzof0yi2"];
    let extend = "usage extend 76kzof0yi2 --add 5 --reason x";
    for line in lines.into_iter().chain(["keys show 76kzof0yi2", "call --key 76kzof0yi2", extend]) {
        let why = refusal(&machine, line);
        let expected =
            format!("API key 76kzof0yi2 is the old key of tenant key {new} of stark and works until {until}");
        assert!(why.contains(&expected), "{line}: {why}");
    }
    let disabled = machine.run(&format!("keys edit {new} --disable --yes"));
    assert!(disabled.status == 0 && disabled.stderr.contains("is disabled too"), "{}", disabled.stderr);
    assert_eq!(machine.json("whose 76kzof0yi2")[0]["enabled"], false);
}

#[test]
fn a_call_with_a_key_in_no_plan_says_so() {
    let machine = account();
    let unused = machine.ids("keys list --tenant partner").remove(0);
    let output = machine.run(&format!("call --key {unused}"));
    assert_ne!(output.status, 0);
    assert!(output.stderr.contains("the key is in no usage plan"), "{}", output.stderr);
}
