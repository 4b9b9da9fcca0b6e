//! Local AWS as its callers meet it: over its socket, with time, faults and switches in the test's hand.
#![allow(clippy::unwrap_used)]

mod conformance;
mod faults;
mod http;
mod protected_api;
mod restart;
mod worlds;
