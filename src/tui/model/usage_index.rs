//! Quota statuses, rankings, the sort orders by usage, and warnings. They are computed by the task that reads usage,
//! so that drawing is cheap.
//!
//! Usage is counted per API key: all tenants that share a key have the status of the whole key.

mod ranks;

use std::collections::HashMap;
use std::sync::{Arc, OnceLock};

use jiff::Timestamp;
use keypool_domain::usage::{QuotaStatus, QuotaWarningKind, Usage, UsageWarnings, find_warnings};
use keypool_domain::{ApiKeyId, Inventory, PlanId, Presence};

use crate::tui::figures::Figure;
use crate::tui::model::key_index::sort_by_rank;
use crate::tui::sorting::ListOrder;

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
    /// The same by each figure, made when it is used first. In the order of [`Figure::ALL`].
    keys_by_figure: [OnceLock<Arc<Vec<u32>>>; Figure::ALL.len()],
    pub(crate) warnings: UsageWarnings,
    worst_warning: HashMap<PlanId, QuotaWarningKind>,
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
        let (statuses, by_key) = index_statuses(&usage, inventory, now);
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
        Self {
            by_plan: plans.collect(),
            order: Arc::clone(order),
            keys_by_figure: Default::default(),
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

    /// Positions of tenant keys in the inventory, sorted by this figure of their API keys; `None` if `inventory` is not the
    /// one that was indexed.
    pub(crate) fn keys_by(&self, figure: Figure, inventory: &Arc<Inventory>) -> Option<Arc<Vec<u32>>> {
        let sorted = || {
            let ranks = figure_ranks(&self.statuses, figure);
            let last = u32::try_from(ranks.len()).unwrap_or(u32::MAX);
            let status = |position: u32| self.by_tenant_key.get(position as usize);
            let rank = |position| status(position).and_then(|at| ranks.get(*at as usize)).copied();
            Arc::new(sort_by_rank(&self.order, |position| rank(position).unwrap_or(last)))
        };
        let keys = self.is_of_inventory(inventory).then(|| &self.keys_by_figure[figure as usize])?;
        Some(Arc::clone(keys.get_or_init(sorted)))
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

/// The place of each status by this figure; equal figures have the same place.
fn figure_ranks(statuses: &[QuotaStatus], figure: Figure) -> Vec<u32> {
    let order = ListOrder { head: "", direction: figure.direction(), is_inverted: false };
    let key = |at: &usize| figure.sort_key(statuses.get(*at));
    let sorted = order.sort((0..statuses.len()).collect(), key);
    let mut ranks = vec![0; statuses.len()];
    let mut rank = 0;
    for equal in sorted.chunk_by(|a, b| key(a) == key(b)) {
        equal.iter().for_each(|at| ranks[*at] = rank);
        rank += 1;
    }
    ranks
}

type KeyStatusIndexes = HashMap<PlanId, HashMap<ApiKeyId, u32>>;

fn index_statuses(
    usage: &Usage,
    inventory: &Inventory,
    now: Timestamp,
) -> (Vec<QuotaStatus>, KeyStatusIndexes) {
    let mut statuses = Vec::new();
    let mut by_key = KeyStatusIndexes::new();
    for plan_usage in usage.plans.values() {
        let mut indexes = HashMap::with_capacity(plan_usage.keys.len());
        for api_key in plan_usage.keys_with_status() {
            if let Some(status) = plan_usage.quota_status(api_key, inventory, now) {
                indexes.insert(api_key.clone(), u32::try_from(statuses.len()).unwrap_or(NO_STATUS));
                statuses.push(status);
            }
        }
        by_key.insert(plan_usage.plan.clone(), indexes);
    }
    (statuses, by_key)
}
