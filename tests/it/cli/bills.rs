//! What every tenant owes, before and after each way in which a key or plan ends: the same, or unknown with status 1.

use std::collections::BTreeMap;

use keypool_local_aws::World;
use serde_json::Value;

use crate::support::command::Machine;
use crate::support::dates::{closed_month, last_month};

const PREMIUM: &str = "p9ts4e";
/// Of acme, in PremiumPlan.
const SILOED: &str = "biz3mbrpjd";
/// Of globex, in BasicPlan, which shares POOL_KEY.
const POOLED: &str = "7leio49ern";
const POOL_KEY: &str = "5v2seh60kv";

const CONFIG: &str = "[tenants]\nfrom = [\"tag:ownerId\", \"customerId\"]\nplans = [\"*\"]\n\
    [charging.plans.PremiumPlan]\nprice = \"199.00\"\n[charging.plans.Extra]\nprice = \"500.00\"\n";

/// Of a tenant: its total in hundredths, its own calls if they are known, and its estimated calls.
type Bill = BTreeMap<String, (i64, Option<u64>, u64)>;

struct Bills {
    status: i32,
    bill: Bill,
    report: Value,
    remarks: String,
}

fn this_month() -> String {
    jiff::Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC).strftime("%Y-%m").to_string()
}

fn months() -> [String; 2] {
    [this_month(), last_month().strftime("%Y-%m").to_string()]
}

fn with_tables() -> Machine {
    Machine::with_local_aws(World::Sample)
}

fn without_tables(config: &str) -> Machine {
    Machine::with_local_aws(World::SampleWithoutTables).with_file(".config/keypool/config.toml", config)
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map(Vec::as_slice).unwrap_or_default()
}

fn read_bills(machine: &Machine, month: &str, pro_rata: bool) -> Bills {
    let mut command = machine.command(&["report", "--month", month, "-o", "json"]);
    let output = command.env("KEYPOOL_CHARGING_PRO_RATA", pro_rata.to_string()).output();
    let output = output.expect("the binary runs");
    let remarks = String::from_utf8(output.stderr).expect("UTF-8");
    let report: Value =
        serde_json::from_slice(&output.stdout).unwrap_or_else(|why| panic!("{why}: {remarks}"));
    let mut bill = Bill::new();
    for charges in list(&report) {
        let tenant = charges["tenant"].as_str().expect("a tenant").to_owned();
        let total = charges["tenantTotal"].as_f64().expect("an amount") * 100.0;
        let lines = list(&charges["plans"]);
        let calls = lines.iter().map(|line| line["calls"].as_u64()).sum::<Option<u64>>();
        let estimate = lines.iter().filter_map(|line| line["estimate"].as_u64()).sum();
        bill.insert(tenant, (format!("{total:.0}").parse().expect("a number"), calls, estimate));
    }
    Bills { status: output.status.code().expect("a status"), bill, report, remarks }
}

fn read_all(machine: &Machine) -> Vec<(String, bool, Bills)> {
    let all = months().into_iter().flat_map(|month| [false, true].map(|pro_rata| (month.clone(), pro_rata)));
    let read = |(month, pro_rata): (String, bool)| {
        let bills = read_bills(machine, &month, pro_rata);
        (month, pro_rata, bills)
    };
    all.map(read).collect()
}

/// keypool itself calls with a new API key, once, and each day of the current month that is to come costs nothing once
/// the key has ended.
fn assert_same_bills(machine: &Machine, before: &[(String, bool, Bills)], ending: &str) {
    for ((month, pro_rata, was), (_, _, is)) in before.iter().zip(read_all(machine)) {
        let of = format!("{ending}, {month}, by days: {pro_rata}: {}", is.remarks);
        assert_eq!((was.status, is.status), (0, 0), "{of}");
        assert_eq!(was.bill.keys().collect::<Vec<_>>(), is.bill.keys().collect::<Vec<_>>(), "{of}");
        for (tenant, (total, calls, estimate)) in &was.bill {
            let (total_after, calls_after, estimate_after) = is.bill[tenant];
            let is_current = *month == this_month();
            if !(is_current && *pro_rata) {
                assert_eq!(total_after, *total, "{tenant}: {of}");
            }
            // A tenant that joins a pool gets a share of the calls there.
            if !ending.contains("--plan BasicPlan") {
                assert_eq!(estimate_after, *estimate, "{tenant}: {of}");
            }
            let extra = calls_after.zip(*calls).map(|(after, before)| after.wrapping_sub(before));
            let allowed =
                if is_current && ["rotate", "isolate", "move"].iter().any(|word| ending.contains(word)) {
                    1
                } else {
                    0
                };
            assert!(
                extra.is_some_and(|extra| extra <= allowed),
                "{tenant}: {calls:?}, {calls_after:?}: {of}"
            );
        }
        assert!(!is.remarks.contains("got a new API key"), "{of}");
    }
}

#[test]
fn with_tables_every_ending_leaves_every_bill_as_it_was() {
    for ending in [
        format!("keys delete {SILOED}"),
        format!("keys rotate {SILOED} --grace 0"),
        format!("keys rotate {SILOED} --grace 1h"),
        format!("keys move {SILOED} --plan TestPlan"),
        format!("keys move {SILOED} --plan BasicPlan"),
        format!("keys delete {POOLED}"),
        format!("keys isolate {POOLED}"),
        format!("keys move {POOLED} --plan TestPlan"),
        format!("pools rotate {POOL_KEY} --grace 0"),
        format!("plans delete {PREMIUM}"),
    ] {
        let machine = with_tables();
        let before = read_all(&machine);
        let output = machine.run(&format!("{ending} --yes"));
        assert_eq!(output.status, 0, "{ending}: {}", output.stderr);
        assert_same_bills(&machine, &before, &ending);
    }
}

#[test]
fn without_tables_every_ending_leaves_every_bill_as_it_was_also_of_a_key_in_two_plans() {
    for ending in [
        format!("keys delete {SILOED}"),
        format!("keys rotate {SILOED} --grace 0"),
        format!("keys rotate {SILOED} --grace 1h"),
        "plans delete Extra".to_owned(),
        format!("plans delete {PREMIUM}"),
    ] {
        let machine = without_tables(CONFIG);
        let extra =
            machine.post("/usageplans", r#"{"name":"Extra"}"#)["id"].as_str().expect("an id").to_owned();
        let key = format!(r#"{{"keyId":"{SILOED}","keyType":"API_KEY"}}"#);
        machine.post(&format!("/usageplans/{extra}/keys"), &key);
        let before = read_all(&machine);
        assert_eq!(before[0].2.bill["acme"].0, 50_000, "the highest price of its plans");
        let output = machine.run(&format!("{ending} --yes"));
        assert_eq!(output.status, 0, "{ending}: {}", output.stderr);
        assert_same_bills(&machine, &before, &ending);
    }
}

/// The key or plan leaves by another program.
fn end_elsewhere(machine: &Machine, ending: &str) {
    match ending {
        "detached" => machine.delete(&format!("/usageplans/{PREMIUM}/keys/{SILOED}")),
        "moved" => {
            let plans = machine.get("/usageplans?limit=500");
            let test = list(&plans["item"]).iter().find(|plan| plan["name"] == "TestPlan");
            let test = test.and_then(|plan| plan["id"].as_str()).expect("the plan").to_owned();
            machine.delete(&format!("/usageplans/{PREMIUM}/keys/{SILOED}"));
            let key = format!(r#"{{"keyId":"{SILOED}","keyType":"API_KEY"}}"#);
            machine.post(&format!("/usageplans/{test}/keys"), &key);
        }
        "deleted" => machine.delete(&format!("/apikeys/{SILOED}")),
        "pool key" => machine.delete(&format!("/usageplans/b7m3xj/keys/{POOL_KEY}")),
        "plan" => {
            let plan = machine.get(&format!("/usageplans/{PREMIUM}"));
            for stage in list(&plan["apiStages"]) {
                let stage = format!(
                    "{}:{}",
                    stage["apiId"].as_str().unwrap_or(""),
                    stage["stage"].as_str().unwrap_or("")
                );
                let patch = format!(
                    r#"{{"patchOperations":[{{"op":"remove","path":"/apiStages","value":"{stage}"}}]}}"#
                );
                machine.patch(&format!("/usageplans/{PREMIUM}"), &patch);
            }
            machine.delete(&format!("/usageplans/{PREMIUM}"));
        }
        other => panic!("{other}"),
    }
}

#[test]
fn what_ends_elsewhere_leaves_calls_unknown_and_the_status_is_1() {
    for (ending, tenant, plan, remark) in [
        (
            "detached",
            "acme",
            PREMIUM,
            "is not in PremiumPlan, which it left elsewhere: its calls are unknown",
        ),
        ("moved", "acme", PREMIUM, "is not in PremiumPlan, which it left elsewhere: its calls are unknown"),
        ("deleted", "acme", PREMIUM, "was deleted elsewhere: its calls are unknown"),
        (
            "pool key",
            "globex",
            "b7m3xj",
            "is not in BasicPlan, which it left elsewhere: its calls are unknown",
        ),
        ("plan", "acme", PREMIUM, "was deleted elsewhere: its price and the calls in it are unknown"),
    ] {
        let machine = with_tables();
        end_elsewhere(&machine, ending);
        for month in months() {
            let bills = read_bills(&machine, &month, false);
            assert_eq!(bills.status, 1, "{ending}: {}", bills.remarks);
            assert!(bills.remarks.contains(remark), "{ending}: {}", bills.remarks);
            let charges = list(&bills.report).iter().find(|charges| charges["tenant"] == tenant);
            let line = charges
                .and_then(|charges| list(&charges["plans"]).iter().find(|line| line["planId"] == plan));
            let line = line.expect("its line");
            assert!(line["calls"].is_null(), "{ending}: {line}");
            assert_eq!(
                (line["price"].is_null(), line["total"].is_null()),
                (ending == "plan", ending == "plan"),
                "{line}"
            );
        }
    }
}

#[test]
fn a_month_with_a_plan_that_was_deleted_elsewhere_is_not_frozen_and_one_deleted_here_is() {
    let report = format!("report --month {}", closed_month().strftime("%Y-%m"));
    let machine = Machine::with_remote_aws(World::Sample);
    end_elsewhere(&machine, "plan");
    let output = machine.run(&report);
    assert_eq!(output.status, 1, "{}", output.stderr);
    assert!(output.stderr.contains("the month is not frozen"), "{}", output.stderr);
    let machine = Machine::with_local_aws(World::Sample);
    let before = machine.json(&report);
    let deleted = machine.run(&format!("plans delete {PREMIUM} --yes"));
    assert_eq!(deleted.status, 0, "{}", deleted.stderr);
    assert_eq!(machine.json(&report), before);
}

#[test]
fn after_a_deleted_plan_its_keys_move_on_and_owe_each_plan_once() {
    let machine = with_tables();
    let before = read_bills(&machine, &this_month(), false).bill;
    for line in [format!("plans delete {PREMIUM}"), format!("keys move {SILOED} --plan TestPlan")] {
        let output = machine.run(&format!("{line} --yes"));
        assert_eq!(output.status, 0, "{line}: {}", output.stderr);
    }
    let after = read_bills(&machine, &this_month(), false);
    assert_eq!((after.status, after.bill["acme"].0), (0, before["acme"].0), "{}", after.remarks);
    let notes = machine.run(&format!("keys delete {SILOED} --yes"));
    assert_eq!(notes.status, 0, "{}", notes.stderr);
    let after = read_bills(&machine, &this_month(), false);
    assert_eq!((after.status, &after.bill["acme"]), (0, &before["acme"]), "{}", after.remarks);
}

#[test]
fn the_price_by_the_id_of_a_plan_wins_over_the_one_by_its_name() {
    let by_id = format!("{CONFIG}[charging.plans.{PREMIUM}]\nprice = \"250.00\"\n");
    let bills = read_bills(&without_tables(&by_id), &this_month(), false);
    let stark = bills.bill.get("stark").map(|(total, ..)| *total);
    assert_eq!(stark, Some(25_000), "{}", bills.remarks);
}

#[test]
fn plans_of_one_name_are_told_apart_and_a_rate_by_name_outlives_its_plan() {
    let rate = "[charging.plans.PremiumPlan]\nper_1000 = \"0.50\"\n";
    let machine = with_tables().with_file(".config/keypool/config.toml", rate);
    machine.post("/usageplans", r#"{"name":"PremiumPlan"}"#);
    let month = this_month();
    let line = |bills: &Bills| {
        let charges = list(&bills.report).iter().find(|charges| charges["tenant"] == "stark").cloned();
        charges.map(|charges| charges["plans"][0].clone()).unwrap_or_default()
    };
    let before = read_bills(&machine, &month, false);
    assert_eq!(line(&before)["plan"], "p9ts4e (PremiumPlan)", "{}", before.remarks);
    assert!(line(&before)["metered"].as_f64() > Some(0.0), "{}", line(&before));
    let deleted = machine.run(&format!("plans delete {PREMIUM} --yes"));
    assert_eq!(deleted.status, 0, "{}", deleted.stderr);
    let after = read_bills(&machine, &month, false);
    assert_eq!((after.status, line(&after)), (0, line(&before)), "{}", after.remarks);
}
