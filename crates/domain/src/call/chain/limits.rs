//! Throttles, the quota, and changes that are still on their way.

use jiff::SignedDuration;

use super::super::answer::Answer;
use super::method::find;
use super::{Link, LinkKind, LinkState, Remedy, Scene, rate_in_words};
use crate::text::grouped;
use crate::{MethodRef, Quota, Throttle, Verdict};

/// What AWS was measured to take until all of the gateway knows a changed key.
const PROPAGATION: SignedDuration = SignedDuration::from_secs(25);
/// It was measured once: so much later nobody should count on it.
const RECENT: SignedDuration = SignedDuration::from_secs(30);

/// The throttles of a method besides the plan's own.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Limits {
    /// What the stage allows all callers of this method together.
    pub stage_method: Option<Throttle>,
    /// What the account allows all callers together.
    pub account: Option<Throttle>,
}

/// What an API key used of the present period, as GetUsage tells it: it lags by minutes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Spent {
    /// Calls in the period.
    pub used: u64,
    /// Calls left in the period.
    pub left: i64,
}

pub(super) fn links(scene: &Scene<'_>) -> Vec<Link> {
    let mut links = throttles(scene);
    links.push(quota(scene));
    links
}

fn throttles(scene: &Scene<'_>) -> Vec<Link> {
    let Limits { stage_method, account } = scene.looked.limits;
    let plan_method = of_method(scene);
    let of_plan = scene.plan.and_then(|plan| plan.throttle);
    let plan = narrower(plan_method, of_plan);
    // The bucket that a flood empties first.
    let rates = [plan, stage_method, account].map(|limit| limit.map(|limit| limit.rate));
    let least = rates.into_iter().flatten().fold(f64::INFINITY, f64::min);
    let blamed = |limit: Option<Throttle>| {
        let throttled = scene.call.verdict == Some(Verdict::Throttled);
        limit.is_some_and(|limit| is_shut(limit) || (throttled && limit.rate <= least))
    };
    let name = scene.plan.map_or("the plan", |plan| &plan.name);
    let says = |limit: Option<Throttle>, who: &str| match limit {
        Some(limit) => format!("{who} {}", rate_in_words(limit)),
        None => format!("{who} as many as the stage and the account do"),
    };
    let own = if plan_method.is_some() { " of this method" } else { "" };
    let plan_says = says(plan, &format!("{name} allows each API key{own}"));
    let stage_says = format!(
        "{}{}",
        says_stage(stage_method),
        undelivered(plan, stage_method)
            .map_or("", |()| ": the plan promises more than the stage lets through")
    );
    let account_says = match account {
        Some(limit) => format!("the account allows all callers together {}", rate_in_words(limit)),
        None => "what the account allows may not be read".to_owned(),
    };
    [
        (
            LinkKind::PlanThrottle,
            plan,
            plan_says,
            "raise the throttle of the plan, or let the caller slow down",
        ),
        (
            LinkKind::StageThrottle,
            stage_method,
            stage_says,
            "raise the throttle of the stage for this method",
        ),
        (LinkKind::AccountThrottle, account, account_says, "ask AWS for a higher rate, or slow others down"),
    ]
    .map(|(kind, limit, seen, words)| match blamed(limit) {
        true => Link::fails(kind, seen, Answer::Throttled, words.into()),
        false if kind == LinkKind::AccountThrottle && limit.is_none() => Link::unknown(kind, seen),
        false => Link::holds(kind, seen),
    })
    .into()
}

fn says_stage(limit: Option<Throttle>) -> String {
    match limit {
        Some(limit) => {
            format!("the stage allows all callers of this method together {}", rate_in_words(limit))
        }
        None => "the stage sets no throttle for this method".to_owned(),
    }
}

fn undelivered(plan: Option<Throttle>, stage: Option<Throttle>) -> Option<()> {
    (plan?.rate > stage?.rate).then_some(())
}

fn narrower(one: Option<Throttle>, other: Option<Throttle>) -> Option<Throttle> {
    match (one, other) {
        (Some(one), Some(other)) if other.rate < one.rate => Some(other),
        (one, other) => one.or(other),
    }
}

/// What the plan allows one API key of the method that is called.
fn of_method(scene: &Scene<'_>) -> Option<Throttle> {
    let methods = scene.looked.methods.as_ref()?;
    let found = find(&methods.deployed, scene.call.method.as_ref()?)?;
    let method = MethodRef::from_words(found)?;
    scene.plan?.method_throttles.get(&(scene.call.stage.clone()?, method)).copied()
}

/// A bucket that never holds a whole token lets nobody in, and one that is never filled again soon nobody.
const fn is_shut(limit: Throttle) -> bool {
    limit.burst == 0 || limit.rate <= 0.0
}

fn quota(scene: &Scene<'_>) -> Link {
    let Some(quota) = scene.plan.and_then(|plan| plan.quota) else {
        return Link::holds(LinkKind::Quota, "the plan sets no quota");
    };
    let reset = quota.reset_in_words(scene.now);
    let shared = shared(scene);
    let spent = scene.looked.spent;
    let is_spent = spent.is_some_and(|spent| spent.left <= 0)
        || scene.call.verdict == Some(Verdict::QuotaSpent)
        || quota.limit == 0;
    let seen = match spent {
        Some(Spent { used, left }) => {
            let [used, left] = [used, left.max(0).unsigned_abs()].map(grouped);
            format!("{used} used, {left} left of {quota}{shared}; {reset}")
        }
        None => format!("{quota} for each API key{shared}; {reset}"),
    };
    match (is_spent, spent) {
        (true, _) => Link::fails(LinkKind::Quota, seen, Answer::QuotaSpent, more(scene, quota)),
        (false, Some(_)) => Link::holds(LinkKind::Quota, format!("{seen} (GetUsage lags by minutes)")),
        (false, None) => {
            Link::unknown(LinkKind::Quota, format!("{seen}; what is used may not be read (GetUsage)"))
        }
    }
}

fn shared(scene: &Scene<'_>) -> String {
    match scene.inventory.rows_behind(&scene.call.api_key).len() {
        0 | 1 => String::new(),
        sharing => format!(", shared by {sharing}"),
    }
}

fn more(scene: &Scene<'_>, quota: Quota) -> Remedy {
    if quota.limit == 0 {
        return "give the plan a quota above 0".into();
    }
    let all = scene.inventory.rows_behind(&scene.call.api_key).len();
    let who = if all > 1 { " for everybody behind the key" } else { "" };
    Remedy::Words(format!("wait for the reset, or extend what is left of this period{who}"))
}

/// A change of the key may not have reached all of the gateway yet.
pub(super) fn propagation(scene: &Scene<'_>, before: &[Link]) -> Link {
    let Some(changed) = scene.looked.changed_at else {
        return Link::unknown(LinkKind::Propagation, "when the API key was last changed is not known");
    };
    let age = scene.now.duration_since(changed);
    if age >= RECENT {
        return Link::holds(LinkKind::Propagation, format!("the API key was last changed {changed}"));
    }
    let seen = format!(
        "the API key was changed {} s ago, and a change takes approximately {} s to arrive",
        age.as_secs().max(0),
        PROPAGATION.as_secs()
    );
    let decided = before.iter().any(|link| link.state == LinkState::Fails);
    match scene.call.verdict {
        _ if decided => {
            Link::unknown(LinkKind::Propagation, format!("{seen}: until then callers are answered as before"))
        }
        Some(Verdict::Ok | Verdict::Throttled | Verdict::QuotaSpent) => {
            Link::holds(LinkKind::Propagation, format!("{seen}; it has arrived"))
        }
        _ => Link::fails(LinkKind::Propagation, seen, Answer::Forbidden, "wait and call again".into()),
    }
}
