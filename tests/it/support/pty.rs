//! Drives the real binary in a pseudo-terminal: sends keys and waits for screen contents, without sleeping.

use std::io::{Read, Write};
use std::num::NonZeroU16;
use std::path::Path;
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};

/// How long to wait for a screen before the test fails.
const SCREEN_TIMEOUT: Duration = Duration::from_secs(60);

/// Longer than the pause (150 ms) that a dialog requires before a confirming key.
const KEY_PAUSE: Duration = Duration::from_millis(200);

/// The program's own stack size: an unoptimised build of the SDK needs more than the default.
const STACK_BYTES: usize = 8 * 1024 * 1024;

/// A runtime for a console that runs in the test program.
pub(crate) fn runtime() -> tokio::runtime::Runtime {
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    builder.enable_all().thread_stack_size(STACK_BYTES).build().unwrap()
}

/// A program in a pseudo-terminal, with a home folder of its own.
pub(crate) struct Terminal {
    child: Box<dyn Child + Send + Sync>,
    master: Box<dyn MasterPty + Send>,
    keys: Box<dyn Write + Send>,
    screen_state: Arc<SharedScreen>,
    /// Echo, line editing and signal modes before the program started.
    line_modes: String,
    _home: tempfile::TempDir,
}

struct SharedScreen {
    state: Mutex<ScreenState>,
    changed: Condvar,
}

struct ScreenState {
    parser: vt100::Parser,
    /// All output so far.
    raw: Vec<u8>,
    has_ended: bool,
}

impl Terminal {
    /// Starts `keypool` in a terminal of `columns` × `rows`, with no AWS variables set.
    pub(crate) fn start(columns: u16, rows: u16, arguments: &[&str]) -> Self {
        Self::start_with_variables(columns, rows, arguments, &[])
    }

    /// Like [`Terminal::start`], with additional environment variables.
    pub(crate) fn start_with_variables(
        columns: u16,
        rows: u16,
        arguments: &[&str],
        variables: &[(&str, &str)],
    ) -> Self {
        Self::start_program(env!("CARGO_BIN_EXE_keypool").as_ref(), (columns, rows), arguments, variables)
    }

    /// Starts any program in an isolated environment.
    pub(crate) fn start_program(
        program: &Path,
        (columns, rows): (u16, u16),
        arguments: &[&str],
        variables: &[(&str, &str)],
    ) -> Self {
        let home = tempfile::tempdir().unwrap();
        let pair = native_pty_system().openpty(pty_size(columns, rows)).unwrap();
        let line_modes = read_line_modes(pair.master.as_ref());
        let mut command = CommandBuilder::new(program);
        command.args(arguments);
        isolate(&mut command, home.path());
        for (name, value) in variables {
            command.env(name, value);
        }
        let child = pair.slave.spawn_command(command).unwrap();
        drop(pair.slave);
        let shared = Arc::new(SharedScreen::new(columns, rows));
        spawn_reader(pair.master.try_clone_reader().unwrap(), Arc::clone(&shared));
        let keys = pair.master.take_writer().unwrap();
        Self { child, master: pair.master, keys, screen_state: shared, line_modes, _home: home }
    }

    /// Sends text literally; control keys are sent as bytes, for example `\x1b` or `\t`.
    pub(crate) fn send_keys(&mut self, text: &str) -> &mut Self {
        self.keys.write_all(text.as_bytes()).unwrap();
        self.keys.flush().unwrap();
        self
    }

    /// Presses a confirming key until the screen shows the text: once, and again whenever the console reports that the
    /// key was typed too soon.
    pub(crate) fn press_until(&mut self, key: &str, text: &str) -> &mut Self {
        self.press_until_any(key, &[text])
    }

    /// Presses a key again whenever the screen has changed, until it shows the text.
    pub(crate) fn repeat_until(&mut self, key: &str, text: &str) -> &mut Self {
        while !self.screen().contains(text) {
            let before = self.output().len();
            self.send_keys(key);
            self.wait_until(&format!("change after {key:?} until it shows {text:?}"), |state| {
                state.raw.len() > before
            });
        }
        self
    }

    /// Submits a form, and confirms the change if its steps are shown first, as they are until the keys of its plan have
    /// been read.
    pub(crate) fn submit_form(&mut self, text: &str) -> &mut Self {
        self.press_until_any("\r", &[text, "[ Cancel ]"]);
        if self.screen().contains(text) { self } else { self.press_until("y", text) }
    }

    fn press_until_any(&mut self, key: &str, texts: &[&str]) -> &mut Self {
        let what = format!("show {texts:?} after {key:?}");
        loop {
            let ignored = find_too_soon_message(&self.screen());
            self.send_keys(key);
            let mut found = false;
            self.wait_until(&what, |state| {
                let screen = state.parser.screen().contents();
                found = texts.iter().any(|text| screen.contains(text));
                found || find_too_soon_message(&screen).is_some_and(|now| Some(&now) != ignored.as_ref())
            });
            if found {
                return self;
            }
            // After this pause the next key is not too soon.
            let state = self.screen_state.state.lock().unwrap();
            drop(self.screen_state.changed.wait_timeout_while(state, KEY_PAUSE, |_| true).unwrap());
        }
    }

    pub(crate) fn wait_for(&mut self, text: &str) -> &mut Self {
        self.wait_until(&format!("show {text:?}"), |state| state.parser.screen().contents().contains(text))
    }

    /// Waits until the console at 80 columns or more has read the whole account. Until then it refuses changes.
    pub(crate) fn wait_until_read(&mut self) -> &mut Self {
        self.wait_until("read the account", |state| {
            let screen = state.parser.screen().contents();
            screen.contains("/10,000") && !screen.contains(" reading")
        })
    }

    pub(crate) fn wait_until_gone(&mut self, text: &str) -> &mut Self {
        self.wait_until(&format!("hide {text:?}"), |state| !state.parser.screen().contents().contains(text))
    }

    /// Waits until the raw output contains these bytes.
    pub(crate) fn wait_for_bytes(&mut self, bytes: &[u8]) -> &mut Self {
        let what = format!("write {:?}", String::from_utf8_lossy(bytes));
        self.wait_until(&what, |state| state.raw.windows(bytes.len()).any(|slice| slice == bytes))
    }

    pub(crate) fn screen(&self) -> String {
        self.screen_state.state.lock().unwrap().parser.screen().contents()
    }

    /// All raw output so far.
    pub(crate) fn output(&self) -> Vec<u8> {
        self.screen_state.state.lock().unwrap().raw.clone()
    }

    /// Whether the first occurrence of the text is shown in reverse video.
    pub(crate) fn is_reversed(&self, text: &str) -> bool {
        let state = self.screen_state.state.lock().unwrap();
        let screen = state.parser.screen();
        let lines: Vec<_> = screen.rows(0, screen.size().1.get()).collect();
        let position = lines.iter().zip(0..).find_map(|(line, row)| Some((row, line.find(text)?)));
        let (row, byte_index) = position.unwrap();
        let column = lines[usize::from(row)][..byte_index].chars().count();
        screen.cell(row, column.try_into().unwrap()).unwrap().inverse()
    }

    pub(crate) fn resize(&mut self, columns: u16, rows: u16) -> &mut Self {
        self.master.resize(pty_size(columns, rows)).unwrap();
        self.screen_state.state.lock().unwrap().parser.set_size(nonzero(rows), nonzero(columns));
        self
    }

    /// Sends a signal by name, for example `TERM`.
    pub(crate) fn send_signal(&mut self, name: &str) -> &mut Self {
        let process = self.child.process_id().unwrap().to_string();
        let status = std::process::Command::new("kill").args(["-s", name, &process]).status().unwrap();
        assert!(status.success(), "kill -s {name}");
        self
    }

    /// Waits for the program to exit and returns its exit status. Fails unless the terminal was restored.
    pub(crate) fn wait_for_exit(self) -> u32 {
        self.wait_for_exit_showing("")
    }

    /// Like [`Terminal::wait_for_exit`], and fails unless the main screen shows the text after the exit.
    pub(crate) fn wait_for_exit_showing(mut self, text: &str) -> u32 {
        self.wait_until("exit", |state| state.has_ended);
        let status = self.child.wait().unwrap().exit_code();
        let state = self.screen_state.state.lock().unwrap();
        let screen = state.parser.screen();
        assert!(
            screen.contents().contains(text),
            "{text:?} is not left on the screen:\n{}",
            screen.contents()
        );
        assert_eq!(read_line_modes(self.master.as_ref()), self.line_modes, "the terminal was left raw");
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

    fn wait_until(&mut self, what: &str, mut condition: impl FnMut(&ScreenState) -> bool) -> &mut Self {
        let deadline = Instant::now() + SCREEN_TIMEOUT;
        let mut state = self.screen_state.state.lock().unwrap();
        while !condition(&state) {
            let remaining = deadline.saturating_duration_since(Instant::now());
            let screen = || state.parser.screen().contents();
            assert!(!remaining.is_zero(), "keypool did not {what}; the screen is\n{}", screen());
            assert!(!state.has_ended, "keypool exited and did not {what}; the screen is\n{}", screen());
            state = self.screen_state.changed.wait_timeout(state, remaining).unwrap().0;
        }
        drop(state);
        self
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        // A failing test must not leave the program running. Killing an exited program fails.
        let _already_ended = self.child.kill();
    }
}

impl SharedScreen {
    fn new(columns: u16, rows: u16) -> Self {
        let parser = vt100::Parser::new(nonzero(rows), nonzero(columns), 0);
        Self {
            state: Mutex::new(ScreenState { parser, raw: Vec::new(), has_ended: false }),
            changed: Condvar::new(),
        }
    }
}

fn spawn_reader(mut reader: Box<dyn Read + Send>, shared: Arc<SharedScreen>) {
    std::thread::spawn(move || {
        let mut buffer = [0; 8192];
        loop {
            let count = reader.read(&mut buffer).unwrap_or(0);
            // The mutex is poisoned if the test has failed.
            let Ok(mut state) = shared.state.lock() else { return };
            state.parser.process(&buffer[..count]);
            state.raw.extend_from_slice(&buffer[..count]);
            state.has_ended = count == 0;
            shared.changed.notify_all();
            if count == 0 {
                return;
            }
        }
    });
}

/// Finds the console's message that keys were typed too soon. It contains their number, so each message differs.
fn find_too_soon_message(screen: &str) -> Option<String> {
    screen.lines().find(|line| line.contains("typed too soon")).map(str::to_owned)
}

/// Hides the machine's AWS configuration, terminal settings and home folder from the program.
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

/// The terminal's modes for echo, line editing and signals.
fn read_line_modes(terminal: &dyn MasterPty) -> String {
    terminal.get_termios().map(|modes| format!("{:?}", modes.local_flags)).unwrap_or_default()
}

fn pty_size(columns: u16, rows: u16) -> PtySize {
    PtySize { rows, cols: columns, pixel_width: 0, pixel_height: 0 }
}

fn nonzero(count: u16) -> NonZeroU16 {
    NonZeroU16::new(count).unwrap()
}
