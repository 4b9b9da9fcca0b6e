//! The terminal: taken over on entering, and given back however the program ends.

use std::io::{self, BufWriter, Stdout, Write, stdout};
use std::panic;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crossterm::event::{
    DisableBracketedPaste, DisableMouseCapture, EnableBracketedPaste, EnableMouseCapture,
};
use crossterm::terminal::{EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode, enable_raw_mode};
use crossterm::{cursor, execute};
use ratatui::backend::CrosstermBackend;
use ratatui::layout::{Position, Rect, Size};
use ratatui::{Frame, Terminal};
use tokio::sync::Notify;

use super::clipboard::{self, Multiplexer};

/// Whether the terminal is ours now; whoever finds it set gives the terminal back, once.
static TAKEN: AtomicBool = AtomicBool::new(false);

/// The terminal while it is ours; dropping it gives it back.
pub(super) struct Screen {
    terminal: Terminal<CrosstermBackend<BufWriter<Stdout>>>,
    mouse: bool,
}

impl Screen {
    pub(super) fn enter(mouse: bool) -> io::Result<Self> {
        take(mouse)?;
        // An error from here on leaves through Drop as well.
        let terminal = Terminal::new(CrosstermBackend::new(BufWriter::new(stdout())));
        let terminal = terminal.inspect_err(|_| give_back())?;
        Ok(Self { terminal, mouse })
    }

    pub(super) fn size(&self) -> io::Result<Size> {
        self.terminal.size()
    }

    pub(super) fn draw(&mut self, picture: impl FnOnce(&mut Frame<'_>)) -> io::Result<()> {
        // After a panic elsewhere the terminal is the shell's again.
        if TAKEN.load(Ordering::SeqCst) {
            self.terminal.draw(picture)?;
        }
        Ok(())
    }

    pub(super) fn copy(&mut self, text: &str, multiplexer: Multiplexer) -> io::Result<()> {
        let mut out = stdout();
        out.write_all(clipboard::sequence(text, multiplexer).as_bytes())?;
        out.flush()
    }

    pub(super) fn release(&self) {
        give_back();
    }

    /// Takes the terminal back and draws everything anew, whatever a shell did to it meanwhile.
    pub(super) fn resume(&mut self) -> io::Result<()> {
        give_back();
        take(self.mouse)?;
        // Unlike `clear` this asks the terminal nothing, whose answer the keyboard's thread would take.
        let whole = Rect::from((Position::ORIGIN, self.terminal.size()?));
        self.terminal.resize(whole)
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        give_back();
    }
}

/// From now on a panic anywhere gives the terminal back before its message is printed, and wakes the loop.
pub(super) fn give_back_on_panic() -> Arc<Notify> {
    let panicked = Arc::new(Notify::new());
    let notify = Arc::clone(&panicked);
    let previous = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        give_back();
        notify.notify_one();
        previous(info);
    }));
    panicked
}

fn take(mouse: bool) -> io::Result<()> {
    TAKEN.store(true, Ordering::SeqCst);
    let taken = enable_raw_mode().and_then(|()| {
        execute!(stdout(), EnterAlternateScreen, EnableBracketedPaste, cursor::Hide)?;
        if mouse { execute!(stdout(), EnableMouseCapture) } else { Ok(()) }
    });
    taken.inspect_err(|_| give_back())
}

/// Every part is tried: a terminal that is gone must not keep the others from being undone.
fn give_back() {
    if !TAKEN.swap(false, Ordering::SeqCst) {
        return;
    }
    let _ =
        execute!(stdout(), DisableMouseCapture, DisableBracketedPaste, LeaveAlternateScreen, cursor::Show);
    let _ = disable_raw_mode();
}
