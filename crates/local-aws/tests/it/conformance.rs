//! The behaviour of the real API Gateway, one file per topic.

mod access;
mod cascades;
mod conflicts;
mod data_plane;
mod deployments;
mod domain_names;
mod enabled_flag;
mod error_messages;
mod execution_log;
mod index_builds;
mod lists;
mod quotas;
mod switches;
mod throttling;
mod validation;
mod wire_format;
