//! The console without a terminal: what its loop does for an event, on a screen of 200×60 that nobody sees.

use std::collections::BTreeMap;
use std::io::{self, Sink};

use crossterm::event::{Event as Input, KeyCode, KeyEvent, KeyModifiers};
use keypool::aws::{Context, Endpoints, Renewal};
use keypool::tui::{
    self, App, Event, Keymap, LoadedData, Moment, Options, Snapshot, Styles, TaskId, TaskReport,
};
use keypool_domain::charging::{Currency, Tariff};
use ratatui::backend::CrosstermBackend;
use ratatui::layout::{Rect, Size};
use ratatui::{Terminal, TerminalOptions, Viewport};

use super::fixture;

const SIZE: Size = Size::new(200, 60);

/// A console at rest, and the screen it draws on.
pub(crate) struct Session {
    pub(crate) app: App,
    pub(crate) screen: Screen,
}

/// Everything is drawn and written as for a terminal; the bytes go nowhere.
pub(crate) struct Screen(Terminal<CrosstermBackend<Sink>>);

impl Session {
    /// One that has read this account and is in the keys pane.
    pub(crate) fn new(reading: &Snapshot) -> Self {
        let options = Options {
            label: "bench".to_owned(),
            is_read_only: false,
            is_production: false,
            refresh: None,
            keymap: Keymap::default(),
            styles: Styles::new(true, false),
            tariff: Tariff { currency: Currency::new("USD").unwrap(), rates: BTreeMap::new() },
            tenant_field: "tenant".to_owned(),
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
        session.app.update(inventory_loaded(2, reading));
        session
            .app
            .update(Event::Task(TaskId(3), TaskReport::Loaded(Ok(LoadedData::Usage(reading.clone())))));
        session.press('3').run_until_idle();
        session.screen.draw(&session.app);
        session
    }

    /// A key press and all that is done for it until nothing is left.
    pub(crate) fn press(&mut self, key: char) -> &mut Self {
        press(&mut self.app, key);
        self
    }

    /// Lets it finish what it does bit by bit.
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

    /// The next picture, of which only what changed is written.
    pub(crate) fn draw(&mut self, app: &App) {
        self.0.draw(|frame| tui::draw(app, frame)).unwrap();
    }

    /// A picture of which everything is written.
    pub(crate) fn redraw(&mut self, app: &App) {
        self.0.swap_buffers();
        self.0.draw(|frame| tui::draw(app, frame)).unwrap();
    }
}

/// The report of the task that read this account.
pub(crate) fn inventory_loaded(task: u64, reading: &Snapshot) -> Event {
    Event::Task(TaskId(task), TaskReport::Loaded(Ok(LoadedData::Account(reading.clone()))))
}

/// What the loop does when a key is pressed: the time, then the key.
pub(crate) fn press(app: &mut App, key: char) {
    let code = match key {
        '\x08' => KeyCode::Backspace,
        key => KeyCode::Char(key),
    };
    app.update(Event::Tick(fixture::now()));
    app.update(Event::Input(Input::Key(KeyEvent::new(code, KeyModifiers::NONE)), Moment::default()));
}

/// What the loop does when nothing happened but something is left to do; false where nothing is.
pub(crate) fn run_due_work(app: &mut App) -> bool {
    let due = app.wakes_at().is_some_and(|at| at <= fixture::now());
    if due {
        app.update(Event::Tick(fixture::now()));
    }
    due
}
