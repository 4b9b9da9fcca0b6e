//! Tests that use the real AWS SDK against local AWS and, where it is installed, against moto.

mod audit;
mod calls;
mod charging;
mod concurrent_key_removal;
mod credentials;
mod crowd;
mod doctor;
mod explain;
mod faults;
mod former_keys;
mod hostile_answers;
mod import_faults;
mod interruptions;
mod inventory;
mod key_copies;
mod least_used;
mod marks;
mod moto;
mod plan_file;
mod pools_in_file;
mod rotation;
mod sample_app;
mod sdk;
mod sdk_dynamodb;
mod sdk_gateway;
mod sdk_plans;
#[cfg(feature = "ssm")]
mod ssm;
mod suite;
pub(crate) mod support;
mod test_account;
mod undo;
mod unknown;
mod usage;
mod verify;
mod without_tables;
