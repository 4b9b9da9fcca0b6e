//! The console in a terminal of 120×35: when the first tenant keys are on the screen, when all have been read, how much
//! memory that took, and how long quitting takes.

use std::io::{Read, Write};
use std::num::NonZero;
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::{Duration, Instant};

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};
use vt100::Parser;

use super::fake_aws::FakeAws;
use super::measure::{self, BINARY};

const ROWS: u16 = 35;
const COLUMNS: u16 = 120;

pub(crate) struct ConsoleCost {
    /// From the start until a plan and a tenant key are on the screen.
    pub(crate) first_screen: Duration,
    /// From the start until the number of all tenant keys is.
    pub(crate) all_read: Duration,
    /// From `q` to the end of the process.
    pub(crate) quit: Duration,
    pub(crate) processor: Duration,
    /// In MiB.
    pub(crate) peak_memory: f64,
}

/// Starts the console, waits until it shows `total`, the number of all tenant keys, and quits.
pub(crate) fn run(fake: &FakeAws, total: &str) -> ConsoleCost {
    let mut console = Console::start(fake);
    console.wait_until(|screen| screen.contains("Plan000") && screen.contains("tenant-0"));
    let first_screen = console.started.elapsed();
    // The title of the keys pane; while keys are read, a `…` follows the number.
    let title = format!("all plans · {total} · ");
    console.wait_until(|screen| screen.contains(&title));
    let all_read = console.started.elapsed();
    let process = console.child.process_id().unwrap();
    let peak_memory = measure::peak_memory_of(process).unwrap();
    let processor = measure::processor_time_of(process).unwrap();
    let quit_at = Instant::now();
    console.input.write_all(b"q").unwrap();
    console.child.wait().unwrap();
    ConsoleCost { first_screen, all_read, quit: quit_at.elapsed(), processor, peak_memory }
}

struct Console {
    started: Instant,
    child: Box<dyn Child + Send + Sync>,
    input: Box<dyn Write + Send>,
    output: Receiver<Vec<u8>>,
    screen: Parser,
    _terminal: Box<dyn MasterPty + Send>,
    _home: tempfile::TempDir,
}

impl Console {
    fn start(fake: &FakeAws) -> Self {
        let home = tempfile::tempdir().unwrap();
        let size = PtySize { rows: ROWS, cols: COLUMNS, pixel_width: 0, pixel_height: 0 };
        let pair = native_pty_system().openpty(size).unwrap();
        let mut command = CommandBuilder::new(BINARY);
        command.arg("--scan");
        command.env_clear();
        measure::variables(fake, home.path()).iter().for_each(|(name, value)| command.env(name, value));
        let started = Instant::now();
        let child = pair.slave.spawn_command(command).unwrap();
        let mut reader = pair.master.try_clone_reader().unwrap();
        let (sender, output) = channel();
        thread::spawn(move || {
            let mut buffer = [0; 65_536];
            while let Ok(len @ 1..) = reader.read(&mut buffer) {
                if sender.send(buffer[..len].to_vec()).is_err() {
                    return;
                }
            }
        });
        let input = pair.master.take_writer().unwrap();
        let cells = |count| NonZero::new(count).unwrap();
        let screen = Parser::new(cells(ROWS), cells(COLUMNS), 0);
        Self { started, child, input, output, screen, _terminal: pair.master, _home: home }
    }

    fn wait_until(&mut self, is_shown: impl Fn(&str) -> bool) {
        while !is_shown(&self.screen.screen().contents()) {
            self.screen.process(&self.output.recv().unwrap());
        }
    }
}
