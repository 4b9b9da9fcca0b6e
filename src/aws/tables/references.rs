//! References to pool keys that come and go: the row and the counter of its key change in one transaction.

use keypool_domain::{ApiKeyId, RowId};

use super::counters::{Leave, transferred};
use super::transaction::{Committed, Terms, Transaction};
use super::transfers::{Shared, Transferred};
use super::{NewRow, Tables};
use crate::aws::{Aws, Failure};

/// The row still refers to `:key`, or does not say to which key it refers: the sample application writes it so.
const REFERS: &str = "attribute_exists(id) AND (poolKeyId = :key OR attribute_not_exists(poolKeyId))";

impl Aws {
    /// Writes a row that refers to a pool key, which counts one tenant more.
    pub(crate) async fn assign(
        &self,
        tables: &Tables,
        row: &NewRow<'_>,
        to: Shared<'_>,
    ) -> Result<Transferred, Failure> {
        let transaction = Transaction::default()
            .put(&tables.keys, row.item(self.stores_values()), Terms::absent())
            .join(tables.pools_table()?, 1, to);
        Ok(transferred(self.commit(transaction).await?, 1))
    }

    /// Deletes a row that refers to a pool key.
    pub(crate) async fn unassign(
        &self,
        tables: &Tables,
        row: &RowId,
        from: &ApiKeyId,
        leave: &Leave,
    ) -> Result<Transferred, Failure> {
        let refers = Terms::on(REFERS).text(":key", from.as_str());
        let mut transaction = Transaction::default().delete(&tables.keys, row.as_str(), refers);
        if *leave != Leave::Uncounted {
            transaction = transaction.leave(tables.pools_table()?, from, leave);
        }
        Ok(match self.commit(transaction).await? {
            Committed::Done => Transferred::Done,
            Committed::Busy => Transferred::Busy,
            Committed::Refused(at) if at.contains(&0) => Transferred::RowsRefused(vec![0]),
            Committed::Refused(_) => Transferred::LeftRefused,
        })
    }

    /// Whether there is a row with this id now.
    pub(crate) async fn has_row(&self, tables: &Tables, id: &RowId) -> Result<bool, Failure> {
        Ok(self.get_row(tables, id).await?.is_some())
    }
}
