//! Figures of the console, by `cargo bench --bench console`: pictures, key presses, reading an account, the start of
//! the program, and what it does when nobody does anything. `docs/performance.md` holds what came out.

#![allow(clippy::unwrap_used, reason = "a bench that cannot run should stop")]
#![expect(clippy::print_stdout, reason = "what criterion does not measure is told beside its figures")]

mod fixture;
mod frames;
mod keyboard;
mod loading;
mod program;
mod session;

use criterion::{criterion_group, criterion_main};

/// Rows of the Keys table that everything is measured with.
const TENANT_KEY_COUNTS: [usize; 2] = [10_000, 1_000_000];

criterion_group!(figures, frames::bench, keyboard::bench, loading::bench, program::bench);
criterion_main!(figures);
