//! The real binary in a pseudo-terminal.

mod journey;
mod leaving;
mod operations;
mod panic;
mod terminal;
