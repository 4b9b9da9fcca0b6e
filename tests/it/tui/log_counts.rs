//! Who is loud now: calls counted in access logs, on the usage screen.

use keypool_local_aws::{Answer, Fault, World};

use crate::support::scenario::Scenario;

fn logged() -> Scenario {
    Scenario::builder(World::SampleLogged).size(120, 40).start()
}

#[test]
fn the_loudest_tenant_behind_a_shared_key_is_counted_on_request() {
    let mut console = logged();
    console.press("u").lacks("last 15 min");
    assert_eq!(console.count_calls("FilterLogEvents"), 0, "nothing is counted before it is asked for");
    console.press("l").shows("►last 15 min").shows("in log group /aws/apigateway/TieredAPI");
    // 25 calls in 15 minutes, one in 35 seconds.
    let screen = console.screen();
    let line = |tenant: &str| {
        let found = screen.lines().find(|line| line.contains(tenant) && line.contains("of 25 by 3"));
        found.unwrap_or_else(|| panic!("{tenant}: {screen}")).to_owned()
    };
    let shares = ["globex", "hooli", "wayne"].map(line);
    assert!(shares.iter().all(|line| line.contains("of 25 by 3") && !line.contains('~')), "{shares:?}");
    assert!(screen.find("globex") < screen.find("hooli"), "the loudest first: {screen}");
}

#[test]
fn counts_on_the_screen_are_renewed_each_minute_and_never_elsewhere() {
    let mut console = logged();
    let counted = |console: &Scenario| console.count_calls("FilterLogEvents");
    console.press("u l").shows("of 25 by 3");
    let first = counted(&console);
    console.wait(59);
    assert_eq!(counted(&console), first);
    console.wait(1);
    assert_eq!(counted(&console), 2 * first);
    // Another list is on the screen.
    console.press("<tab>").wait(600);
    assert_eq!(counted(&console), 2 * first);
    console.press("l");
    assert_eq!(counted(&console), 3 * first);
    console.press("<esc>").wait(600);
    assert_eq!(counted(&console), 3 * first, "the home screen counts nothing");
}

#[test]
fn what_cannot_be_counted_is_said_on_the_screen() {
    let mut console = Scenario::builder(World::Sample).size(120, 40).start();
    console
        .press("u l")
        .shows("could not count: no access log can be counted: stage w4k8t2m7xq:prod has no access log")
        .shows("--api w4k8t2m7xq --stage prod` sets one");
    let mut console = logged();
    console.inject_fault(Fault::on("FilterLogEvents", Answer::AccessDenied { action: None }));
    console.press("u l").shows("could not count: not allowed: logs:FilterLogEvents").wait(600);
    assert_eq!(console.count_calls("FilterLogEvents"), 1, "a failure is not repeated by itself");
    console.press("l").shows("in log group /aws/apigateway/TieredAPI");
}
