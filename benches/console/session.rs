//! The console without a terminal: runs what the event loop runs, and discards what it draws on a 200×60 screen.

use std::collections::BTreeMap;
use std::io::{self, Sink};

use crossterm::event::{Event as Input, KeyCode, KeyEvent, KeyModifiers};
use keypool::aws::{Context, Endpoints, Failure, Renewal};
use keypool::tui::{App, Event, Keymap, Moment, Options, QueryResult, Snapshot, Styles, TaskId, TaskReport};
use keypool_domain::charging::{AccessLogFields, Currency, Tariff};
use ratatui::backend::CrosstermBackend;
use ratatui::layout::{Rect, Size};
use ratatui::{Terminal, TerminalOptions, Viewport};

use super::fixture;

const SIZE: Size = Size::new(200, 60);

/// An idle console, and the screen it draws on.
pub(crate) struct Session {
    pub(crate) app: App,
    pub(crate) screen: Screen,
}

/// Draws frames and writes them as to a terminal, but into a sink.
pub(crate) struct Screen(Terminal<CrosstermBackend<Sink>>);

impl Session {
    /// Creates a console that has loaded this inventory and shows the keys pane.
    pub(crate) fn new(snapshot: &Snapshot) -> Self {
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
        };
        let mut session = Self { app: App::new(options, fixture::now(), SIZE), screen: Screen::new() };
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
    fn new() -> Self {
        let options = TerminalOptions { viewport: Viewport::Fixed(Rect::from(SIZE)) };
        Self(Terminal::with_options(CrosstermBackend::new(io::sink()), options).unwrap())
    }

    /// Draws the next frame, writing only changed cells.
    pub(crate) fn draw(&mut self, app: &App) {
        self.0.draw(|frame| app.draw(frame)).unwrap();
    }

    /// Draws a frame and writes every cell.
    pub(crate) fn redraw(&mut self, app: &App) {
        self.0.swap_buffers();
        self.0.draw(|frame| app.draw(frame)).unwrap();
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
pub(crate) fn run_due_work(app: &mut App) -> bool {
    let is_due = app.wakes_at().is_some_and(|at| at <= fixture::now());
    if is_due {
        app.update(Event::Tick(fixture::now()));
    }
    is_due
}
