//! Which tests of the command line and of the console run in the sample account with tables only, and why. All others
//! run in both samples, or make up an account of their own.

use super::{Source, assert_no_violations, sources};

/// What a file tests that the sample without tables does not have.
#[derive(Debug)]
enum NeedsTables {
    /// Pools and the keys that tenants share.
    Pools,
    /// Tenant keys that another program writes or leaves wrong in the tables.
    Items,
    /// The words and numbers of a screen or of an output, which `tests/it/cli/without_tables` and
    /// `tests/it/tui/without_tables.rs` compare where they differ.
    Words,
    /// Neither plans nor keys: settings, endpoints, files, keyboard and terminal.
    NoAccount,
}

use NeedsTables::{Items, NoAccount, Pools, Words};

const ONLY_WITH_TABLES: &[(&str, NeedsTables)] = &[
    ("cli/access_log", Pools),
    ("cli/alerts", Words),
    ("cli/announcements", Pools),
    ("cli/audit", Pools),
    ("cli/bills", Pools),
    ("cli/call", Pools),
    ("cli/confirmation", Pools),
    ("cli/doctor", Items),
    ("cli/endings", Pools),
    ("cli/endpoints", NoAccount),
    ("cli/explain", Pools),
    ("cli/faults", Words),
    ("cli/file_announcements", Pools),
    ("cli/foreign_ids", Items),
    ("cli/frozen_months", Items),
    ("cli/full_disk", NoAccount),
    ("cli/iam", NoAccount),
    ("cli/key_files", Items),
    ("cli/loud_neighbour", Pools),
    ("cli/pool_files", Pools),
    ("cli/pool_sharing", Pools),
    ("cli/remembered_account", NoAccount),
    ("cli/report", Pools),
    ("cli/round_trips", Words),
    ("cli/settings", NoAccount),
    ("cli/setup", Words),
    ("cli/shapes", Words),
    ("cli/unreadable_counters", Items),
    ("cli/unreadable_trail", NoAccount),
    ("cli/usage", Pools),
    ("cli/usage_from_log", Pools),
    ("cli/values_as_ids", Pools),
    ("cli/verify", Pools),
    ("cli/whose", Pools),
    ("cli/without_tables/settings", Words),
    ("cli/writes", Pools),
    ("tui/calls", Words),
    ("tui/change_details", Items),
    ("tui/confirmation", Pools),
    ("tui/doctor", Words),
    ("tui/endpoints", NoAccount),
    ("tui/explain", Pools),
    ("tui/exports", Pools),
    ("tui/log_counts", Pools),
    ("tui/opening", Pools),
    ("tui/operations", Pools),
    ("tui/production", Words),
    ("tui/reading", Words),
    ("tui/refusals", Pools),
    ("tui/report", Words),
    ("tui/scenarios", Pools),
    ("tui/scrolling", NoAccount),
    ("tui/setup", Words),
    ("tui/targets", Pools),
    ("tui/typeahead", NoAccount),
    ("tui/undo", Items),
    ("tui/usage", Pools),
];

#[test]
fn tests_in_the_sample_with_tables_alone_are_listed_with_the_reason() {
    let all = sources(&["tests/it/cli", "tests/it/tui"]);
    let name =
        |source: &Source| source.path.trim_start_matches("tests/it/").trim_end_matches(".rs").to_owned();
    let uses_sample =
        |source: &Source| source.text.contains("World::Sample)") || source.text.contains("World::Sample,");
    let found: Vec<String> = all.iter().filter(|source| uses_sample(source)).map(name).collect();
    let is_listed = |file: &str| ONLY_WITH_TABLES.iter().any(|(listed, _)| *listed == file);
    let unlisted = found.iter().filter(|file| !is_listed(file));
    let stale = ONLY_WITH_TABLES.iter().filter(|(file, _)| !found.iter().any(|found| found == file));
    let violations: Vec<String> = unlisted
        .map(|file| {
            format!("{file}: run it in both samples (`both_machines`, `both_consoles`), or list why not")
        })
        .chain(stale.map(|(file, reason)| format!("{file}: listed for {reason:?}, which it needs no more")))
        .collect();
    assert_no_violations("tests that run in the sample with tables alone", &violations);
}
