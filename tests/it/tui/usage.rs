//! Usage on the home screen, usage warnings, and the usage screen, on a local AWS with 45 days of usage.

use std::sync::Arc;

use keypool::tui::QueryResult::Inventory;
use keypool::tui::{Snapshot, TaskReport};
use keypool_domain::testing::{InventoryBuilder, start_time};
use keypool_domain::usage::{DayRange, Usage};
use keypool_local_aws::{Answer, Fault, World};

use crate::support::accounts::both_consoles;
use crate::support::console::{Console, options};
use crate::support::scenario::Scenario;

/// Ids of BasicPlan and of one of its pool keys, in the sample.
const BASIC_PLAN: &str = "b7m3xj";
const BASIC_POOL_KEY: &str = "5v2seh60kv";

fn sample(width: u16, height: u16) -> Scenario {
    Scenario::builder(World::Sample).size(width, height).start()
}

#[test]
fn panes_show_used_left_and_reset_time() {
    let mut console = sample(80, 24);
    console.set_remaining_quota(BASIC_PLAN, BASIC_POOL_KEY, 31).press("r");
    console.shows("1 Plans · 4 ·").shows("used left %").shows("5,000/month");
    console.press("jjj 2").shows("5v2seh60kv 3/10").shows("31 99%▲ ■");
    // A tenant key that shares an API key shows the API key's usage.
    console.press("<enter>").shows("used left %").shows("by 3").shows("99%");
    console.press("d").shows("used 4,500 of 4,531 · 99% · shared by 3").shows("runs out ~");
}

#[test]
fn the_current_rate_is_derived_from_two_readings() {
    for (mut console, _) in both_consoles() {
        console.press("j 3 d").shows("/day").lacks("now ~").press("<esc> t").shows("200");
        // One call in half an hour is 48 per day.
        console.wait(1_800).press("r 3 d").shows("/day, now ~48");
    }
}

#[test]
fn noted_calls_of_a_deleted_key_are_counted_in_the_usage_view() {
    let mut console = sample(120, 40);
    console.press("j 3 D y").shows("1 key deleted").press("1u").shows("keys by calls");
    console.shows("29326ml64l").shows("acme, ended");
}

#[test]
fn missing_usage_is_shown_as_a_dash_not_zero() {
    for (mut console, _) in both_consoles() {
        console.press("n").type_text("newcomer").press("<tab>").type_text("first").press("<enter>");
        console.press("3/").type_text("tenant:newcomer").press("<enter>").shows("newcomer").shows("– – –");
    }
}

#[test]
fn keys_are_sorted_and_filtered_by_usage() {
    let mut console = sample(120, 40);
    console.set_remaining_quota(BASIC_PLAN, BASIC_POOL_KEY, 31).press("r 3 Su").shows("by used high→low");
    let used = used_column(&console.screen());
    assert!(used.len() > 5 && used.is_sorted_by(|a, b| a >= b), "{used:?}\n{}", console.screen());
    console.press("/").type_text("used:>95%").shows("all plans · 3 of 34 match ·").shows("5v2seh60kv");
    console
        .press("<esc>/")
        .type_text("!used:>95%")
        .press("<enter>")
        .lacks("5v2seh60kv by 3")
        .shows("all plans · 31 of 34 match /!used:>95% ·");
}

/// The `used` column of the keys pane, from the top; a dash counts as 0.
fn used_column(screen: &str) -> Vec<u64> {
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
fn the_home_screen_warns_of_quotas_that_run_out() {
    let mut console = sample(80, 24);
    console.shows("▲");
    console
        .set_remaining_quota(BASIC_PLAN, BASIC_POOL_KEY, 0)
        .press("r")
        .shows("✗ BasicPlan 5v2seh60kv spent: globex, hooli, wayne get 429");
    let line = console.screen().lines().rev().nth(1).unwrap_or_default().to_owned();
    assert!(line.starts_with(" ✗") && line.chars().count() <= 80, "{line}");
    console.shows("39%✗").press("2").shows("100%✗");
    // The result of an action covers no warning.
    console.press("3").press("c").shows("is on the clipboard").press("j").shows("✗ BasicPlan");
}

#[test]
fn without_usage_warnings_the_home_screen_says_so() {
    let inventory = InventoryBuilder::sample().build();
    let mut console = Console::with_options(options(), inventory.clone(), 120, 30);
    console.lacks("no quota runs out");
    let empty_usage = Usage::empty(DayRange::last_days(31, "2026-11-22".parse().expect("a day")));
    let snapshot = Snapshot::new(inventory).with_usage(Arc::new(empty_usage), start_time());
    console
        .press("r")
        .finish_task(TaskReport::Loaded(Ok(Inventory(snapshot))))
        .shows("no quota runs out before it resets");
}

#[test]
fn account_limits_are_shown_at_every_size() {
    for (width, height) in [(80, 24), (120, 30), (200, 60)] {
        let mut console = sample(width, height);
        for keys in ["", "2", "3"] {
            console.press(keys).shows("keys 14/10,000").shows("plans 4/300").shows("plans/key 1/10");
        }
    }
}

#[test]
fn denied_usage_is_reported_and_the_rest_is_shown() {
    let denied = Fault::on("GetUsage", Answer::AccessDenied { action: None }).always();
    let mut console = Scenario::builder(World::Sample).size(80, 24).with_fault(denied).start();
    console.shows("BasicPlan").shows("acme").shows("? ? ?").shows("usage").shows("apigateway:GET");
    console.press("u").shows("Usage · all plans").press("q").shows("1 Plans");
    console.clear_faults().press("r").lacks("apigateway:GET").shows("▲ BasicPlan");
}

#[test]
fn the_usage_view_follows_the_selection_and_drills_down() {
    let mut console = sample(80, 24);
    console.press("u").shows("Usage · all plans · last 31 days: 23 Oct – 22 Nov").shows("keys by calls");
    console
        .press("<tab>")
        .shows("tenants by calls")
        .shows("~")
        .press("<tab>")
        .shows("plans by calls/day")
        .shows("calls/day");
    console.press("<enter>").lacks("plans by calls/day").shows("per day (quota");
    console
        .press("<enter>")
        .shows("as of 18:48 UTC")
        .press("<esc>")
        .shows("keys by calls")
        .press("<esc>")
        .shows("all plans");
    console
        .press("<esc>")
        .shows("1 Plans")
        .press("jjj u")
        .shows("Usage · BasicPlan · this month: 1 Nov – 30 Nov");
    console.shows("first key runs out ~").shows("resets ~").shows("spread evenly");
    console
        .press("q 2 u")
        .shows("5v2seh60kv · shared by 3")
        .shows("tenants by calls")
        .shows("by 3")
        .press("q")
        .shows("2 Pool");
}

#[test]
fn the_range_can_be_chosen() {
    for (mut console, _) in both_consoles() {
        console
            .press("jjj u <right>")
            .shows("no later days")
            .shows("this month")
            .press("<left>")
            .shows("7 days: 16 Nov – 22 Nov")
            .press("<left>")
            .shows("30 days: 24 Oct – 22 Nov");
        console.press("<left>").shows("90 days: 25 Aug – 22 Nov").shows("25 Aug");
        console
            .press("<left>")
            .shows("November 2026")
            .press("<left>")
            .shows("October 2026: 1 Oct – 31 Oct")
            .shows("1 Oct");
        console.press(&"<left>".repeat(10)).shows("December 2025").lacks("no earlier days");
        console
            .press("<left>")
            .shows("December 2025")
            .shows("no earlier days: usage of 12 months can be shown");
        console.press(&"<right>".repeat(15)).shows("this month").lacks("no later days");
        console
            .press("r")
            .shows("this month")
            .press(":")
            .type_text("usage")
            .press("<enter>")
            .shows("Usage · BasicPlan");
    }
}

#[test]
fn a_range_that_cannot_be_read_shows_the_reason() {
    for (mut console, _) in both_consoles() {
        console
            .press("u")
            .inject_fault(Fault::on("GetUsage", Answer::AccessDenied { action: None }).always());
        console.press("<left>").shows("could not read usage").shows("apigateway:GET");
        console.press("<right>").shows("keys by calls").press("q").shows("►1 Plans");
    }
}

#[test]
fn the_usage_view_renders_at_every_size() {
    let mut console = sample(200, 60);
    console
        .shows("used left %")
        .press("u")
        .shows("keys by calls")
        .shows("tenants by calls")
        .shows("plans by calls/day");
    for (width, height) in [(40, 10), (41, 11), (60, 16), (80, 24), (119, 30)] {
        let mut small = sample(width, height);
        for keys in ["", "u", "<tab>", "<tab>", "<enter>", "<left>", "G"] {
            small.press(keys).screen();
        }
    }
}
