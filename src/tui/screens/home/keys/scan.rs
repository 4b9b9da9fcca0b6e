//! A scan that builds the list of tenant keys, and what it depends on.

use std::sync::Arc;

use keypool_domain::{ApiKeyId, Inventory, PlanId, TenantKeyId};

use crate::ops::DoctorReport;
use crate::tui::model::filter::{Filter, KeyMatcher};
use crate::tui::model::key_index::Order;
use crate::tui::model::snapshot::Snapshot;
use crate::tui::model::usage_index::UsageIndex;
use crate::tui::widgets::cursor::Cursor;

/// What the list was built from.
#[derive(Debug, Clone)]
pub(super) struct ListInputs {
    pub(super) inventory: Arc<Inventory>,
    pub(super) plan: Option<PlanId>,
    pub(super) pool_key: Option<ApiKeyId>,
    pub(super) filter: Filter,
    pub(super) order: Order,
    /// Set only if the filter or the order depends on usage.
    pub(super) usage: Option<Arc<UsageIndex>>,
    /// Set only if the filter depends on the doctor's problems.
    pub(super) report: Option<Arc<DoctorReport>>,
}

impl PartialEq for ListInputs {
    fn eq(&self, other: &Self) -> bool {
        self.inventory.shares_tenant_keys_with(&other.inventory)
            && self.plan == other.plan
            && self.pool_key == other.pool_key
            && self.filter == other.filter
            && self.order == other.order
            && self.has_same_usage(other)
            && self.has_same_report(other)
    }
}

impl ListInputs {
    pub(super) fn new(
        snapshot: &Snapshot,
        plan: Option<&PlanId>,
        pool_key: Option<&ApiKeyId>,
        filter: &Filter,
        order: Order,
        report: Option<&Arc<DoctorReport>>,
    ) -> Self {
        let order = if snapshot.is_in_table_order() { Order::default() } else { order };
        let depends_on_usage = order.by.usage_figure().is_some() || filter.depends_on_usage();
        Self {
            inventory: Arc::clone(&snapshot.inventory),
            plan: plan.cloned(),
            pool_key: pool_key.cloned(),
            filter: filter.clone(),
            order,
            usage: snapshot.usage.clone().filter(|_| depends_on_usage),
            report: report.cloned().filter(|_| filter.depends_on_problems()),
        }
    }

    /// Whether both are filtered and sorted from the same tenant keys, with the same usage if it is needed.
    pub(super) fn has_same_keys(&self, other: &Self) -> bool {
        self.inventory.shares_tenant_keys_with(&other.inventory)
            && self.plan == other.plan
            && self.pool_key == other.pool_key
            && self.has_same_report(other)
            && (self.has_same_usage(other)
                || (self.usage.is_none() && other.order.by.usage_figure().is_none()))
    }

    fn has_same_report(&self, other: &Self) -> bool {
        self.report.as_ref().map(Arc::as_ptr) == other.report.as_ref().map(Arc::as_ptr)
    }

    fn has_same_usage(&self, other: &Self) -> bool {
        self.usage.as_ref().map(Arc::as_ptr) == other.usage.as_ref().map(Arc::as_ptr)
    }
}

/// Inventory indexes in scan order.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct ScanSource {
    pub(super) indexes: Arc<Vec<u32>>,
    pub(super) is_reversed: bool,
}

impl ScanSource {
    pub(super) fn at(&self, n: usize) -> u32 {
        self.indexes[if self.is_reversed { self.indexes.len() - 1 - n } else { n }]
    }
}

/// A scan in progress.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Scan {
    pub(super) source: ScanSource,
    pub(super) matcher: KeyMatcher,
    pub(super) next: usize,
    /// The key to select when the scan reaches it.
    pub(super) select: Option<TenantKeyId>,
    /// Whether `select` is the pending selection of the pane.
    pub(super) is_pending_selection: bool,
    /// The key that was under the cursor, and its line in the new list.
    pub(super) previous: Option<TenantKeyId>,
    pub(super) previous_at: Option<usize>,
    /// The line and the scroll position of the cursor in the previous list.
    pub(super) previous_cursor: Cursor,
    /// The line to select if neither `select` nor `previous` is listed.
    pub(super) fallback_at: usize,
    /// Marked keys listed so far.
    pub(super) listed_marks: usize,
}
