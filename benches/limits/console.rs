//! The console in a terminal of 120×35: when the first tenant keys are on the screen, when all have been read, how much
//! memory that took, and how long quitting takes.

use std::io::{Read, Write};
use std::num::NonZero;
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::{Duration, Instant};

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};
use vt100::{Parser, Screen};

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
    let first_screen = console.wait_until(|screen| {
        let screen = screen.contents();
        screen.contains("Plan000") && screen.contains("tenant-0")
    });
    let first_screen = first_screen - console.started;
    let all_read = console.wait_until_all_are_read(total) - console.started;
    let process = console.child.process_id().unwrap();
    let peak_memory = measure::peak_memory_of(process).unwrap();
    let processor = measure::processor_time_of(process).unwrap();
    ConsoleCost { first_screen, all_read, quit: console.quit(), processor, peak_memory }
}

pub(crate) struct Console {
    started: Instant,
    child: Box<dyn Child + Send + Sync>,
    input: Box<dyn Write + Send>,
    /// What the console wrote, and when it was read.
    output: Receiver<(Instant, Vec<u8>)>,
    /// When the last of `screen` was read.
    drawn_at: Instant,
    screen: Parser,
    _terminal: Box<dyn MasterPty + Send>,
    _home: tempfile::TempDir,
}

impl Console {
    pub(crate) fn start(fake: &FakeAws) -> Self {
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
                if sender.send((Instant::now(), buffer[..len].to_vec())).is_err() {
                    return;
                }
            }
        });
        let input = pair.master.take_writer().unwrap();
        let cells = |count| NonZero::new(count).unwrap();
        let screen = Parser::new(cells(ROWS), cells(COLUMNS), 0);
        let terminal = pair.master;
        Self { started, child, input, output, drawn_at: started, screen, _terminal: terminal, _home: home }
    }

    /// Types a key, and returns when.
    pub(crate) fn press(&mut self, key: char) -> Instant {
        let pressed_at = Instant::now();
        self.input.write_all(key.to_string().as_bytes()).unwrap();
        pressed_at
    }

    /// Returns when the picture was read that shows it.
    pub(crate) fn wait_until(&mut self, is_shown: impl Fn(&Screen) -> bool) -> Instant {
        while !is_shown(self.screen.screen()) {
            let (read_at, bytes) = self.output.recv().unwrap();
            self.screen.process(&bytes);
            self.drawn_at = read_at;
        }
        self.drawn_at
    }

    /// Waits for the number of all tenant keys in the title of the keys pane; while keys are read, a `…` follows it.
    pub(crate) fn wait_until_all_are_read(&mut self, total: &str) -> Instant {
        let title = format!("all plans · {total} · ");
        self.wait_until(|screen| screen.contents().contains(&title))
    }

    /// The row and the column of the cursor.
    pub(crate) fn cursor(&self) -> (u16, u16) {
        self.screen.screen().cursor_position()
    }

    /// Waits until nothing was drawn for this time.
    pub(crate) fn wait_until_silent(&mut self, period: Duration) {
        while let Ok((read_at, bytes)) = self.output.recv_timeout(period) {
            self.screen.process(&bytes);
            self.drawn_at = read_at;
        }
    }

    /// Quits, and returns how long that took.
    pub(crate) fn quit(&mut self) -> Duration {
        let quit_at = self.press('q');
        self.child.wait().unwrap();
        quit_at.elapsed()
    }
}
