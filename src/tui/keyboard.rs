//! The keyboard and the mouse, read on a thread of their own, which notes when.
//!
//! crossterm's reader never comes back from a terminal that is gone. On this thread that costs nothing: the loop
//! still hears the signal that says so, and the program ends.

use std::io;
use std::thread;
use std::time::Instant;

use crossterm::event;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use super::event::Event;
use super::pacing::Moment;

/// Begins to listen; the channel closes after the first error.
pub(super) fn listen(started: Instant) -> io::Result<UnboundedReceiver<io::Result<Event>>> {
    let (sender, receiver) = unbounded_channel();
    thread::Builder::new().name("keyboard".to_owned()).spawn(move || {
        loop {
            let input = event::read().map(|input| Event::Input(input, Moment::new(started.elapsed())));
            let over = input.is_err();
            if sender.send(input).is_err() || over {
                break;
            }
        }
    })?;
    Ok(receiver)
}
