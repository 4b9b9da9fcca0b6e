//! The words that scripts, configurations and old files rely on, one snapshot for each kind of word. A rename shows up
//! here as a diff.

mod fields;
mod json;
mod trail;
mod words;
