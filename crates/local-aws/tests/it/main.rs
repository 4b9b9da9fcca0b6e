//! Local AWS as its callers meet it: over its socket, with time, faults and switches in the test's hand.
#![allow(clippy::unwrap_used)]

mod conformance;
mod control_plane;
mod faults;
mod http;
mod import;
mod outliving;
mod patches;
mod protected_api;
mod restart;
mod services;
mod usage;
mod worlds;
