//! The terminal: its screen, keyboard, clipboard, and the signals that it sends.

pub(crate) mod clipboard;
pub(crate) mod keyboard;
pub(crate) mod screen;
pub(crate) mod signals;
