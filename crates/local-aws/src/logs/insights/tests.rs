//! Queries over four calls.

use jiff::Timestamp;
use serde_json::json;

use super::*;

/// Calls of two keys, one each second, before and after 10:01:00.
fn records() -> Vec<Record> {
    let calls = [("k1", "acme", 200), ("k1", "acme", 429), ("k1", "globex", 200), ("k2", "initech", 200)];
    let start: Timestamp = "2026-11-28T10:00:58Z".parse().expect("a time");
    let event = |(number, (key, tenant, status)): (u64, _)| {
        let at = start.as_second() + i64::try_from(number).expect("small");
        let message = json!({ "key": key, "caller": { "tenant": tenant }, "status": status }).to_string();
        LogEvent { number, at: Timestamp::from_second(at).expect("a time"), message }
    };
    (0..).zip(calls).map(event).map(|event| Record::from_event("calls", &event)).collect()
}

fn run(query: &str) -> Vec<String> {
    let query: Query = query.parse().expect("a query");
    let (rows, _) = query.run(records(), 100);
    let cell = |(name, value): &(String, String)| format!("{name}={value}");
    rows.iter().map(|row| row.iter().map(cell).collect::<Vec<_>>().join(" ")).collect()
}

#[test]
fn stats_counts_by_fields_and_time() {
    assert_eq!(
        run("filter status = 200 | stats count(*) as calls by key, caller.tenant | sort calls desc"),
        [
            "key=k1 caller.tenant=acme calls=1",
            "key=k1 caller.tenant=globex calls=1",
            "key=k2 caller.tenant=initech calls=1"
        ]
    );
    assert_eq!(run("stats count(*) by key"), ["key=k1 count(*)=3", "key=k2 count(*)=1"]);
    assert_eq!(
        run("stats count(*) as n by bin(1m) as minute | sort minute"),
        ["minute=2026-11-28 10:00:00.000 n=2", "minute=2026-11-28 10:01:00.000 n=2"]
    );
    assert_eq!(
        run("stats min(status) as lowest, max(status), sum(status), count_distinct(key)"),
        ["lowest=200 max(status)=429 sum(status)=1029 count_distinct(key)=2"]
    );
}

#[test]
fn a_row_of_an_absent_field_has_no_value_for_it() {
    assert_eq!(run("stats count(*) as n by apiKeyId"), ["n=4"]);
    assert_eq!(run("filter ispresent(apiKeyId) | stats count(*) as n by apiKeyId"), [""; 0]);
}

#[test]
fn filters_combine_conditions() {
    let keys = |condition: &str| run(&format!("filter {condition} | stats count(*) as n")).concat();
    assert_eq!(keys("status >= 400 or key = \"k2\""), "n=2");
    let second = "2026-11-28T10:01:00Z".parse::<Timestamp>().expect("a time").as_millisecond();
    assert_eq!(keys(&format!("toMillis(@timestamp) >= {second}")), "n=2");
    assert_eq!(keys(&format!("toMillis(@timestamp) < {second} and status = 429")), "n=1");
    assert_eq!(keys("not (status >= 400 or key = 'k2')"), "n=2");
    assert_eq!(keys("caller.tenant like \"glo\" and status != 429"), "n=1");
    assert_eq!(keys("caller.tenant in [\"acme\", \"initech\"]"), "n=3");
    assert_eq!(keys("status < 200.5 # answered\n"), "n=3");
    assert_eq!(keys("`caller.tenant` not in ['acme']"), "n=2");
}

#[test]
fn events_are_shown_with_their_pointer_and_the_latest_first() {
    let shown = run("fields @timestamp, key | limit 1");
    assert_eq!(shown, [format!("@timestamp=2026-11-28 10:01:01.000 key=k2 @ptr={:056}", 3)]);
}

#[test]
fn parse_takes_fields_out_of_a_text() {
    assert_eq!(
        run("parse @message '\"tenant\":\"*\"}' as tenant | stats count(*) as n by tenant | limit 1"),
        ["tenant=acme n=2"]
    );
    assert_eq!(run("parse '\"nothing\":*' as value | stats count(value) as n"), ["n=0"]);
}

#[test]
fn malformed_queries_are_refused() {
    for query in [
        "",
        "stats",
        "stats count(*",
        "stats median(status)",
        "filter key",
        "filter key = k1",
        "filter key like /k1/",
        "limit many",
        "parse @message '*' as a, b",
        "stats count(*) by bin(5 moons)",
        "fields 'open",
        "dedup key",
        "fields key fields key",
    ] {
        assert!(query.parse::<Query>().is_err(), "{query}");
    }
}
