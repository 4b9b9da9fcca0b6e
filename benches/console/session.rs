//! The console without a terminal: runs what the event loop runs, and discards what it draws, on a 200×60 screen
//! unless another size is asked for.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::io::{self, Write};
use std::rc::Rc;

use crossterm::event::{Event as Input, KeyCode, KeyEvent, KeyModifiers};
use keypool::aws::{Context, Endpoints, Failure, Renewal};
use keypool::tui::{
    App, Event, Keymap, Moment, Options, QueryResult, Snapshot, Styles, TaskId, TaskReport, TerminalBackend,
};
use keypool_domain::charging::{AccessLogFields, Currency, Tariff};
use ratatui::backend::Backend;
use ratatui::layout::{Rect, Size};
use ratatui::{Terminal, TerminalOptions, Viewport};

use super::fixture;

const SIZE: Size = Size::new(200, 60);

/// An idle console, and the screen it draws on.
pub(crate) struct Session {
    pub(crate) app: App,
    pub(crate) screen: Screen,
}

/// Draws frames and writes them as to a terminal, but only counts the bytes.
pub(crate) struct Screen {
    terminal: Terminal<TerminalBackend<ByteCounter>>,
    written: ByteCounter,
}

#[derive(Debug, Clone, Default)]
struct ByteCounter(Rc<Cell<usize>>);

impl Write for ByteCounter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.set(self.0.get() + bytes.len());
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Session {
    /// Creates a console that has loaded this inventory and shows the keys pane.
    pub(crate) fn new(snapshot: &Snapshot) -> Self {
        Self::with_size(snapshot, SIZE)
    }

    pub(crate) fn with_size(snapshot: &Snapshot, size: Size) -> Self {
        let options = Options {
            label: "bench".to_owned(),
            is_read_only: false,
            is_production: false,
            refresh: None,
            keymap: Keymap::default(),
            styles: Styles::new(true, false),
            tariff: Tariff {
                currency: Currency::new("USD").unwrap(),
                billing: keypool_domain::charging::Billing::WholeMonths,
                rates: BTreeMap::new(),
            },
            access_log_fields: AccessLogFields::default(),
            home: None,
            lists_file: None,
            lists: keypool::ops::RememberedLists::default(),
        };
        let mut session = Self { app: App::new(options, fixture::now(), size), screen: Screen::new(size) };
        session.app.start();
        let context = Context {
            profile: None,
            region: "us-east-1".to_owned(),
            endpoints: Endpoints::for_aws("us-east-1").into(),
            renewal: Renewal::Unknown,
        };
        session.app.update(Event::Task(TaskId(1), TaskReport::Connected(Ok(context))));
        session.app.update(inventory_loaded(2, snapshot));
        session.app.update(Event::Task(TaskId(3), TaskReport::Loaded(Err(Failure::Cancelled))));
        session.press('3').run_until_idle();
        session.screen.draw(&session.app);
        session
    }

    /// Presses a key and runs all resulting work.
    pub(crate) fn press(&mut self, key: char) -> &mut Self {
        press(&mut self.app, key);
        self
    }

    /// Runs pending work until none is left.
    pub(crate) fn run_until_idle(&mut self) -> &mut Self {
        while run_due_work(&mut self.app) {}
        self
    }
}

impl Screen {
    fn new(size: Size) -> Self {
        let written = ByteCounter::default();
        let options = TerminalOptions { viewport: Viewport::Fixed(Rect::from(size)) };
        let terminal = Terminal::with_options(TerminalBackend::new(written.clone(), true), options).unwrap();
        Self { terminal, written }
    }

    /// The bytes of all frames so far.
    pub(crate) fn bytes_written(&self) -> usize {
        self.written.0.get()
    }

    /// Draws the next frame, writing only changed cells.
    pub(crate) fn draw(&mut self, app: &App) {
        self.terminal.draw(|frame| app.draw(frame)).unwrap();
    }

    /// Draws a frame and writes every cell.
    pub(crate) fn redraw(&mut self, app: &App) {
        self.terminal.backend_mut().clear().unwrap();
        self.terminal.swap_buffers();
        self.draw(app);
    }
}

/// Returns the event of the task that loaded this inventory.
pub(crate) fn inventory_loaded(task: u64, snapshot: &Snapshot) -> Event {
    Event::Task(TaskId(task), TaskReport::Loaded(Ok(QueryResult::Inventory(snapshot.clone()))))
}

/// Handles a key press as the event loop does: first the time, then the key.
pub(crate) fn press(app: &mut App, key: char) {
    let code = match key {
        '\x08' => KeyCode::Backspace,
        key => KeyCode::Char(key),
    };
    app.update(Event::Tick(fixture::now()));
    app.update(Event::Input(Input::Key(KeyEvent::new(code, KeyModifiers::NONE)), Moment::default()));
}

/// Runs work that is due, as the event loop does; returns false if there is none.
fn run_due_work(app: &mut App) -> bool {
    let is_due = app.wakes_at().is_some_and(|at| at <= fixture::now());
    if is_due {
        app.update(Event::Tick(fixture::now()));
    }
    is_due
}
