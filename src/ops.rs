//! Operations behind the console and the command line, one per file.
//!
//! Each takes values and returns a value or a [`Failure`](crate::aws::Failure). [`Run`] carries
//! progress and cancellation.

mod access_log;
mod alerts;
mod apply;
pub mod audit;
mod change_details;
mod charging;
mod doctor;
mod due_endings;
mod expiry;
mod explain;
mod export;
mod grace;
mod iam;
mod inventory;
mod key_details;
mod key_import;
mod key_lookup;
pub(crate) mod listing;
pub mod model;
mod own_keys;
mod pool_import;
pub(crate) mod private_file;
mod probe;
mod remembered;
mod remembered_lists;
mod routes;
mod sample_app;
mod secret;
mod setup;
mod stage_address;
mod usage;
mod verify;

pub use access_log::{
    AccessLogCalls, AccessLogError, AccessLogFile, AccessLogSource, RECENT, RecentCalls, RecentCallsRequest,
    StageLogCalls, StageLogs, UnusableAccessLog, count_recent_calls, find_stage_logs, read_access_log,
};
pub use alerts::{AlertLog, AlertReport, AlertRequest, HookReport, find_alerts, run_hook_for_new_alerts};
pub use apply::{apply, apply_with_partial_result};
pub use audit::Trail;
pub use change_details::{final_refusal, needs_details, with_change_details};
pub use charging::{
    ChargeReport, ChargeRequest, FrozenMonth, ReportRequest, calculate_charges, run_report_request,
    with_notes_in_trail,
};
pub use doctor::{ConfirmedFix, DoctorReport, FixOutcome, FixReport, diagnose, fix_confirmed};
pub use due_endings::{
    DueEnding, DueEndings, EndingOutcome, EndingScope, end_confirmed, find_due_endings,
    with_tags_of_replaced_keys,
};
pub use expiry::ExpiryArg;
pub use explain::{ExplainRequest, explain};
pub use export::{ExportError, ExportList, ExportRequest, ExportedFile, UsageGrouping, export};
pub use grace::Grace;
pub use iam::{LeastPrivilegePolicy, least_privilege_policy};
pub use inventory::{
    KeyListing, KeySelection, ListedKeys, ListedPage, plans_of_unread_references, read_inventory,
    read_inventory_in_parts, read_inventory_of_keys, read_inventory_of_keys_if_large, read_listed_page,
    read_members, read_selected_inventory, refresh_members, with_all_members, with_cached_members,
    with_listed_page, with_members_of_plans, with_plan_tags, with_tenant_keys_read_again,
};
pub use key_details::{read_api_key, with_plans_of_api_keys, with_tags_of_api_keys};
pub use key_import::{KeyImportError, plan_key_import, read_api_key_values};
pub use key_lookup::{KeyLookup, look_up_key};
pub use model::{Applied, CallRequest, ProbePlan, ProbeResult, Progress, Route, Run, Sample};
pub use own_keys::with_own_api_keys;
pub use pool_import::{PoolImportError, import_pools, plan_pool_import};
pub use probe::probe;
pub use remembered::{
    REMEMBERED_FOLDER, is_worth_remembering, read_and_remember_inventory, read_remembered, remember,
};
pub use remembered_lists::{RememberedList, RememberedLists, lists_file, read_lists, write_lists};
pub use routes::{read_routes, read_routes_of_key};
pub use sample_app::sample_app_obstacle;
pub use secret::read_key_value;
pub use setup::{
    SetupReport, SetupTarget, StageChoices, TableSetup, missing_methods, plan_tables, read_all_stages,
    read_setup, read_stage_choices, setup_tables,
};
pub use usage::{PlanReading, UsageCache, read_usage, read_usage_of_plan, read_usage_with_quotas};
pub use verify::{Expectation, VERIFY_TENANT, verify};
