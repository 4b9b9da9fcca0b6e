//! Other people's programs that some suites compare us with.

use std::io::Write;

/// Set where a missing peer must not go unnoticed.
const REQUIRE_PEERS_VAR: &str = "KEYPOOL_REQUIRE_PEERS";

/// Says which suite is left out because a peer is missing, or fails where peers are required.
pub(crate) fn report_skipped_suite(suite: &str, peer: &str, why: &std::io::Error) {
    assert!(
        std::env::var_os(REQUIRE_PEERS_VAR).is_none(),
        "{REQUIRE_PEERS_VAR} is set and {peer} cannot start: {why}"
    );
    // Not by a macro: those are kept back until a test fails.
    writeln!(std::io::stderr(), "left out, because {peer} cannot start ({why}): {suite}")
        .expect("standard error");
}
