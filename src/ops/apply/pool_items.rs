//! Pool keys in the Keys table, from which the sample application's createKey reads their values.

use keypool_domain::{ApiKeyId, KeyRef, PlanId};

use super::unit::{UndoLog, UnitExecutor, may_have_happened};
use crate::aws::Failure;

impl UnitExecutor<'_> {
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
        self.aws.set_pool_key_item_value(&self.tables, api_key, &value).await
    }

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
        let of = (plan, self.inventory.plan_name(plan));
        let written = self.aws.put_pool_key_item(&self.tables, of, &id, &value).await;
        if may_have_happened(&written) && !matches!(written, Ok(false)) {
            log.pool_items.push(id);
        }
        written.map(drop)
    }

    /// Deletes the items that the unit wrote. Returns the first that could not be deleted.
    pub(super) async fn undo_pool_items(&self, items: &[ApiKeyId]) -> Result<(), (ApiKeyId, Failure)> {
        for id in items {
            let deleted = self.aws.delete_pool_key_item(&self.tables, id).await;
            deleted.map_err(|failure| (id.clone(), failure))?;
        }
        Ok(())
    }
}
