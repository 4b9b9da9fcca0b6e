//! A panic, wherever it happens, leaves the terminal as it was and its message to be read.
//!
//! The program has no way to be made to panic, so the same console runs in this test binary, started anew in a
//! terminal of its own: [`the_console_panics`] is what it does there, and nothing anywhere else.

use keypool::tui::{self, ConsoleConfig, Multiplexer};
use keypool_local_aws::{LocalAws, Options, World};
use tokio::signal::unix::{SignalKind, signal};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata};

use crate::support::console::options;
use crate::support::pty::Terminal;
use crate::support::scenario::target;

/// Set for the console that panics only; where, is its value.
const PANIC_VAR: &str = "KEYPOOL_TEST_PANICS";
const FAILED_TEST_STATUS: u32 = 101;

#[test]
fn a_panic_in_a_running_task_restores_the_terminal() {
    let mut console = console("task");
    console.send_keys("n").wait_for("new key").send_keys("newco\tweb").press_until("\r", "a panic in a task");
    assert_eq!(console.wait_for_exit_showing("a panic in a task"), FAILED_TEST_STATUS);
}

#[test]
fn a_panic_in_the_draw_loop_restores_the_terminal() {
    let mut console = console("loop");
    console.send_signal("USR1");
    assert_eq!(console.wait_for_exit_showing("a panic in the loop"), FAILED_TEST_STATUS);
}

fn console(panics: &str) -> Terminal {
    let program = std::env::current_exe().unwrap();
    let only_that = ["--exact", "pty::panic::the_console_panics", "--nocapture"];
    let mut console = Terminal::start_program(&program, (80, 24), &only_that, &[(PANIC_VAR, panics)]);
    console.wait_for("PremiumPlan");
    console
}

#[test]
fn the_console_panics() {
    let Ok(panics) = std::env::var(PANIC_VAR) else { return };
    if panics == "task" {
        tracing::subscriber::set_global_default(PanickingSubscriber).unwrap();
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let ended = runtime.block_on(async {
        let local = LocalAws::start(Options { world: World::Sample, ..Default::default() }).await.unwrap();
        let start = ConsoleConfig {
            trail: None,
            target: target(local.endpoint()),
            options: options(),
            mouse: true,
            multiplexer: Multiplexer::None,
        };
        let mut asked = signal(SignalKind::user_defined1()).unwrap();
        tokio::select! {
            ended = tui::run(start) => ended,
            _ = asked.recv() => panic!("a panic in the loop"),
        }
    });
    assert!(ended.is_ok(), "the console ended with an error: {ended:?}");
}

/// A log that cannot be written to: each step of a change is logged by the task that does it.
struct PanickingSubscriber;

impl tracing::Subscriber for PanickingSubscriber {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target().starts_with("keypool::ops")
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn event(&self, _: &Event<'_>) {
        panic!("a panic in a task");
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}
    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}
}
