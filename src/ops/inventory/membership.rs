//! Which API keys each usage plan has. That takes a call per plan, so the console reads it after everything else: the
//! plan under the cursor first, the others in the background.

use std::collections::{HashMap, HashSet};

use futures_util::{StreamExt, TryStreamExt, stream};
use keypool_domain::text::pluralize;
use keypool_domain::{ApiKeyId, Inventory, Known, Plan, PlanId, TenantKeyId, Unknown};

use super::MAX_CONCURRENT_PLANS;
use super::references::ApiKeyIndex;
use crate::aws::{Aws, Failure, Members};
use crate::ops::{Progress, Run};

pub(super) type PlanMembers = Vec<(PlanId, Members)>;

/// Reads the API keys of all these plans.
pub(super) async fn read_all_members(aws: &Aws, plans: &[Plan]) -> Result<PlanMembers, Failure> {
    // Owned ids: with borrowed ones the compiler cannot prove that the future is `Send`.
    let ids: Vec<PlanId> = plans.iter().map(|plan| plan.id.clone()).collect();
    read_members_of(aws, ids, || ()).await
}

async fn read_members_of(aws: &Aws, plans: Vec<PlanId>, on_read: impl Fn()) -> Result<PlanMembers, Failure> {
    let reads = plans.into_iter().map(|plan| async {
        let members = aws.members_for_refresh(&plan).await?;
        on_read();
        Ok((plan, members))
    });
    stream::iter(reads).buffer_unordered(MAX_CONCURRENT_PLANS).try_collect().await
}

/// The API keys of these plans as this connection read them last, or that they were not read yet.
pub(super) fn cached_members(aws: &Aws, plans: &[Plan]) -> PlanMembers {
    let cached = |plan: &Plan| aws.cached_members(&plan.id).unwrap_or(Known::Unknown(Unknown::NotReadYet));
    plans.iter().map(|plan| (plan.id.clone(), cached(plan))).collect()
}

/// Says that the keys of some plans may not be read.
pub(super) fn denied_members_remark(members: &PlanMembers) -> Option<String> {
    let is_denied = |members: &Members| matches!(members.reason(), Some(Unknown::NotAllowed { .. }));
    let denied = members.iter().filter(|(_, members)| is_denied(members)).count();
    (denied > 0).then(|| {
        format!(
            "the API keys of {} may not be read (IAM action apigateway:GET on their keys): which key is in which \
             plan is unknown",
            pluralize(denied, "usage plan")
        )
    })
}

pub(super) fn member_ids(members: &Members) -> Known<Vec<ApiKeyId>> {
    members.as_ref().map(|members| members.iter().map(|member| member.api_key.clone()).collect())
}

/// Reads the API keys of these plans while the user waits, and adds them to the inventory.
pub async fn with_members_of_plans(
    aws: &Aws,
    inventory: Inventory,
    plans: impl IntoIterator<Item = PlanId>,
) -> Result<Inventory, Failure> {
    let plans: Vec<PlanId> = plans.into_iter().collect();
    if plans.is_empty() {
        return Ok(inventory);
    }
    let reads = plans.into_iter().map(|plan| async {
        let members = aws.members(&plan).await?;
        Ok::<_, Failure>((plan, members))
    });
    let members = stream::iter(reads).buffer_unordered(MAX_CONCURRENT_PLANS).try_collect().await?;
    Ok(add_members(aws, inventory, members))
}

/// Reads the API keys of a plan while the user looks at it; the connection keeps them.
pub async fn read_members(aws: &Aws, plan: &PlanId) -> Result<(), Failure> {
    aws.members(plan).await.map(drop)
}

/// Reads the API keys of all plans that were not read yet, and adds them to the inventory.
pub async fn with_all_members(aws: &Aws, inventory: Inventory, run: &Run) -> Result<Inventory, Failure> {
    let unread: Vec<PlanId> = inventory.plans_with_unread_members().cloned().collect();
    if unread.is_empty() {
        return Ok(inventory);
    }
    let members = read_with_progress(aws, unread, run).await?;
    Ok(add_members(aws, inventory, members))
}

/// Reads the API keys of these plans in the background; the connection keeps them.
pub async fn refresh_members(aws: &Aws, plans: Vec<PlanId>, run: &Run) -> Result<(), Failure> {
    read_with_progress(aws, plans, run).await.map(drop)
}

async fn read_with_progress(aws: &Aws, plans: Vec<PlanId>, run: &Run) -> Result<PlanMembers, Failure> {
    let (total, done) = (plans.len(), std::sync::atomic::AtomicUsize::new(0));
    let on_read = || {
        let done = done.fetch_add(1, std::sync::atomic::Ordering::Relaxed) + 1;
        (run.progress)(Progress { done, total: Some(total), doing: "plans with their keys".to_owned() });
    };
    let reading = read_members_of(aws, plans, on_read);
    run.cancel.run_until_cancelled(reading).await.ok_or(Failure::Cancelled)?
}

/// Adds the API keys of all plans that this connection has read since the inventory.
pub fn with_cached_members(aws: &Aws, inventory: Inventory) -> Inventory {
    add_members(aws, inventory, PlanMembers::new())
}

/// Adds the API keys of plans, and resolves the references that are known only by the value of such a key.
fn add_members(aws: &Aws, inventory: Inventory, read: PlanMembers) -> Inventory {
    let mut members = cached_members(aws, inventory.plans());
    // A write may have dropped from the cache what was just read.
    let mut read: HashMap<PlanId, Members> = read.into_iter().collect();
    for (plan, cached) in &mut members {
        if let Some(members) = read.remove(plan) {
            *cached = members;
        }
    }
    let pool_keys = resolve_unread_references(&inventory, &members);
    let is_known = |members: &Members| !matches!(members.reason(), Some(Unknown::NotReadYet));
    let known = members.iter().filter(|(_, members)| is_known(members));
    let known: Vec<_> = known.map(|(plan, members)| (plan.clone(), member_ids(members))).collect();
    inventory.with_members(known, &pool_keys)
}

/// The pool keys of tenant keys that were waiting for the API keys of plans, as far as they are known better now.
fn resolve_unread_references(
    inventory: &Inventory,
    members: &PlanMembers,
) -> HashMap<TenantKeyId, Known<Option<ApiKeyId>>> {
    let mut waiting: Vec<_> = inventory
        .tenant_keys()
        .iter()
        .filter(|key| matches!(key.pool_key.reason(), Some(Unknown::NotReadYet | Unknown::NotAllowed { .. })))
        .cloned()
        .collect();
    if waiting.is_empty() {
        return HashMap::new();
    }
    let before: Vec<_> = waiting.iter().map(|key| key.pool_key.clone()).collect();
    waiting.iter_mut().for_each(|key| key.pool_key = Known::Value(None));
    ApiKeyIndex::new(inventory.api_keys(), members, inventory.unreadable_plans())
        .resolve_references(&mut waiting);
    let changed = waiting.into_iter().zip(before).filter(|(key, before)| key.pool_key != *before);
    changed.map(|(key, _)| (key.id, key.pool_key)).collect()
}

/// The usage plans of these tenant keys whose API keys are still unread and decide which API key they use.
pub fn plans_of_unread_references<'a>(
    inventory: &Inventory,
    tenant_keys: impl IntoIterator<Item = &'a TenantKeyId>,
) -> HashSet<PlanId> {
    let unread: HashSet<&PlanId> = inventory.plans_with_unread_members().collect();
    let tenant_keys = tenant_keys.into_iter().filter_map(|id| inventory.tenant_key(id));
    let waiting = tenant_keys.filter(|key| matches!(key.pool_key.reason(), Some(Unknown::NotReadYet)));
    waiting.map(|key| &key.plan).filter(|plan| unread.contains(plan)).cloned().collect()
}
