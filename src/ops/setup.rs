//! Getting from a REST API to tenants who call it: the tables, and how far every step is.

mod look;
mod tables;

pub use look::{Chosen, SetupRead, all_stages, read_setup};
pub use tables::{TablesSetUp, planned_tables, setup_tables};
