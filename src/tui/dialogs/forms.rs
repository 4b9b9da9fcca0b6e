//! The forms, one file each.

pub(crate) mod call_log;
pub(crate) mod export;
pub(crate) mod extend;
pub(crate) mod grow;
pub(crate) mod key;
pub(crate) mod link_plan;
pub(crate) mod log_role;
pub(crate) mod look_up_key;
pub(crate) mod method_throttle;
pub(crate) mod plan;
mod plan_room;
pub(crate) mod pool;
pub(crate) mod request;
pub(crate) mod rotate;
pub(crate) mod series;
pub(crate) mod stage_log;
mod throttle;
