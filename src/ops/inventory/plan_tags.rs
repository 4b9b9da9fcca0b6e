//! The tags of usage plans, each of which is a call of its own.

use std::collections::{BTreeMap, HashMap};

use futures_util::{StreamExt, TryStreamExt, stream};
use keypool_domain::{Inventory, Known, Plan, PlanId};

use super::MAX_CONCURRENT_PLANS;
use crate::aws::{Aws, Failure};

/// Usage plans up to which the tags of all are read with the account; of more, where a change or the doctor needs them.
const MAX_PLANS_READ_WITH_TAGS: usize = 30;

type Tags = BTreeMap<String, String>;

/// Tags by plan, or why they are not known; a plan that is gone is absent.
pub(super) type PlanTags = HashMap<PlanId, Known<Tags>>;

/// The tags of all plans of a list that has none, where they are few.
pub(super) async fn read_if_few(aws: &Aws, plans: &[Plan]) -> Result<PlanTags, Failure> {
    if plans.len() > MAX_PLANS_READ_WITH_TAGS { Ok(PlanTags::new()) } else { read(aws, plans).await }
}

/// The tags of those plans of which they are not known yet.
pub(super) async fn read(aws: &Aws, plans: &[Plan]) -> Result<PlanTags, Failure> {
    let unread = plans.iter().filter(|plan| plan.tags.reason().is_some());
    let ids: Vec<PlanId> = unread.map(|plan| plan.id.clone()).collect();
    let asked = ids.into_iter().map(|plan| async move {
        let tags = match aws.plan_tags(&plan).await {
            Ok(tags) => Known::Value(tags),
            Err(Failure::Denied { action, resource }) => Known::not_allowed(action, resource),
            // Where plans cannot be asked for one by one, they have no tags that anybody could read.
            Err(Failure::Unsupported(_)) => Known::Value(Tags::new()),
            Err(Failure::Gone(_)) => return Ok(None),
            Err(failure) => return Err(failure),
        };
        Ok::<_, Failure>(Some((plan, tags)))
    });
    let answers: Vec<_> = stream::iter(asked).buffer_unordered(MAX_CONCURRENT_PLANS).try_collect().await?;
    Ok(answers.into_iter().flatten().collect())
}

/// The same account with the tags of these plans, or why they may not be read.
pub async fn with_plan_tags(
    aws: &Aws,
    inventory: Inventory,
    is_needed: impl Fn(&Plan) -> bool,
) -> Result<Inventory, Failure> {
    let needed: Vec<Plan> = inventory.plans().iter().filter(|plan| is_needed(plan)).cloned().collect();
    let mut tags = read(aws, &needed).await?;
    Ok(if tags.is_empty() { inventory } else { inventory.with_plan_tags(|plan| tags.remove(plan)) })
}

/// Puts tags to their plans.
pub(super) fn assign_tags(plans: &mut [Plan], mut tags: PlanTags) {
    for plan in plans {
        if let Some(tags) = tags.remove(&plan.id) {
            plan.tags = tags;
        }
    }
}
