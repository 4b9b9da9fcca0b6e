//! Tests of local AWS over its socket, with time, faults and switches under the test's control.
#![allow(clippy::unwrap_used)]

mod conformance;
mod control_plane;
mod faults;
mod http;
mod import;
mod logs;
mod patches;
mod persistence;
mod protected_api;
mod services;
mod usage;
mod usage_after_restart;
mod worlds;
