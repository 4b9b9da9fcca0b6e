//! Checks of throttles, quota and recent changes.

use jiff::SignedDuration;

use super::super::gateway_response::GatewayResponse;
use super::method::find;
use super::{Check, CheckContext, CheckKind, CheckState, SuggestedFix, describe_rate};
use crate::text::group_thousands;
use crate::{MethodRef, Quota, Throttle, Verdict};

/// How long AWS takes to propagate a changed key, as measured once.
const PROPAGATION_TIME: SignedDuration = SignedDuration::from_secs(25);
/// The measurement is rounded up: changes older than this count as propagated.
const RECENT_CHANGE_AGE: SignedDuration = SignedDuration::from_secs(30);

/// Throttles that apply to a method besides the plan's own.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct OtherThrottles {
    /// For all callers of this method together.
    pub stage_method: Option<Throttle>,
    /// For all callers of the account together.
    pub account: Option<Throttle>,
}

/// Usage of an API key in the current period, from GetUsage, which lags by minutes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QuotaUse {
    pub used: u64,
    pub remaining: i64,
}

pub(super) fn run_checks(scene: &CheckContext<'_>) -> Vec<Check> {
    let mut links = check_throttles(scene);
    links.push(check_quota(scene));
    links
}

fn check_throttles(scene: &CheckContext<'_>) -> Vec<Check> {
    let OtherThrottles { stage_method, account } = scene.input.throttles;
    let plan_method = plan_method_throttle(scene);
    let of_plan = scene.plan.and_then(|plan| plan.throttle);
    let plan = lower_throttle(plan_method, of_plan);
    // The bucket that a flood empties first.
    let rates = [plan, stage_method, account].map(|limit| limit.map(|limit| limit.rate));
    let least = rates.into_iter().flatten().fold(f64::INFINITY, f64::min);
    let blamed = |limit: Option<Throttle>| {
        let throttled = scene.call.verdict == Some(Verdict::Throttled);
        limit.is_some_and(|limit| blocks_every_call(limit) || (throttled && limit.rate <= least))
    };
    let name = scene.plan.map_or("the plan", |plan| &plan.name);
    let says = |limit: Option<Throttle>, who: &str| match limit {
        Some(limit) => format!("{who} {}", describe_rate(limit)),
        None => format!("{who} as many as the stage and the account do"),
    };
    let own = if plan_method.is_some() { " of this method" } else { "" };
    let plan_says = says(plan, &format!("{name} allows each API key{own}"));
    let stage_says = format!(
        "{}{}",
        describe_stage_throttle(stage_method),
        plan_exceeds_stage(plan, stage_method)
            .map_or("", |()| ": the plan promises more than the stage lets through")
    );
    let account_says = match account {
        Some(limit) => format!("the account allows all callers together {}", describe_rate(limit)),
        None => "what the account allows may not be read".to_owned(),
    };
    [
        (
            CheckKind::PlanThrottle,
            plan,
            plan_says,
            "raise the throttle of the plan, or let the caller slow down",
        ),
        (
            CheckKind::StageThrottle,
            stage_method,
            stage_says,
            "raise the throttle of the stage for this method",
        ),
        (CheckKind::AccountThrottle, account, account_says, "ask AWS for a higher rate, or slow others down"),
    ]
    .map(|(kind, limit, seen, words)| match blamed(limit) {
        true => Check::failed(kind, seen, GatewayResponse::Throttled, words.into()),
        false if kind == CheckKind::AccountThrottle && limit.is_none() => Check::unknown(kind, seen),
        false => Check::passed(kind, seen),
    })
    .into()
}

fn describe_stage_throttle(limit: Option<Throttle>) -> String {
    match limit {
        Some(limit) => {
            format!("the stage allows all callers of this method together {}", describe_rate(limit))
        }
        None => "the stage sets no throttle for this method".to_owned(),
    }
}

fn plan_exceeds_stage(plan: Option<Throttle>, stage: Option<Throttle>) -> Option<()> {
    (plan?.rate > stage?.rate).then_some(())
}

fn lower_throttle(one: Option<Throttle>, other: Option<Throttle>) -> Option<Throttle> {
    match (one, other) {
        (Some(one), Some(other)) if other.rate < one.rate => Some(other),
        (one, other) => one.or(other),
    }
}

/// The plan's limit per API key for the called method.
fn plan_method_throttle(scene: &CheckContext<'_>) -> Option<Throttle> {
    let methods = scene.input.methods.as_ref()?;
    let found = find(&methods.deployed, scene.call.method.as_ref()?)?;
    let method = MethodRef::parse(found)?;
    scene.plan?.method_throttles.get(&(scene.call.stage.clone()?, method)).copied()
}

/// A bucket with no room for a token, or one that is never refilled, refuses every call.
const fn blocks_every_call(limit: Throttle) -> bool {
    limit.burst == 0 || limit.rate <= 0.0
}

fn check_quota(scene: &CheckContext<'_>) -> Check {
    let Some(quota) = scene.plan.and_then(|plan| plan.quota) else {
        return Check::passed(CheckKind::Quota, "the plan sets no quota");
    };
    let reset = quota.describe_reset(scene.now);
    let shared = describe_sharing(scene);
    let spent = scene.input.quota_use;
    let is_spent = spent.is_some_and(|spent| spent.remaining <= 0)
        || scene.call.verdict == Some(Verdict::QuotaSpent)
        || quota.limit == 0;
    let seen = match spent {
        Some(QuotaUse { used, remaining: left }) => {
            let [used, left] = [used, left.max(0).unsigned_abs()].map(group_thousands);
            format!("{used} used, {left} left of {quota}{shared}; {reset}")
        }
        None => format!("{quota} for each API key{shared}; {reset}"),
    };
    match (is_spent, spent) {
        (true, _) => {
            Check::failed(CheckKind::Quota, seen, GatewayResponse::QuotaSpent, quota_fix(scene, quota))
        }
        (false, Some(_)) => Check::passed(CheckKind::Quota, format!("{seen} (GetUsage lags by minutes)")),
        (false, None) => {
            Check::unknown(CheckKind::Quota, format!("{seen}; what is used may not be read (GetUsage)"))
        }
    }
}

fn describe_sharing(scene: &CheckContext<'_>) -> String {
    match scene.inventory.tenant_keys_of_api_key(&scene.call.api_key).len() {
        0 | 1 => String::new(),
        sharing => format!(", shared by {sharing}"),
    }
}

fn quota_fix(scene: &CheckContext<'_>, quota: Quota) -> SuggestedFix {
    if quota.limit == 0 {
        return "give the plan a quota above 0".into();
    }
    let all = scene.inventory.tenant_keys_of_api_key(&scene.call.api_key).len();
    let who = if all > 1 { " for everybody behind the key" } else { "" };
    SuggestedFix::Text(format!("wait for the reset, or extend what is left of this period{who}"))
}

/// A recent change of the key may not have reached every gateway node yet.
pub(super) fn check_propagation(scene: &CheckContext<'_>, before: &[Check]) -> Check {
    let Some(changed) = scene.input.changed_at else {
        return Check::unknown(CheckKind::Propagation, "when the API key was last changed is not known");
    };
    let age = scene.now.duration_since(changed);
    if age >= RECENT_CHANGE_AGE {
        return Check::passed(CheckKind::Propagation, format!("the API key was last changed {changed}"));
    }
    let seen = format!(
        "the API key was changed {} s ago, and a change takes approximately {} s to arrive",
        age.as_secs().max(0),
        PROPAGATION_TIME.as_secs()
    );
    let decided = before.iter().any(|link| link.state == CheckState::Failed);
    match scene.call.verdict {
        _ if decided => Check::unknown(
            CheckKind::Propagation,
            format!("{seen}: until then callers are answered as before"),
        ),
        Some(Verdict::Ok | Verdict::Throttled | Verdict::QuotaSpent) => {
            Check::passed(CheckKind::Propagation, format!("{seen}; it has arrived"))
        }
        _ => Check::failed(
            CheckKind::Propagation,
            seen,
            GatewayResponse::Forbidden,
            "wait and call again".into(),
        ),
    }
}
