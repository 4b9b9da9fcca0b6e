//! The AWS side over the wire: the real SDK against local AWS and, where it is installed, against moto.

mod audit;
mod beside_the_sample;
mod calls;
mod chain;
mod charging;
mod copies;
mod crowd;
mod cut;
mod doctor;
mod explain;
mod faults;
mod import_faults;
mod least_used;
mod marks;
mod moto;
mod plan_file;
mod pools_in_file;
mod proofs;
mod reading;
mod rotation;
mod sdk;
mod sdk_dynamodb;
mod sdk_gateway;
mod sdk_plans;
#[cfg(feature = "ssm")]
mod ssm;
mod stage;
mod suite;
pub(crate) mod support;
mod undone;
mod unknown;
mod usage;
mod verify;
