//! keypool: a terminal console for Amazon API Gateway usage plans and API keys.
//!
//! Layers, from the inside out; each may use the ones before it, never the ones after: `keypool_domain`
//! (pure rules) ← [`aws`] (the only layer that uses the SDK) ← [`ops`] (operations) ← [`cli`] and
//! [`tui`] (the two front ends). [`settings`] holds the configuration.

pub mod aws;
pub mod cli;
pub mod ops;
pub mod settings;
pub mod tui;
