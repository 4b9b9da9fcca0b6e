//! Checks of throttles, quota and recent changes.

use jiff::SignedDuration;

use super::super::gateway_response::GatewayResponse;
use super::method::find_method;
use super::{Check, CheckContext, CheckKind, CheckState, SuggestedFix, describe_rate};
use crate::text::group_thousands;
use crate::usage::QuotaFigure;
use crate::{MethodRef, Quota, Throttle, Verdict};

/// How long AWS takes to propagate a change of a key, as measured once.
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

pub(super) fn run_checks(context: &CheckContext<'_>) -> Vec<Check> {
    let mut checks = check_throttles(context);
    checks.push(check_quota(context));
    checks
}

fn check_throttles(context: &CheckContext<'_>) -> Vec<Check> {
    let OtherThrottles { stage_method, account } = context.input.throttles;
    let plan_method = plan_method_throttle(context);
    let plan_throttle = context.plan.and_then(|plan| plan.throttle);
    let plan = lower_throttle(plan_method, plan_throttle);
    // A flood of calls empties the bucket with the lowest rate first.
    let rates = [plan, stage_method, account].map(|throttle| throttle.map(|throttle| throttle.rate));
    let lowest_rate = rates.into_iter().flatten().fold(f64::INFINITY, f64::min);
    let refuses = |throttle: Option<Throttle>| {
        let is_throttled = context.call.verdict == Some(Verdict::Throttled);
        throttle.is_some_and(|throttle| {
            blocks_every_call(throttle) || (is_throttled && throttle.rate <= lowest_rate)
        })
    };
    let plan_name = context.plan.map_or("the plan", |plan| &plan.name);
    let for_method = if plan_method.is_some() { " for this method" } else { "" };
    let plan_summary = match plan {
        Some(throttle) => format!("{plan_name} limit{for_method}: {}", describe_rate(throttle, " per key")),
        None => format!("{plan_name} has no throttle"),
    };
    let stage_summary = format!(
        "{}{}",
        describe_stage_throttle(stage_method),
        plan_exceeds_stage(plan, stage_method)
            .map_or("", |()| "; the plan promises more than the stage allows")
    );
    let account_summary = match account {
        Some(throttle) => format!("account limit: {}", describe_rate(throttle, " for all callers")),
        None => "the account limit cannot be read".to_owned(),
    };
    [
        (CheckKind::PlanThrottle, plan, plan_summary, "raise the plan's throttle, or slow the caller down"),
        (CheckKind::StageThrottle, stage_method, stage_summary, "raise the stage's throttle for this method"),
        (
            CheckKind::AccountThrottle,
            account,
            account_summary,
            "ask AWS for a higher limit, or slow other callers down",
        ),
    ]
    .map(|(kind, throttle, summary, fix)| match refuses(throttle) {
        true => Check::failed(kind, summary, GatewayResponse::Throttled, fix.into()),
        false if kind == CheckKind::AccountThrottle && throttle.is_none() => Check::unknown(kind, summary),
        false => Check::passed(kind, summary),
    })
    .into()
}

fn describe_stage_throttle(throttle: Option<Throttle>) -> String {
    match throttle {
        Some(throttle) => {
            format!("stage limit for this method: {}", describe_rate(throttle, " for all callers"))
        }
        None => "the stage has no throttle for this method".to_owned(),
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

/// The throttle that the plan sets per API key for the called method.
fn plan_method_throttle(context: &CheckContext<'_>) -> Option<Throttle> {
    let methods = context.input.methods.as_ref()?;
    let deployed = find_method(&methods.deployed, context.call.method.as_ref()?)?;
    let method = MethodRef::parse(deployed)?;
    context.plan?.method_throttles.get(&(context.call.stage.clone()?, method)).copied()
}

/// A bucket with no room for a token, or one that is never refilled, refuses every call.
const fn blocks_every_call(throttle: Throttle) -> bool {
    throttle.burst == 0 || throttle.rate <= 0.0
}

fn check_quota(context: &CheckContext<'_>) -> Check {
    let Some(quota) = context.plan.and_then(|plan| plan.quota) else {
        return Check::passed(CheckKind::Quota, "the plan has no quota");
    };
    let reset = quota.describe_reset(context.now);
    let shared = describe_sharing(context);
    let figure = context.input.quota_use;
    let is_exhausted = figure.is_some_and(|figure| figure.is_exhausted())
        || context.call.verdict == Some(Verdict::QuotaExhausted)
        || quota.limit == 0;
    let summary = match figure {
        Some(figure) => format!("{}{shared}; {reset}", describe_figure(figure, quota)),
        None => format!("{quota} per API key{shared}; {reset}"),
    };
    match (is_exhausted, figure) {
        (true, _) => Check::failed(
            CheckKind::Quota,
            summary,
            GatewayResponse::QuotaExhausted,
            quota_fix(context, quota),
        ),
        (false, Some(_)) => Check::passed(CheckKind::Quota, format!("{summary} (GetUsage lags by minutes)")),
        (false, None) => {
            Check::unknown(CheckKind::Quota, format!("{summary}; usage cannot be read (GetUsage)"))
        }
    }
}

/// E.g. `4,500 used, 500 left of 5,000/month (90%)`; a limit that was changed for this period is named, too.
fn describe_figure(figure: QuotaFigure, quota: Quota) -> String {
    let used = group_thousands(figure.used());
    let (Some(limit), Some(left), Some(percent)) = (figure.limit(), figure.left(), figure.whole_percent())
    else {
        return format!("{used} used of {quota}; just extended, the new balance is not reported yet");
    };
    let left = group_thousands(left);
    let limit = match limit {
        limit if limit == quota.limit => quota.to_string(),
        limit => format!("{quota}, in this period {}", group_thousands(limit)),
    };
    let source = figure.refusal_source().map_or_else(String::new, |source| format!("; {source}"));
    format!("{used} used, {left} left of {limit} ({percent}%){source}")
}

fn describe_sharing(context: &CheckContext<'_>) -> String {
    match context.inventory.tenant_keys_of_api_key(&context.call.api_key).len() {
        0 | 1 => String::new(),
        count => format!(", shared by {count}"),
    }
}

fn quota_fix(context: &CheckContext<'_>, quota: Quota) -> SuggestedFix {
    if quota.limit == 0 {
        return "give the plan a quota above 0".into();
    }
    let tenant_keys = context.inventory.tenant_keys_of_api_key(&context.call.api_key).len();
    let scope = if tenant_keys > 1 { " for all tenants of the key" } else { "" };
    SuggestedFix::Text(format!("wait for the reset, or extend the remaining quota{scope}"))
}

/// A recent change of the key may not have reached every gateway node yet.
pub(super) fn check_propagation(context: &CheckContext<'_>, earlier_checks: &[Check]) -> Check {
    let Some(changed_at) = context.input.changed_at else {
        return Check::unknown(CheckKind::Propagation, "it is unknown when the API key was last changed");
    };
    let age = context.now.duration_since(changed_at);
    if age >= RECENT_CHANGE_AGE {
        return Check::passed(
            CheckKind::Propagation,
            format!("the API key was last changed at {changed_at}"),
        );
    }
    let summary = format!(
        "the API key was changed {} s ago; changes take about {} s to take effect",
        age.as_secs().max(0),
        PROPAGATION_TIME.as_secs()
    );
    let has_failed = earlier_checks.iter().any(|check| check.state == CheckState::Failed);
    match context.call.verdict {
        _ if has_failed => Check::unknown(
            CheckKind::Propagation,
            format!("{summary}; until then callers get the old response"),
        ),
        Some(Verdict::Ok | Verdict::Throttled | Verdict::QuotaExhausted) => {
            Check::passed(CheckKind::Propagation, format!("{summary}; it has taken effect"))
        }
        _ => Check::failed(
            CheckKind::Propagation,
            summary,
            GatewayResponse::Forbidden,
            "wait and call again".into(),
        ),
    }
}
