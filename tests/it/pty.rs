//! Tests of the real binary in a pseudo-terminal.

mod account;
mod commands;
mod doctor;
mod exports;
mod key_lifecycle;
mod operations;
mod panic;
mod pools;
mod quit;
mod setup;
mod sign_in;
mod terminal;

use tokio::runtime::{Builder, Runtime};

/// The SDK's futures are several times larger in an unoptimised build: the stacks are those of the real binary.
fn console_runtime() -> Runtime {
    Builder::new_multi_thread().enable_all().thread_stack_size(8 * 1024 * 1024).build().expect("a runtime")
}
