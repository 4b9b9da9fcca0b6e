//! Tags of usage plans, which take one call per plan to read.

use std::collections::{BTreeMap, HashMap};

use futures_util::{StreamExt, TryStreamExt, stream};
use keypool_domain::{Inventory, Known, Plan, PlanId};

use super::MAX_CONCURRENT_PLANS;
use crate::aws::{Aws, Failure};

/// With at most this many plans, the tags of all are read with the inventory; with more, only those that a
/// change or the doctor needs.
const MAX_PLANS_READ_WITH_TAGS: usize = 30;

type Tags = BTreeMap<String, String>;

/// Tags by plan, or why they are unknown. Deleted plans are absent.
pub(super) type PlanTags = HashMap<PlanId, Known<Tags>>;

/// Reads the tags of all plans if there are few.
pub(super) async fn read_if_few_plans(aws: &Aws, plans: &[Plan]) -> Result<PlanTags, Failure> {
    if plans.len() > MAX_PLANS_READ_WITH_TAGS { Ok(PlanTags::new()) } else { read(aws, plans).await }
}

/// Reads the tags of plans whose tags are still unknown.
pub(super) async fn read(aws: &Aws, plans: &[Plan]) -> Result<PlanTags, Failure> {
    let unread = plans.iter().filter(|plan| plan.tags.reason().is_some());
    let ids: Vec<PlanId> = unread.map(|plan| plan.id.clone()).collect();
    let reads = ids.into_iter().map(|plan| async move {
        let tags = match aws.plan_tags(&plan).await {
            Ok(tags) => Known::Value(tags),
            Err(Failure::Denied { action, resource }) => Known::not_allowed(action, resource),
            // An endpoint that cannot read single plans has no readable tags.
            Err(Failure::Unsupported(_)) => Known::Value(Tags::new()),
            Err(Failure::Gone(_)) => return Ok(None),
            Err(failure) => return Err(failure),
        };
        Ok::<_, Failure>(Some((plan, tags)))
    });
    let results: Vec<_> = stream::iter(reads).buffer_unordered(MAX_CONCURRENT_PLANS).try_collect().await?;
    Ok(results.into_iter().flatten().collect())
}

/// Returns the inventory with the tags of the plans that `is_needed` selects, or why they may not be read.
pub async fn with_plan_tags(
    aws: &Aws,
    inventory: Inventory,
    is_needed: impl Fn(&Plan) -> bool,
) -> Result<Inventory, Failure> {
    let needed: Vec<Plan> = inventory.plans().iter().filter(|plan| is_needed(plan)).cloned().collect();
    let mut tags = read(aws, &needed).await?;
    Ok(if tags.is_empty() { inventory } else { inventory.with_plan_tags(|plan| tags.remove(plan)) })
}

pub(super) fn assign_tags(plans: &mut [Plan], mut tags: PlanTags) {
    for plan in plans {
        if let Some(tags) = tags.remove(&plan.id) {
            plan.tags = tags;
        }
    }
}
