//! Months frozen in a temporary folder.

use keypool_domain::testing::inventory;
use keypool_domain::{Plan, charging};

use super::*;

fn october() -> DayRange {
    DayRange::parse_month("2026-10").expect("a month")
}

fn now() -> Timestamp {
    "2026-11-05T12:00:00Z".parse().expect("a time")
}

fn line(tenant: &str, flat: i64, own_calls: u64) -> Line {
    Line {
        tenant: tenant.into(),
        plan: "p".into(),
        plan_name: "Silo".to_owned(),
        key_names: vec!["web".to_owned()],
        flat_price: Some(Price::from_cents(flat)),
        days: None,
        own_calls: Some(own_calls),
        logged_calls: None,
        shared_keys: Vec::new(),
        rate: None,
        price_gap: None,
    }
}

fn charges(lines: Vec<Line>) -> ChargeReport {
    let report = charging::Report {
        month: october(),
        currency: Currency::default(),
        lines,
        unattributed: Vec::new(),
        unlisted: Vec::new(),
        unpriced: Vec::new(),
    };
    ChargeReport { report, frozen: None, differences: Vec::new(), remarks: Vec::new() }
}

fn month_file(folder: &tempfile::TempDir) -> MonthFile {
    MonthFile::new(folder.path(), "123 us-east-1 AWS".to_owned(), None, october())
}

/// What a later report shows that would have these lines.
fn report_again(file: &MonthFile, lines: Vec<Line>, refreeze: bool) -> ChargeReport {
    let mut charges = charges(lines);
    let renamed = inventory(vec![Plan::new("p", "Renamed")], Vec::new());
    file.freeze_or_compare(&mut charges, &renamed, refreeze, now());
    charges
}

#[test]
fn a_frozen_month_keeps_its_figures_and_names_and_lists_differences() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = month_file(&folder);
    let first = report_again(&file, vec![line("acme", 4_900, 7)], false);
    let frozen = first.frozen.clone().expect("frozen");
    assert!(first.differences.is_empty() && first.remarks.is_empty(), "{:?}", first.remarks);
    assert_only_owner_can_read(&frozen.file);

    let renamed = Line { plan_name: "Renamed".to_owned(), key_names: Vec::new(), ..line("acme", 4_900, 7) };
    let same = report_again(&file, vec![renamed], false);
    assert_eq!(
        (&same.report, same.frozen.as_ref(), same.differences.len()),
        (&first.report, Some(&frozen), 0)
    );

    let later = report_again(&file, vec![line("acme", 4_900, 8), line("globex", 1, 0)], false);
    assert_eq!(later.report.lines, first.report.lines);
    let expected = [
        "acme in Silo: frozen as 49 (7 calls); now it would be 49 (8 calls)",
        "globex in Silo: frozen as nothing; now it would be 0.01 (0 calls)",
    ];
    assert_eq!(later.differences, expected);
    let accepted = report_again(&file, vec![line("acme", 4_900, 8)], true);
    assert!(accepted.differences.is_empty() && accepted.report.lines != first.report.lines);
    let again = report_again(&file, vec![line("acme", 4_900, 8)], false);
    assert_eq!((again.report.lines, again.differences.len()), (accepted.report.lines, 0));
}

#[test]
fn damaged_months_and_months_with_a_line_twice_are_noticed_and_not_used() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = month_file(&folder);
    report_again(&file, vec![line("acme", 4_900, 7), line("acme", 4_900, 7)], false);
    let current = vec![line("acme", 5_900, 8)];
    let twice = report_again(&file, current.clone(), false);
    assert!(twice.frozen.is_none(), "{:?}", twice.frozen);
    assert_eq!(twice.report.lines, current);
    let remark = &twice.remarks[0];
    assert!(
        remark.contains(
            "it has two lines of acme in plan Silo; --refreeze replaces it with the current figures"
        ),
        "{remark}"
    );
    std::fs::write(&file.path, "{").expect("written");
    let broken = report_again(&file, current.clone(), false);
    assert!(broken.frozen.is_none() && broken.remarks[0].contains("--refreeze"), "{:?}", broken.remarks);
    assert!(report_again(&file, current, true).frozen.is_some());
}

#[test]
fn a_month_that_was_changed_after_it_was_frozen_is_not_used() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = month_file(&folder);
    let lines = vec![line("acme", 4_900, 7), line("globex", 1_900, 3)];
    report_again(&file, lines.clone(), false);
    let text = std::fs::read_to_string(&file.path).expect("frozen");
    let parsed: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    let with = |change: &dyn Fn(&mut serde_json::Value)| {
        let mut changed = parsed.clone();
        change(&mut changed);
        std::fs::write(&file.path, changed.to_string()).expect("written");
        report_again(&file, lines.clone(), false)
    };
    let formatted = with(&|_| ());
    assert!(formatted.frozen.is_some() && formatted.remarks.is_empty(), "{:?}", formatted.remarks);
    let damages: [&dyn Fn(&mut serde_json::Value); 4] = [
        &|month| drop(month["lines"].as_array_mut().expect("lines").remove(0)),
        &|month| month["lines"][0]["own"] = 8.into(),
        &|month| month["currency"] = "EUR".into(),
        &|month| drop(month.as_object_mut().expect("an object").remove("checksum")),
    ];
    for damage in damages {
        let report = with(damage);
        assert!(report.frozen.is_none() && report.differences.is_empty(), "{:?}", report.differences);
        assert!(report.remarks[0].contains("its checksum is wrong: a line"), "{:?}", report.remarks);
        assert_eq!(report.report.lines, lines, "the current figures");
    }
    let later = with(&|month| month["version"] = 4.into());
    assert!(later.frozen.is_none() && later.remarks[0].contains("its version is 4"), "{:?}", later.remarks);
    assert!(report_again(&file, lines, true).frozen.is_some());
}

#[test]
fn figures_of_another_account_or_month_in_the_file_are_not_used() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = month_file(&folder);
    report_again(&file, vec![line("acme", 4_900, 7)], false);
    let september = DayRange::parse_month("2026-09").expect("a month");
    for other in [
        MonthFile { owner: "456 us-east-1 AWS".to_owned(), ..month_file(&folder) },
        MonthFile { month: september, ..month_file(&folder) },
    ] {
        let current = vec![line("acme", 5_900, 8)];
        let report = report_again(&other, current.clone(), false);
        assert_eq!((report.report.lines, report.frozen), (current, None));
        let remark = &report.remarks[0];
        assert!(remark.contains("it belongs to another account or month"), "{remark}");
    }
}

#[test]
fn a_frozen_month_is_shown_although_the_current_figures_have_gaps() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = month_file(&folder);
    let inventory = inventory(Vec::new(), Vec::new());
    let gaps = "the price of Silo cannot be read";
    let report_with_gaps = |refreeze| {
        let mut charges = charges(vec![line("globex", 1, 0)]);
        charges.report.unpriced.push(charging::UnpricedTenant {
            tenant: "acme".into(),
            plan: "p".into(),
            plan_name: "Silo".to_owned(),
            reason: keypool_domain::Unknown::NotReadYet,
        });
        file.show_frozen(&mut charges, &inventory, refreeze, gaps);
        charges
    };
    let unfrozen = report_with_gaps(false);
    assert!(unfrozen.frozen.is_none() && !file.path.exists());
    assert_eq!(unfrozen.remarks, ["the month is not frozen: the price of Silo cannot be read"]);
    assert_eq!(unfrozen.report.unpriced.len(), 1);

    let frozen = report_again(&file, vec![line("acme", 4_900, 7)], false);
    for (refreeze, remark) in [
        (
            false,
            "the frozen figures could not be compared with the current ones: the price of Silo cannot be read",
        ),
        (
            true,
            "the month is not frozen again: the price of Silo cannot be read; these are the frozen figures",
        ),
    ] {
        let shown = report_with_gaps(refreeze);
        assert_eq!((&shown.report.lines, &shown.frozen), (&frozen.report.lines, &frozen.frozen));
        assert_eq!((&shown.remarks[..], &shown.differences[..]), (&[remark.to_owned()][..], &[][..]));
        assert!(shown.report.unpriced.is_empty(), "the frozen figures have acme");
    }
    assert_eq!(report_again(&file, vec![line("acme", 4_900, 7)], false).differences, Vec::<String>::new());
}

#[test]
fn a_month_with_unknown_calls_is_not_frozen() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = month_file(&folder);
    let unknown = Line { own_calls: None, ..line("acme", 4_900, 0) };
    let report = report_again(&file, vec![unknown], false);
    assert!(report.frozen.is_none() && !file.path.exists());
    assert_eq!(report.remarks, ["the month is not frozen: calls are unknown"]);
}

#[test]
fn a_month_frozen_by_an_earlier_version_stays_readable() {
    let old = r#"{"version":1,"owner":"123 us-east-1 https://apigateway.us-east-1.amazonaws.com","month":"2026-10-01 to 2026-10-31",
        "currency":"EUR","frozenAt":"2026-11-03T00:00:00Z","lines":[{"tenant":"acme","planId":"p","flat":4900,"own":7,
        "logged":null,"shared":[],"per1000":null,"included":null}]}"#;
    let folder = tempfile::tempdir().expect("a folder");
    let former = "123 us-east-1 https://apigateway.us-east-1.amazonaws.com".to_owned();
    let file = MonthFile::new(folder.path(), "123 us-east-1 AWS".to_owned(), Some(former), october());
    let (path, _) = file.former.as_ref().expect("a former file");
    private_file::replace(path, old).expect("written");
    let report = report_again(&file, vec![line("acme", 4_900, 7)], false);
    assert_eq!(report.frozen.map(|frozen| frozen.file), Some(path.clone()));
    assert_eq!(report.report.currency.as_str(), "EUR");
    let lines: Vec<_> = report.report.lines.iter().map(|line| (&*line.plan_name, line.own_calls)).collect();
    assert_eq!(lines, [("Renamed", Some(7))]);
    assert_eq!(report.differences, ["the currency was EUR"]);
}

#[test]
fn a_changed_number_of_sharing_tenants_is_not_reported_as_a_difference() {
    let shared_by = |tenants| {
        let key = KeyUse { plan: "p".into(), api_key: "k".into(), used: 900 };
        vec![Line { shared_keys: vec![SharedUse { key, tenants }], ..line("acme", 4_900, 7) }]
    };
    assert_eq!(describe_differences(&shared_by(3), &shared_by(2)), Vec::<String>::new());
    let mut dearer = shared_by(3);
    dearer[0].flat_price = Some(Price::from_cents(5_900));
    let expected = "acme in Silo: frozen as 49 (7 calls); now it would be 59 (7 calls)";
    assert_eq!(describe_differences(&shared_by(3), &dearer), [expected]);
    let mut busier = shared_by(2);
    busier[0].shared_keys[0].key.used = 1_000;
    let expected = "shared API key k in Silo: frozen with 900 calls; now it would be 1,000";
    assert_eq!(describe_differences(&shared_by(3), &busier), [expected]);
}

#[cfg(unix)]
fn assert_only_owner_can_read(file: &Path) {
    use std::os::unix::fs::PermissionsExt;
    assert_eq!(file.metadata().expect("a file").permissions().mode() & 0o777, 0o600);
}

#[cfg(not(unix))]
fn assert_only_owner_can_read(_: &Path) {}
