//! Set-up from a REST API to the first call of a tenant: the tables, and the state of each step.

mod indexes;
mod methods;
mod stages;
mod state;
mod tables;

pub(super) use indexes::complete_index_step;
pub use methods::missing_methods;
pub use stages::{StageChoices, read_all_stages, read_stage_choices};
pub use state::{SetupReport, SetupTarget, read_setup};
pub use tables::{TableSetup, plan_tables, setup_tables};
