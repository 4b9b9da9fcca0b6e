//! What can be asked and done, for both faces: one operation a file.
//!
//! Everything here is a value in and a value or a [`Failure`](crate::aws::Failure) out; progress and cancelling go
//! through [`Run`].

mod apply;
pub mod audit;
mod change_details;
mod charging;
mod doctor;
mod explain;
mod export;
mod grace;
mod iam;
mod inventory;
mod key_details;
mod key_import;
pub(crate) mod listing;
mod load;
pub mod model;
mod own_keys;
mod pool_import;
pub(crate) mod private_file;
mod probe;
mod routes;
mod sample;
mod secret;
mod setup;
mod usage;
mod verify;
mod whose;

pub use apply::{apply, apply_as_far};
pub use audit::Trail;
pub use change_details::{lasting_refusal, needs_details, with_change_details};
pub use charging::{Charged, ChargesAsked, Charging, Frozen, LogFile, LogRead, charge, read_access_log};
pub use doctor::{ConfirmedFix, Diagnosis, FixOutcome, FixReport, diagnose, fix_confirmed};
pub use explain::{Asking, explain};
pub use export::{Export, Exported, Listed, NotExported, UsageBy, export};
pub use grace::Grace;
pub use iam::{LeastPolicy, least_policy};
pub use inventory::{inventory, with_plan_tags};
pub use key_details::{api_key_now, with_plans_of_api_keys, with_tags_of_api_keys};
pub use key_import::{KeysDoNotFit, api_key_values, planned_keys};
pub use load::load;
pub use model::{Applied, CallRequest, Loaded, ProbeEnd, ProbePlan, Progress, Query, Route, Run, Sample};
pub use own_keys::with_own_api_keys;
pub use pool_import::{PoolsDoNotFit, import_pools, planned_import};
pub use probe::probe;
pub use routes::routes;
pub use sample::unusable_for_sample;
pub use secret::secret;
pub use setup::{
    Chosen, SetupRead, StageChoices, TablesSetUp, absent_methods, all_stages, planned_tables, read_setup,
    setup_tables, stage_choices,
};
pub use usage::{UsageCache, usage};
pub use verify::{Expectation, TENANT as TENANT_OF_VERIFY, verify};
pub use whose::{Whose, whose};
