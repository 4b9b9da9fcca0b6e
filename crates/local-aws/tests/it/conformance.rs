//! The behaviour of the real API Gateway, one file per topic.

mod cascades;
mod conflicts;
mod data_plane;
mod deployments;
mod enabled_flag;
mod error_messages;
mod execution_log;
mod lists;
mod quotas;
mod switches;
mod throttling;
mod wire_format;
