//! Everything that is broken or about to be, as one list.

mod loud_neighbour;
#[cfg(test)]
mod tests;

use jiff::Timestamp;

use crate::drift::{Finding, FindingKind};
use crate::ending::{Ending, EndingKind, EndingState, find_endings};
use crate::text::{group_thousands, pluralize};
use crate::usage::{AccountLimit, AccountLimitUse, QuotaWarning, QuotaWarningKind, UsageWarnings};
use crate::words::words;
use crate::{Announcement, ApiKeyId, Inventory, PlanId, Tenant, TenantKeyId};

use loud_neighbour::find_loud_neighbours;
pub use loud_neighbour::{CountedCalls, LoudTenant};

words! {
    /// Most urgent first.
    pub enum AlertKind {
        /// A quota is used up: calls get 429.
        QuotaExhausted => "quota-exhausted",
        /// A problem that the doctor found.
        Problem => "problem",
        /// A quota runs out before its reset at the current rate.
        QuotaRunsOut => "quota-runs-out",
        /// One of the tenants that share an API key makes most of its calls, and the others get too few.
        LoudNeighbour => "loud-neighbour",
        /// A key stops working soon.
        KeyEnding => "key-ending",
        /// At least the given share of a quota is used.
        QuotaAboveThreshold => "quota-above-threshold",
        /// At least the given share of a limit of the account is used.
        AccountLimit => "account-limit",
    }
}

/// Something that is broken or about to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alert {
    pub kind: AlertKind,
    /// The kind of the doctor's problem.
    pub problem: Option<FindingKind>,
    /// The id of the affected API key, tenant key or plan, or what the limit is of.
    pub object: String,
    pub plan: Option<PlanId>,
    /// The affected tenants, each once, in order.
    pub tenants: Vec<Tenant>,
    /// When it happens, or ends by itself.
    pub at: Option<Timestamp>,
    /// The end of the quota period that it is about.
    pub period_end: Option<Timestamp>,
    /// What is wrong, as a sentence.
    pub summary: String,
    /// What to do about it.
    pub remedy: String,
    /// The tenant that makes most of the calls, if the alert is about one.
    pub loud: Option<LoudTenant>,
}

impl AlertKind {
    /// Whether an alert with this id is of this kind.
    pub fn is_of_id(self, id: &str) -> bool {
        id.split_once('/').is_some_and(|(kind, _)| kind == self.as_str())
    }
}

impl Alert {
    /// Identifies the alert in later runs: the same while the same thing is wrong, another one in a new quota period or
    /// for another end.
    pub fn id(&self) -> String {
        let problem = self.problem.map(|kind| format!("/{kind}")).unwrap_or_default();
        // The plan of an ending key may change before its end.
        let (plan, end) = match self.kind {
            AlertKind::KeyEnding => (None, self.at),
            AlertKind::QuotaExhausted
            | AlertKind::QuotaRunsOut
            | AlertKind::QuotaAboveThreshold
            | AlertKind::LoudNeighbour
            | AlertKind::Problem
            | AlertKind::AccountLimit => (self.plan.as_ref(), self.period_end),
        };
        let plan = plan.map(|plan| format!("/{plan}")).unwrap_or_default();
        let end = end.map(|end| format!("/{end:.0}")).unwrap_or_default();
        let loud = self.loud.as_ref().map(|loud| format!("/{}", loud.tenant)).unwrap_or_default();
        format!("{}{problem}{plan}/{}{loud}{end}", self.kind, self.object)
    }
}

/// The alerts, most urgent first and then in order of time. Without `counted` there is none about loud tenants.
pub fn find_alerts(
    inventory: &Inventory,
    warnings: &UsageWarnings,
    findings: &[Finding],
    counted: Option<CountedCalls<'_>>,
    now: Timestamp,
) -> Vec<Alert> {
    let quotas = warnings.quotas.iter().map(|warning| quota_alert(warning, inventory));
    let limits = warnings.account_limits.iter().filter(|limit| limit.is_above_threshold);
    let limits = limits.map(limit_alert);
    // The limits of the account have alerts of their own.
    let problems = findings.iter().filter(|finding| finding.kind != FindingKind::NearLimit);
    let problems = problems.map(|finding| problem_alert(finding, inventory));
    let endings = find_endings(inventory).into_iter().filter(|ending| is_alarming(ending, now));
    let endings = endings.map(|ending| ending_alert(&ending, now));
    let loud = counted.map(|counted| find_loud_neighbours(inventory, warnings, counted)).unwrap_or_default();
    let mut all: Vec<_> = quotas.chain(problems).chain(loud).chain(endings).chain(limits).collect();
    all.sort_by_key(|alert| (alert.kind, alert.at.is_none(), alert.at, alert.id()));
    all
}

fn quota_alert(warning: &QuotaWarning, inventory: &Inventory) -> Alert {
    let QuotaWarning { plan, api_key, kind, status } = warning;
    let figure = status.figure;
    let used = group_thousands(figure.used());
    let limit = figure.limit().map(|limit| format!(" of {}", group_thousands(limit))).unwrap_or_default();
    let name = inventory.plan_name(plan);
    let calls = format!("API key {api_key} has used {used}{limit} calls of its quota in {name}");
    let (kind, at, summary) = match kind {
        QuotaWarningKind::Exhausted => {
            (AlertKind::QuotaExhausted, status.resets_at, format!("{calls}: its calls get 429"))
        }
        QuotaWarningKind::RunsOut(at) => {
            (AlertKind::QuotaRunsOut, Some(*at), format!("{calls} and runs out before the reset"))
        }
        QuotaWarningKind::AboveThreshold => (AlertKind::QuotaAboveThreshold, status.resets_at, calls),
    };
    Alert {
        kind,
        problem: None,
        object: api_key.to_string(),
        plan: Some(plan.clone()),
        tenants: inventory.tenants_of_api_key(api_key).into_iter().cloned().collect(),
        at,
        period_end: status.resets_at,
        summary,
        remedy: format!(
            "raise what is left with `keypool usage extend {api_key} --plan {plan} --add CALLS --reason TEXT`, or move \
             tenants to another plan or key"
        ),
        loud: None,
    }
}

fn limit_alert(used: &AccountLimitUse) -> Alert {
    let (object, what, remedy) = match &used.limit {
        AccountLimit::ApiKeys => (
            "api-keys".to_owned(),
            pluralize(used.count, "API key"),
            "delete keys that are not used, or let plans share API keys with `keypool pools create`",
        ),
        AccountLimit::Plans => (
            "plans".to_owned(),
            pluralize(used.count, "usage plan"),
            "delete plans that are not used, or ask AWS for more",
        ),
        AccountLimit::PlansOfKey(key) => (
            key.to_string(),
            format!("{} of API key {key}", pluralize(used.count, "usage plan")),
            "give the key's tenant another API key for some of the APIs",
        ),
    };
    let max = group_thousands(used.max as u64);
    Alert {
        kind: AlertKind::AccountLimit,
        problem: None,
        object,
        plan: None,
        tenants: Vec::new(),
        at: None,
        period_end: None,
        summary: format!("the account has {what}; the maximum is {max}"),
        remedy: remedy.to_owned(),
        loud: None,
    }
}

fn problem_alert(finding: &Finding, inventory: &Inventory) -> Alert {
    let kind = finding.kind;
    let only = finding.fix.only_change();
    let remedy = match only {
        Some(change) => {
            format!("`keypool doctor --fix --only {kind}` would {}", change.describe(inventory))
        }
        None if kind.is_fixed_by_setup() => "`keypool setup` has the step for it".to_owned(),
        None => format!("`keypool doctor --only {kind}` shows it"),
    };
    let announced = only.and_then(|change| Announcement::new(change, inventory).ok());
    let tenants = announced.map(|announced| announced.tenants).filter(|tenants| !tenants.is_empty());
    Alert {
        kind: AlertKind::Problem,
        problem: Some(kind),
        object: finding.subject.clone(),
        plan: None,
        tenants: tenants.unwrap_or_else(|| tenants_of_subject(&finding.subject, inventory)),
        at: None,
        period_end: None,
        summary: format!("{}: {}", finding.summary, kind.meaning()),
        remedy,
        loud: None,
    }
}

/// The tenants of a tenant key, an API key or a plan.
fn tenants_of_subject(subject: &str, inventory: &Inventory) -> Vec<Tenant> {
    if let Some(tenant_key) = inventory.tenant_key(&TenantKeyId::new(subject)) {
        return vec![tenant_key.tenant.clone()];
    }
    let of_api_key = inventory.tenants_of_api_key(&ApiKeyId::new(subject));
    let tenants = match of_api_key.is_empty() {
        false => of_api_key,
        true => inventory.tenants_of_plan(&PlanId::new(subject)),
    };
    tenants.into_iter().cloned().collect()
}

/// What is past its end is a problem of the doctor.
fn is_alarming(ending: &Ending<'_>, now: Timestamp) -> bool {
    let is_unknown = ending.state(now) == EndingState::Unknown && ending.kind == EndingKind::Expiry;
    ending.is_upcoming(now) || is_unknown
}

/// The usage plan of the tenant keys, if they are all in one.
fn only_plan(ending: &Ending<'_>) -> Option<PlanId> {
    let plans = ending.plans();
    plans.first().filter(|_| plans.len() == 1).map(|plan| (*plan).clone())
}

fn ending_alert(ending: &Ending<'_>, now: Timestamp) -> Alert {
    let remedy = match (ending.kind, ending.is_pool_key) {
        (EndingKind::Grace, false) => {
            "check that the tenant calls with the new value; `keypool keys retire --due` deletes the old key then"
        }
        (EndingKind::Grace, true) => {
            "check that the tenants call with the new value; `keypool pools retire --due` deletes the old key then"
        }
        (EndingKind::Expiry, _) => {
            "`keypool keys edit ID --expires TIME` moves the end; `keypool keys retire --due` disables the key then"
        }
    };
    Alert {
        kind: AlertKind::KeyEnding,
        problem: None,
        object: ending.api_key.to_string(),
        plan: only_plan(ending),
        tenants: ending.tenants().into_iter().cloned().collect(),
        at: ending.stops_at().value_to_show().copied(),
        period_end: None,
        summary: ending.describe(now),
        remedy: remedy.to_owned(),
        loud: None,
    }
}
