//! The console: one loop in which events change the state, the state asks for effects, and effects bring events.
//!
//! [`App::update`] is the only place that decides and [`draw()`] the only one that paints; neither waits. This file
//! holds the loop: it alone reads the clock, the keyboard and the signals.
//!
//! No match here or below has a wildcard arm on an enum of ours: a new action, effect or reply does not compile until
//! every screen says what it does with it.
#![deny(clippy::wildcard_enum_match_arm)]

pub mod action;
mod app;
mod clipboard;
mod draw;
mod effect;
mod event;
mod filter;
mod indexing;
mod key_access;
mod key_index;
mod keyboard;
mod keymap;
mod layout;
mod message;
mod natural_sort;
mod overlays;
mod panes;
mod runner;
mod screen;
mod signals;
mod snapshot;
mod store;
mod styles;
mod text;
mod type_ahead;
mod usage_index;
mod user_keymap;
mod view;
mod warnings;
mod widgets;

use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crossterm::event::Event as Input;
use jiff::Timestamp;
use tokio::sync::mpsc::UnboundedReceiver;

pub use action::Action;
pub use app::{App, Options};
pub use clipboard::Multiplexer;
pub use draw::draw;
pub use effect::Effect;
pub use event::{Event, LoadedData, TaskId, TaskReport};
pub use keymap::{BindingConflict, Keymap, parse_key};
pub use runner::Runner;
pub use snapshot::Snapshot;
pub use styles::Styles;
pub use type_ahead::Moment;
pub use user_keymap::{actions, keymap};

use crate::aws::{CredentialProcess, Failure, Target};
use crate::ops::Trail;
use keyboard::Gate;
use screen::Screen;
use signals::{SignalEvent, SignalListener};

/// What the console needs to start.
#[derive(Debug, Clone)]
pub struct ConsoleConfig {
    /// The AWS to connect to, once the first picture is drawn.
    pub target: Target,
    /// Where changes are written down.
    pub trail: Option<Trail>,
    /// What is shown and allowed.
    pub options: Options,
    /// Whether clicks and the wheel are taken from the terminal.
    pub mouse: bool,
    /// What the clipboard has to pass through.
    pub multiplexer: Multiplexer,
}

/// Keys, and reports, taken together before the next picture.
const MAX_BATCH: usize = 256;
/// How long a change under way may take to come to the end of its step when the program ends.
const LAST_STEP_TIMEOUT: Duration = Duration::from_secs(30);

/// Runs the console until it is closed; the exit status is 0, or that of the signal that ended it.
pub async fn run(start: ConsoleConfig) -> io::Result<u8> {
    let panicked = screen::restore_on_panic();
    let mut signals = SignalListener::listen()?;
    let mut screen = Screen::enter(start.mouse)?;
    let started = Instant::now();
    let mut app = App::new(start.options, now(), screen.size()?);
    let process = start.target.credential_process.clone();
    let (runner, mut reports) = Runner::new(start.target, None);
    let mut runner = runner.with_trail(start.trail);
    let process = process.map(|process| (process, Arc::<Gate>::default()));
    let mut keyboard = keyboard::listen(started, process.as_ref().map(|(_, gate)| Arc::clone(gate)))?;
    let mut asked = app.start();
    let mut exit = 0;
    let status = loop {
        let mut wanted = std::mem::take(&mut asked);
        if let Some(effect) = wanted.iter().position(|effect| *effect == Effect::SignIn) {
            wanted.remove(effect);
            if let Some((process, gate)) = &process {
                match sign_in(process, gate, &mut screen, &mut signals).await? {
                    Ok(result) => runner.report(Event::SignedIn(result)),
                    Err(status) => break status,
                }
            }
        }
        if run_effects(wanted, &mut runner, &mut screen, &mut signals, start.multiplexer).await? {
            break exit;
        }
        asked.extend(sync_size(&mut app, &screen, started)?);
        // Taken before the picture is written: who answers as soon as the terminal shows it has seen it.
        let painted = Moment::new(started.elapsed());
        screen.draw(|frame| draw(&app, frame))?;
        asked.extend(app.update(Event::Painted(painted)));
        if !asked.is_empty() {
            continue;
        }
        let events = tokio::select! {
            input = keyboard.recv() => match input {
                Some(input) => vec![input?],
                // The terminal is gone, and with it whoever could look at it.
                None => break SignalListener::HANGUP_STATUS,
            },
            Some(report) = reports.recv() => vec![report],
            Some(ended) = runner.join_next() => match ended {
                Ok(()) => continue,
                Err(panic) => return Err(io::Error::other(panic)),
            },
            heard = signals.next() => match heard {
                SignalEvent::End(status) => {
                    exit = status;
                    vec![Event::Shutdown]
                }
                SignalEvent::Resumed => {
                    screen.resume()?;
                    Vec::new()
                }
            },
            () = panicked.notified() => return Err(io::Error::other("a part of the program panicked")),
            () = sleep_until(app.wakes_at()) => Vec::new(),
        };
        asked = app.update(Event::Tick(now()));
        for event in events.into_iter().chain(drain_events(&mut keyboard, &mut reports)) {
            asked.extend(app.update(event));
        }
    };
    drop(screen);
    finish_change(&mut app, &mut runner, &mut reports, &mut signals).await;
    Ok(status)
}

/// Waits for the step under way, unless a person does not, and says on the terminal what came of the change.
async fn finish_change(
    app: &mut App,
    runner: &mut Runner,
    reports: &mut UnboundedReceiver<Event>,
    signals: &mut SignalListener,
) {
    if let Some(words) = app.pending_change_text() {
        screen::print_line(&words);
    }
    tokio::select! {
        // What could not end by then is what a kill would leave: the steps are made for that.
        _ = tokio::time::timeout(LAST_STEP_TIMEOUT, runner.stop_all()) => {}
        () = async { while signals.next().await == SignalEvent::Resumed {} } => {}
    }
    while let Ok(report) = reports.try_recv() {
        app.update(report);
    }
    if let Some(words) = app.final_message() {
        screen::print_line(&words);
    }
}

/// Does what was asked for; true when that is to end.
async fn run_effects(
    asked: Vec<Effect>,
    runner: &mut Runner,
    screen: &mut Screen,
    signals: &mut SignalListener,
    multiplexer: Multiplexer,
) -> io::Result<bool> {
    for effect in asked {
        match effect {
            Effect::Quit => return Ok(true),
            Effect::Copy(text) => screen.copy(text.expose(), multiplexer)?,
            Effect::Suspend => {
                screen.release();
                signals.stop_job().await?;
                screen.resume()?;
            }
            effect @ (Effect::Connect(_)
            | Effect::Load(..)
            | Effect::Apply(..)
            | Effect::Fix(..)
            | Effect::Probe(..)
            | Effect::Export(..)
            | Effect::DropSnapshot(_)
            | Effect::Cancel(_)
            | Effect::SignIn) => runner.start(effect),
        }
    }
    Ok(false)
}

/// Runs the program on the terminal; the inner error is the status of a signal that ends the console.
async fn sign_in(
    process: &CredentialProcess,
    gate: &Gate,
    screen: &mut Screen,
    signals: &mut SignalListener,
) -> io::Result<Result<Result<(), Failure>, u8>> {
    gate.pause();
    screen.release();
    screen::print_line(&format!("running the credential_process of profile {}", process.profile()));
    let run = process.run_on_terminal();
    tokio::pin!(run);
    let done = loop {
        tokio::select! {
            result = &mut run => break Ok(result),
            heard = signals.next() => match heard {
                // Ctrl-c is the program's: it hears it, too.
                SignalEvent::End(SignalListener::INTERRUPT_STATUS) | SignalEvent::Resumed => {}
                SignalEvent::End(status) => break Err(status),
            },
        }
    };
    screen.resume()?;
    gate.resume();
    Ok(done)
}

/// What else has happened already.
fn drain_events(
    keyboard: &mut UnboundedReceiver<io::Result<Event>>,
    reports: &mut UnboundedReceiver<Event>,
) -> Vec<Event> {
    let reports = std::iter::from_fn(|| reports.try_recv().ok());
    let keys = std::iter::from_fn(|| keyboard.try_recv().ok()?.ok());
    reports.take(MAX_BATCH).chain(keys.take(MAX_BATCH)).collect()
}

/// Tells the app the screen's size where no event has yet.
fn sync_size(app: &mut App, screen: &Screen, started: Instant) -> io::Result<Vec<Effect>> {
    let size = screen.size()?;
    if size == app.size() {
        return Ok(Vec::new());
    }
    let resize = Input::Resize(size.width, size.height);
    Ok(app.update(Event::Input(resize, Moment::new(started.elapsed()))))
}

/// Sleeps until then; without a time for ever.
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
    reason = "the one clock of the console; everything else is told by a tick"
)]
fn now() -> Timestamp {
    Timestamp::now()
}
