//! The real binary in a pseudo-terminal.

mod journey;
mod panic;
mod terminal;
