//! The words that scripts, configurations and old files rely on, one snapshot for each kind: whoever renames one sees
//! here what else hears it.

mod fields;
mod json;
mod trail;
mod words;
