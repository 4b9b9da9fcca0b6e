//! What needs somebody before the night: quotas that run out before they reset, and the limits of the account.

use std::collections::HashMap;

use jiff::Timestamp;

use super::quota_status::as_f64;
use super::{QuotaStatus, Usage};
use crate::change::MAX_API_KEYS;
use crate::{ApiKeyId, Inventory, PlanId};

/// Usage plans of an account in a region, unless AWS raised it.
const MAX_PLANS: usize = 300;

/// Usage plans of one API key, unless AWS raised it.
const MAX_PLANS_PER_KEY: usize = 10;

/// What is to be seen to.
#[derive(Debug, Clone, PartialEq)]
pub struct UsageWarnings {
    /// Keys whose quota is spent, runs out or is nearly used; the most urgent first.
    pub quotas: Vec<QuotaWarning>,
    /// How near the account is to each of its limits, as far as it can be told.
    pub account_limits: Vec<AccountLimitUse>,
}

/// One API key of one plan.
#[derive(Debug, Clone, PartialEq)]
pub struct QuotaWarning {
    /// The plan.
    pub plan: PlanId,
    /// The API key.
    pub api_key: ApiKeyId,
    /// What is wrong.
    pub kind: QuotaWarningKind,
    /// Where it stands.
    pub status: QuotaStatus,
}

/// Why a key is warned of; the most urgent first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum QuotaWarningKind {
    /// Nothing is left.
    Exhausted,
    /// Nothing will be left before the reset, at the present rate.
    RunsOut(Timestamp),
    /// More is used than the percentage that was asked about.
    AboveThreshold,
}

/// How much of a limit of the account is used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountLimitUse {
    /// Which limit.
    pub limit: AccountLimit,
    /// How many there are.
    pub count: usize,
    /// How many there may be.
    pub max: usize,
    /// Whether it is over the percentage that was asked about.
    pub is_over: bool,
}

/// A limit of the account in a region.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AccountLimit {
    /// API keys.
    ApiKeys,
    /// Usage plans.
    Plans,
    /// Usage plans of one API key: the one with the most.
    PlansOfKey(ApiKeyId),
}

impl UsageWarnings {
    /// Whether nothing needs anybody.
    pub fn is_empty(&self) -> bool {
        self.quotas.is_empty() && self.account_limits.iter().all(|limit| !limit.is_over)
    }
}

impl AccountLimitUse {
    /// How much of it is used, from 0 to 100.
    pub fn percent(&self) -> f64 {
        let count = |count: usize| as_f64(u64::try_from(count).unwrap_or(u64::MAX));
        count(self.count) / count(self.max) * 100.0
    }
}

/// What will run out before its reset, what is used to more than so many percent, and the account's limits.
pub fn find_warnings(
    inventory: &Inventory,
    usage: &Usage,
    now: Timestamp,
    warn_percent: u8,
) -> UsageWarnings {
    let mut quotas: Vec<_> = inventory
        .plans()
        .iter()
        .filter_map(|plan| Some((plan, plan.quota.as_ref()?, usage.plan(&plan.id)?)))
        .flat_map(|(plan, quota, of_plan)| {
            of_plan.keys.keys().filter_map(move |api_key| {
                let standing = of_plan.quota_status(api_key, Some(quota), now)?;
                let why = why(&standing, warn_percent)?;
                Some(QuotaWarning {
                    plan: plan.id.clone(),
                    api_key: api_key.clone(),
                    kind: why,
                    status: standing,
                })
            })
        })
        .collect();
    quotas.sort_by(|a, b| {
        let used = |warning: &QuotaWarning| warning.status.percent.unwrap_or(0.0);
        a.kind
            .cmp(&b.kind)
            .then_with(|| used(b).total_cmp(&used(a)))
            .then_with(|| (&a.plan, &a.api_key).cmp(&(&b.plan, &b.api_key)))
    });
    UsageWarnings { quotas, account_limits: account_limits(inventory, warn_percent) }
}

fn why(standing: &QuotaStatus, warn_percent: u8) -> Option<QuotaWarningKind> {
    if standing.is_exhausted() {
        return Some(QuotaWarningKind::Exhausted);
    }
    if let Some(at) = standing.runs_out_at {
        return Some(QuotaWarningKind::RunsOut(at));
    }
    standing
        .percent
        .filter(|percent| *percent >= f64::from(warn_percent))
        .map(|_| QuotaWarningKind::AboveThreshold)
}

fn account_limits(inventory: &Inventory, warn_percent: u8) -> Vec<AccountLimitUse> {
    let api_keys =
        inventory.api_keys().value_to_show().map(|keys| (AccountLimit::ApiKeys, keys.len(), MAX_API_KEYS));
    let plans = (AccountLimit::Plans, inventory.plans().len(), MAX_PLANS);
    let of_key = key_in_most_plans(inventory)
        .map(|(key, count)| (AccountLimit::PlansOfKey(key), count, MAX_PLANS_PER_KEY));
    let uses = api_keys.into_iter().chain([plans]).chain(of_key);
    uses.map(|(limit, count, most)| {
        let used = AccountLimitUse { limit, count, max: most, is_over: false };
        AccountLimitUse { is_over: used.percent() >= f64::from(warn_percent), ..used }
    })
    .collect()
}

/// The API key that is in the most plans.
fn key_in_most_plans(inventory: &Inventory) -> Option<(ApiKeyId, usize)> {
    let mut plans: HashMap<&ApiKeyId, usize> = HashMap::new();
    for plan in inventory.plans() {
        for key in inventory.listed_members(&plan.id) {
            *plans.entry(key).or_default() += 1;
        }
    }
    let most = plans.into_iter().max_by(|a, b| a.1.cmp(&b.1).then_with(|| b.0.cmp(a.0)));
    most.map(|(key, count)| (key.clone(), count))
}
