//! What is not known yet is never shown as a number, and going back stops only what the screen reads.

use keypool::aws::Failure;
use keypool::tui::{Effect, TaskReport};
use keypool_domain::testing::InventoryBuilder;
use keypool_local_aws::World;

use crate::support::console::{Console, options};
use crate::support::scenario::Scenario;

fn sample(width: u16, height: u16) -> Console {
    Console::with_inventory(InventoryBuilder::sample().build(), width, height)
}

fn failed(failure: Failure) -> TaskReport {
    TaskReport::Loaded(Err(failure))
}

fn is_cancelled(console: &Console) -> bool {
    console.effects.iter().any(|effect| matches!(effect, Effect::Cancel(_)))
}

#[test]
fn the_doctor_shows_no_number_of_problems_before_it_has_checked() {
    let mut console = sample(100, 30);
    console.press("!").shows("checking · problems: …").lacks("0 problems").lacks("0 can be fixed");
    console.press("<esc>").finish_task(failed(Failure::Cancelled));
    console
        .shows("stopped checking the account · r starts it again")
        .shows("problems: ?")
        .shows("The check was stopped. Press r to check again.")
        .lacks("could not")
        .lacks("stale");
    let denied = Failure::Denied { action: "apigateway:GET".to_owned(), resource: "/apikeys".to_owned() };
    console.press("r").finish_task(failed(denied));
    console
        .shows("not checked · problems: ?")
        .shows("could not be checked")
        .lacks("0 problems")
        .lacks("stale");
}

#[test]
fn the_methods_are_not_said_to_be_none_before_they_are_read() {
    let mut console = sample(100, 30);
    console.press("s m").shows("reading methods").lacks("no methods found").lacks("0 not deployed");
}

#[test]
fn going_back_from_a_screen_stops_no_read_of_another() {
    let mut console = sample(100, 30);
    console.press("r u").wait(6).shows("reading the account: waiting for AWS for 6 s").lacks("cancels");
    console.press("<esc>").shows("►1 Plans");
    assert!(!is_cancelled(&console), "{:?}", console.effects);
    console.shows("Esc cancels").press("<esc>").shows("stopped reading the account · r starts it again");
    assert!(is_cancelled(&console));
}

#[test]
fn a_first_read_that_is_stopped_is_not_called_a_failure() {
    let mut console = Console::new(100, 30, options());
    console.finish_connecting().press("<esc>").finish_task(failed(Failure::Cancelled));
    console
        .shows("stopped reading the account · r starts it again")
        .shows("The keys are not read. Press r to read them.")
        .lacks("could not read")
        .lacks("cancelled")
        .lacks("stale");
    console.press("r").shows("reading keys");
}

#[test]
fn usage_that_is_stopped_is_not_said_to_be_inapplicable_and_the_help_explains_the_signs() {
    let mut console = sample(120, 90);
    // The usage of the sample was stopped.
    console.shows("BasicPlan sharded").press("jd").shows("used ? (not read)").press("<esc>");
    console.press("?").shows("… still being read").shows("? not known: it could not be read");
    console.shows("– does not apply");
}

#[test]
fn no_pool_key_is_called_the_fullest_before_the_usage_is_read() {
    let mut console = sample(80, 21);
    console.press("3").shows("2 Pool · all plans").lacks("fullest");
    let mut with_usage = Scenario::builder(World::Sample).size(80, 21).start();
    with_usage.press("3").shows("2 Pool · all plans").shows("· fullest");
}

#[test]
fn the_notice_of_too_small_a_terminal_fits_in_it() {
    for (width, height) in [(39, 9), (20, 5), (17, 2), (12, 1)] {
        Console::new(width, height, options()).shows("40×10");
    }
}
