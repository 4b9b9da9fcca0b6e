//! The real binary in a pseudo-terminal.

mod journey;
mod leaving;
mod panic;
mod terminal;
