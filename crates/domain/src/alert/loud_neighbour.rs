//! A tenant that makes most of the calls with a shared API key while the key's quota or throttle leaves too little for
//! the others.
//!
//! One tenant of a shared key is always the loudest, so its share alone is no alert.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::{Alert, AlertKind};
use crate::text::{group_thousands, pluralize_calls};
use crate::usage::{
    LoggedCount, LoggedKeyUse, LoggedUsage, QuotaWarning, QuotaWarningKind, TimeSpan, UsageWarnings,
};
use crate::{ApiKeyId, Inventory, PlanId, Tenant};

/// A loud tenant makes more than this part of the calls with the API key.
const MIN_SHARE_PERCENT: u64 = 50;
/// A loud tenant makes at least this many percent of an equal share: with two tenants, 75 % of the calls.
const MIN_PERCENT_OF_EQUAL_SHARE: u64 = 150;

/// The calls of a span of time, counted in a log.
#[derive(Debug, Clone, Copy)]
pub struct CountedCalls<'a> {
    pub usage: &'a LoggedUsage,
    pub span: TimeSpan,
}

/// The tenant that an alert is about, of those that share its API key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoudTenant {
    pub tenant: Tenant,
    pub count: LoggedCount,
}

/// Why a loud tenant harms the others.
enum Harm {
    Exhausted {
        resets_at: Option<Timestamp>,
    },
    /// Calls with the key got 429.
    Refused(u64),
    RunsOut(Timestamp),
    AboveThreshold {
        percent: Option<u64>,
        resets_at: Option<Timestamp>,
    },
}

/// The alerts about tenants that share an API key now.
pub(super) fn find_loud_neighbours(
    inventory: &Inventory,
    warnings: &UsageWarnings,
    counted: CountedCalls<'_>,
) -> Vec<Alert> {
    let quotas = warnings.quotas.iter().map(|warning| ((&warning.plan, &warning.api_key), warning));
    let quotas: BTreeMap<(&PlanId, &ApiKeyId), &QuotaWarning> = quotas.collect();
    let uses = counted.usage.tenants.iter();
    let uses = uses.flat_map(|tenant| tenant.keys.iter().map(move |key| (&tenant.tenant, key)));
    let alerts = uses.filter_map(|(tenant, key)| {
        let count = key.count.filter(|count| is_loud(key, *count))?;
        let harm = Harm::of_key(quotas.get(&(&key.plan, &key.api_key)).copied(), count)?;
        let loud = LoudTenant { tenant: tenant.clone(), count };
        Some(alert(inventory, key, loud, &harm, counted.span))
    });
    alerts.collect()
}

/// Whether a tenant makes most of the calls with a key that it shares. A key in its grace period ends anyway.
fn is_loud(key: &LoggedKeyUse, count: LoggedCount) -> bool {
    let Some(tenants @ 2..) = key.shared_by.filter(|_| key.replaced_by.is_none()) else { return false };
    let [calls, all] = [count.calls, count.key_calls].map(u128::from);
    let tenants = u128::try_from(tenants).unwrap_or(u128::MAX);
    calls * 100 > all * u128::from(MIN_SHARE_PERCENT)
        && calls.saturating_mul(100).saturating_mul(tenants) >= all * u128::from(MIN_PERCENT_OF_EQUAL_SHARE)
}

impl Harm {
    fn of_key(quota: Option<&QuotaWarning>, count: LoggedCount) -> Option<Self> {
        let refused = (count.key_limited > 0).then_some(Self::Refused(count.key_limited));
        let Some(QuotaWarning { kind, status, .. }) = quota else { return refused };
        let resets_at = status.resets_at;
        match (kind, refused) {
            (QuotaWarningKind::Exhausted, _) => Some(Self::Exhausted { resets_at }),
            (_, Some(refused)) => Some(refused),
            (QuotaWarningKind::RunsOut(at), None) => Some(Self::RunsOut(*at)),
            (QuotaWarningKind::AboveThreshold, None) => {
                Some(Self::AboveThreshold { percent: status.figure.whole_percent(), resets_at })
            }
        }
    }

    /// When it happens, or ends by itself.
    const fn at(&self) -> Option<Timestamp> {
        match self {
            Self::Exhausted { resets_at } | Self::AboveThreshold { resets_at, .. } => *resets_at,
            Self::RunsOut(at) => Some(*at),
            Self::Refused(_) => None,
        }
    }

    fn describe(&self) -> String {
        match self {
            Self::Exhausted { .. } => "its quota is used up, so all its tenants get 429".to_owned(),
            Self::Refused(calls) => format!("{} with it got 429", pluralize_calls(*calls)),
            Self::RunsOut(at) => {
                format!("its quota runs out at {} for all its tenants", at.strftime("%Y-%m-%d %H:%M UTC"))
            }
            Self::AboveThreshold { percent: Some(percent), .. } => {
                format!("{percent}% of its quota is used")
            }
            Self::AboveThreshold { percent: None, .. } => "its quota is nearly used up".to_owned(),
        }
    }
}

fn alert(inventory: &Inventory, key: &LoggedKeyUse, loud: LoudTenant, harm: &Harm, span: TimeSpan) -> Alert {
    let LoudTenant { tenant, count } = &loud;
    let own = inventory.tenant_keys_of_api_key(&key.api_key).find(|tenant_key| tenant_key.tenant == *tenant);
    let remedy = match own {
        Some(tenant_key) => format!(
            "`keypool keys isolate {}` gives {tenant} an API key with a quota of its own; tell it the new value",
            tenant_key.id
        ),
        None => format!("give {tenant} an API key of its own with `keypool keys isolate`"),
    };
    Alert {
        kind: AlertKind::LoudNeighbour,
        problem: None,
        object: key.api_key.to_string(),
        plan: Some(key.plan.clone()),
        tenants: inventory.tenants_of_api_key(&key.api_key).into_iter().cloned().collect(),
        at: harm.at(),
        period_end: None,
        summary: format!(
            "{tenant} makes {} of the {} with API key {} of {} ({:.0}%, in {span}), which {} tenants share; {}",
            group_thousands(count.calls),
            pluralize_calls(count.key_calls),
            key.api_key,
            inventory.plan_name(&key.plan),
            count.share().unwrap_or(0.0),
            key.shared_by.unwrap_or(0),
            harm.describe()
        ),
        remedy,
        loud: Some(loud),
    }
}
