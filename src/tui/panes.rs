//! The four panes of the home screen, the views that replace them, and the status, message and footer lines around
//! them. One file each: state, transitions and drawing.

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
