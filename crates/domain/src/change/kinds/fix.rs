//! Fixes for findings of the doctor that no other change covers.

use crate::{ApiKeyId, Edit, PlanEdit, PlanId, PoolKey, PriceListEntry, TenantKeyId};

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fix {
    /// Copies the enabled state of a tenant key to its API key.
    ApplyEnabled(TenantKeyId),
    /// Changes only the API key of a tenant key, to match the tables.
    EditApiKey { tenant_key: TenantKeyId, edit: Edit },
    /// Changes only the tenant key, to match API Gateway.
    EditTenantKey { tenant_key: TenantKeyId, edit: Edit },
    /// Copies the value of the API key to the tenant key.
    CorrectValue(TenantKeyId),
    /// Replaces the API key of a siloed tenant key with one that has the value in the tables.
    ReplaceWithStoredValue(TenantKeyId),
    /// Assigns a key of the plan's pool to a tenant key that refers to none of them.
    ReassignPoolKey(TenantKeyId),
    /// Finishes an interrupted rotation of a pool key. Its grace period does not change.
    FinishRotation(ApiKeyId),
    /// Replaces a disabled pool key that tenants use with an enabled one.
    ReplaceDisabled(ApiKeyId),
    /// Attaches an API key to the plan it belongs to.
    Attach { api_key: ApiKeyId, plan: PlanId },
    /// Moves a pool key back to its pool's plan, from a plan that covers one of the same stages.
    ReturnToPlan { api_key: ApiKeyId, plan: PlanId, from: PlanId },
    /// Finishes an interrupted move: sets the tenant key's plan to the one that its API key is in.
    FinishMove {
        tenant_key: TenantKeyId,
        /// The plan that the API key is in.
        plan: PlanId,
    },
    /// Undoes an interrupted move: returns the API key to the plan of its tenant key.
    UndoMove {
        tenant_key: TenantKeyId,
        /// The plan that the API key is in.
        from: PlanId,
    },
    /// Sets a pool key's counter to the number of tenant keys that refer to it.
    Recount { plan: PlanId, api_key: ApiKeyId },
    /// Deletes the counter of an API key that is in no pool, if it has not changed since it was read.
    DeleteCounter(PoolKey),
    /// Writes the item of a pool key to the Keys table.
    WritePoolItem { plan: PlanId, api_key: ApiKeyId },
    /// Deletes the Keys table item of an API key that is in no pool.
    DeletePoolItem(ApiKeyId),
    /// Removes a pool key that no longer exists in API Gateway from its pool.
    RemoveFromPool { plan: PlanId, api_key: ApiKeyId },
    /// Sets the price-list entry to the limits that the plan enforces.
    WritePriceListEntry(PlanId),
    /// Restores an earlier price-list entry (undo).
    RestorePriceListEntry {
        plan: PlanId,
        /// `None` deletes the entry.
        entry: Option<Box<PriceListEntry>>,
    },
    /// Restores earlier limits and the earlier price-list entry of a usage plan (undo).
    RestorePlan { plan: PlanId, edit: Box<PlanEdit>, entry: Box<PriceListEntry> },
    /// Deletes the price-list entry of a plan that no longer exists.
    DeletePriceListEntry {
        plan: PlanId,
        /// The entry as read.
        before: Box<PriceListEntry>,
    },
}
