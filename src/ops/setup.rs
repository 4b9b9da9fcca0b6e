//! Getting from a REST API to tenants who call it: the tables, and how far every step is.

mod look;
mod methods;
mod stages;
mod tables;

pub use look::{Chosen, SetupRead, read_setup};
pub use methods::absent_methods;
pub use stages::{StageChoices, all_stages, stage_choices};
pub use tables::{TablesSetUp, planned_tables, setup_tables};
