//! Takes over the terminal, and restores it however the program ends.

use std::io::{self, Write, stderr, stdout};
use std::panic;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crossterm::event::{
    DisableBracketedPaste, DisableMouseCapture, EnableBracketedPaste, EnableMouseCapture,
};
use crossterm::terminal::{EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode, enable_raw_mode};
use crossterm::{cursor, execute};
use ratatui::layout::{Position, Rect, Size};
use ratatui::{Frame, Terminal};
use tokio::sync::Notify;

use crate::tui::terminal::backend::TerminalBackend;
use crate::tui::terminal::clipboard::{self, Multiplexer};

/// Whether the console has the terminal now. Writers hold this lock, so nothing is written after a panic on another
/// thread has restored the terminal; and nothing panics while it is held.
static IS_TAKEN: Mutex<bool> = Mutex::new(false);

/// The terminal in console mode; dropping it restores the terminal.
pub(crate) struct TerminalSession {
    terminal: Terminal<TerminalBackend<Output>>,
    mouse: bool,
}

/// Buffers output until it is flushed, and discards it if the terminal was restored meanwhile.
#[derive(Debug, Default)]
struct Output(Vec<u8>);

impl TerminalSession {
    pub(crate) fn enter(mouse: bool, has_scroll_regions: bool) -> io::Result<Self> {
        take_terminal(mouse)?;
        // The terminal is restored on an error here too.
        let terminal = Terminal::new(TerminalBackend::new(Output::default(), has_scroll_regions));
        let terminal = terminal.inspect_err(|_| restore_terminal())?;
        Ok(Self { terminal, mouse })
    }

    pub(crate) fn size(&self) -> io::Result<Size> {
        self.terminal.size()
    }

    pub(crate) fn draw(&mut self, draw_frame: impl FnOnce(&mut Frame<'_>)) -> io::Result<()> {
        self.terminal.draw(draw_frame).map(|_| ())
    }

    pub(crate) fn copy(&mut self, text: &str, multiplexer: Multiplexer) -> io::Result<()> {
        let mut out = Output::default();
        out.write_all(clipboard::copy_sequence(text, multiplexer).as_bytes())?;
        out.flush()
    }

    /// Gives the terminal back, for another program.
    pub(crate) fn release(&self) {
        restore_terminal();
    }

    /// Takes the terminal over again. The next frame redraws every cell, whatever a shell did meanwhile.
    pub(crate) fn resume(&mut self) -> io::Result<()> {
        restore_terminal();
        take_terminal(self.mouse)?;
        // Unlike `clear` this does not query the terminal: the keyboard thread would read the reply.
        let whole = Rect::from((Position::ORIGIN, self.terminal.size()?));
        self.terminal.resize(whole)
    }
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        let bytes = std::mem::take(&mut self.0);
        let taken = lock_taken();
        if !*taken {
            return Ok(());
        }
        let mut out = stdout();
        out.write_all(&bytes)?;
        out.flush()
    }
}

impl Drop for TerminalSession {
    fn drop(&mut self) {
        restore_terminal();
    }
}

/// Prints a line on the restored terminal.
pub(crate) fn print_line(text: &str) {
    // Ignored: the terminal may be gone.
    let _ = writeln!(stderr(), "keypool: {text}");
}

/// Installs a panic hook that restores the terminal before the panic message is printed, and notifies the loop.
pub(crate) fn restore_on_panic() -> Arc<Notify> {
    let panicked = Arc::new(Notify::new());
    let notify = Arc::clone(&panicked);
    let previous = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        restore_terminal();
        notify.notify_one();
        previous(info);
    }));
    panicked
}

fn lock_taken() -> MutexGuard<'static, bool> {
    IS_TAKEN.lock().unwrap_or_else(PoisonError::into_inner)
}

fn take_terminal(mouse: bool) -> io::Result<()> {
    let mut taken = lock_taken();
    *taken = true;
    let done = enable_raw_mode().and_then(|()| {
        execute!(stdout(), EnterAlternateScreen, EnableBracketedPaste, cursor::Hide)?;
        if mouse { execute!(stdout(), EnableMouseCapture) } else { Ok(()) }
    });
    drop(taken);
    done.inspect_err(|_| restore_terminal())
}

/// Tries every part even if one fails, for example because the terminal is gone.
fn restore_terminal() {
    let mut taken = lock_taken();
    if !std::mem::take(&mut *taken) {
        return;
    }
    let _ =
        execute!(stdout(), DisableMouseCapture, DisableBracketedPaste, LeaveAlternateScreen, cursor::Show);
    let _ = disable_raw_mode();
}
