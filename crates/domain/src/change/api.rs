//! Sets up an API, a stage or the account.

pub(super) mod deploy;
pub(super) mod require_keys;
pub(super) mod set_log_role;
pub(super) mod set_stage_logging;
pub(super) mod set_up_tables;
