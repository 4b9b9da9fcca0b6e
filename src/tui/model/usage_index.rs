//! Quota statuses, rankings, the sort orders by usage, and warnings. They are computed by the task that reads usage,
//! so that drawing is cheap.
//!
//! Usage is counted per API key: all tenants that share a key have the status of the whole key.

mod orders;
mod outlook;
mod ranks;

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, OnceLock};

use jiff::Timestamp;
use keypool_domain::alert::{AlertKind, find_alerts};
use keypool_domain::usage::{QuotaStatus, QuotaWarningKind, Usage, UsageWarnings, find_warnings};
use keypool_domain::{ApiKeyId, Inventory, PlanId, Presence};

use crate::tui::model::usage_days::calls_today;

use orders::Ranked;
pub(crate) use orders::UsageFigure;
pub(crate) use outlook::Outlook;
pub(crate) use ranks::{Ranks, usage_of_plan};

/// Percentage of a quota or account limit from which a warning is shown.
pub(crate) const WARN_PERCENT: u8 = 80;
/// The entry in `by_tenant_key` of a tenant key without usage.
const NO_STATUS: u32 = u32::MAX;

/// Usage with its indexes for one inventory; immutable.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct UsageIndex {
    pub(crate) usage: Arc<Usage>,
    inventory: Arc<Inventory>,
    statuses: Vec<QuotaStatus>,
    by_key: HashMap<PlanId, HashMap<ApiKeyId, u32>>,
    by_plan: HashMap<PlanId, QuotaStatus>,
    /// Index into `statuses` for each tenant key of the inventory.
    by_tenant_key: Vec<u32>,
    /// Positions of all tenant keys in the inventory, by tenant.
    order: Arc<Vec<u32>>,
    /// For each of `statuses`.
    own_today: Vec<u64>,
    /// The positions by each of [`UsageFigure::ALL`], made when they are used first.
    orders: [OnceLock<Arc<Vec<u32>>>; UsageFigure::ALL.len()],
    pub(crate) warnings: UsageWarnings,
    /// How much is broken or about to be, except for the problems that the doctor finds.
    pub(crate) alert_counts: BTreeMap<AlertKind, usize>,
    worst_warning: HashMap<PlanId, QuotaWarningKind>,
    outlooks: HashMap<PlanId, Outlook>,
    /// The greatest numbers of calls used or left, of an API key and of a plan.
    pub(crate) greatest_of_key: u64,
    pub(crate) greatest_of_plan: u64,
    pub(crate) account_ranks: Ranks,
    ranks: HashMap<PlanId, Ranks>,
}

impl UsageIndex {
    /// `order` breaks ties between tenant keys with equal usage.
    pub(crate) fn new(
        usage: Arc<Usage>,
        inventory: &Arc<Inventory>,
        order: &Arc<Vec<u32>>,
        now: Timestamp,
    ) -> Self {
        let (statuses, own_today, by_key) = index_statuses(&usage, inventory, now);
        let status_index = |plan: &PlanId, key: &ApiKeyId| by_key.get(plan)?.get(key).copied();
        let status_of_key = |key: &keypool_domain::TenantKey| {
            key.api_key().value_to_show().and_then(|id| status_index(&key.plan, id)).unwrap_or(NO_STATUS)
        };
        let by_tenant_key: Vec<u32> = inventory.tenant_keys().iter().map(status_of_key).collect();
        let mut warnings = find_warnings(inventory, &usage, now, WARN_PERCENT);
        // Usage may list API keys that no longer exist.
        warnings.quotas.retain(|warning| inventory.api_key(&warning.api_key) != Presence::Missing);
        let mut worst_warning = HashMap::new();
        for warning in &warnings.quotas {
            // The most urgent comes first.
            worst_warning.entry(warning.plan.clone()).or_insert(warning.kind);
        }
        let plans = inventory.plans().iter().filter_map(|plan| {
            Some((plan.id.clone(), usage.plan(&plan.id)?.total_quota_status(inventory, now)?))
        });
        let by_plan: HashMap<PlanId, QuotaStatus> = plans.collect();
        let mut alert_counts = BTreeMap::new();
        for alert in find_alerts(inventory, &warnings, &[], None, now) {
            *alert_counts.entry(alert.kind).or_default() += 1;
        }
        Self {
            greatest_of_key: greatest_number(&statuses),
            greatest_of_plan: greatest_number(by_plan.values()).max(usage.total()),
            by_plan,
            order: Arc::clone(order),
            own_today,
            orders: Default::default(),
            alert_counts,
            outlooks: outlook::for_plans(&warnings, &by_key),
            worst_warning,
            warnings,
            account_ranks: Ranks::for_account(&usage, inventory),
            ranks: Ranks::for_plans(&usage, inventory, now),
            statuses,
            by_key,
            by_tenant_key,
            inventory: Arc::clone(inventory),
            usage,
        }
    }

    pub(crate) fn key_status(&self, plan: &PlanId, api_key: &ApiKeyId) -> Option<&QuotaStatus> {
        self.statuses.get(*self.by_key.get(plan)?.get(api_key)? as usize)
    }

    /// The total over all API keys of the plan.
    pub(crate) fn plan_status(&self, plan: &PlanId) -> Option<&QuotaStatus> {
        self.by_plan.get(plan)
    }

    /// The most urgent warning of any API key in the plan.
    pub(crate) fn worst_warning(&self, plan: &PlanId) -> Option<QuotaWarningKind> {
        self.worst_warning.get(plan).copied()
    }

    /// `index` is the position of the tenant key in the inventory that was indexed.
    pub(crate) fn tenant_key_status(&self, index: u32) -> Option<&QuotaStatus> {
        self.statuses.get(*self.by_tenant_key.get(index as usize)? as usize)
    }

    /// How the quotas of the plan's API keys end.
    pub(crate) fn outlook(&self, plan: &PlanId) -> Option<Outlook> {
        self.outlooks.get(plan).copied()
    }

    /// Positions of tenant keys in the inventory, sorted by the figure; `None` if `inventory` is not the one that was
    /// indexed.
    pub(crate) fn keys_by(&self, figure: UsageFigure, inventory: &Arc<Inventory>) -> Option<Arc<Vec<u32>>> {
        let sorted = || {
            let ranked = self.statuses.iter().zip(&self.own_today);
            let ranked: Vec<_> = ranked.map(|(status, &own_today)| Ranked { status, own_today }).collect();
            orders::sort_by(figure, &self.order, &self.by_tenant_key, &ranked)
        };
        let order = self.is_of_inventory(inventory).then(|| &self.orders[figure as usize])?;
        Some(Arc::clone(order.get_or_init(sorted)))
    }

    /// Whether this inventory was indexed.
    pub(crate) fn is_of_inventory(&self, inventory: &Arc<Inventory>) -> bool {
        Arc::ptr_eq(&self.inventory, inventory)
    }

    /// Calls per day over all plans, averaged over the last seven days.
    pub(crate) fn calls_per_day(&self) -> f64 {
        self.by_plan.values().map(|status| status.burn_rate).sum()
    }

    pub(crate) fn ranks(&self, plan: &PlanId) -> Option<&Ranks> {
        self.ranks.get(plan)
    }
}

fn greatest_number<'a>(statuses: impl IntoIterator<Item = &'a QuotaStatus>) -> u64 {
    let figures = statuses.into_iter().map(|status| status.figure);
    figures.map(|figure| figure.used().max(figure.left().unwrap_or(0))).max().unwrap_or(0)
}

type KeyStatusIndexes = HashMap<PlanId, HashMap<ApiKeyId, u32>>;

fn index_statuses(
    usage: &Usage,
    inventory: &Inventory,
    now: Timestamp,
) -> (Vec<QuotaStatus>, Vec<u64>, KeyStatusIndexes) {
    let (mut statuses, mut own_today) = (Vec::new(), Vec::new());
    let mut by_key = KeyStatusIndexes::new();
    for plan_usage in usage.plans.values() {
        let mut indexes = HashMap::with_capacity(plan_usage.keys.len());
        for api_key in plan_usage.keys_with_status() {
            if let Some(status) = plan_usage.quota_status(api_key, inventory, now) {
                indexes.insert(api_key.clone(), u32::try_from(statuses.len()).unwrap_or(NO_STATUS));
                statuses.push(status);
                let today = calls_today(plan_usage, api_key, now).unwrap_or(0);
                let users = inventory.tenant_keys_of_api_key(api_key).len().max(1);
                own_today.push(today / u64::try_from(users).unwrap_or(u64::MAX));
            }
        }
        by_key.insert(plan_usage.plan.clone(), indexes);
    }
    (statuses, own_today, by_key)
}
