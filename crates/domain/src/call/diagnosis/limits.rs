//! Checks of throttles, quota and recent changes.

use jiff::SignedDuration;

use super::super::gateway_response::GatewayResponse;
use super::method::find_method;
use super::{Check, CheckContext, CheckKind, SuggestedFix, describe_rate};
use crate::text::group_thousands;
use crate::usage::QuotaFigure;
use crate::{MethodRef, Quota, Throttle, Verdict};

/// How long AWS takes to propagate a change of a key, as measured once.
const PROPAGATION_TIME: SignedDuration = SignedDuration::from_secs(25);
/// The measurement is rounded up: changes older than this count as propagated.
const RECENT_CHANGE_AGE: SignedDuration = SignedDuration::from_secs(30);
/// How long a new key may be refused before that counts as a fault.
pub const PROPAGATION_TIMEOUT: SignedDuration = SignedDuration::from_secs(60);

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

/// A plan's throttle for the method does not lift the one for the whole plan: both apply.
fn check_throttles(context: &CheckContext<'_>) -> Vec<Check> {
    let OtherThrottles { stage_method, account } = context.input.throttles;
    let plan_method = plan_method_throttle(context);
    let plan = context.plan.and_then(|plan| plan.throttle);
    // A flood of calls empties the bucket with the lowest rate first.
    let rates =
        [plan_method, plan, stage_method, account].map(|throttle| throttle.map(|throttle| throttle.rate));
    let lowest_rate = rates.into_iter().flatten().fold(f64::INFINITY, f64::min);
    let refuses = |throttle: Option<Throttle>| {
        let is_throttled = context.call.verdict == Some(Verdict::Throttled);
        throttle.is_some_and(|throttle| {
            blocks_every_call(throttle) || (is_throttled && throttle.rate <= lowest_rate)
        })
    };
    let method = called_method(context);
    let per_key = lower_throttle(plan_method, plan);
    let stage_summary = format!(
        "{}{}",
        describe_stage_throttle(stage_method),
        plan_exceeds_stage(per_key, stage_method)
            .map_or("", |()| "; the plan promises more than the stage allows")
    );
    let account_summary = match account {
        Some(throttle) => format!("account limit: {}", describe_rate(throttle, " for all callers")),
        None => "the account limit cannot be read".to_owned(),
    };
    let plan_method_check = plan_method.map(|throttle| {
        let (plan, method) = (plan_name(context), method.as_deref().unwrap_or("this method"));
        let summary = format!("{plan} limit for {method}: {}", describe_rate(throttle, " per key"));
        (CheckKind::PlanMethodThrottle, Some(throttle), summary, plan_method_fix(context, method))
    });
    let others = [
        (CheckKind::PlanThrottle, plan, describe_plan_throttle(context, plan), plan_fix(context)),
        (CheckKind::StageThrottle, stage_method, stage_summary, stage_fix(context, method.as_deref())),
        (
            CheckKind::AccountThrottle,
            account,
            account_summary,
            "ask AWS for a higher limit, or slow other callers down".to_owned(),
        ),
    ];
    let all = plan_method_check.into_iter().chain(others);
    all.map(|(kind, throttle, summary, fix)| match refuses(throttle) {
        _ if kind == CheckKind::PlanThrottle && context.plan.is_none() => check_without_plan(kind),
        true => Check::failed(kind, summary, GatewayResponse::Throttled, SuggestedFix::Text(fix)),
        false if kind == CheckKind::AccountThrottle && throttle.is_none() => Check::unknown(kind, summary),
        false => Check::passed(kind, summary),
    })
    .collect()
}

/// A limit of a plan, where no plan of the key is known: the check of the plan says why.
fn check_without_plan(kind: CheckKind) -> Check {
    Check::unknown(kind, "no usage plan of the key is known").skip()
}

fn plan_name<'a>(context: &CheckContext<'a>) -> &'a str {
    context.plan.map_or("the plan", |plan| context.inventory.plan_name(&plan.id))
}

fn describe_plan_throttle(context: &CheckContext<'_>, throttle: Option<Throttle>) -> String {
    let plan = plan_name(context);
    match throttle {
        Some(throttle) => format!("{plan} limit: {}", describe_rate(throttle, " per key")),
        None => format!("{plan} has no throttle"),
    }
}

fn plan_fix(context: &CheckContext<'_>) -> String {
    match context.plan {
        Some(plan) => {
            format!(
                "raise the plan's throttle (`keypool plans edit {} --rate R --burst B`), or slow the caller down",
                plan.id
            )
        }
        None => "raise the plan's throttle, or slow the caller down".to_owned(),
    }
}

fn plan_method_fix(context: &CheckContext<'_>, method: &str) -> String {
    let plan = context.plan.map_or_else(String::new, |plan| plan.id.to_string());
    format!(
        "raise the plan's throttle for this method: `keypool plans throttle {plan} {method} --rate R --burst B`"
    )
}

/// keypool has no command for a stage's throttles.
fn stage_fix(context: &CheckContext<'_>, method: Option<&str>) -> String {
    let method = method.unwrap_or("this method");
    match &context.call.stage {
        Some(stage) => format!("raise the throttle of {method} in the settings of stage {stage}"),
        None => format!("raise the stage's throttle for {method}"),
    }
}

/// The deployed method that is called.
fn called_method(context: &CheckContext<'_>) -> Option<String> {
    let methods = context.input.methods.as_ref()?;
    find_method(&methods.deployed, context.call.method.as_ref()?).map(str::to_owned)
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
    let Some(plan) = context.plan else { return check_without_plan(CheckKind::Quota) };
    let Some(quota) = plan.quota else {
        return Check::passed(CheckKind::Quota, "the plan has no quota");
    };
    let reset = quota.describe_reset(context.now);
    let shared = describe_sharing(context);
    let figure = context.input.quota_use;
    // An extension may allow calls in spite of a quota of 0.
    let is_exhausted = figure.map_or(quota.limit == 0, |figure| figure.is_exhausted())
        || context.call.verdict == Some(Verdict::QuotaExhausted);
    if is_exhausted && quota.limit == 0 {
        let summary = format!("{} has {}", plan_name(context), quota.describe_zero());
        return Check::failed(
            CheckKind::Quota,
            summary,
            GatewayResponse::QuotaExhausted,
            quota_fix(context, quota),
        );
    }
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
        (false, Some(figure)) if figure.is_settling() => Check::unknown(CheckKind::Quota, summary),
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
        let plan = context.plan.map_or_else(String::new, |plan| plan.id.to_string());
        let fix =
            format!("give the plan a quota above 0: `keypool plans edit {plan} --quota N/{}`", quota.period);
        return SuggestedFix::Text(fix);
    }
    let tenant_keys = context.inventory.tenant_keys_of_api_key(&context.call.api_key).len();
    let scope = if tenant_keys > 1 { " for all tenants of the key" } else { "" };
    SuggestedFix::Text(format!("wait for the reset, or extend the remaining quota{scope}"))
}

/// Whether the last change of the key is known to be recent.
pub(super) fn is_changing(context: &CheckContext<'_>) -> bool {
    let is_refused = context.call.verdict == Some(Verdict::Forbidden);
    let recent_age = if is_refused { PROPAGATION_TIMEOUT } else { RECENT_CHANGE_AGE };
    context.input.changed_at.is_some_and(|changed_at| context.now.duration_since(changed_at) < recent_age)
}

/// A recent change of the key may not have reached every gateway node yet.
pub(super) fn check_propagation(context: &CheckContext<'_>, earlier_checks: &[Check]) -> Check {
    let Some(changed_at) = context.input.changed_at else {
        return Check::unknown(CheckKind::Propagation, "it is unknown when the API key was last changed");
    };
    let age = context.now.duration_since(changed_at);
    if !is_changing(context) {
        return Check::passed(
            CheckKind::Propagation,
            format!("the API key was last changed at {changed_at}"),
        );
    }
    let summary = format!(
        "the API key was created or changed {} s ago and may not be propagated yet, which takes about {} s",
        age.as_secs().max(0),
        PROPAGATION_TIME.as_secs()
    );
    let has_failed = earlier_checks.iter().any(|check| check.explains(context.call));
    match context.call.verdict {
        Some(Verdict::Ok | Verdict::Throttled | Verdict::QuotaExhausted) => {
            Check::passed(CheckKind::Propagation, format!("{summary}; it has taken effect"))
        }
        Some(Verdict::Forbidden | Verdict::Other) | None if has_failed => Check::unknown(
            CheckKind::Propagation,
            format!("{summary}; until then callers get the old response"),
        ),
        Some(Verdict::Forbidden) => Check::failed(
            CheckKind::Propagation,
            summary,
            GatewayResponse::Forbidden,
            "wait and call again".into(),
        ),
        // Only a call tells.
        Some(Verdict::Other) | None => Check::unknown(CheckKind::Propagation, summary),
    }
}
