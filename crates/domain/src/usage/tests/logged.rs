//! Calls of a log, attributed to tenants.

use std::collections::BTreeSet;

use crate::charging::{LoggedCalls, UnlistedReason};
use crate::key::tag;
use crate::testing::{self, tenant_key};
use crate::usage::{LogCoverage, LoggedUsage};
use crate::{ApiKey, Inventory, InventoryParts, PlanId};

fn inventory() -> Inventory {
    let tenant_keys = vec![
        tenant_key("own", "basic", "acme", None),
        tenant_key("r1", "basic", "globex", Some("shared")),
        tenant_key("r2", "basic", "globex", Some("shared")),
        tenant_key("r3", "basic", "hooli", Some("shared")),
        tenant_key("r4", "basic", "wayne", Some("shared")),
        tenant_key("r5", "basic", "initech", Some("quiet")),
        tenant_key("r6", "free", "soylent", Some("other")),
    ];
    testing::inventory(Vec::new(), tenant_keys)
}

fn log(calls: &[(&str, &str, u64)]) -> LoggedCalls {
    let mut log = LoggedCalls::default();
    for (api_key, tenant, count) in calls {
        log.add((*api_key).into(), Some((*tenant).into()), *count);
    }
    log
}

fn plans(names: &[&str]) -> BTreeSet<PlanId> {
    names.iter().map(|name| PlanId::from(*name)).collect()
}

const CALLS: [(&str, &str, u64); 7] = [
    ("shared", "globex", 71),
    ("shared", "wayne", 11),
    ("shared", "hooli", 17),
    ("shared", "stranger", 1),
    ("own", "acme", 20),
    ("other", "soylent", 500),
    ("gone", "globex", 3),
];

/// Tenant, API key, calls and share of each line.
fn lines(usage: &LoggedUsage) -> Vec<String> {
    let of_tenant = |tenant: &crate::usage::LoggedTenantUse| {
        let line = |key: &crate::usage::LoggedKeyUse| {
            let count = key.count.map(|count| (count.calls, count.key_calls, count.share().map(f64::round)));
            format!("{} {} {:?} {count:?}", tenant.tenant, key.api_key, key.shared_by)
        };
        tenant.keys.iter().map(line).collect::<Vec<_>>()
    };
    usage.tenants.iter().flat_map(of_tenant).collect()
}

fn unlisted(usage: &LoggedUsage) -> Vec<(&str, UnlistedReason, u64)> {
    usage.unlisted.iter().map(|calls| (calls.tenant.as_str(), calls.reason, calls.calls)).collect()
}

#[test]
fn the_loudest_tenant_behind_a_shared_key_comes_first_with_its_exact_share() {
    let usage = LoggedUsage::new(&inventory(), &plans(&["basic"]), &log(&CALLS), &LogCoverage::NamedKeys);
    assert_eq!(
        lines(&usage),
        [
            "globex shared Some(3) Some((71, 100, Some(71.0)))",
            "acme own None Some((20, 20, Some(100.0)))",
            "hooli shared Some(3) Some((17, 100, Some(17.0)))",
            "wayne shared Some(3) Some((11, 100, Some(11.0)))",
            "initech quiet Some(1) None",
        ]
    );
    assert_eq!(usage.tenants[0].calls(), Some(71));
    assert_eq!(
        unlisted(&usage),
        [("stranger", UnlistedReason::UnknownTenant, 1)],
        "the share is that of all calls with the key"
    );
    assert_eq!((usage.unattributed, usage.unresolved), (3, 0), "calls of another plan are neither");
}

#[test]
fn without_a_call_a_key_has_none_only_where_the_log_has_all_of_its_plan() {
    let covered = LogCoverage::Plans(plans(&["basic"]));
    let usage = LoggedUsage::new(&inventory(), &plans(&["basic", "free"]), &log(&[]), &covered);
    let not_counted: Vec<_> = usage
        .tenants
        .iter()
        .filter(|tenant| tenant.calls().is_none())
        .map(|tenant| tenant.tenant.as_str())
        .collect();
    assert_eq!(not_counted, ["soylent"]);
    assert!(lines(&usage).contains(&"initech quiet Some(1) Some((0, 0, None))".to_owned()));
}

#[test]
fn refused_calls_change_no_share() {
    let mut log = log(&CALLS);
    log.add_limited("shared".into(), 1_000);
    log.add_refused(1);
    let usage = LoggedUsage::new(&inventory(), &plans(&["basic"]), &log, &LogCoverage::NamedKeys);
    assert_eq!(lines(&usage)[0], "globex shared Some(3) Some((71, 100, Some(71.0)))");
    assert_eq!(log.refused_count, 1_001);
    let count = usage.tenants[0].keys[0].count.expect("counted");
    assert_eq!((count.key_calls, count.key_limited), (100, 1_000));
}

#[test]
fn calls_with_the_old_value_of_a_rotated_key_are_the_tenants_with_the_old_key() {
    let replaces =
        |id: &str, old: &str| ApiKey { tags: testing::tags(&[(tag::REPLACES, old)]), ..ApiKey::new(id, "") };
    let inventory = Inventory::new(InventoryParts {
        api_keys: vec![replaces("own2", "own"), replaces("pool2", "pool1")].into(),
        tenant_keys: vec![
            tenant_key("own2", "basic", "acme", None),
            tenant_key("r1", "basic", "globex", Some("pool2")),
            tenant_key("r2", "basic", "hooli", Some("pool2")),
        ],
        ..testing::parts()
    });
    let calls = [
        ("own", "acme", 3),
        ("own2", "acme", 4),
        ("pool1", "globex", 20),
        ("pool1", "acme", 5),
        ("pool2", "hooli", 6),
        ("own", "globex", 7),
    ];
    let usage = LoggedUsage::new(&inventory, &plans(&["basic"]), &log(&calls), &LogCoverage::NamedKeys);
    assert_eq!(
        lines(&usage),
        [
            "globex pool1 Some(2) Some((20, 25, Some(80.0)))",
            "globex pool2 Some(2) Some((0, 6, Some(0.0)))",
            "acme own2 None Some((4, 4, Some(100.0)))",
            "acme own None Some((3, 10, Some(30.0)))",
            "hooli pool2 Some(2) Some((6, 6, Some(100.0)))",
        ]
    );
    let replaced: Vec<_> = usage
        .tenants
        .iter()
        .flat_map(|tenant| &tenant.keys)
        .map(|key| key.replaced_by.as_ref().map(ToString::to_string))
        .collect();
    assert_eq!(replaced, [Some("pool2".to_owned()), None, None, Some("own2".to_owned()), None]);
    assert_eq!(
        unlisted(&usage),
        [("acme", UnlistedReason::SharedByOthers, 5), ("globex", UnlistedReason::KeyOfOtherTenant, 7)]
    );
}

#[test]
fn a_key_of_one_tenant_needs_no_tenant_in_the_log_and_a_shared_one_is_not_counted_without() {
    let mut log = log(&[("quiet", "initech", 8)]);
    for (api_key, count) in [("own", 20), ("shared", 100), ("quiet", 2), ("gone", 1)] {
        log.add(api_key.into(), None, count);
    }
    let usage = LoggedUsage::new(&inventory(), &plans(&["basic"]), &log, &LogCoverage::NamedKeys);
    assert_eq!(
        lines(&usage),
        [
            "acme own None Some((20, 20, Some(100.0)))",
            "initech quiet Some(1) Some((8, 10, Some(80.0)))",
            "globex shared Some(3) None",
            "hooli shared Some(3) None",
            "wayne shared Some(3) None",
        ]
    );
    assert_eq!((usage.without_tenant, usage.unattributed), (102, 1));
}

#[test]
fn sizes_are_written_with_one_decimal() {
    for (bytes, text) in [
        (0, "0 bytes"),
        (999, "999 bytes"),
        (1_000, "1.0 kB"),
        (1_999_999, "1.9 MB"),
        (34_000_000_000, "34.0 GB"),
        (5_250_000_000_000, "5.2 TB"),
    ] {
        assert_eq!(crate::text::format_bytes(bytes), text);
    }
}
