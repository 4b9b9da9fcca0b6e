//! The status line above the screen, and the message and footer lines below it.

pub(crate) mod footer;
pub(crate) mod messages;
pub(crate) mod status;
