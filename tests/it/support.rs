//! What several suites share.

pub(crate) mod calendar;
pub(crate) mod colour;
pub(crate) mod command;
pub(crate) mod console;
pub(crate) mod peers;
pub(crate) mod pipe;
pub(crate) mod pty;
pub(crate) mod raw;
pub(crate) mod scenario;
pub(crate) mod tap;
pub(crate) mod world;
pub(crate) mod writes;
