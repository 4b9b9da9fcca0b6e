//! The keyboard and the mouse, read on a thread of their own, which notes when.
//!
//! crossterm's reader never comes back from a terminal that is gone. On this thread that costs nothing: the loop
//! still hears the signal that says so, and the program ends.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use std::{io, thread};

use crossterm::event;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use super::event::Event;
use super::type_ahead::Moment;

/// How long a keyboard that may be paused looks for a key before it asks whether it is to pause.
const GATE_POLL_INTERVAL: Duration = Duration::from_millis(100);

/// Keeps the keyboard's thread away from the terminal while a program has it.
#[derive(Debug, Default)]
pub(super) struct Gate {
    state: Mutex<GateState>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct GateState {
    is_pause_requested: bool,
    is_paused: bool,
}

impl Gate {
    /// Returns once the thread no longer reads.
    pub(super) fn pause(&self) {
        let mut state = self.lock();
        state.is_pause_requested = true;
        while !state.is_paused {
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Lets the thread read again.
    pub(super) fn resume(&self) {
        self.lock().is_pause_requested = false;
        self.changed.notify_all();
    }

    /// Waits where a pause is wanted.
    fn wait_while_paused(&self) {
        let mut state = self.lock();
        while state.is_pause_requested {
            state.is_paused = true;
            self.changed.notify_all();
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        state.is_paused = false;
    }

    /// Nobody reads any more, and so nobody has to be waited for.
    fn close(&self) {
        self.lock().is_paused = true;
        self.changed.notify_all();
    }

    fn lock(&self) -> MutexGuard<'_, GateState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Begins to listen; the channel closes after the first error.
///
/// Only a keyboard with a gate can be paused: it looks at the gate ten times a second, the other sleeps until a key.
pub(super) fn listen(
    started: Instant,
    gate: Option<Arc<Gate>>,
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
            let over = input.is_err();
            if sender.send(input).is_err() || over {
                break;
            }
        }
        if let Some(gate) = &gate {
            gate.close();
        }
    })?;
    Ok(receiver)
}
