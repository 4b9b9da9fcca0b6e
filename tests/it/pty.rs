//! The real binary in a pseudo-terminal.

mod account;
mod doctor;
mod journey;
mod leaving;
mod operations;
mod panic;
mod pools;
mod setup;
mod sign_in;
mod terminal;
