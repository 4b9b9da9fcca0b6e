//! The DynamoDB tables: finding them, and reading and writing their items in domain types.
//!
//! Writes set only keypool's attributes; others in the same item are kept.

mod conditional;
mod counters;
mod create;
mod discovery;
mod former_keys;
mod index_changes;
mod index_reads;
mod indexes;
mod item_requests;
mod items;
mod key_pages;
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
pub(crate) use index_changes::IndexProgress;
pub use index_reads::IndexAvailability;
pub(crate) use index_reads::IndexQuery;
pub(crate) use items::TenantKeyItems;
pub use key_pages::LargeTable;
pub(crate) use key_pages::{KeyPage, PageToken};
pub(crate) use pool_writes::CounterWrite;
pub(crate) use pools::{PoolItem, PoolTableItems};
pub(crate) use reference_scan::KeyReference;
pub(crate) use tenant_keys::NewKeyItem;
pub(super) use transaction::CancellationReasons;
pub(crate) use transfers::{CapacityLimit, NewSiloedKey, TargetPoolKey, TransferOutcome};
pub(crate) use work::{Fence, WorkClaim};

/// The table names of one account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Tables {
    pub(crate) plans: String,
    pub(crate) keys: String,
    /// `None` if there is no Pools table yet.
    pub(crate) pools: Option<String>,
}

impl Aws {
    /// Returns the tables, found once per connection.
    pub(crate) async fn tables(&self) -> Result<Arc<Tables>, Failure> {
        let cached = self.shared.tables.lock().unwrap_or_else(PoisonError::into_inner).clone();
        match cached {
            Some(tables) => Ok(tables),
            None => self.find_tables().await,
        }
    }

    fn table_call(&self, operation: &'static str, subject: impl Into<String>) -> AwsCall<'_> {
        self.call(Service::DynamoDb, operation, subject)
    }
}
