//! The terminal: the session in which the console has it, its keyboard and clipboard, and signals.

pub(crate) mod clipboard;
pub(crate) mod keyboard;
pub(crate) mod session;
pub(crate) mod signals;
