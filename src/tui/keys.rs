//! Actions and the keys that perform them.

pub mod action;
pub(crate) mod keymap;
pub(crate) mod scope;
pub(crate) mod type_ahead;
pub(crate) mod user_keymap;
