//! Which rows are listed: made from plan, pool key, filter and order, in pieces.

use std::sync::Arc;

use keypool_domain::{ApiKeyId, Inventory, PlanId, TenantKeyId};

use crate::tui::filter::{Filter, Scratch};
use crate::tui::key_index::{Order, SortBy};
use crate::tui::snapshot::Snapshot;
use crate::tui::usage_index::UsageIndex;
use crate::tui::widgets::cursor::Cursor;

use super::KeysPane;

/// Rows looked at between two looks at the keyboard.
const SCAN_CHUNK: usize = 8_192;

/// What the listed rows were made from.
#[derive(Debug, Clone)]
pub(super) struct ListInputs {
    inventory: Arc<Inventory>,
    plan: Option<PlanId>,
    pool_key: Option<ApiKeyId>,
    filter: Filter,
    order: Order,
    /// Usage, where rows or their order depend on it.
    usage: Option<Arc<UsageIndex>>,
}

impl PartialEq for ListInputs {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.inventory, &other.inventory)
            && self.plan == other.plan
            && self.pool_key == other.pool_key
            && self.filter == other.filter
            && self.order == other.order
            && self.has_same_usage(other)
    }
}

impl ListInputs {
    pub(super) fn new(
        reading: &Snapshot,
        plan: Option<&PlanId>,
        pool_key: Option<&ApiKeyId>,
        filter: &str,
        order: Order,
    ) -> Self {
        let filter = Filter::parse(filter);
        let depends = order.by == SortBy::Used || filter.depends_on_usage();
        Self {
            inventory: Arc::clone(&reading.inventory),
            plan: plan.cloned(),
            pool_key: pool_key.cloned(),
            filter,
            order,
            usage: reading.usage.clone().filter(|_| depends),
        }
    }

    fn has_same_keys(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.inventory, &other.inventory)
            && self.plan == other.plan
            && self.pool_key == other.pool_key
            && (self.has_same_usage(other) || (self.usage.is_none() && other.order.by != SortBy::Used))
    }

    fn has_same_usage(&self, other: &Self) -> bool {
        self.usage.as_ref().map(Arc::as_ptr) == other.usage.as_ref().map(Arc::as_ptr)
    }
}

/// Rows in the order in which they are looked at.
#[derive(Debug, Clone, PartialEq)]
struct ScanSource {
    indexes: Arc<Vec<u32>>,
    is_reversed: bool,
}

impl ScanSource {
    fn at(&self, n: usize) -> u32 {
        self.indexes[if self.is_reversed { self.indexes.len() - 1 - n } else { n }]
    }
}

/// Rows still to be looked at.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Scan {
    source: ScanSource,
    next: usize,
    /// The row that the cursor should be on when it turns up.
    select: Option<TenantKeyId>,
    /// Whether that is a row that was just made or moved.
    is_pending_selection: bool,
    /// The row that was under the cursor, and where it turned up.
    previous: Option<TenantKeyId>,
    previous_at: Option<usize>,
    /// Where the cursor stays when both are gone.
    fallback_at: usize,
    /// Marked rows that turned up.
    listed_marks: usize,
}

impl KeysPane {
    /// Lists anew what `now` asks for; where it only narrows, what is listed is all that is looked at.
    pub(super) fn restart_scan(&mut self, reading: &Snapshot, now: ListInputs) {
        let before = self.listed_for.take();
        let wanted = self.pending_selection.take_if(|id| reading.inventory.tenant_key(id).is_some());
        let under_cursor = self.key_to_keep(before.as_ref(), &now);
        let same_filter = before.as_ref().is_some_and(|before| before.filter == now.filter);
        let or_at = if under_cursor.is_some() && same_filter { self.cursor.selected } else { 0 };
        if before.as_ref().is_none_or(|before| !Arc::ptr_eq(&before.inventory, &now.inventory)) {
            self.marks.retain(|id| now.inventory.tenant_key(id).is_some());
        }
        let narrows = before.as_ref().is_some_and(|before| {
            before.has_same_keys(&now)
                && before.order == now.order
                && now.filter.is_narrower_than(&before.filter)
        });
        let source = if narrows && self.scan.is_none() {
            ScanSource { indexes: Arc::new(std::mem::take(&mut self.listed)), is_reversed: false }
        } else {
            ScanSource { indexes: reading.order(now.order.by), is_reversed: now.order.is_inverted }
        };
        self.listed.clear();
        self.cursor = Cursor::default();
        self.last_mark = None;
        let follows = wanted.is_some();
        let keep = wanted.or_else(|| under_cursor.clone());
        let before = under_cursor;
        self.scan = Some(Scan {
            source,
            next: 0,
            select: keep,
            is_pending_selection: follows,
            previous: before,
            previous_at: None,
            fallback_at: or_at,
            listed_marks: 0,
        });
        self.listed_for = Some(now);
        self.scan_next_chunk(reading);
    }

    /// The row that the cursor stays on while the same keys are listed.
    fn key_to_keep(&self, before: Option<&ListInputs>, now: &ListInputs) -> Option<TenantKeyId> {
        let before = before.filter(|before| before.plan == now.plan && before.pool_key == now.pool_key)?;
        self.selected(&before.inventory).map(|row| row.id.clone())
    }

    /// Looks at the next piece of rows.
    pub(crate) fn scan_next_chunk(&mut self, reading: &Snapshot) {
        let (Some(mut scan), Some(shown)) = (self.scan.take(), &self.listed_for) else { return };
        let inventory = &reading.inventory;
        let mut scratch = Scratch::new();
        let rows = scan.source.indexes.len();
        let end = (scan.next + SCAN_CHUNK).min(rows);
        for at in (scan.next..end).map(|n| scan.source.at(n)) {
            let row = &inventory.tenant_keys()[at as usize];
            let listed = shown.plan.as_ref().is_none_or(|plan| *plan == row.plan)
                && shown.pool_key.as_ref().is_none_or(|key| row.refers_to(key))
                && shown.filter.matches(at, reading, &mut scratch);
            if listed {
                if scan.select.as_ref() == Some(&row.id) {
                    self.cursor.selected = self.listed.len();
                    scan.select = None;
                }
                if scan.previous.as_ref() == Some(&row.id) {
                    scan.previous_at = Some(self.listed.len());
                }
                scan.listed_marks += usize::from(!self.marks.is_empty() && self.marks.contains(&row.id));
                self.listed.push(at);
            }
        }
        scan.next = end;
        if scan.next < rows {
            self.scan = Some(scan);
            return;
        }
        self.hidden_marks = self.marks.len().saturating_sub(scan.listed_marks);
        if scan.select.is_some() {
            self.cursor.selected =
                scan.previous_at.unwrap_or(scan.fallback_at).min(self.listed.len().saturating_sub(1));
            if scan.is_pending_selection {
                // It may be listed later.
                self.pending_selection.clone_from(&scan.select);
                self.unlisted_selection = scan.select;
            }
        }
    }
}
