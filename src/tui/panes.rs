//! The four panes of the home screen, the views in their place, and the lines around them, one file each: its state, how it changes, and how
//! it is drawn.

pub(crate) mod doctor;
pub(crate) mod figures;
pub(crate) mod footer;
pub(crate) mod keys;
pub(crate) mod messages;
pub(crate) mod plans;
pub(crate) mod pool;
pub(crate) mod report;
pub(crate) mod setup;
pub(crate) mod status;
pub(crate) mod test;
pub(crate) mod usage;
