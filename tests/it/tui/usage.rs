//! Usage: the figures on the home screen, what it says of tonight, and the view, on a local AWS with 45 days behind it.

use std::sync::Arc;

use keypool::tui::Answer::Account;
use keypool::tui::{Outcome, Reading};
use keypool_domain::usage::{DayRange, Usage};
use keypool_local_aws::{Answer, Fault, World};

use crate::support::console::{Console, options};
use crate::support::scenario::Scenario;
use crate::support::world::{World as Story, start};

const BASIC: &str = "b7m3xj";
const BASIC_KEY: &str = "5v2seh60kv";

fn sample(width: u16, height: u16) -> Scenario {
    Scenario::in_world(World::Sample).size(width, height).open()
}

#[test]
fn the_panes_show_used_left_and_resets_as_soon_as_they_are_told() {
    let mut console = sample(80, 24);
    console.leaves(BASIC, BASIC_KEY, 31).press("r");
    console.sees("1 Plans · usage of 18:48 UTC").sees("used left % resets").sees("5,000 a month");
    console.press("jjj 2").sees("5v2seh60kv 3/10").sees("31 99%! 1 Dec");
    // Whoever shares the key has the key's figure.
    console.press("<enter>").sees("shared used %").sees("by 3").sees("99%");
    console.press("d").sees("used 4,500 of 4,531 · 99% · shared by 3").sees("runs out ~");
}

#[test]
fn calls_between_two_readings_are_told_as_what_burns_now() {
    let mut console = sample(120, 40);
    console.press("j 3 d").sees("burn").misses("now ~").press("<esc> t").sees("200");
    // One call in half an hour are 48 a day.
    console.wait(1_800).press("r 3 d").sees("a day, now ~48");
}

#[test]
fn what_has_no_data_is_a_dash_and_never_a_zero() {
    let mut console = sample(100, 30);
    console.press("n").type_in("newcomer").press("<tab>").type_in("first").press("<enter>");
    console.press("/").type_in("tenant:newcomer").press("<enter>").sees("newcomer").sees("– – –");
}

#[test]
fn keys_are_sorted_by_what_they_used_and_filtered_by_it() {
    let mut console = sample(120, 40);
    console.leaves(BASIC, BASIC_KEY, 31).press("r 3 SSS").sees("by used ↓");
    let used = column(&console.screen());
    assert!(used.len() > 5 && used.is_sorted_by(|a, b| a >= b), "{used:?}\n{}", console.screen());
    console.press("/").type_in("used:>95%").sees("all plans · 3 ·").sees("5v2seh60kv");
    console
        .press("<esc>/")
        .type_in("!used:>95%")
        .press("<enter>")
        .misses("5v2seh60kv by 3")
        .sees("all plans · 31 ·");
}

/// The calls that stand in the keys pane, from the top down; a dash counts for nothing.
fn column(screen: &str) -> Vec<u64> {
    let keys = screen.lines().skip_while(|line| !line.contains("3 Keys")).skip(1);
    let head = keys.clone().next().unwrap_or_default();
    let end = head.chars().count() - head.rsplit("used").next().unwrap_or_default().chars().count();
    let figure = |line: &str| {
        let shown: String = line.chars().take(end).collect();
        let figure = shown.rsplit(' ').next().unwrap_or_default().replace(',', "");
        if figure == "–" { Some(0) } else { figure.parse().ok() }
    };
    keys.skip(1).map_while(figure).collect()
}

#[test]
fn the_home_screen_says_by_itself_what_will_not_last_the_night() {
    let mut console = sample(80, 24);
    console.sees("tonight:");
    console.leaves(BASIC, BASIC_KEY, 0).press("r").sees("tonight: BasicPlan 5v2seh60kv (shared by 3) spent");
    let line = console.screen().lines().rev().nth(1).unwrap_or_default().to_owned();
    assert!(line.starts_with(" tonight:") && line.chars().count() <= 80, "{line}");
    console.sees("39%!").press("2").sees("100%!");
    // What was just done stands there for one key.
    console.press("3").press("c").sees("is on the clipboard").press("j").sees("tonight:");
}

#[test]
fn an_account_without_trouble_says_so() {
    let inventory = Story::sample().build();
    let mut console = Console::with(options(), inventory.clone(), 120, 30);
    console.misses("tonight");
    let nothing = Usage::empty(DayRange::last(31, "2026-11-22".parse().expect("a day")));
    let told = Reading::new(inventory).with_usage(Arc::new(nothing), start());
    console.press("r").done(Outcome::Loaded(Ok(Account(told)))).sees("tonight: no quota runs out");
}

#[test]
fn how_near_the_limits_of_the_account_are_is_said_at_every_size() {
    for (width, height) in [(80, 24), (120, 30), (200, 60)] {
        let mut console = sample(width, height);
        for keys in ["", "2", "3"] {
            console.press(keys).sees("keys 14/10,000").sees("plans 4/300").sees("plans a key 1/10");
        }
    }
}

#[test]
fn usage_that_may_not_be_read_is_a_line_and_the_rest_is_there() {
    let denied = Fault::on("GetUsage", Answer::AccessDenied { action: None }).always();
    let mut console = Scenario::in_world(World::Sample).size(80, 24).meeting(denied).open();
    console.sees("BasicPlan").sees("acme").sees("– – – –").sees("usage").sees("apigateway:GET");
    console.press("u").sees("Usage · all plans").press("q").sees("1 Plans");
    console.without_faults().press("r").misses("apigateway:GET").sees("tonight:");
}

#[test]
fn the_view_follows_the_selection_and_drills_in_and_out() {
    let mut console = sample(80, 24);
    console.press("u").sees("Usage · all plans · the last 31 days: 23 Oct – 22 Nov").sees("keys by calls");
    console
        .press("<tab>")
        .sees("tenants by calls")
        .sees("~")
        .press("<tab>")
        .sees("plans by burn")
        .sees("burn a day");
    console.press("<enter>").misses("plans by burn").sees("a day: the quota");
    console
        .press("<enter>")
        .sees("asked 18:48 UTC")
        .press("<esc>")
        .sees("keys by calls")
        .press("<esc>")
        .sees("all plans");
    console
        .press("<esc>")
        .sees("1 Plans")
        .press("jjj u")
        .sees("Usage · BasicPlan · this month: 1 Nov – 30 Nov");
    console.sees("first out ~").sees("(expected)").sees("spread evenly");
    console
        .press("q 2 u")
        .sees("5v2seh60kv · shared by 3")
        .sees("tenants by calls")
        .sees("by 3")
        .press("q")
        .sees("2 Pool");
}

#[test]
fn the_range_can_be_chosen_and_is_read_when_it_is() {
    let mut console = sample(120, 40);
    console
        .press("jjj u <right>")
        .sees("7 days: 16 Nov – 22 Nov")
        .press("<right>")
        .sees("30 days: 24 Oct – 22 Nov");
    console.press("<right>").sees("90 days: 25 Aug – 22 Nov").sees("25 Aug");
    console
        .press("<right>")
        .sees("November 2026")
        .press("<right>")
        .sees("October 2026: 1 Oct – 31 Oct")
        .sees("1 Oct");
    console.press("<left><left><left><left><left>").sees("this month");
    console
        .press("r")
        .sees("this month")
        .press(":")
        .type_in("usage")
        .press("<enter>")
        .sees("Usage · BasicPlan");
}

#[test]
fn a_range_that_cannot_be_read_says_why_and_the_present_stays() {
    let mut console = sample(100, 30);
    console.press("u").meets(Fault::on("GetUsage", Answer::AccessDenied { action: None }).always());
    console.press("<right>").sees("usage could not be read").sees("apigateway:GET");
    console.press("<left>").sees("keys by calls").press("q").sees("tonight:");
}

#[test]
fn everything_is_there_on_a_wide_screen_and_something_on_the_smallest() {
    let mut console = sample(200, 60);
    console
        .sees("used left % resets")
        .press("u")
        .sees("keys by calls")
        .sees("tenants by calls")
        .sees("plans by burn");
    for (width, height) in [(40, 10), (41, 11), (60, 16), (80, 24), (119, 30)] {
        let mut small = sample(width, height);
        for keys in ["", "u", "<tab>", "<tab>", "<enter>", "<right>", "G"] {
            small.press(keys).screen();
        }
    }
}

#[test]
fn a_quota_that_a_call_found_spent_is_told_before_usage_is() {
    let mut console = Scenario::in_world(World::Sample).size(120, 40).open();
    console.leaves(BASIC, BASIC_KEY, 0).press("/").type_in("tenant:wayne").press("<enter>").wait(60);
    console.misses("spent, a call was answered").press("t").sees("quota spent");
    console.press("j").sees("spent, a call was answered").misses("tonight: no quota runs out");
    console.wait(600).press("r").misses("spent, a call was answered").sees("BasicPlan 5v2seh60kv");
}
