//! A panic restores the terminal and leaves its message on the screen.
//!
//! The program has no way to trigger a panic, so these tests run this test binary again in a pseudo-terminal, where
//! [`the_console_panics`] starts the console. In an ordinary run that test does nothing.

use keypool::tui::{self, ConsoleConfig, Multiplexer};
use keypool_local_aws::{LocalAws, Options, World};
use tokio::signal::unix::{SignalKind, signal};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata};

use crate::support::console::options;
use crate::support::pty::{self, Terminal};
use crate::support::scenario::target;

/// Set only for the run in the pseudo-terminal, to `task` or `loop`: where to panic.
const PANIC_VAR: &str = "KEYPOOL_TEST_PANICS";
const FAILED_TEST_STATUS: u32 = 101;

#[test]
fn a_panic_in_a_running_task_restores_the_terminal() {
    let mut console = start_console("task");
    console.send_keys("n").wait_for("new key").send_keys("newco\tweb").press_until("\r", "a panic in a task");
    assert_eq!(console.wait_for_exit_showing("a panic in a task"), FAILED_TEST_STATUS);
}

#[test]
fn a_panic_in_the_draw_loop_restores_the_terminal() {
    let mut console = start_console("loop");
    console.send_signal("USR1");
    assert_eq!(console.wait_for_exit_showing("a panic in the loop"), FAILED_TEST_STATUS);
}

/// Starts this test binary with [`PANIC_VAR`] set to `panic_location`.
fn start_console(panic_location: &str) -> Terminal {
    let program = std::env::current_exe().unwrap();
    let arguments = ["--exact", "pty::panic::the_console_panics", "--nocapture"];
    let variables = [(PANIC_VAR, panic_location)];
    let mut console = Terminal::start_program(&program, (80, 24), &arguments, &variables);
    console.wait_until_read();
    console
}

#[test]
fn the_console_panics() {
    let Ok(panic_location) = std::env::var(PANIC_VAR) else { return };
    if panic_location == "task" {
        tracing::subscriber::set_global_default(PanickingSubscriber).unwrap();
    }
    let runtime = pty::runtime();
    let result = runtime.block_on(async {
        let local = LocalAws::start(Options { world: World::Sample, ..Default::default() }).await.unwrap();
        let config = ConsoleConfig {
            trail: None,
            target: target(local.endpoint()),
            options: options(),
            mouse: true,
            multiplexer: Multiplexer::None,
            has_scroll_regions: true,
        };
        let mut trigger = signal(SignalKind::user_defined1()).unwrap();
        tokio::select! {
            result = tui::run(config) => result,
            _ = trigger.recv() => panic!("a panic in the loop"),
        }
    });
    assert!(result.is_ok(), "the console exited with an error: {result:?}");
}

/// Panics in the task that applies a change, when it logs a step.
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
