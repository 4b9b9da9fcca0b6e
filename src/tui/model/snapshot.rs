//! An inventory with its indexes, ready to be shown. The task that reads the account builds it, so that work
//! proportional to the number of keys never runs in the loop.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use jiff::Timestamp;
use keypool_domain::usage::{QuotaStatus, Usage};
use keypool_domain::{Inventory, PlanId};

use crate::ops::ListedKeys;
use crate::tui::key_columns::SortBy;
use crate::tui::model::key_index::KeyIndex;
use crate::tui::model::longest_texts::LongestTexts;
use crate::tui::model::usage_index::UsageIndex;

/// An inventory with its indexes and the last usage. Immutable.
#[derive(Debug, Clone, PartialEq)]
pub struct Snapshot {
    pub(crate) inventory: Arc<Inventory>,
    pub(crate) keys: Arc<KeyIndex>,
    pub(crate) tenants: Arc<TenantCounts>,
    pub(crate) longest: LongestTexts,
    /// `None` until usage was read.
    pub(crate) usage: Option<Arc<UsageIndex>>,
    /// Which tenant keys the inventory has, if there are too many to be read unasked.
    pub(crate) listed: Option<Arc<ListedKeys>>,
}

/// Numbers of distinct tenants.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct TenantCounts {
    pub(crate) total: usize,
    by_plan: HashMap<PlanId, usize>,
}

impl Snapshot {
    pub fn new(inventory: Arc<Inventory>) -> Self {
        let keys = Arc::new(KeyIndex::new(&inventory));
        let tenants = Arc::new(TenantCounts::new(&inventory));
        let longest = LongestTexts::new(&inventory);
        Self { inventory, keys, tenants, longest, usage: None, listed: None }
    }

    /// The snapshot of a later version of the inventory, without usage. Tenant keys that did not change are not indexed
    /// again.
    pub(crate) fn with_changed_inventory(self, inventory: Arc<Inventory>) -> Self {
        if inventory.shares_tenant_keys_with(&self.inventory) {
            Self { inventory, usage: None, ..self }
        } else {
            Self { listed: self.listed, ..Self::new(inventory) }
        }
    }

    /// Says which tenant keys the inventory has.
    #[must_use]
    pub fn with_listed(self, listed: Option<ListedKeys>) -> Self {
        Self { listed: listed.map(Arc::new), ..self }
    }

    /// Whether the tenant keys can be shown only in the order of the table, because more of the list may follow.
    pub(crate) fn is_in_table_order(&self) -> bool {
        self.listed.as_ref().is_some_and(|listed| !listed.is_complete())
    }

    /// Adds usage with its index.
    #[must_use]
    pub fn with_usage(mut self, usage: Arc<Usage>, now: Timestamp) -> Self {
        let order = self.keys.order(SortBy::default(), &self.inventory);
        self.usage = Some(Arc::new(UsageIndex::new(usage, &self.inventory, &order, now)));
        self
    }

    /// The positions of the tenant keys, sorted by this column, or in the order of the table.
    pub(crate) fn order(&self, by: SortBy) -> Arc<Vec<u32>> {
        if self.is_in_table_order() {
            return Arc::new((0..).take(self.inventory.tenant_keys().len()).collect());
        }
        let by_figure = by.usage_figure().zip(self.usage.as_ref());
        let by_figure = by_figure.and_then(|(figure, usage)| usage.keys_by(figure, &self.inventory));
        by_figure.unwrap_or_else(|| self.keys.order(by, &self.inventory))
    }

    /// The quota status of the API key behind this tenant key.
    pub(crate) fn quota_status(&self, position: u32) -> Option<&QuotaStatus> {
        self.usage.as_ref()?.tenant_key_status(position)
    }
}

impl TenantCounts {
    fn new(inventory: &Inventory) -> Self {
        let total = inventory.tenant_keys().iter().map(|key| &key.tenant).collect::<HashSet<_>>().len();
        let plans = inventory.plans().iter().map(|plan| &plan.id);
        let by_plan = plans.map(|plan| {
            let tenants: HashSet<_> = inventory.tenant_keys_of_plan(plan).map(|key| &key.tenant).collect();
            (plan.clone(), tenants.len())
        });
        Self { total, by_plan: by_plan.collect() }
    }

    pub(crate) fn in_plan(&self, plan: &PlanId) -> usize {
        self.by_plan.get(plan).copied().unwrap_or(0)
    }
}
