//! Ctrl-c while a step of a change is under way, on an AWS that never answers it.
//!
//! The program cannot be told to meet such an AWS, so the same console runs in this test binary, started anew in a
//! terminal of its own: [`the_console_on_an_aws_that_hangs`] is what it does there, and nothing anywhere else.

use keypool::tui::{self, ConsoleConfig, Multiplexer};
use keypool_local_aws::{Answer, Fault, LocalAws, Options, World};

use crate::support::console::options;
use crate::support::pty::Terminal;
use crate::support::scenario::target;

/// Set for the console that meets it only.
const HANG_VAR: &str = "KEYPOOL_TEST_HANGS";
const CTRL_C: &str = "\x03";

#[test]
fn ctrl_c_waits_for_the_step_under_way_and_a_second_one_leaves_it_and_says_so() {
    let program = std::env::current_exe().unwrap();
    let only_that = ["--exact", "pty::leaving::the_console_on_an_aws_that_hangs", "--nocapture"];
    let mut console = Terminal::start_program(&program, (100, 24), &only_that, &[(HANG_VAR, "1")]);
    console
        .wait_for("PremiumPlan")
        .send_keys("j")
        .wait_for("Keys · TestPlan")
        .send_keys("3")
        .send_keys("D")
        .wait_for("Cancel");
    console.press_until("y", "Esc stops").send_keys(CTRL_C).wait_for("stopping after the running step");
    console.send_keys(CTRL_C);
    assert_eq!(console.wait_for_exit_showing("quit in the middle of a step"), 0);
}

#[test]
fn the_console_on_an_aws_that_hangs() {
    if std::env::var(HANG_VAR).is_err() {
        return;
    }
    let hangs =
        Fault { operation: Some("UpdateApiKey".to_owned()), answer: Answer::Hang, ..Fault::default() };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let ended = runtime.block_on(async {
        let local = LocalAws::start(Options { world: World::Sample, ..Default::default() }).await.unwrap();
        local.faults().script(hangs);
        let start = ConsoleConfig {
            trail: None,
            target: target(local.endpoint()),
            options: options(),
            mouse: true,
            multiplexer: Multiplexer::None,
        };
        tui::run(start).await
    });
    runtime.shutdown_background();
    assert!(ended.is_ok(), "the console ended with an error: {ended:?}");
}
