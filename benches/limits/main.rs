//! The program at the limits of an account: 300 plans, 10,000 API keys and up to 1,000,000 tenant keys, read from a
//! fake AWS that costs next to nothing. Runs with `cargo bench --bench limits`; `docs/performance.md` holds the
//! results.

#![allow(clippy::unwrap_used, reason = "a benchmark that cannot run should fail")]
#![expect(clippy::print_stdout, reason = "prints figures that criterion does not measure")]

mod fake_aws;
mod measure;
mod rows;
mod tables;

use std::sync::atomic::Ordering;

use tokio::runtime::Runtime;

use fake_aws::FakeAws;

fn main() {
    let runtime = Runtime::new().unwrap();
    for tenant_keys in [10_000, 100_000, 1_000_000] {
        report(&runtime, tenant_keys, &["keys", "list", "--tenant", "tenant-0000007"], 5);
        report(&runtime, tenant_keys, &["keys", "list", "-o", "csv"], tenant_keys);
    }
}

/// Runs a command that prints a head and this many rows, and prints what it cost.
fn report(runtime: &Runtime, tenant_keys: usize, arguments: &[&str], rows: usize) {
    let fake = FakeAws::start(runtime, tenant_keys);
    let cost = measure::run(&fake, arguments);
    assert_eq!(cost.output_lines, rows + 1);
    println!(
        "{tenant_keys:>9} tenant keys, {:<36}: {:5.2} s, {:5.2} s of processor time, {:6.1} MiB, {} calls of the \
         control plane, {} pages of scans",
        arguments.join(" "),
        cost.elapsed.as_secs_f64(),
        cost.processor.as_secs_f64(),
        cost.peak_memory,
        fake.counts.control_plane.load(Ordering::Relaxed),
        fake.counts.scan_pages.load(Ordering::Relaxed),
    );
}
