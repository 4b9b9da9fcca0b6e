//! Words that scripts, configurations and existing files rely on, one snapshot for each kind of word. A rename shows up
//! here as a diff.

mod fields;
mod json;
mod trail;
mod words;
