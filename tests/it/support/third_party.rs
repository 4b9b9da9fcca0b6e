//! What a suite does if a third-party program that it needs (moto, the AWS CLI), a *peer*, is missing.

use std::io::Write;

/// If this variable is set, a missing peer fails the suite instead of skipping it.
const REQUIRE_PEERS_VAR: &str = "KEYPOOL_REQUIRE_PEERS";

/// Reports that a suite is skipped because a peer is missing. Fails if [`REQUIRE_PEERS_VAR`] is set.
pub(crate) fn report_skipped_suite(suite: &str, program: &str, error: &std::io::Error) {
    assert!(
        std::env::var_os(REQUIRE_PEERS_VAR).is_none(),
        "{REQUIRE_PEERS_VAR} is set and {program} cannot start: {error}"
    );
    // The test harness captures `eprintln!`, but not this.
    writeln!(std::io::stderr(), "skipped, because {program} cannot start ({error}): {suite}")
        .expect("standard error");
}
