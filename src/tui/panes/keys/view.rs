//! Which rows are listed: made from plan, pool key, filter and order, in pieces.

use std::sync::Arc;

use keypool_domain::{ApiKeyId, Inventory, PlanId, RowId};

use crate::tui::filter::{Filter, Scratch};
use crate::tui::key_index::{Order, SortBy};
use crate::tui::reading::Reading;
use crate::tui::usage_index::UsageIndex;
use crate::tui::widgets::cursor::Cursor;

use super::KeysPane;

/// Rows looked at between two looks at the keyboard.
const PIECE: usize = 8_192;

/// What the listed rows were made from.
#[derive(Debug, Clone)]
pub(super) struct Shown {
    inventory: Arc<Inventory>,
    plan: Option<PlanId>,
    pool_key: Option<ApiKeyId>,
    filter: Filter,
    order: Order,
    /// Usage, where rows or their order depend on it.
    usage: Option<Arc<UsageIndex>>,
}

impl PartialEq for Shown {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.inventory, &other.inventory)
            && self.plan == other.plan
            && self.pool_key == other.pool_key
            && self.filter == other.filter
            && self.order == other.order
            && self.same_usage(other)
    }
}

impl Shown {
    pub(super) fn new(
        reading: &Reading,
        plan: Option<&PlanId>,
        pool_key: Option<&ApiKeyId>,
        filter: &str,
        order: Order,
    ) -> Self {
        let filter = Filter::parse(filter);
        let depends = order.by == SortBy::Used || filter.asks_for_usage();
        Self {
            inventory: Arc::clone(&reading.inventory),
            plan: plan.cloned(),
            pool_key: pool_key.cloned(),
            filter,
            order,
            usage: reading.usage.clone().filter(|_| depends),
        }
    }

    fn same_rows(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.inventory, &other.inventory)
            && self.plan == other.plan
            && self.pool_key == other.pool_key
            && (self.same_usage(other) || (self.usage.is_none() && other.order.by != SortBy::Used))
    }

    fn same_usage(&self, other: &Self) -> bool {
        self.usage.as_ref().map(Arc::as_ptr) == other.usage.as_ref().map(Arc::as_ptr)
    }
}

/// Rows in the order in which they are looked at.
#[derive(Debug, Clone, PartialEq)]
struct Source {
    places: Arc<Vec<u32>>,
    backwards: bool,
}

impl Source {
    fn at(&self, n: usize) -> u32 {
        self.places[if self.backwards { self.places.len() - 1 - n } else { n }]
    }
}

/// Rows still to be looked at.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Scan {
    source: Source,
    next: usize,
    /// The row that the cursor should be on when it turns up.
    keep: Option<RowId>,
    /// Whether that is a row that was just made or moved.
    follows: bool,
    /// The row that was under the cursor, and where it turned up.
    before: Option<RowId>,
    before_at: Option<usize>,
    /// Where the cursor stays when both are gone.
    or_at: usize,
    /// Marked rows that turned up.
    listed_marks: usize,
}

impl KeysPane {
    /// Lists anew what `now` asks for; where it only narrows, what is listed is all that is looked at.
    pub(super) fn renew(&mut self, reading: &Reading, now: Shown) {
        let before = self.shown.take();
        let wanted = self.wanted.take_if(|id| reading.inventory.row(id).is_some());
        let under_cursor = self.kept(before.as_ref(), &now);
        let same_filter = before.as_ref().is_some_and(|before| before.filter == now.filter);
        let or_at = if under_cursor.is_some() && same_filter { self.cursor.at } else { 0 };
        if before.as_ref().is_none_or(|before| !Arc::ptr_eq(&before.inventory, &now.inventory)) {
            self.marks.retain(|id| now.inventory.row(id).is_some());
        }
        let narrows = before.as_ref().is_some_and(|before| {
            before.same_rows(&now) && before.order == now.order && now.filter.narrows(&before.filter)
        });
        let source = if narrows && self.scan.is_none() {
            Source { places: Arc::new(std::mem::take(&mut self.view)), backwards: false }
        } else {
            Source { places: reading.order(now.order.by), backwards: now.order.inverted }
        };
        self.view.clear();
        self.cursor = Cursor::default();
        self.last_mark = None;
        let follows = wanted.is_some();
        let keep = wanted.or_else(|| under_cursor.clone());
        let before = under_cursor;
        self.scan =
            Some(Scan { source, next: 0, keep, follows, before, before_at: None, or_at, listed_marks: 0 });
        self.shown = Some(now);
        self.scan_on(reading);
    }

    /// The row that the cursor stays on while the same keys are listed.
    fn kept(&self, before: Option<&Shown>, now: &Shown) -> Option<RowId> {
        let before = before.filter(|before| before.plan == now.plan && before.pool_key == now.pool_key)?;
        self.selected(&before.inventory).map(|row| row.id.clone())
    }

    /// Looks at the next piece of rows.
    pub(crate) fn scan_on(&mut self, reading: &Reading) {
        let (Some(mut scan), Some(shown)) = (self.scan.take(), &self.shown) else { return };
        let inventory = &reading.inventory;
        let mut scratch = Scratch::new();
        let rows = scan.source.places.len();
        let end = (scan.next + PIECE).min(rows);
        for at in (scan.next..end).map(|n| scan.source.at(n)) {
            let row = &inventory.rows()[at as usize];
            let listed = shown.plan.as_ref().is_none_or(|plan| *plan == row.plan)
                && shown.pool_key.as_ref().is_none_or(|key| row.refers_to(key))
                && shown.filter.passes(at, reading, &mut scratch);
            if listed {
                if scan.keep.as_ref() == Some(&row.id) {
                    self.cursor.at = self.view.len();
                    scan.keep = None;
                }
                if scan.before.as_ref() == Some(&row.id) {
                    scan.before_at = Some(self.view.len());
                }
                scan.listed_marks += usize::from(!self.marks.is_empty() && self.marks.contains(&row.id));
                self.view.push(at);
            }
        }
        scan.next = end;
        if scan.next < rows {
            self.scan = Some(scan);
            return;
        }
        self.hidden_marks = self.marks.len().saturating_sub(scan.listed_marks);
        if scan.keep.is_some() {
            self.cursor.at = scan.before_at.unwrap_or(scan.or_at).min(self.view.len().saturating_sub(1));
            if scan.follows {
                // It may be listed later.
                self.wanted.clone_from(&scan.keep);
                self.unlisted = scan.keep;
            }
        }
    }
}
