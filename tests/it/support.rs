//! What the tests of the console share.

pub(crate) mod console;
pub(crate) mod world;
