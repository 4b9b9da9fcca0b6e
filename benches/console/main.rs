//! Benchmarks of the console: frames, key presses, bytes written, loading an inventory, startup and idle cost. They
//! run with `cargo bench --bench console`; `docs/performance.md` holds the results.

#![allow(clippy::unwrap_used, reason = "a benchmark that cannot run should fail")]
#![expect(clippy::print_stdout, reason = "prints figures that criterion does not measure")]

mod bytes;
mod fixture;
mod frames;
mod keyboard;
mod loading;
mod program;
mod session;

use criterion::{criterion_group, criterion_main};

/// Numbers of tenant keys in the inventories that are measured.
const TENANT_KEY_COUNTS: [usize; 2] = [10_000, 1_000_000];

criterion_group!(figures, frames::bench, keyboard::bench, bytes::bench, loading::bench, program::bench);
criterion_main!(figures);
