//! The real binary in a pseudo-terminal: keys in, screen out, no sleeping.

use std::io::{Read, Write};
use std::num::NonZeroU16;
use std::path::Path;
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};

/// How long a screen may take before the test gives up; no test waits for it when all is well.
const PATIENCE: Duration = Duration::from_secs(60);

/// More than a dialog wants to be left alone before a key that writes.
const PACE: Duration = Duration::from_millis(200);

/// A program running in a terminal of a fixed size, in a home folder of its own.
pub(crate) struct Terminal {
    child: Box<dyn Child + Send + Sync>,
    master: Box<dyn MasterPty + Send>,
    keys: Box<dyn Write + Send>,
    shown: Arc<Shown>,
    /// How the terminal treated lines before the program had it.
    lines: String,
    _home: tempfile::TempDir,
}

struct Shown {
    state: Mutex<State>,
    changed: Condvar,
}

struct State {
    parser: vt100::Parser,
    raw: Vec<u8>,
    ended: bool,
}

impl Terminal {
    /// Starts `keypool` with these arguments in a terminal of `columns` × `rows`, with no AWS variables set.
    pub(crate) fn start(columns: u16, rows: u16, arguments: &[&str]) -> Self {
        Self::start_with(columns, rows, arguments, &[])
    }

    /// The same, with further variables.
    pub(crate) fn start_with(
        columns: u16,
        rows: u16,
        arguments: &[&str],
        variables: &[(&str, &str)],
    ) -> Self {
        Self::start_program(env!("CARGO_BIN_EXE_keypool").as_ref(), (columns, rows), arguments, variables)
    }

    /// Starts any program, as isolated.
    pub(crate) fn start_program(
        program: &Path,
        (columns, rows): (u16, u16),
        arguments: &[&str],
        variables: &[(&str, &str)],
    ) -> Self {
        let home = tempfile::tempdir().unwrap();
        let pair = native_pty_system().openpty(size(columns, rows)).unwrap();
        let lines = treats_lines(pair.master.as_ref());
        let mut command = CommandBuilder::new(program);
        command.args(arguments);
        isolate(&mut command, home.path());
        for (name, value) in variables {
            command.env(name, value);
        }
        let child = pair.slave.spawn_command(command).unwrap();
        drop(pair.slave);
        let shown = Arc::new(Shown::new(columns, rows));
        follow(pair.master.try_clone_reader().unwrap(), Arc::clone(&shown));
        let keys = pair.master.take_writer().unwrap();
        Self { child, master: pair.master, keys, shown, lines, _home: home }
    }

    /// Types text as it stands; control keys by their bytes, for example `\x1b` or `\t`.
    pub(crate) fn types(&mut self, text: &str) -> &mut Self {
        self.keys.write_all(text.as_bytes()).unwrap();
        self.keys.flush().unwrap();
        self
    }

    /// Presses a key that writes, and again where the console found that it came too soon, until the screen shows the
    /// text.
    pub(crate) fn presses_until(&mut self, key: &str, text: &str) -> &mut Self {
        let what = format!("show {text:?} after {key:?}");
        loop {
            let ignored = too_soon(&self.screen());
            self.types(key);
            let mut answered = false;
            self.until(&what, |state| {
                let screen = state.parser.screen().contents();
                answered = screen.contains(text);
                answered || too_soon(&screen).is_some_and(|now| Some(&now) != ignored.as_ref())
            });
            if answered {
                return self;
            }
            // Without a key for this long the next one is not too soon.
            let state = self.shown.state.lock().unwrap();
            drop(self.shown.changed.wait_timeout_while(state, PACE, |_| true).unwrap());
        }
    }

    /// Waits until the screen shows the text.
    pub(crate) fn sees(&mut self, text: &str) -> &mut Self {
        self.until(&format!("show {text:?}"), |state| state.parser.screen().contents().contains(text))
    }

    /// Waits until the screen no longer shows the text.
    pub(crate) fn no_longer_sees(&mut self, text: &str) -> &mut Self {
        self.until(&format!("hide {text:?}"), |state| !state.parser.screen().contents().contains(text))
    }

    /// Waits until the program wrote these bytes, whatever the screen made of them.
    pub(crate) fn receives(&mut self, bytes: &[u8]) -> &mut Self {
        let what = format!("write {:?}", String::from_utf8_lossy(bytes));
        self.until(&what, |state| state.raw.windows(bytes.len()).any(|window| window == bytes))
    }

    /// The screen's text now.
    pub(crate) fn screen(&self) -> String {
        self.shown.state.lock().unwrap().parser.screen().contents()
    }

    /// Everything that the program has written so far.
    pub(crate) fn written(&self) -> Vec<u8> {
        self.shown.state.lock().unwrap().raw.clone()
    }

    /// Whether the first line that shows the text stands in reverse there.
    pub(crate) fn is_reversed(&self, text: &str) -> bool {
        let state = self.shown.state.lock().unwrap();
        let screen = state.parser.screen();
        let lines: Vec<_> = screen.rows(0, screen.size().1.get()).collect();
        let place = lines.iter().zip(0..).find_map(|(line, row)| Some((row, line.find(text)?)));
        let (row, at) = place.unwrap();
        let column = lines[usize::from(row)][..at].chars().count();
        screen.cell(row, column.try_into().unwrap()).unwrap().inverse()
    }

    /// Gives the terminal another size.
    pub(crate) fn resize(&mut self, columns: u16, rows: u16) -> &mut Self {
        self.master.resize(size(columns, rows)).unwrap();
        self.shown.state.lock().unwrap().parser.set_size(cells(rows), cells(columns));
        self
    }

    /// Sends a signal by its name, for example `TERM`.
    pub(crate) fn signal(&mut self, name: &str) -> &mut Self {
        let process = self.child.process_id().unwrap().to_string();
        let done = std::process::Command::new("kill").args(["-s", name, &process]).status().unwrap();
        assert!(done.success(), "kill -s {name}");
        self
    }

    /// Waits for the program's end and gives its exit status; the terminal must be as it was before.
    pub(crate) fn ends(self) -> u32 {
        self.ends_saying("")
    }

    /// The same, and the screen that is left must show the text: what was said before that is gone with the console.
    pub(crate) fn ends_saying(mut self, text: &str) -> u32 {
        self.until("end", |state| state.ended);
        let status = self.child.wait().unwrap().exit_code();
        let state = self.shown.state.lock().unwrap();
        let screen = state.parser.screen();
        assert!(
            screen.contents().contains(text),
            "{text:?} is not left on the screen:\n{}",
            screen.contents()
        );
        assert_eq!(treats_lines(self.master.as_ref()), self.lines, "the terminal was left raw");
        assert!(!screen.alternate_screen(), "the alternate screen was left on");
        assert!(!screen.hide_cursor(), "the cursor was left hidden");
        assert!(!screen.bracketed_paste(), "bracketed paste was left on");
        assert_eq!(
            screen.mouse_protocol_mode(),
            vt100::MouseProtocolMode::None,
            "the mouse was left captured"
        );
        status
    }

    fn until(&mut self, what: &str, mut holds: impl FnMut(&State) -> bool) -> &mut Self {
        let deadline = Instant::now() + PATIENCE;
        let mut state = self.shown.state.lock().unwrap();
        while !holds(&state) {
            let left = deadline.saturating_duration_since(Instant::now());
            let screen = || state.parser.screen().contents();
            assert!(!left.is_zero(), "keypool did not {what}; the screen is\n{}", screen());
            assert!(!state.ended, "keypool ended and did not {what}; the screen is\n{}", screen());
            state = self.shown.changed.wait_timeout(state, left).unwrap().0;
        }
        drop(state);
        self
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        // A test that fails half-way must not leave the program behind; one that has ended cannot be killed.
        let _already_ended = self.child.kill();
    }
}

impl Shown {
    fn new(columns: u16, rows: u16) -> Self {
        let parser = vt100::Parser::new(cells(rows), cells(columns), 0);
        Self { state: Mutex::new(State { parser, raw: Vec::new(), ended: false }), changed: Condvar::new() }
    }
}

fn follow(mut reader: Box<dyn Read + Send>, shown: Arc<Shown>) {
    std::thread::spawn(move || {
        let mut buffer = [0; 8192];
        loop {
            let read = reader.read(&mut buffer).unwrap_or(0);
            // A failed test has poisoned it; nobody looks any more.
            let Ok(mut state) = shown.state.lock() else { return };
            state.parser.process(&buffer[..read]);
            state.raw.extend_from_slice(&buffer[..read]);
            state.ended = read == 0;
            shown.changed.notify_all();
            if read == 0 {
                return;
            }
        }
    });
}

/// How the console says that keys came too soon; it counts them.
fn too_soon(screen: &str) -> Option<String> {
    screen.lines().find(|line| line.contains("typed too soon")).map(str::to_owned)
}

/// Nothing of the machine's own AWS configuration, terminal or home reaches the program.
fn isolate(command: &mut CommandBuilder, home: &Path) {
    command.env_clear();
    for name in ["PATH", "TMPDIR"] {
        if let Ok(value) = std::env::var(name) {
            command.env(name, value);
        }
    }
    command.env("HOME", home);
    command.env("TERM", "xterm-256color");
    command.env("LANG", "C.UTF-8");
    command.env("AWS_EC2_METADATA_DISABLED", "true");
    command.cwd(home);
}

/// Echo, line editing and signals of the terminal.
fn treats_lines(terminal: &dyn MasterPty) -> String {
    terminal.get_termios().map(|modes| format!("{:?}", modes.local_flags)).unwrap_or_default()
}

fn size(columns: u16, rows: u16) -> PtySize {
    PtySize { rows, cols: columns, pixel_width: 0, pixel_height: 0 }
}

fn cells(count: u16) -> NonZeroU16 {
    NonZeroU16::new(count).unwrap()
}
