//! Creates, edits, deletes, adopts and releases usage plans.

pub(super) mod adopt;
pub(super) mod create;
pub(super) mod delete;
pub(super) mod edit;
mod lost_stages;
mod lowered_limits;
pub(super) mod release;
pub(super) mod rules;

pub(super) use lowered_limits::lowers_limits;
