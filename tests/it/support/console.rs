//! Drives the console's state machine without AWS: takes keys and events, returns effects and screens.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use crossterm::event::{Event as Input, KeyCode, KeyEvent, KeyModifiers};
use jiff::{SignedDuration, Timestamp};
use keypool::aws::{Context, Endpoint, EndpointOrigin, Endpoints, Failure, Renewal};
use keypool::ops::Applied;
use keypool::tui::{
    self, App, Effect, Event, Keymap, Moment, Options, Query, QueryResult, Snapshot, Styles, TaskId,
    TaskReport,
};
use keypool_domain::Inventory;
use keypool_domain::charging::{AccessLogFields, Billing, Currency, Tariff};
use keypool_domain::testing::start_time;
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::buffer::Buffer;
use ratatui::layout::Size;

/// The console's state and the effects it has returned.
#[derive(Clone)]
pub(crate) struct Console {
    pub(crate) app: App,
    pub(crate) effects: Vec<Effect>,
    now: Timestamp,
    /// Time of the last key, since the start.
    input_time: Duration,
    size: Size,
    /// How many of the effects [`Console::take_new_effects`] has returned.
    taken_effects: usize,
}

/// Moves from the keys, with which the console opens sorted by percentage, to the plans, and sorts the keys by tenant: an
/// order that usage does not change. The cursor of both is on the first row.
pub(crate) const PLANS_AND_KEYS_BY_TENANT: &str = "Stg1";

/// Pause between two keys of a user who looks at the screen in between.
const KEY_INTERVAL: Duration = Duration::from_millis(400);

pub(crate) fn options() -> Options {
    Options {
        label: "demo".to_owned(),
        is_read_only: false,
        is_production: false,
        refresh: None,
        keymap: Keymap::default(),
        styles: Styles::new(true, false),
        tariff: Tariff {
            currency: Currency::new("USD").expect("a currency"),
            billing: Billing::WholeMonths,
            rates: BTreeMap::new(),
        },
        access_log_fields: AccessLogFields::default(),
        home: None,
        lists_file: None,
        lists: keypool::ops::RememberedLists::default(),
    }
}

/// The outcome of a change that was applied completely or not at all.
pub(crate) fn change_outcome(result: Result<Applied, Failure>) -> TaskReport {
    match result {
        Ok(applied) => TaskReport::Applied { applied: Box::new(applied), ended: Ok(()) },
        Err(failure) => TaskReport::Applied { applied: Box::default(), ended: Err(failure) },
    }
}

impl Console {
    /// A console that has just started and is connecting.
    pub(crate) fn new(width: u16, height: u16, options: Options) -> Self {
        let size = Size::new(width, height);
        let mut app = App::new(options, start_time(), size);
        let effects = app.start();
        Self { app, effects, now: start_time(), input_time: Duration::ZERO, size, taken_effects: 0 }
    }

    /// A console that has loaded this inventory.
    pub(crate) fn with_inventory(inventory: Arc<Inventory>, width: u16, height: u16) -> Self {
        Self::with_options(options(), inventory, width, height)
    }

    pub(crate) fn with_options(options: Options, inventory: Arc<Inventory>, width: u16, height: u16) -> Self {
        let mut console = Self::new(width, height, options);
        console.finish_connecting();
        console.finish_loading(inventory);
        console.press(PLANS_AND_KEYS_BY_TENANT);
        console.effects.clear();
        console
    }

    /// A console that has loaded this inventory and no key was pressed in.
    pub(crate) fn opened(inventory: Arc<Inventory>, width: u16, height: u16) -> Self {
        let mut console = Self::new(width, height, options());
        console.finish_connecting();
        console.finish_loading(inventory);
        console.effects.clear();
        console
    }

    /// Sends an event and paints.
    pub(crate) fn send_event(&mut self, event: Event) -> &mut Self {
        self.send_event_unpainted(event).paint()
    }

    fn send_event_unpainted(&mut self, event: Event) -> &mut Self {
        self.effects.extend(self.app.update(event));
        while self.app.wakes_at().is_some_and(|at| at <= self.now) {
            self.effects.extend(self.app.update(Event::Tick(self.now)));
        }
        self
    }

    /// Marks the current state as painted.
    pub(crate) fn paint(&mut self) -> &mut Self {
        let moment = Moment::new(self.input_time);
        self.effects.extend(self.app.update(Event::Painted(moment)));
        self
    }

    /// Sends a key or a paste, [`KEY_INTERVAL`] after the previous one.
    pub(crate) fn send_input(&mut self, input: Input) -> &mut Self {
        self.input_time += KEY_INTERVAL;
        self.send_event(Event::Input(input, Moment::new(self.input_time)))
    }

    /// Sends a key this long after the previous one, without painting in between.
    pub(crate) fn send_input_after(&mut self, gap: Duration, input: Input) -> &mut Self {
        self.input_time += gap;
        self.send_event_unpainted(Event::Input(input, Moment::new(self.input_time)))
    }

    /// Presses keys without a pause and without painting in between.
    pub(crate) fn press_without_pause(&mut self, pressed: &str) -> &mut Self {
        for key in key_events(pressed) {
            self.send_input_after(Duration::ZERO, key);
        }
        self.paint()
    }

    /// The id of the task started last.
    pub(crate) fn last_task_id(&self) -> TaskId {
        let task = |effect: &Effect| match effect {
            Effect::Connect(id) | Effect::Load(id, ..) | Effect::Apply(id, ..) | Effect::Probe(id, ..) => {
                Some(*id)
            }
            _ => None,
        };
        self.effects.iter().rev().find_map(task).expect("no task was started")
    }

    pub(crate) fn finish_task(&mut self, report: TaskReport) -> &mut Self {
        let id = self.last_task_id();
        self.send_event(Event::Task(id, report))
    }

    pub(crate) fn finish_connecting(&mut self) -> &mut Self {
        self.finish_connecting_to("http://127.0.0.1:4599")
    }

    pub(crate) fn finish_connecting_to(&mut self, url: &str) -> &mut Self {
        let origin = EndpointOrigin::Setting("--endpoint-url".to_owned());
        let endpoint = Endpoint::from_url(url, origin).expect("an endpoint");
        let endpoints = Endpoints::for_all(&endpoint).into();
        let context =
            Context { profile: None, region: "us-east-1".to_owned(), endpoints, renewal: Renewal::Unknown };
        self.finish_task(TaskReport::Connected(Ok(context)))
    }

    pub(crate) fn finish_loading(&mut self, inventory: Arc<Inventory>) -> &mut Self {
        self.finish_task(TaskReport::Loaded(Ok(QueryResult::Inventory(Snapshot::new(inventory)))));
        // Usage is loaded only by tests about usage.
        self.cancel_usage()
    }

    /// Cancels the last read of usage, if there is one, and so all.
    fn cancel_usage(&mut self) -> &mut Self {
        let usage_task = |effect: &Effect| match effect {
            Effect::Load(id, Query::PlanUsage(..), _) => Some(*id),
            _ => None,
        };
        match self.effects.iter().rev().find_map(usage_task) {
            Some(id) => self.send_event(Event::Task(id, TaskReport::Loaded(Err(Failure::Cancelled)))),
            None => self,
        }
    }

    /// Advances the clock of the console.
    pub(crate) fn wait(&mut self, seconds: i64) -> &mut Self {
        self.now += SignedDuration::from_secs(seconds);
        self.send_event(Event::Tick(self.now))
    }

    /// Presses keys: characters as themselves, others as `<enter>`, `<ctrl-d>`, `<tab>`. Spaces are ignored; write
    /// `<space>`.
    pub(crate) fn press(&mut self, keys: &str) -> &mut Self {
        for key in parse_keys(keys) {
            self.send_input(Input::Key(key));
        }
        self
    }

    /// The effects since the last call of this method.
    pub(crate) fn take_new_effects(&mut self) -> &[Effect] {
        let from = std::mem::replace(&mut self.taken_effects, self.effects.len());
        &self.effects[from..]
    }

    /// Types text literally, including spaces.
    pub(crate) fn type_text(&mut self, text: &str) -> &mut Self {
        for c in text.chars() {
            self.send_input(Input::Key(char_key(c)));
        }
        self
    }

    /// The screen as lines of text.
    pub(crate) fn screen(&self) -> String {
        buffer_text(&self.render())
    }

    /// The rendered screen, with underscores in place of `hidden`.
    pub(crate) fn masked_buffer(&self, hidden: &str) -> Buffer {
        let mut buffer = self.render();
        for row in buffer.content.chunks_mut(self.size.width.into()) {
            let text: String = row.iter().map(|cell| cell.symbol().chars().next().unwrap_or(' ')).collect();
            for (byte_index, _) in text.match_indices(hidden) {
                let column = text[..byte_index].chars().count();
                row[column..column + hidden.len()].iter_mut().for_each(|cell| {
                    cell.set_symbol("_");
                });
            }
        }
        buffer
    }

    fn render(&self) -> Buffer {
        let mut terminal =
            Terminal::new(TestBackend::new(self.size.width, self.size.height)).expect("a terminal");
        terminal.draw(|frame| self.app.draw(frame)).expect("a frame");
        terminal.backend().buffer().clone()
    }

    /// Fails unless the screen contains the words. Runs of spaces count as one.
    #[track_caller]
    pub(crate) fn shows(&mut self, words: &str) -> &mut Self {
        let screen = self.screen();
        assert!(
            collapse_spaces(&screen).contains(&collapse_spaces(words)),
            "`{words}` is not on the screen:\n{screen}"
        );
        self
    }

    /// Fails if the screen contains the words. Runs of spaces count as one.
    #[track_caller]
    pub(crate) fn lacks(&mut self, words: &str) -> &mut Self {
        let screen = self.screen();
        assert!(
            !collapse_spaces(&screen).contains(&collapse_spaces(words)),
            "`{words}` is on the screen:\n{screen}"
        );
        self
    }
}

fn collapse_spaces(text: &str) -> String {
    let lines = text
        .lines()
        .map(|line| line.split(' ').filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" "));
    lines.collect::<Vec<_>>().join("\n")
}

fn buffer_text(buffer: &Buffer) -> String {
    let lines = buffer.content.chunks(buffer.area.width.into()).map(|cells| {
        let mut line = String::new();
        let mut skip = 0;
        for cell in cells {
            if skip > 0 {
                skip -= 1;
                continue;
            }
            line.push_str(cell.symbol());
            skip = unicode_width::UnicodeWidthStr::width(cell.symbol()).saturating_sub(1);
        }
        line.trim_end().to_owned()
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// The input events for keys in the notation of [`Console::press`].
pub(crate) fn key_events(pressed: &str) -> Vec<Input> {
    parse_keys(pressed).into_iter().map(Input::Key).collect()
}

pub(crate) fn char_key(c: char) -> KeyEvent {
    let shift = if c.is_uppercase() { KeyModifiers::SHIFT } else { KeyModifiers::NONE };
    KeyEvent::new(KeyCode::Char(c), shift)
}

fn parse_keys(keys: &str) -> Vec<KeyEvent> {
    let mut pressed = Vec::new();
    let mut rest = keys;
    while let Some(c) = rest.chars().next() {
        let bracketed = rest.strip_prefix('<').and_then(|rest| rest.split_once('>'));
        if let Some((name, after)) = bracketed.filter(|(name, _)| name.len() > 1) {
            let key = tui::parse_key(name).unwrap_or_else(|| panic!("<{name}> is not a key"));
            pressed.push(key.into());
            rest = after;
        } else {
            if c != ' ' {
                pressed.push(char_key(c));
            }
            rest = &rest[c.len_utf8()..];
        }
    }
    pressed
}
