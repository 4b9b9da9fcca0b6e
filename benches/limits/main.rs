//! The program at the limits of an account: 300 plans, 10,000 API keys and up to 10,000,000 tenant keys, read from a
//! fake AWS that costs next to nothing. Runs with `cargo bench --bench limits`; `docs/performance.md` holds the
//! results. With `serve TENANT_KEYS` it serves the fake AWS to `benches/peers/compare.py`, and with `letters TENANT_KEYS`
//! it measures the filter alone.

#![allow(clippy::unwrap_used, reason = "a benchmark that cannot run should fail")]
#![expect(clippy::print_stdout, reason = "prints figures that criterion does not measure")]

mod console;
mod fake_aws;
mod letters;
mod measure;
mod rows;
mod tables;

use std::sync::atomic::Ordering;

use tokio::runtime::Runtime;

use fake_aws::{FakeAws, Rates};

fn main() {
    let runtime = Runtime::new().unwrap();
    let arguments: Vec<String> = std::env::args().collect();
    let number_after = |name: &str| {
        let at = arguments.iter().position(|argument| argument == name)?;
        arguments[at + 1].parse().ok()
    };
    if let Some(tenant_keys) = number_after("serve") {
        return serve(&runtime, tenant_keys);
    }
    if let Some(tenant_keys) = number_after("letters") {
        return report_letters(&runtime, tenant_keys);
    }
    report_indexed(&runtime, 10_000_000);
    for tenant_keys in [10_000, 100_000, 1_000_000] {
        report_indexed(&runtime, tenant_keys);
        report(&runtime, tenant_keys, &["keys", "list", "--scan", "-o", "csv"], tenant_keys);
        report_console(&runtime, tenant_keys, Rates::Unlimited);
    }
    report_console(&runtime, 100_000, Rates::AsAws);
    report_letters(&runtime, 1_000_000);
}

fn report_letters(runtime: &Runtime, tenant_keys: usize) {
    letters::report(&FakeAws::start(runtime, tenant_keys, Rates::Unlimited), tenant_keys);
}

/// Serves the fake account to other programs, at the address that it prints, until standard input ends.
fn serve(runtime: &Runtime, tenant_keys: usize) {
    println!("{}", FakeAws::start(runtime, tenant_keys, Rates::Unlimited).url);
    std::io::copy(&mut std::io::stdin(), &mut std::io::sink()).unwrap();
}

/// Reads a plan and a tenant by index.
fn report_indexed(runtime: &Runtime, tenant_keys: usize) {
    let rounds = tenant_keys / tables::API_KEY_COUNT;
    let of_plan = rounds * (7..tables::API_KEY_COUNT).step_by(tables::PLAN_COUNT).count();
    report(runtime, tenant_keys, &["keys", "list", "--tenant", "tenant-0000007"], 5);
    report(runtime, tenant_keys, &["keys", "list", "--plan", "Plan007", "-o", "csv"], of_plan);
}

fn report_console(runtime: &Runtime, tenant_keys: usize, rates: Rates) {
    let fake = FakeAws::start(runtime, tenant_keys, rates);
    let total = with_separators(tenant_keys);
    let cost = console::run(&fake, &total);
    println!(
        "{total} tenant keys, console, {rates:?}: first screen {:.2} s, all read {:.2} s, {:.2} s of processor time, \
         {:.1} MiB, quit {:.0} ms, {} calls of the control plane, {} refused",
        cost.first_screen.as_secs_f64(),
        cost.all_read.as_secs_f64(),
        cost.processor.as_secs_f64(),
        cost.peak_memory,
        cost.quit.as_secs_f64() * 1e3,
        fake.counts.control_plane.load(Ordering::Relaxed),
        fake.counts.refused.load(Ordering::Relaxed),
    );
}

/// For example `1,000,000`.
fn with_separators(number: usize) -> String {
    let digits = number.to_string();
    let groups: Vec<&str> =
        digits.as_bytes().rchunks(3).rev().map(|group| str::from_utf8(group).unwrap()).collect();
    groups.join(",")
}

/// Runs a command that prints a head and this many rows, and prints what it cost.
fn report(runtime: &Runtime, tenant_keys: usize, arguments: &[&str], rows: usize) {
    let fake = FakeAws::start(runtime, tenant_keys, Rates::Unlimited);
    let cost = measure::run(&fake, arguments);
    assert_eq!(cost.output_lines, rows + 1);
    println!(
        "{tenant_keys:>9} tenant keys, {:<36}: {:5.2} s, {:5.2} s of processor time, {:6.1} MiB, {} calls of the \
         control plane, {} pages of scans, {} of queries",
        arguments.join(" "),
        cost.elapsed.as_secs_f64(),
        cost.processor.as_secs_f64(),
        cost.peak_memory,
        fake.counts.control_plane.load(Ordering::Relaxed),
        fake.counts.scan_pages.load(Ordering::Relaxed),
        fake.counts.query_pages.load(Ordering::Relaxed),
    );
}
