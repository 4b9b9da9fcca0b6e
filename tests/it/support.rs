//! What the tests of the console share.

pub mod console;
pub mod world;
