//! The program in a terminal: time from start to the first plans on screen, binary size, and cost while idle.

use std::fs;
use std::io::Read;
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::{Duration, Instant};

use criterion::Criterion;
use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};

const BINARY: &str = env!("CARGO_BIN_EXE_keypool");
/// Text that the first useful frame contains: the name of the last plan.
const READY_TEXT: &str = "TestPlan";
/// For how long the cost while idle is measured.
const IDLE_PERIOD: Duration = Duration::from_secs(25);

pub(crate) fn bench(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("program");
    group.sample_size(20).bench_function("first-useful-frame", |bencher| {
        bencher.iter_custom(|iterations| (0..iterations).map(|_| first_useful_frame()).sum());
    });
    let size = fs::metadata(BINARY).unwrap().len();
    println!("program/size                {:.1} MB", size as f64 / 1e6);
    println!("program/idle                {}", measure_idle());
}

struct Demo {
    child: Box<dyn Child + Send + Sync>,
    output: Receiver<Vec<u8>>,
    _terminal: Box<dyn MasterPty + Send>,
    _home: tempfile::TempDir,
}

impl Demo {
    fn start() -> Self {
        let home = tempfile::tempdir().unwrap();
        let size = PtySize { rows: 60, cols: 200, pixel_width: 0, pixel_height: 0 };
        let pair = native_pty_system().openpty(size).unwrap();
        let mut command = CommandBuilder::new(BINARY);
        command.arg("--demo");
        command.env_clear();
        command.env("HOME", home.path());
        command.env("TERM", "xterm-256color");
        let mut reader = pair.master.try_clone_reader().unwrap();
        let child = pair.slave.spawn_command(command).unwrap();
        let (sender, output) = channel();
        thread::spawn(move || {
            let mut buffer = [0; 65_536];
            while let Ok(len @ 1..) = reader.read(&mut buffer) {
                if sender.send(buffer[..len].to_vec()).is_err() {
                    return;
                }
            }
        });
        Self { child, output, _terminal: pair.master, _home: home }
    }

    fn wait_for_plans(&self) {
        let mut shown = String::new();
        while !shown.contains(READY_TEXT) {
            shown.push_str(&String::from_utf8_lossy(&self.output.recv().unwrap()));
        }
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        let _already_ended = self.child.kill();
        let _already_reaped = self.child.wait();
    }
}

fn first_useful_frame() -> Duration {
    let start = Instant::now();
    let demo = Demo::start();
    demo.wait_for_plans();
    start.elapsed()
}

/// Returns the CPU time, thread wake-ups and bytes written while no key is pressed.
fn measure_idle() -> String {
    let demo = Demo::start();
    demo.wait_for_plans();
    let process = demo.child.process_id().unwrap();
    // Work after the first frame, such as the end of seeding, does not count as idle.
    let _bytes_of_startup = demo.bytes_written_within(Duration::from_secs(5));
    let before = (processor_ticks(process), wake_ups(process));
    let written = demo.bytes_written_within(IDLE_PERIOD);
    let after = (processor_ticks(process), wake_ups(process));
    format!(
        "in {} s: {} ms of processor time, {} wake-ups, {written} bytes written",
        IDLE_PERIOD.as_secs(),
        // Linux counts CPU time in hundredths of a second.
        (after.0 - before.0) * 10,
        after.1 - before.1,
    )
}

impl Demo {
    fn bytes_written_within(&self, period: Duration) -> usize {
        let end = Instant::now() + period;
        let mut written = 0;
        while let Ok(bytes) = self.output.recv_timeout(end.saturating_duration_since(Instant::now())) {
            written += bytes.len();
        }
        written
    }
}

/// User and system time of a process, in clock ticks.
fn processor_ticks(process: u32) -> u64 {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).unwrap();
    // The process name in parentheses may contain spaces; user and system time are fields 14 and 15.
    let fields = stat.rsplit(')').next().unwrap().split_whitespace();
    fields.skip(11).take(2).map(|ticks| ticks.parse::<u64>().unwrap()).sum()
}

/// Voluntary context switches of all threads of a process: how often a thread went to sleep and was woken up again.
fn wake_ups(process: u32) -> u64 {
    let tasks = fs::read_dir(format!("/proc/{process}/task")).unwrap();
    let read_status = |task: fs::DirEntry| fs::read_to_string(task.path().join("status")).unwrap_or_default();
    let voluntary_switches = |status: String| {
        let line =
            status.lines().find_map(|line| line.strip_prefix("voluntary_ctxt_switches:")).unwrap_or("0");
        line.trim().parse::<u64>().unwrap_or(0)
    };
    tasks.flatten().map(|task| voluntary_switches(read_status(task))).sum()
}
