//! What API keys are right before a change deletes them, for its undo and for the audit trail; never their values.

use keypool_domain::{ApiKeyId, Change, FormerApiKey, Inventory, RowId};

use crate::aws::{Aws, Failure};

/// The most API keys that are read one by one; beyond that the lists have to do.
const MAX_ASKED: usize = 25;

/// What a deleted tenant key's own API key was.
pub(super) type Former = (RowId, FormerApiKey);

/// Reads the API keys that a deletion ends.
pub(super) async fn read(aws: &Aws, change: &Change, inventory: &Inventory) -> Result<Vec<Former>, Failure> {
    let Change::Delete(rows) = change else { return Ok(Vec::new()) };
    let rows = rows.iter().filter_map(|row| inventory.row(row));
    let own = rows.filter(|row| inventory.shares(row).is_known_to_be(&false));
    let own = own.filter_map(|row| Some((row.id.clone(), row.require_api_key().ok()?)));
    let mut all = Vec::new();
    for (at, (row, api_key)) in own.enumerate() {
        let now = if at < MAX_ASKED { now(aws, &api_key).await? } else { None };
        let former = now.or_else(|| FormerApiKey::listed(&api_key, inventory));
        all.extend(former.map(|former| (row, former)));
    }
    Ok(all)
}

/// An API key as it is now, where it may be asked for.
async fn now(aws: &Aws, id: &ApiKeyId) -> Result<Option<FormerApiKey>, Failure> {
    let asked = async {
        let Some(key) = aws.api_key(id).await? else { return Ok(None) };
        let plans: Vec<_> = aws.usage_plans_of_key(id).await?.into_iter().map(|plan| plan.id).collect();
        Ok(Some(FormerApiKey::new(&key, &plans)))
    };
    match asked.await {
        Err(Failure::Denied { .. } | Failure::Unsupported(_)) => Ok(None),
        asked => asked,
    }
}
