//! The real binary in a pseudo-terminal.

mod account;
mod doctor;
mod key_lifecycle;
mod leaving;
mod operations;
mod panic;
mod pools;
mod setup;
mod sign_in;
mod terminal;
