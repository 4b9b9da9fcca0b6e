//! How the console opens: on the keys, the worst on top, with the details of the selection on a wide screen.

use keypool_local_aws::World;

use crate::support::scenario::Scenario;

/// Ids of BasicPlan and of two of its pool keys, in the sample.
const BASIC_PLAN: &str = "b7m3xj";
const POOL_KEYS: [&str; 2] = ["5v2seh60kv", "3efr4edt2s"];

fn open(width: u16, height: u16) -> Scenario {
    Scenario::builder(World::Sample).size(width, height).open()
}

/// The rows of the keys pane with their percentages, from top to bottom.
fn percentages(screen: &str) -> Vec<(String, u32)> {
    let pane = screen.lines().skip_while(|line| !line.contains("3 Keys")).skip(2);
    let rows = pane.take_while(|line| !line.contains("4 Test"));
    let percentage = |row: &str| {
        let number = row.split('%').next()?.rsplit(' ').next()?;
        Some((row.to_owned(), number.parse().ok()?))
    };
    rows.filter_map(percentage).collect()
}

fn row_under_cursor(screen: &str) -> String {
    let pane = screen.lines().skip_while(|line| !line.contains("3 Keys"));
    let row = pane.filter(|line| line.contains('▌')).map(str::to_owned).next();
    row.expect("a row under the cursor")
}

#[test]
fn the_console_opens_on_the_keys_with_the_worst_on_top() {
    for (width, height) in [(80, 24), (120, 35), (200, 60)] {
        let mut console = open(width, height);
        console.shows("►3 Keys · all plans · 34 · by % high→low");
        let screen = console.screen();
        let rows = percentages(&screen);
        assert!(rows.len() > 5 && rows.is_sorted_by(|a, b| a.1 >= b.1), "{screen}");
        assert!(rows[0].0.contains('▌'), "{screen}");
    }
}

#[test]
fn the_cursor_stays_with_its_key_when_rows_move() {
    let mut console = open(120, 35);
    console.press("/").type_text("tenant:wayne").press("<enter>").shows("▌ wayne-alarms").press("<esc>");
    console.shows("▌ wayne-alarms").set_remaining_quota(BASIC_PLAN, POOL_KEYS[0], 0).press("r");
    let screen = console.screen();
    assert!(row_under_cursor(&screen).contains("100%✗ ■■■■■■"), "{screen}");
    console.shows("▌ wayne-alarms").press("<space>").shows("1 marked");
    console.set_remaining_quota(BASIC_PLAN, POOL_KEYS[1], 0).press("r").shows("1 marked");
}

#[test]
fn a_click_or_a_key_makes_the_cursor_stay_and_until_then_it_is_on_the_first_row() {
    let mut console = open(120, 35);
    let first = row_under_cursor(&console.screen());
    console.set_remaining_quota(BASIC_PLAN, POOL_KEYS[1], 0);
    // Reading again takes a key, which makes the cursor stay with its key.
    console.press("r");
    let screen = console.screen();
    let name = first.split_whitespace().nth(1).expect("a name");
    assert!(row_under_cursor(&screen).contains(name), "{first}\n{screen}");
    assert!(percentages(&screen)[0].0.contains("100%✗"), "{screen}");
}

#[test]
fn a_wide_screen_has_details_that_follow_the_cursor() {
    let mut console = open(200, 60);
    let name = |screen: &str| {
        let row = row_under_cursor(screen);
        row.split_whitespace().nth(1).expect("a name").to_owned()
    };
    let first = name(&console.screen());
    console.shows(&format!("Detail · {first} ─")).shows("Quota ─").shows("Calls per day · since 1 Nov");
    console.press("jj");
    let third = name(&console.screen());
    assert_ne!(first, third);
    console.shows(&format!("Detail · {third} ─")).press("t").shows("Last calls from here").shows("200 OK");
    console.press("2").shows("Detail · 5v2seh60kv").press("1").shows("Detail · the account");
    open(195, 60).lacks("Detail ·");
}

#[test]
fn plans_show_limits_price_and_forecast_where_there_is_room() {
    let mut console = open(200, 60);
    console.shows("1 Plans · 4 ·").shows("USD/month · limits per API key").shows("forecast (UTC)");
    console.set_remaining_quota(BASIC_PLAN, POOL_KEYS[0], 0).press("r").shows("1 of 5 spent");
    console.shows("alerts 1: 1 spent").shows("100/s, burst 50").shows("not counted");
}

#[test]
fn escape_ends_on_the_keys_with_which_the_console_opens() {
    let mut console = open(120, 35);
    console.press("<esc>").shows("►3 Keys · all plans");
    console.press("1 jj 3 <esc>").shows("►1 Plans").shows("3 Keys · FreePlan");
    console.press("<esc>").shows("►1 Plans").shows("3 Keys · all plans").press("<esc>").shows("►3 Keys");
}

#[test]
fn a_message_takes_the_place_of_the_footer_and_covers_no_alert() {
    let mut console = open(80, 24);
    console.set_remaining_quota(BASIC_PLAN, POOL_KEYS[0], 0).press("r").shows("? help");
    let alert = "✗ BasicPlan 5v2seh60kv spent: globex, hooli, wayne get 429";
    console.shows(alert).press("c").shows("is on the clipboard").shows(alert).lacks("? help");
    console.press("j").shows(alert).shows("? help").lacks("is on the clipboard");
}
