//! The console. One loop: events change the state, the changed state emits effects, and effects report back
//! with events.
//!
//! Only [`App::update`] changes the state and only [`App::draw`] draws it; neither blocks. This file holds the loop. It
//! alone reads the clock, the keyboard and the signals.
//!
//! No match on an enum of this project has a wildcard arm here: code with a new action, effect or report does
//! not compile until every match handles it.
#![deny(clippy::wildcard_enum_match_arm)]

mod app;
mod bars;
mod dialogs;
mod figures;
mod folding;
mod key_access;
mod key_columns;
mod key_row;
mod keys;
mod layout;
mod marks;
mod model;
mod quota_text;
mod recent_days;
mod screen;
mod screens;
mod sorting;
mod styles;
mod terminal;
mod text;
mod view;
mod warnings;
mod widgets;

use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crossterm::event::Event as Input;
use jiff::Timestamp;
use tokio::sync::mpsc::UnboundedReceiver;

pub use app::App;
pub use keys::action::{self, Action};
pub use keys::keymap::{BindingConflict, Keymap, parse_key};
pub use keys::type_ahead::Moment;
pub use keys::user_keymap::{actions, keymap};
pub use model::effect::Effect;
pub use model::event::{Event, TaskId, TaskReport};
pub use model::options::Options;
pub use model::query::{PartialResult, Query, QueryResult, SecretUse};
pub use model::runner::Runner;
pub use model::snapshot::Snapshot;
pub use styles::Styles;
pub use terminal::backend::TerminalBackend;
pub use terminal::clipboard::Multiplexer;

use crate::aws::{CredentialProcess, Failure, Target};
use crate::ops::Trail;
use terminal::keyboard::{self, KeyboardGate};
use terminal::session::{self, TerminalSession};
use terminal::signals::{SignalEvent, SignalListener};

#[derive(Debug, Clone)]
pub struct ConsoleConfig {
    /// The account to connect to, after the first frame is drawn.
    pub target: Target,
    /// Records every change.
    pub trail: Option<Trail>,
    pub options: Options,
    /// Whether to capture clicks and the wheel.
    pub mouse: bool,
    pub multiplexer: Multiplexer,
    /// Whether the terminal can scroll a part of its rows.
    pub has_scroll_regions: bool,
}

/// At most this many keys, and as many reports, are handled before the next frame.
const MAX_BATCH: usize = 256;
/// For how long the list of keys is built between two frames: to draw each of a hundred chunks would take longer than to
/// search them.
pub const SCAN_PERIOD: Duration = Duration::from_millis(16);
/// How long the program waits on exit for the running step of a change.
const LAST_STEP_TIMEOUT: Duration = Duration::from_secs(30);

/// Runs the console until it is closed. Returns exit status 0, or that of the signal that ended it.
pub async fn run(config: ConsoleConfig) -> io::Result<u8> {
    let panicked = session::restore_on_panic();
    let mut signals = SignalListener::listen()?;
    let mut terminal = TerminalSession::enter(config.mouse, config.has_scroll_regions)?;
    let started = Instant::now();
    let mut app = App::new(config.options, now(), terminal.size()?);
    let process = config.target.credential_process.clone();
    let (runner, mut reports) = Runner::new(config.target, None);
    let mut runner = runner.with_trail(config.trail);
    let process = process.map(|process| (process, Arc::<KeyboardGate>::default()));
    let mut keyboard = keyboard::listen(started, process.as_ref().map(|(_, gate)| Arc::clone(gate)))?;
    let mut effects = app.start();
    let mut exit = 0;
    let status = loop {
        let mut next = std::mem::take(&mut effects);
        if let Some(at) = next.iter().position(|effect| *effect == Effect::SignIn) {
            next.remove(at);
            if let Some((process, gate)) = &process {
                match sign_in(process, gate, &mut terminal, &mut signals).await? {
                    Ok(result) => runner.report(Event::SignedIn(result)),
                    Err(status) => break status,
                }
            }
        }
        if run_effects(next, &mut runner, &mut terminal, &mut signals, config.multiplexer).await? {
            break exit;
        }
        effects.extend(sync_size(&mut app, &terminal, started)?);
        // Measured before the frame is written, so that a key pressed as soon as the frame appears is later.
        let painted_at = Moment::new(started.elapsed());
        terminal.draw(|frame| app.draw(frame))?;
        effects.extend(app.update(Event::Painted(painted_at)));
        if !effects.is_empty() {
            continue;
        }
        if app.is_scanning() {
            let period_ends_at = started.elapsed() + SCAN_PERIOD;
            let has_event = || !keyboard.is_empty() || !reports.is_empty();
            effects = app.scan_until(|| has_event() || started.elapsed() >= period_ends_at);
            if !effects.is_empty() || !app.is_scanning() {
                continue;
            }
        }
        let events = tokio::select! {
            input = keyboard.recv() => match input {
                Some(input) => vec![input?],
                // The terminal is gone.
                None => break SignalListener::HANGUP_STATUS,
            },
            Some(report) = reports.recv() => vec![report],
            Some(ended) = runner.join_next() => match ended {
                Ok(()) => continue,
                Err(panic) => return Err(io::Error::other(panic)),
            },
            signal = signals.next() => match signal {
                SignalEvent::End(status) => {
                    exit = status;
                    vec![Event::Shutdown]
                }
                SignalEvent::Resumed => {
                    terminal.resume()?;
                    Vec::new()
                }
            },
            () = panicked.notified() => return Err(io::Error::other("a task panicked")),
            () = sleep_until(app.wakes_at()) => Vec::new(),
        };
        effects = app.update(Event::Tick(now()));
        for event in events.into_iter().chain(drain_events(&mut keyboard, &mut reports)) {
            effects.extend(app.update(event));
        }
    };
    drop(terminal);
    finish_change(&mut app, &mut runner, &mut reports, &mut signals).await;
    // The process ends. To free a million tenant keys one by one would take seconds.
    std::mem::forget((app, runner, reports));
    Ok(status)
}

/// Waits for the running step of a change, unless a signal ends the wait, and prints the change's result.
async fn finish_change(
    app: &mut App,
    runner: &mut Runner,
    reports: &mut UnboundedReceiver<Event>,
    signals: &mut SignalListener,
) {
    if let Some(text) = app.pending_change_text() {
        session::print_line(&text);
    }
    tokio::select! {
        // After the timeout the change is in the same state as after a kill; the doctor can finish or undo it.
        _ = tokio::time::timeout(LAST_STEP_TIMEOUT, runner.stop_all()) => {}
        () = async { while signals.next().await == SignalEvent::Resumed {} } => {}
    }
    while let Ok(report) = reports.try_recv() {
        app.update(report);
    }
    if let Some(text) = app.final_message() {
        session::print_line(&text);
    }
}

/// Runs effects; returns true on [`Effect::Quit`].
async fn run_effects(
    effects: Vec<Effect>,
    runner: &mut Runner,
    terminal: &mut TerminalSession,
    signals: &mut SignalListener,
    multiplexer: Multiplexer,
) -> io::Result<bool> {
    for effect in effects {
        match effect {
            Effect::Quit => return Ok(true),
            Effect::CopyId(id) => terminal.copy(&id, multiplexer)?,
            Effect::CopyValue(value) => terminal.copy(value.expose(), multiplexer)?,
            Effect::Suspend => {
                terminal.release();
                signals.stop_job().await?;
                terminal.resume()?;
            }
            effect @ (Effect::Connect(_)
            | Effect::Load(..)
            | Effect::Apply(..)
            | Effect::Fix(..)
            | Effect::Probe(..)
            | Effect::Export(..)
            | Effect::DropSnapshot(_)
            | Effect::RememberLists(..)
            | Effect::Cancel(_)
            | Effect::SignIn) => runner.start(effect),
        }
    }
    Ok(false)
}

/// Runs the `credential_process` on the terminal. Returns its result, or the exit status if a signal ends the
/// console.
async fn sign_in(
    process: &CredentialProcess,
    gate: &KeyboardGate,
    terminal: &mut TerminalSession,
    signals: &mut SignalListener,
) -> io::Result<Result<Result<(), Failure>, u8>> {
    gate.pause();
    terminal.release();
    session::print_line(&format!("running the credential_process of profile {}", process.profile()));
    let run = process.run_on_terminal();
    tokio::pin!(run);
    let done = loop {
        tokio::select! {
            result = &mut run => break Ok(result),
            signal = signals.next() => match signal {
                // Ctrl-c also reaches the `credential_process`, which handles it.
                SignalEvent::End(SignalListener::INTERRUPT_STATUS) | SignalEvent::Resumed => {}
                SignalEvent::End(status) => break Err(status),
            },
        }
    };
    terminal.resume()?;
    gate.resume();
    Ok(done)
}

fn drain_events(
    keyboard: &mut UnboundedReceiver<io::Result<Event>>,
    reports: &mut UnboundedReceiver<Event>,
) -> Vec<Event> {
    let reports = std::iter::from_fn(|| reports.try_recv().ok());
    let keys = std::iter::from_fn(|| keyboard.try_recv().ok()?.ok());
    reports.take(MAX_BATCH).chain(keys.take(MAX_BATCH)).collect()
}

/// Sends the app a resize event if the terminal's size has changed without an event.
fn sync_size(app: &mut App, terminal: &TerminalSession, started: Instant) -> io::Result<Vec<Effect>> {
    let size = terminal.size()?;
    if size == app.size() {
        return Ok(Vec::new());
    }
    let resize = Input::Resize(size.width, size.height);
    Ok(app.update(Event::Input(resize, Moment::new(started.elapsed()))))
}

/// Sleeps until this time; forever without one.
async fn sleep_until(at: Option<Timestamp>) {
    match at {
        Some(at) => {
            let left = Duration::try_from(at.duration_since(now())).unwrap_or(Duration::ZERO);
            tokio::time::sleep(left).await;
        }
        None => std::future::pending().await,
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the only clock of the console; everything else gets the time by ticks"
)]
fn now() -> Timestamp {
    Timestamp::now()
}
