//! The keyboard and the mouse, read on a thread of their own.
//!
//! crossterm's reader never comes back from a terminal that is gone. On this thread that costs nothing: the loop
//! still hears the signal that says so, and the program ends.

use std::io;
use std::thread;

use crossterm::event::{self, Event as Input};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

/// Begins to listen; the channel closes after the first error.
pub(super) fn listen() -> io::Result<UnboundedReceiver<io::Result<Input>>> {
    let (sender, receiver) = unbounded_channel();
    thread::Builder::new().name("keyboard".to_owned()).spawn(move || {
        loop {
            let input = event::read();
            let over = input.is_err();
            if sender.send(input).is_err() || over {
                break;
            }
        }
    })?;
    Ok(receiver)
}
