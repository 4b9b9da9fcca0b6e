//! keypool: the terminal console for people who sell an API through Amazon API Gateway.
//!
//! The rooms, from the inside out; each may know those before it, never those after:
//! `keypool_domain` (pure rules) ← [`aws`] (the only room that knows the SDK) ← [`ops`] (what can be asked and
//! done) ← [`cli`] and [`tui`] (the two faces). [`settings`] is what a person configured.

pub mod aws;
pub mod cli;
pub mod ops;
pub mod settings;
pub mod tui;
