//! The DynamoDB tables: which they are, and what stands in them, in domain types.
//!
//! Writes name only our attributes: what others keep in the same items stays as it is.

mod counters;
mod create;
mod discovery;
mod items;
mod key_schema;
mod pool_key_items;
mod pool_writes;
mod pools;
mod price_list;
mod reference_scan;
mod references;
mod revert;
mod scan;
mod tenant_keys;
mod transaction;
mod transfers;
mod work;

use std::sync::{Arc, PoisonError};

use super::failure::{AwsCall, Service};
use super::{Aws, Failure};

pub(crate) use counters::CounterDecrement;
pub(crate) use create::TableSpec;
pub(crate) use pool_writes::CounterWrite;
pub(crate) use pools::{PoolItem, PoolTableItems};
pub(crate) use reference_scan::KeyReference;
pub(crate) use tenant_keys::NewKeyItem;
pub(super) use transaction::CancellationReasons;
pub(crate) use transfers::{CapacityLimit, NewOwnKey, TargetPoolKey, TransferOutcome};
pub(crate) use work::{Fence, WorkClaim};

/// The names of the tables of one account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Tables {
    pub(crate) plans: String,
    pub(crate) keys: String,
    /// Absent where no pool was ever made.
    pub(crate) pools: Option<String>,
}

impl Aws {
    /// The tables, looked for once.
    pub(crate) async fn tables(&self) -> Result<Arc<Tables>, Failure> {
        let known = self.shared.tables.lock().unwrap_or_else(PoisonError::into_inner).clone();
        match known {
            Some(tables) => Ok(tables),
            None => self.find_tables().await,
        }
    }

    fn table_call(&self, operation: &'static str, subject: impl Into<String>) -> AwsCall<'_> {
        self.call(Service::DynamoDb, operation, subject)
    }
}
