//! Reads the keyboard and the mouse on a thread of its own, with the time of each event.
//!
//! crossterm's blocking read never returns when the terminal is gone. On its own thread that does no harm: the loop
//! still receives the hangup signal and ends the program.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use std::{io, thread};

use crossterm::event;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use crate::tui::keys::type_ahead::Moment;
use crate::tui::model::event::Event;

/// How often a keyboard thread with a gate checks whether it has to pause.
const GATE_POLL_INTERVAL: Duration = Duration::from_millis(100);

/// Pauses the keyboard thread while another program uses the terminal.
#[derive(Debug, Default)]
pub(crate) struct KeyboardGate {
    state: Mutex<GateState>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct GateState {
    is_pause_requested: bool,
    is_paused: bool,
}

impl KeyboardGate {
    /// Pauses reading, and returns once the thread no longer reads.
    pub(crate) fn pause(&self) {
        let mut state = self.lock();
        state.is_pause_requested = true;
        while !state.is_paused {
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    pub(crate) fn resume(&self) {
        self.lock().is_pause_requested = false;
        self.changed.notify_all();
    }

    fn wait_while_paused(&self) {
        let mut state = self.lock();
        while state.is_pause_requested {
            state.is_paused = true;
            self.changed.notify_all();
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        state.is_paused = false;
    }

    /// Marks the thread as paused for good, so that [`Self::pause`] also returns after the thread has ended.
    fn close(&self) {
        self.lock().is_paused = true;
        self.changed.notify_all();
    }

    fn lock(&self) -> MutexGuard<'_, GateState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Starts the keyboard thread. The channel closes after the first error.
///
/// A keyboard thread with a gate wakes ten times a second to check it; without a gate it sleeps until a key is
/// pressed.
pub(crate) fn listen(
    started: Instant,
    gate: Option<Arc<KeyboardGate>>,
) -> io::Result<UnboundedReceiver<io::Result<Event>>> {
    let (sender, receiver) = unbounded_channel();
    thread::Builder::new().name("keyboard".to_owned()).spawn(move || {
        loop {
            if let Some(gate) = &gate {
                gate.wait_while_paused();
                if let Ok(false) = event::poll(GATE_POLL_INTERVAL) {
                    continue;
                }
            }
            let input = event::read().map(|input| Event::Input(input, Moment::new(started.elapsed())));
            let failed = input.is_err();
            if sender.send(input).is_err() || failed {
                break;
            }
        }
        if let Some(gate) = &gate {
            gate.close();
        }
    })?;
    Ok(receiver)
}
