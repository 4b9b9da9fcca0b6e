//! Ctrl-c while a change waits for an AWS call that never returns.
//!
//! No option of the program makes a call hang, so the test runs this test binary again in a pseudo-terminal, where
//! [`the_console_on_a_hanging_aws`] starts the console. In an ordinary run that test does nothing.

use keypool::tui::{self, ConsoleConfig, Multiplexer};
use keypool_local_aws::{Answer, Fault, LocalAws, Options, World};

use crate::support::console::options;
use crate::support::pty::{self, Terminal};
use crate::support::scenario::target;

/// Set only for the run in the pseudo-terminal.
const HANG_VAR: &str = "KEYPOOL_TEST_HANGS";
const CTRL_C: &str = "\x03";

#[test]
fn ctrl_c_waits_for_the_running_step_and_a_second_ctrl_c_abandons_it() {
    let program = std::env::current_exe().unwrap();
    let arguments = ["--exact", "pty::quit::the_console_on_a_hanging_aws", "--nocapture"];
    let mut console = Terminal::start_program(&program, (100, 24), &arguments, &[(HANG_VAR, "1")]);
    console
        .wait_for("PremiumPlan")
        .send_keys("1")
        .send_keys("j")
        .wait_for("Keys · TestPlan")
        .send_keys("3")
        .send_keys("D")
        .wait_for("Cancel");
    // "waiting for AWS for" is shown only once the step hangs. A Ctrl-c before that would end the change between steps.
    console.press_until("y", "Esc stops").wait_for("waiting for AWS for");
    console.send_keys(CTRL_C).wait_for("stopping after the running step");
    console.send_keys(CTRL_C);
    assert_eq!(console.wait_for_exit_showing("quit in the middle of a step"), 0);
}

#[test]
fn the_console_on_a_hanging_aws() {
    if std::env::var(HANG_VAR).is_err() {
        return;
    }
    let fault =
        Fault { operation: Some("UpdateApiKey".to_owned()), answer: Answer::Hang, ..Fault::default() };
    let runtime = pty::runtime();
    let result = runtime.block_on(async {
        let local = LocalAws::start(Options { world: World::Sample, ..Default::default() }).await.unwrap();
        local.faults().script(fault);
        let config = ConsoleConfig {
            trail: None,
            target: target(local.endpoint()),
            options: options(),
            mouse: true,
            multiplexer: Multiplexer::None,
            has_scroll_regions: true,
        };
        tui::run(config).await
    });
    runtime.shutdown_background();
    assert!(result.is_ok(), "the console exited with an error: {result:?}");
}
