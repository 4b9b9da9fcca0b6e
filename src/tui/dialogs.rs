//! Dialogs, forms and texts above a screen, one file each.

pub(crate) mod confirm;
pub(crate) mod details;
pub(crate) mod explanation;
mod form;
pub(crate) mod forms;
pub(crate) mod found_keys;
mod frame;
pub(crate) mod help;
pub(crate) mod menu;
pub(crate) mod palette;
pub(crate) mod sort_picker;
