//! Screenshots of the README: real screens of the console on a local AWS, as SVG.
//!
//! A changed screen fails the test. `just review` updates the files; look at them before committing.

mod ansi;
mod line_spacing;

use anstyle_svg::Term;
use keypool::settings::{Role, Theme};
use keypool::tui::{Options, Styles};
use keypool_local_aws::World;
use ratatui::style::Color;

use crate::support::console::options;
use crate::support::scenario::{Scenario, ScenarioBuilder};

/// If set, screenshots are written instead of compared.
const UPDATE_VAR: &str = "KEYPOOL_UPDATE_SCREENSHOTS";

fn dark_theme() -> Theme {
    Theme::load("dark", &Default::default()).expect("a built-in theme")
}

fn builder(width: u16, height: u16) -> ScenarioBuilder {
    Scenario::builder(World::Sample)
        .size(width, height)
        .with_options(Options { styles: Styles::from_theme(dark_theme(), true, false), ..options() })
}

fn sample(width: u16, height: u16) -> Scenario {
    builder(width, height).start()
}

fn compare_screenshot(name: &str, scenario: &Scenario) {
    let background = dark_theme().paint(Role::Text).bg.expect("a background colour");
    let screen = ansi::to_ansi(&scenario.masked_buffer(), background);
    compare_or_write(name, &Term::new().bg_color(ansi::to_rgb(background)).render_svg(&screen));
}

/// Uses the terminal's own 16 colours.
fn compare_16_colour_screenshot(name: &str, scenario: &Scenario) {
    compare_or_write(name, &Term::new().render_svg(&ansi::to_ansi(&scenario.masked_buffer(), Color::Reset)));
}

fn compare_or_write(name: &str, svg: &str) {
    let svg = line_spacing::tighten_lines(svg);
    let path = format!("{}/screenshots/{name}.svg", env!("CARGO_MANIFEST_DIR"));
    if std::env::var_os(UPDATE_VAR).is_some() {
        std::fs::write(&path, svg).expect("written");
        return;
    }
    let expected = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(expected == svg, "{name}.svg differs from the current screen: check it, then run `just review`");
}

#[test]
fn home() {
    let mut console = scenario_with_spent_key(120, 34);
    console.shows("Pool · BasicPlan").shows("31×2xx 9×429");
    compare_screenshot("home", &console);
}

#[test]
fn home_on_a_wide_screen() {
    let mut console = builder(200, 60).open();
    console.set_remaining_quota("b7m3xj", "5v2seh60kv", 31);
    console.press("r").shows("Detail · globex-billing").shows("99%▲");
    compare_screenshot("home-wide", &console);
}

#[test]
fn new_key() {
    let mut console = sample(100, 28);
    console
        .press("jjj n")
        .type_text("northwind")
        .press("<tab>")
        .type_text("northwind-orders")
        .shows("new key");
    compare_screenshot("new-key", &console);
}

#[test]
fn quota_spent() {
    let mut console = scenario_with_spent_key(100, 30);
    console.press("4").shows("Limit Exceeded");
    compare_screenshot("quota-spent", &console);
}

#[test]
fn usage() {
    let mut console = with_low_quota(sample(120, 36));
    console.press("jjj u").shows("first key runs out");
    compare_screenshot("usage", &console);
}

#[test]
fn usage_of_a_shared_key_in_16_colours() {
    let options_16_colours = Options { styles: Styles::new(true, false), ..options() };
    let mut console = with_low_quota(
        Scenario::builder(World::Sample).size(100, 30).with_options(options_16_colours).start(),
    );
    console.press("jjj 2 u").shows("shared by 3");
    compare_16_colour_screenshot("usage-16-colours", &console);
}

#[test]
fn usage_in_ascii() {
    let ascii_options = Options { styles: Styles::from_theme(dark_theme(), true, true), ..options() };
    let mut console =
        with_low_quota(Scenario::builder(World::Sample).size(80, 24).with_options(ascii_options).start());
    console.press("u <left><left><left>").shows("90 days");
    assert!(console.screen().is_ascii(), "{}", console.screen());
    compare_screenshot("usage-ascii", &console);
}

/// Leaves a shared key of BasicPlan 310 calls in this month.
fn with_low_quota(mut console: Scenario) -> Scenario {
    console.set_remaining_quota("b7m3xj", "5v2seh60kv", 310).press("r");
    console
}

/// A console on the keys of BasicPlan, after 40 calls with a shared key that had 31 calls left.
fn scenario_with_spent_key(width: u16, height: u16) -> Scenario {
    let mut console = builder(width, height).open();
    console.set_remaining_quota("b7m3xj", "5v2seh60kv", 31);
    console.press("1 jjj 3 T").type_text("40").press("<enter>");
    console
}
