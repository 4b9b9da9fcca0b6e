//! The console without a terminal: what its loop does for an event, on a screen of 200×60 that nobody sees.

use std::collections::BTreeMap;
use std::io::{self, Sink};

use crossterm::event::{Event as Input, KeyCode, KeyEvent, KeyModifiers};
use keypool::aws::{Context, Endpoints, Renewal};
use keypool::tui::{self, Answer, App, Event, Keymap, Look, Moment, Options, Outcome, Reading, TaskId};
use keypool_domain::charging::{Currency, Tariff};
use ratatui::backend::CrosstermBackend;
use ratatui::layout::{Rect, Size};
use ratatui::{Terminal, TerminalOptions, Viewport};

use super::account;

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
    pub(crate) fn showing(reading: &Reading) -> Self {
        let options = Options {
            label: "bench".to_owned(),
            read_only: false,
            production: false,
            refresh: None,
            keymap: Keymap::default(),
            look: Look::new(true, false),
            tariff: Tariff { currency: Currency::new("USD").unwrap(), rates: BTreeMap::new() },
            tenant_field: "tenant".to_owned(),
            home: None,
        };
        let mut session = Self { app: App::new(options, account::now(), SIZE), screen: Screen::new() };
        session.app.start();
        let context = Context {
            profile: None,
            region: "us-east-1".to_owned(),
            endpoints: Endpoints::at_aws("us-east-1").into(),
            renewal: Renewal::Unknown,
        };
        session.app.update(Event::Done(TaskId(1), Outcome::Connected(Ok(context))));
        session.app.update(arrival(2, reading));
        session.app.update(Event::Done(TaskId(3), Outcome::Loaded(Ok(Answer::Usage(reading.clone())))));
        session.press('3').rest();
        session.screen.draw(&session.app);
        session
    }

    /// A key press and all that is done for it until nothing is left.
    pub(crate) fn press(&mut self, key: char) -> &mut Self {
        press(&mut self.app, key);
        self
    }

    /// Lets it finish what it does bit by bit.
    pub(crate) fn rest(&mut self) -> &mut Self {
        while go_on(&mut self.app) {}
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
    pub(crate) fn draw_anew(&mut self, app: &App) {
        self.0.swap_buffers();
        self.0.draw(|frame| tui::draw(app, frame)).unwrap();
    }
}

/// The report of the task that read this account.
pub(crate) fn arrival(task: u64, reading: &Reading) -> Event {
    Event::Done(TaskId(task), Outcome::Loaded(Ok(Answer::Account(reading.clone()))))
}

/// What the loop does when a key is pressed: the time, then the key.
pub(crate) fn press(app: &mut App, key: char) {
    let code = match key {
        '\x08' => KeyCode::Backspace,
        key => KeyCode::Char(key),
    };
    app.update(Event::Tick(account::now()));
    app.update(Event::Input(Input::Key(KeyEvent::new(code, KeyModifiers::NONE)), Moment::default()));
}

/// What the loop does when nothing happened but something is left to do; false where nothing is.
pub(crate) fn go_on(app: &mut App) -> bool {
    let due = app.wakes_at().is_some_and(|at| at <= account::now());
    if due {
        app.update(Event::Tick(account::now()));
    }
    due
}
