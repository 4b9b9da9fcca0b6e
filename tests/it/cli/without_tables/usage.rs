//! The calls of keys that have moved or ended: API Gateway no longer lists them in the plan that they left.

use serde_json::Value;

use super::{account, succeeds};
use crate::support::command::Machine;

const STARK: &str = "76kzof0yi2";
const PREMIUM: &str = "p9ts4e";

fn this_month() -> String {
    jiff::Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC).strftime("%Y-%m").to_string()
}

fn sum(list: &Value, field: &str, value: &str) -> u64 {
    let rows = list.as_array().expect("a list").iter().filter(|row| row[field] == value);
    rows.map(|row| row["calls"].as_u64().expect("calls")).sum()
}

/// Calls of stark this month, by key, by tenant and by plan.
fn calls_of_stark(machine: &Machine) -> [u64; 3] {
    let month = this_month();
    let by = |view: &str| machine.json(&format!("usage --month {month} --by {view}"));
    [
        sum(&by("key"), "apiKeyId", STARK),
        sum(&by("tenant"), "tenant", "stark"),
        sum(&by("plan"), "planId", PREMIUM),
    ]
}

#[test]
fn usage_keeps_the_calls_of_a_key_that_moved_or_was_deleted() {
    for change in ["keys move 76kzof0yi2 --plan TestPlan", "keys delete 76kzof0yi2"] {
        let machine = account();
        // A month that has just begun has calls, too.
        assert_eq!(machine.json(&format!("call --key {STARK}"))["calls"][0]["status"], 200);
        let before = calls_of_stark(&machine);
        assert!(before[0] > 0, "{before:?}");
        succeeds(&machine, &format!("{change} --yes"));
        assert_eq!(calls_of_stark(&machine), before, "{change}");
        let report = machine.json(&format!("report --month {}", this_month()));
        let stark = report.as_array().expect("a list").iter().find(|line| line["tenant"] == "stark");
        let plans = stark.expect("stark")["plans"].as_array().expect("plans");
        let reported: u64 = plans.iter().filter_map(|plan| plan["calls"].as_u64()).sum();
        assert_eq!(reported, before[1], "{change}: as the report");
        let day = machine.run("usage --days 1");
        assert_eq!(day.status, 0, "{}", day.stderr);
        let today = jiff::Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC).date();
        let is_partial = today.day() > 1;
        let words = "the calls of 1 key that were deleted or moved are known by month only";
        assert_eq!(day.stderr.contains(words), is_partial, "{}", day.stderr);
    }
}
