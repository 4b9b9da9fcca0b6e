//! References to pool keys that come and go: the row and the counter of its key change in one transaction.

use keypool_domain::{ApiKeyId, RowId};

use super::pools::KEY;
use super::transaction::{Committed, Terms, Transaction};
use super::transfers::{Shared, Transferred, fewer, more, transferred};
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
            .update(tables.pools_table()?, &format!("{KEY}{}", to.api_key), more(1, to));
        Ok(transferred(self.commit(transaction).await?, 1))
    }

    /// Deletes a row that refers to a pool key, which counts one tenant less where it `is_counted`.
    pub(crate) async fn unassign(
        &self,
        tables: &Tables,
        row: &RowId,
        from: &ApiKeyId,
        is_counted: bool,
    ) -> Result<Transferred, Failure> {
        let refers = Terms::on(REFERS).text(":key", from.as_str());
        let mut transaction = Transaction::default().delete(&tables.keys, row.as_str(), refers);
        if is_counted {
            transaction = transaction.update(tables.pools_table()?, &format!("{KEY}{from}"), fewer(1));
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
