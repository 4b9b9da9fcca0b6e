//! The terminal: the session in which the console has it, its keyboard and clipboard, and signals.

pub(crate) mod backend;
pub(crate) mod clipboard;
pub(crate) mod keyboard;
mod paint;
mod scroll;
pub(crate) mod session;
pub(crate) mod signals;
