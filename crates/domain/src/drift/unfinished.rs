//! API keys outside their plans where no table says why: a move or a rotation that their tags show has not ended.

use jiff::Timestamp;

use crate::change::{Fix, OtherPlans};
use crate::inventory::UnfinishedMove;
use crate::key::tag;
use crate::{ApiKey, ApiKeyId, Change, Inventory, TenantKey};

use super::{Finding, FindingKind, FixOffer};

pub(super) fn finding(
    tenant_key: &TenantKey,
    id: &ApiKeyId,
    inventory: &Inventory,
    now: Timestamp,
    describe: &dyn Fn() -> String,
) -> Option<Finding> {
    move_finding(tenant_key, id, inventory, now, describe)
        .or_else(|| copy_finding(tenant_key, id, inventory, describe))
}

/// Whether a finding says of itself that its operation may still be in progress. Its tenant has no access meanwhile, so
/// it is reported before the mark expires.
pub(super) fn may_be_in_progress(finding: &Finding, inventory: &Inventory) -> bool {
    finding.kind == FindingKind::InterruptedMove
        && inventory.unfinished_move(&ApiKeyId::new(finding.subject.as_str())).is_some()
}

fn move_finding(
    tenant_key: &TenantKey,
    id: &ApiKeyId,
    inventory: &Inventory,
    now: Timestamp,
    describe: &dyn Fn() -> String,
) -> Option<Finding> {
    let unfinished = inventory.unfinished_move(id).filter(|unfinished| unfinished.to == tenant_key.plan)?;
    let (description, fix) = describe_move(tenant_key, (id, unfinished), inventory, now);
    let summary = format!("{} {description}", describe());
    Some(super::finding(FindingKind::InterruptedMove, &tenant_key.id, summary, fix))
}

/// The old API key of a rotated tenant key, which moves after it: until its grace period ends, its tenant calls with it.
pub(super) fn old_key_finding(
    old: &ApiKey,
    inventory: &Inventory,
    now: Timestamp,
    name: &str,
) -> Option<Finding> {
    let unfinished = inventory.unfinished_move(&old.id)?;
    let successor = inventory.key_in_grace(&old.id)?.successor;
    let has_moved = successor.plan == unfinished.to;
    let (description, fix) = describe_move(successor, (&old.id, unfinished), inventory, now);
    let summary = format!("{name}, the old key of tenant key {}, {description}", successor.id);
    // The tenant key itself would move to that plan, too.
    let fix = if has_moved { fix } else { FixOffer::Manual };
    Some(super::finding(FindingKind::InterruptedMove, &old.id, summary, fix))
}

/// What is left of a move of an API key of this tenant key, and what finishes it.
fn describe_move(
    tenant_key: &TenantKey,
    (id, unfinished): (&ApiKeyId, UnfinishedMove),
    inventory: &Inventory,
    now: Timestamp,
) -> (String, FixOffer) {
    let to = inventory.plan_name(&unfinished.to);
    let from = inventory.plan(&unfinished.from).map(|plan| inventory.plan_name(&plan.id));
    let from = from.map(|from| format!(" from {from}")).unwrap_or_default();
    let mark = inventory.work_mark_of(id, now);
    let state = match &mark {
        Some(mark) => {
            let until = mark.deadline.strftime("%H:%M:%S");
            format!("is in progress, or was interrupted; if it was, it can be finished from {until} UTC on")
        }
        None => "was interrupted".to_owned(),
    };
    let description = format!("is not in {to}: its move{from} {state}");
    let finish = Change::ChangePlan {
        tenant_keys: vec![tenant_key.id.clone()],
        plan: unfinished.to,
        other_plans: OtherPlans::Keep,
    };
    let fix = if mark.is_some() { FixOffer::Manual } else { FixOffer::WithAll(finish) };
    (description, fix)
}

/// A copy whose original is gone: whether its tenant has its value is not known.
fn copy_finding(
    tenant_key: &TenantKey,
    id: &ApiKeyId,
    inventory: &Inventory,
    describe: &dyn Fn() -> String,
) -> Option<Finding> {
    if inventory.source().has_tables() {
        return None;
    }
    let tags = &inventory.api_key(id).key()?.tags;
    let replaced = tags.get(tag::REPLACES).filter(|_| tags.contains_key(tag::WORKING_UNTIL))?;
    let summary = format!(
        "{} is not in {}: an interrupted rotation created it to replace API key {replaced}",
        describe(),
        inventory.plan_name(&tenant_key.plan)
    );
    let attach = Change::Fix(Fix::Attach { api_key: id.clone(), plan: tenant_key.plan.clone() });
    let options = vec![Change::Delete(vec![tenant_key.id.clone()]), attach];
    Some(super::finding(FindingKind::InterruptedCreate, &tenant_key.id, summary, FixOffer::Separate(options)))
}
