//! Warnings: quotas that run out before their reset, and nearly reached account limits.

use std::collections::HashMap;

use jiff::Timestamp;

use super::{QuotaStatus, Usage, as_f64};
use crate::limits::{MAX_API_KEYS, MAX_PLANS, MAX_PLANS_PER_KEY};
use crate::{ApiKeyId, Inventory, PlanId};

#[derive(Debug, Clone, PartialEq)]
pub struct UsageWarnings {
    /// Most urgent first.
    pub quotas: Vec<QuotaWarning>,
    /// Usage of each account limit that is known.
    pub account_limits: Vec<AccountLimitUse>,
}

/// A warning about one API key of one plan.
#[derive(Debug, Clone, PartialEq)]
pub struct QuotaWarning {
    pub plan: PlanId,
    pub api_key: ApiKeyId,
    pub kind: QuotaWarningKind,
    pub status: QuotaStatus,
}

/// Why there is a warning about a quota, most urgent first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum QuotaWarningKind {
    Exhausted,
    /// Runs out before the reset at the current rate.
    RunsOut(Timestamp),
    /// At least the given percentage is used.
    AboveThreshold,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountLimitUse {
    pub limit: AccountLimit,
    pub count: usize,
    pub max: usize,
    /// Whether at least the given percentage is used.
    pub is_above_threshold: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AccountLimit {
    ApiKeys,
    Plans,
    /// Usage plans per API key, for the key that is in the most plans.
    PlansOfKey(ApiKeyId),
}

impl UsageWarnings {
    pub fn is_empty(&self) -> bool {
        self.quotas.is_empty() && self.account_limits.iter().all(|limit| !limit.is_above_threshold)
    }
}

impl AccountLimitUse {
    /// From 0 to 100.
    pub fn percent(&self) -> f64 {
        let float = |count: usize| as_f64(u64::try_from(count).unwrap_or(u64::MAX));
        float(self.count) / float(self.max) * 100.0
    }
}

/// Quotas that will run out before their reset or are used to at least `warn_percent`, and the usage of the
/// account limits.
pub fn find_warnings(
    inventory: &Inventory,
    usage: &Usage,
    now: Timestamp,
    warn_percent: u8,
) -> UsageWarnings {
    let mut quotas: Vec<_> = inventory
        .plans()
        .iter()
        .filter_map(|plan| usage.plan(&plan.id).filter(|_| plan.quota.is_some()).map(|usage| (plan, usage)))
        .flat_map(|(plan, plan_usage)| {
            plan_usage.keys_with_status().filter_map(move |api_key| {
                let status = plan_usage.quota_status(api_key, inventory, now)?;
                let kind = warning_kind(&status, warn_percent)?;
                Some(QuotaWarning { plan: plan.id.clone(), api_key: api_key.clone(), kind, status })
            })
        })
        .collect();
    quotas.sort_by(|a, b| {
        let used = |warning: &QuotaWarning| warning.status.figure.percent().unwrap_or(0.0);
        a.kind
            .cmp(&b.kind)
            .then_with(|| used(b).total_cmp(&used(a)))
            .then_with(|| (&a.plan, &a.api_key).cmp(&(&b.plan, &b.api_key)))
    });
    UsageWarnings { quotas, account_limits: account_limits(inventory, warn_percent) }
}

fn warning_kind(status: &QuotaStatus, warn_percent: u8) -> Option<QuotaWarningKind> {
    if status.figure.is_exhausted() {
        return Some(QuotaWarningKind::Exhausted);
    }
    if let Some(at) = status.runs_out_at {
        return Some(QuotaWarningKind::RunsOut(at));
    }
    status
        .figure
        .percent()
        .filter(|percent| *percent >= f64::from(warn_percent))
        .map(|_| QuotaWarningKind::AboveThreshold)
}

fn account_limits(inventory: &Inventory, warn_percent: u8) -> Vec<AccountLimitUse> {
    let api_keys =
        inventory.api_keys().value_to_show().map(|keys| (AccountLimit::ApiKeys, keys.len(), MAX_API_KEYS));
    let plans = (AccountLimit::Plans, inventory.plans().len(), MAX_PLANS);
    let plans_of_key = key_in_most_plans(inventory)
        .map(|(key, count)| (AccountLimit::PlansOfKey(key), count, MAX_PLANS_PER_KEY));
    let uses = api_keys.into_iter().chain([plans]).chain(plans_of_key);
    uses.map(|(limit, count, max)| {
        let limit_use = AccountLimitUse { limit, count, max, is_above_threshold: false };
        AccountLimitUse { is_above_threshold: limit_use.percent() >= f64::from(warn_percent), ..limit_use }
    })
    .collect()
}

fn key_in_most_plans(inventory: &Inventory) -> Option<(ApiKeyId, usize)> {
    let mut plan_counts: HashMap<&ApiKeyId, usize> = HashMap::new();
    for plan in inventory.plans() {
        for key in inventory.listed_members(&plan.id) {
            *plan_counts.entry(key).or_default() += 1;
        }
    }
    let most = plan_counts.into_iter().max_by(|a, b| a.1.cmp(&b.1).then_with(|| b.0.cmp(a.0)));
    most.map(|(key, count)| (key.clone(), count))
}
