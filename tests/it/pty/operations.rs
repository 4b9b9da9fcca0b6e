//! Rotation, isolation and draining in the real program, by keys alone at 80×24.

use crate::support::pty::Terminal;

const ENTER: &str = "\r";

#[test]
fn a_key_is_rotated_a_tenant_isolated_and_a_pool_key_drained() {
    let mut console = Terminal::start(80, 24, &["--demo"]);
    console.sees("keys 14/10,000").sees("PremiumPlan");

    // A siloed key gets another value, at once.
    console
        .types("j")
        .sees("Keys · TestPlan · 4")
        .types("3")
        .types("R")
        .sees("grace")
        .types("0")
        .types(ENTER);
    console
        .sees("stop working at once")
        .sees("Cancel")
        .types("y")
        .sees("done: rotate key")
        .sees("keys 14/10,000");
    console.no_longer_sees("29326ml64l");

    // A tenant of a shared key gets one of its own: an API key more.
    console.types("1").types("jj").sees("Keys · BasicPlan · 14").types("3").types("m").sees("isolate");
    console.types(ENTER).sees("still know the shared value").types("y").sees("done: give key");
    console.sees("keys 15/10,000");

    // A pool key gives its tenants to the others and goes.
    console.types("2").types("D").sees("drain pool key 5v2seh60kv").sees("type 3, the number of tenants");
    console.types("3").types(ENTER).sees("done: drain pool key").sees("keys 14/10,000");
    console.types("\x03");
    assert_eq!(console.ends(), 0);
}
