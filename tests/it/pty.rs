//! Tests of the real binary in a pseudo-terminal.

mod account;
mod commands;
mod doctor;
mod exports;
mod key_lifecycle;
mod large_account;
mod multiplexers;
mod operations;
mod panic;
mod partial_account;
mod pools;
mod quit;
mod remembered_account;
mod setup;
mod sign_in;
mod terminal;
