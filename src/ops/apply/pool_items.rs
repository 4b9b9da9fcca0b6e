//! Pool keys in the Keys table, from which the sample application's createKey reads their values.

use keypool_domain::{ApiKeyId, KeyRef, PlanId};

use super::unit::{UndoLog, UnitExecutor, may_have_happened};
use crate::aws::Failure;

impl UnitExecutor<'_> {
    /// Stores the value of the API key `to` in the item of another pool key.
    pub(super) async fn forward_pool_item(
        &self,
        api_key: &ApiKeyId,
        to: &KeyRef,
        log: &UndoLog,
    ) -> Result<(), Failure> {
        if !self.aws.stores_values() {
            return Ok(());
        }
        let value = match to {
            KeyRef::New => log.new_key()?.1,
            KeyRef::Existing(id) => self.aws.api_key_value(id).await?,
        };
        self.aws.set_pool_key_item_value(self.tables()?, api_key, &value).await
    }

    /// Writes the item of a pool key, with its value.
    pub(super) async fn write_pool_item(
        &self,
        plan: &PlanId,
        api_key: &KeyRef,
        log: &mut UndoLog,
    ) -> Result<(), Failure> {
        let (id, value) = match api_key {
            KeyRef::New => log.new_key()?,
            KeyRef::Existing(id) => (id.clone(), self.aws.api_key_value(id).await?),
        };
        let plan_and_name = (plan, self.inventory.stored_plan_name(plan));
        let written = self.aws.put_pool_key_item(self.tables()?, plan_and_name, &id, &value).await;
        if may_have_happened(&written) && !matches!(written, Ok(false)) {
            log.pool_items.push(id);
        }
        written.map(drop)
    }

    /// Deletes the items that the unit wrote. Returns the first key whose item could not be deleted.
    pub(super) async fn undo_pool_items(&self, items: &[ApiKeyId]) -> Result<(), (ApiKeyId, Failure)> {
        for id in items {
            let with_id = |failure| (id.clone(), failure);
            let tables = self.tables().map_err(with_id)?;
            self.aws.delete_pool_key_item(tables, id).await.map_err(with_id)?;
        }
        Ok(())
    }
}
