//! The real binary in a pseudo-terminal.

mod journey;
mod terminal;
