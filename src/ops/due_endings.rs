//! Ends the keys whose end has passed: exactly those that were confirmed, as far as nothing has changed since.

use jiff::Timestamp;
use keypool_domain::drift;
use keypool_domain::ending::{Ending, EndingId, EndingKind, find_endings};
use keypool_domain::managed::is_our_api_key;
use keypool_domain::{ApiKeyId, Change, Inventory, InventorySource, Known, PlanId};

use super::doctor::is_subsequence;
use super::listing::step_sentences;
use super::{Run, read_inventory, with_change_details, with_tags_of_api_keys};
use crate::aws::{Aws, Failure};

/// An ending that is due, with what ends it.
#[derive(Debug, Clone, PartialEq)]
pub struct DueEnding {
    pub id: EndingId,
    pub change: Change,
    /// The steps as shown, in sentences.
    pub steps: Vec<String>,
}

/// Endings that are due, and those that cannot be ended.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct DueEndings {
    pub due: Vec<DueEnding>,
    /// One sentence for each key that may be past its end and is not ended.
    pub obstacles: Vec<String>,
}

/// Which keys are ended together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EndingScope {
    /// API keys of one tenant key each, and tenant keys.
    TenantKeys,
    /// Shared API keys.
    PoolKeys,
}

#[derive(Debug, Clone, PartialEq)]
pub enum EndingOutcome {
    Ended,
    /// The key was no longer there, so nothing was done.
    AlreadyGone,
    /// The end or the steps differ from what was shown, so nothing was done.
    Changed,
    Failed(Failure),
}

impl EndingScope {
    pub fn includes(self, ending: &Ending<'_>) -> bool {
        // The expiry belongs to a tenant key, whatever its API key is.
        let is_of_pool = ending.is_pool_key && ending.kind == EndingKind::Grace;
        is_of_pool == (self == Self::PoolKeys)
    }
}

impl EndingOutcome {
    /// Returns why the key was not ended, or `None` if it was ended or is gone.
    pub fn failure_message(&self) -> Option<String> {
        match self {
            Self::Ended | Self::AlreadyGone => None,
            Self::Changed => Some("changed meanwhile: check it again".to_owned()),
            Self::Failed(why) => Some(why.to_string()),
        }
    }
}

/// Reads all tags of API keys that may be in their grace period, because lists may omit them.
pub async fn with_tags_of_replaced_keys(aws: &Aws, inventory: Inventory) -> Result<Inventory, Failure> {
    let ids = drift::api_keys_to_fetch(&inventory);
    with_tags_of_api_keys(aws, inventory, &ids).await
}

/// Finds the endings that are due.
pub fn find_due_endings(inventory: &Inventory, scope: EndingScope, now: Timestamp) -> DueEndings {
    let mut found = DueEndings::default();
    for ending in find_endings(inventory).iter().filter(|ending| scope.includes(ending)) {
        let obstacle = match (ending.is_past_own_end(now), ending_change(ending, inventory)) {
            (Known::Value(false), _) => continue,
            (Known::Value(true), Ok(due)) => {
                found.due.push(due);
                continue;
            }
            (Known::Value(true), Err(why)) => why,
            (Known::Unknown(_), _) => "its end is not known".to_owned(),
        };
        found.obstacles.push(format!("{}: {obstacle}", ending.describe(now)));
    }
    found
}

fn ending_change(ending: &Ending<'_>, inventory: &Inventory) -> Result<DueEnding, String> {
    let change = ending.change()?;
    if !is_ours(ending, inventory) {
        return Err(format!(
            "nothing in the tables shows that it is yours; `keypool pools retire {}` deletes it",
            ending.api_key
        ));
    }
    change.units(inventory).map_err(|refusal| refusal.to_string())?;
    let steps = step_sentences(&change, inventory);
    Ok(DueEnding { id: ending.id(), change, steps })
}

/// Whether more than the key's own tags shows that this account's tables or plans have it.
fn is_ours(ending: &Ending<'_>, inventory: &Inventory) -> bool {
    let plans = inventory.plans_of_api_key(&ending.api_key).into_result().unwrap_or_default();
    let plans: Vec<&PlanId> = plans.iter().collect();
    let is_in_our_plan = is_our_api_key(&ending.api_key, &plans, inventory).is_known_to_be(&true);
    ending.is_pool_key || !ending.tenant_keys.is_empty() || is_in_our_plan
}

/// Ends confirmed keys in order. Reads the account again before the first and each key again before its end, and passes
/// each result to `report` at once.
pub async fn end_confirmed(
    aws: &Aws,
    confirmed: &[DueEnding],
    scope: EndingScope,
    report: &(dyn Fn(&DueEnding, EndingOutcome) + Send + Sync),
    run: &Run,
) -> Result<(), Failure> {
    // Boxed: the futures of changes are large.
    let inventory = Box::pin(read_inventory(aws, run)).await?;
    let mut inventory = with_tags_of_replaced_keys(aws, inventory).await?;
    for due in confirmed {
        if run.cancel.is_cancelled() {
            return Err(Failure::Cancelled);
        }
        let changes = std::slice::from_ref(&due.change);
        inventory = with_current_keys(aws, inventory, &due.id.api_key).await?;
        inventory = Box::pin(with_change_details(aws, inventory, changes)).await?;
        let outcome = match check_confirmed(aws, due, scope, &inventory).await? {
            Some(outcome) => outcome,
            None => {
                let applied = Box::pin(crate::ops::apply(aws, &inventory, &due.change, run)).await;
                applied.map_or_else(EndingOutcome::Failed, |_| EndingOutcome::Ended)
            }
        };
        report(due, outcome);
    }
    Ok(())
}

/// Reads an API key and those that it replaced again.
async fn with_current_keys(aws: &Aws, inventory: Inventory, id: &ApiKeyId) -> Result<Inventory, Failure> {
    let old = inventory.predecessors(id).into_iter().map(|key| key.id.clone());
    let ids: Vec<ApiKeyId> = std::iter::once(id.clone()).chain(old).collect();
    with_tags_of_api_keys(aws, inventory, &ids).await
}

/// Returns why a confirmed key must not be ended in the current account, or `None` if it may.
async fn check_confirmed(
    aws: &Aws,
    due: &DueEnding,
    scope: EndingScope,
    inventory: &Inventory,
) -> Result<Option<EndingOutcome>, Failure> {
    let endings = find_endings(inventory);
    let is_same_key = |ending: &&Ending<'_>| {
        ending.kind == due.id.kind && ending.api_key == due.id.api_key && scope.includes(ending)
    };
    let Some(ending) = endings.iter().find(is_same_key) else {
        return Ok(Some(EndingOutcome::AlreadyGone));
    };
    let current = ending_change(ending, inventory).ok();
    let is_as_shown = current.is_some_and(|current| {
        current.id == due.id && current.change == due.change && is_subsequence(&current.steps, &due.steps)
    });
    let is_due = ending.is_past_own_end(aws.now()).is_known_to_be(&true);
    let is_unchanged = is_as_shown && is_due && has_current_tenant_keys(aws, ending, inventory).await?;
    Ok((!is_unchanged).then_some(EndingOutcome::Changed))
}

/// Whether the tenant keys that expire are still as in the inventory, by consistent reads.
async fn has_current_tenant_keys(
    aws: &Aws,
    ending: &Ending<'_>,
    inventory: &Inventory,
) -> Result<bool, Failure> {
    match (ending.kind, inventory.source()) {
        (EndingKind::Expiry, InventorySource::Tables { .. }) => {}
        (EndingKind::Grace, _)
        | (EndingKind::Expiry, InventorySource::ApiGateway { .. } | InventorySource::Usage) => {
            return Ok(true);
        }
    }
    let tables = aws.tables().await?;
    for tenant_key in &ending.tenant_keys {
        let current = aws.current_tenant_key(&tables, &tenant_key.id).await?;
        let is_same = current.is_some_and(|current| current.attributes == tenant_key.attributes);
        if !is_same {
            return Ok(false);
        }
    }
    Ok(true)
}
