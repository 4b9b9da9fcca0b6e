//! Runs the program against the fake account, and measures what it costs from the outside, as the kernel counts it.

use std::fs;
use std::io::Read;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use super::fake_aws::FakeAws;

pub(crate) const BINARY: &str = env!("CARGO_BIN_EXE_keypool");

/// What one run of the program cost.
pub(crate) struct Cost {
    pub(crate) elapsed: Duration,
    pub(crate) processor: Duration,
    /// The most memory that was resident at one time, in MiB.
    pub(crate) peak_memory: f64,
    pub(crate) output_lines: usize,
}

/// Runs a command of the program to its end.
pub(crate) fn run(fake: &FakeAws, arguments: &[&str]) -> Cost {
    let start = Instant::now();
    let home = tempfile::tempdir().unwrap();
    let mut command = Command::new(BINARY);
    command.env_clear().envs(variables(fake, home.path())).args(arguments).stdout(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut output = child.stdout.take().unwrap();
    let (mut lines, mut buffer) = (0, vec![0; 1 << 16]);
    let mut peak_memory: f64 = 0.0;
    let mut processor = Duration::ZERO;
    while let Ok(len @ 1..) = output.read(&mut buffer) {
        lines += buffer[..len].iter().filter(|byte| **byte == b'\n').count();
        peak_memory = peak_memory.max(peak_memory_of(child.id()).unwrap_or(0.0));
        processor = processor_time_of(child.id()).unwrap_or(processor);
    }
    assert!(child.wait().unwrap().success(), "{arguments:?} failed");
    Cost { elapsed: start.elapsed(), processor, peak_memory, output_lines: lines }
}

/// The whole environment of the program.
pub(crate) fn variables(fake: &FakeAws, home: &std::path::Path) -> [(&'static str, String); 7] {
    [
        ("HOME", home.to_str().unwrap().to_owned()),
        ("AWS_ACCESS_KEY_ID", "AKIABENCH".to_owned()),
        ("AWS_SECRET_ACCESS_KEY", "bench".to_owned()),
        ("AWS_REGION", "us-east-1".to_owned()),
        ("AWS_ENDPOINT_URL", fake.url.clone()),
        ("AWS_EC2_METADATA_DISABLED", "true".to_owned()),
        ("TERM", "xterm-256color".to_owned()),
    ]
}

/// `VmHWM` of `/proc/PID/status`.
pub(crate) fn peak_memory_of(process: u32) -> Option<f64> {
    let status = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kibibytes: f64 = line.split_whitespace().next()?.parse().ok()?;
    Some(kibibytes / 1024.0)
}

/// User and system time of a process; Linux counts them in hundredths of a second.
pub(crate) fn processor_time_of(process: u32) -> Option<Duration> {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    // The process name in parentheses may contain spaces; user and system time are fields 14 and 15.
    let fields = stat.rsplit(')').next()?.split_whitespace();
    let ticks: u64 = fields.skip(11).take(2).filter_map(|ticks| ticks.parse::<u64>().ok()).sum();
    Some(Duration::from_millis(ticks * 10))
}
