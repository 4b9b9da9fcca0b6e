//! The DynamoDB tables: which they are, and what stands in them, in domain types.
//!
//! Writes name only our attributes: what others keep in the same items stays as it is.

mod counters;
mod find;
mod items;
mod make;
mod pool_items;
mod pool_writes;
mod pools;
mod put_back;
mod read;
mod recount;
mod references;
mod rows;
mod schema;
mod transaction;
mod transfers;
mod windows;
mod work;

use std::sync::{Arc, PoisonError};

use super::failure::{Call, Service};
use super::{Aws, Failure};

pub(crate) use counters::Leave;
pub(crate) use make::Wanted;
pub(crate) use pool_writes::CounterWrite;
pub(crate) use pools::{PoolItem, PoolsRead};
pub(crate) use recount::Referring;
pub(crate) use rows::NewRow;
pub(super) use transaction::Reasons;
pub(crate) use transfers::{Limit, OwnKey, Shared, Transferred};
pub(crate) use work::{Fence, WorkTaken};

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

    fn table_call(&self, operation: &'static str, subject: impl Into<String>) -> Call<'_> {
        self.call(Service::DynamoDb, operation, subject)
    }
}
