//! From 429 to 200: why a call is refused, more calls for its key, and taking that back.

use keypool_local_aws::World;

use crate::support::scenario::Scenario;

const TEST: &str = "h3v9qk";
/// The API key of acme's sandbox, which nobody shares.
const OWN_KEY: &str = "29326ml64l";

fn sample(width: u16, height: u16) -> Scenario {
    Scenario::in_world(World::Sample).size(width, height).open()
}

/// On a key of TestPlan that has no calls left, after it was called.
fn refused(width: u16, height: u16) -> Scenario {
    let mut console = sample(width, height);
    console.leaves(TEST, OWN_KEY, 0).press("r j 3 t").sees("429");
    console
}

#[test]
fn a_refused_call_is_explained_extended_and_answered() {
    let mut console = refused(100, 36);
    console.press("4 x").sees("why?").sees("acme").sees("✓ enabled").sees("✗ quota").sees("answers 429");
    console.sees("Enter gives it more calls").press("<enter>");
    console.sees("more calls for API key 29326ml64l in TestPlan").sees("used");
    console.type_in("5").press("<tab>").type_in("a demo tomorrow").press("<enter>");
    console
        .sees("give API key 29326ml64l 5 calls more")
        .press("y")
        .sees("has 5 calls left, it had 0")
        .sees("U takes it back");
    console.press("t").sees("200").press("x").sees("nothing stands in the way of a call").press("<esc>");
    console.press("U").sees("take 5 calls from what API key 29326ml64l has left").press("y");
    console.sees("has 0 calls left").misses("takes it back").press("t").sees("429");
}

#[test]
fn a_throttled_call_is_explained_where_its_key_is_selected() {
    let mut console = sample(100, 36);
    console.press("j 3 T <enter>").sees("throttled").press("x").sees("✗ plan-throttle").press("<esc>");
    console.press("j x").sees("nothing stands in the way of a call");
}

#[test]
fn a_key_that_is_disabled_is_mended_from_the_explanation() {
    let mut console = sample(80, 24);
    console.press("j 3 e <tab><tab><space><enter>").press("y").press("x");
    console
        .sees("✗ enabled")
        .sees("answers 403")
        .sees("mended by: ")
        .sees("Enter shows the steps")
        .press("G")
        .sees("quota");
    console.press("<enter>").sees("enable").press("y").wait(30);
    console.press("x").sees("nothing stands in the way");
}

#[test]
fn an_extension_says_who_else_has_more_calls() {
    let mut console = sample(100, 30);
    console
        .press("jjj 2 +")
        .sees("more calls for API key 5v2seh60kv in BasicPlan")
        .sees("used 4,500 of 5,000");
    console.press("<enter>").sees("calls: a whole number").type_in("1,000").press("<enter>").sees("reason");
    console.press("<tab>").type_in("a busy week").press("<enter>");
    console.sees("shared by 3").sees("globex, hooli, wayne").press("<esc>").sees("2 Pool");
    console.press("u +").sees("more calls for API key 5v2seh60kv").press("<esc>").sees("Usage · BasicPlan");
}

#[test]
fn marked_keys_are_extended_together_and_only_in_one_plan() {
    let mut console = sample(120, 40);
    console.press("3 <space><space><space> +").sees("in several plans");
    console.press("<ctrl-\\> 1 j 3 <space><space> +").sees("more calls for 2 API keys in TestPlan");
    console.type_in("7").press("<tab>").type_in("both").press("<enter>").press("2<enter>");
    console
        .sees("done: change what is left of 2 API keys")
        .press("U")
        .sees("take 7 calls")
        .press("2<enter>")
        .sees("done: change");
}

#[test]
fn what_is_explained_fits_the_smallest_screen_and_ascii() {
    let mut console = sample(40, 10);
    console.press("3 x").sees("why?").press("j G k g <esc>").sees("Keys");
}
