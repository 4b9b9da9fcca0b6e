//! The single integration test binary of the program.
#![allow(clippy::disallowed_methods, clippy::unwrap_used)]

mod cli;
mod corpus;
mod golden;
mod pty;
mod screenshots;
mod support;
mod tidy;
mod tui;
mod wire;
