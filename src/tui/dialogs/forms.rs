//! The forms, one file each.

pub(crate) mod series;
