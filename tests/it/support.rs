//! What the tests of both faces share.

pub(crate) mod command;
pub(crate) mod console;
pub(crate) mod world;
