//! The pictures of the README: real screens, drawn by the program on the local AWS, kept as SVG.
//!
//! A screen that has changed is a failed test; `just review` writes the pictures anew, to be looked at.

mod ansi;
mod lines;

use anstyle_svg::Term;
use keypool::settings::{Role, Theme};
use keypool::tui::{Look, Options};
use keypool_local_aws::World;
use ratatui::style::Color;

use crate::support::console::options;
use crate::support::scenario::Scenario;

/// Set to write the pictures instead of comparing them.
const UPDATE: &str = "KEYPOOL_UPDATE_SCREENSHOTS";

fn dark() -> Theme {
    Theme::load("dark", &Default::default()).expect("a theme of ours")
}

fn sample(width: u16, height: u16) -> Scenario {
    Scenario::in_world(World::Sample)
        .size(width, height)
        .with(Options { look: Look::of(dark(), true, false), ..options() })
        .open()
}

fn picture(name: &str, scenario: &Scenario) {
    let ground = dark().paint(Role::Text).bg.expect("a ground of its own");
    let screen = ansi::ansi(&scenario.picture(), ground);
    keep(name, &Term::new().bg_color(ansi::rgb(ground)).render_svg(&screen));
}

/// A picture in the terminal's own sixteen colours.
fn picture_in_16_colours(name: &str, scenario: &Scenario) {
    keep(name, &Term::new().render_svg(&ansi::ansi(&scenario.picture(), Color::Reset)));
}

/// Writes a picture, or compares it with the one that is kept.
fn keep(name: &str, drawn: &str) {
    let drawn = lines::closed(drawn);
    let path = format!("{}/screenshots/{name}.svg", env!("CARGO_MANIFEST_DIR"));
    if std::env::var_os(UPDATE).is_some() {
        std::fs::write(&path, drawn).expect("a picture is written");
        return;
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(kept == drawn, "{name}.svg is not what the screen shows now: look at it, then run `just review`");
}

#[test]
fn home() {
    let mut console = spent(120, 34);
    console.sees("Pool · BasicPlan").sees("31×2xx 9×429");
    picture("home", &console);
}

#[test]
fn new_key() {
    let mut console = sample(100, 28);
    console.press("jjj n").type_in("northwind").press("<tab>").type_in("northwind-orders").sees("new key");
    picture("new-key", &console);
}

#[test]
fn quota_spent() {
    let mut console = spent(100, 30);
    console.press("4").sees("Limit Exceeded");
    picture("quota-spent", &console);
}

#[test]
fn usage() {
    let mut console = nearly_spent(sample(120, 36));
    console.press("jjj u").sees("first out");
    picture("usage", &console);
}

#[test]
fn usage_of_a_shared_key_in_16_colours() {
    let own = Options { look: Look::new(true, false), ..options() };
    let mut console = nearly_spent(Scenario::in_world(World::Sample).size(100, 30).with(own).open());
    console.press("jjj 2 u").sees("shared by 3");
    picture_in_16_colours("usage-16-colours", &console);
}

#[test]
fn usage_in_ascii() {
    let plain = Options { look: Look::of(dark(), true, true), ..options() };
    let mut console = nearly_spent(Scenario::in_world(World::Sample).size(80, 24).with(plain).open());
    console.press("u <right><right><right>").sees("90 days");
    assert!(console.screen().is_ascii(), "{}", console.screen());
    picture("usage-ascii", &console);
}

/// A key that is shared has little left of its month.
fn nearly_spent(mut console: Scenario) -> Scenario {
    console.leaves("b7m3xj", "5v2seh60kv", 310).press("r");
    console
}

/// The keys of BasicPlan, where a shared key with 31 calls left was called 40 times.
fn spent(width: u16, height: u16) -> Scenario {
    let mut console = sample(width, height);
    console.leaves("b7m3xj", "5v2seh60kv", 31);
    console.press("jjj 3 jjj T").type_in("40").press("<enter>");
    console
}
