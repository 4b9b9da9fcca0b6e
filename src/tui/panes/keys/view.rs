//! Which rows are listed: made from plan, pool key, filter and order, in pieces.

use std::sync::Arc;

use keypool_domain::{ApiKeyId, Inventory, PlanId, RowId};

use crate::tui::filter::{Filter, Scratch};
use crate::tui::key_index::{KeyIndex, Order};
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
}

impl PartialEq for Shown {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.inventory, &other.inventory)
            && self.plan == other.plan
            && self.pool_key == other.pool_key
            && self.filter == other.filter
            && self.order == other.order
    }
}

impl Shown {
    pub(super) fn new(
        inventory: &Arc<Inventory>,
        plan: Option<&PlanId>,
        pool_key: Option<&ApiKeyId>,
        filter: &str,
        order: Order,
    ) -> Self {
        Self {
            inventory: Arc::clone(inventory),
            plan: plan.cloned(),
            pool_key: pool_key.cloned(),
            filter: Filter::parse(filter),
            order,
        }
    }

    fn same_rows(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.inventory, &other.inventory)
            && self.plan == other.plan
            && self.pool_key == other.pool_key
    }
}

/// Rows still to be looked at.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Scan {
    source: Arc<Vec<u32>>,
    next: usize,
    /// The row that the cursor should be on when it turns up.
    keep: Option<RowId>,
    /// Where the cursor stays when that row is gone.
    or_at: usize,
}

impl KeysPane {
    /// Lists anew what `now` asks for; where it only narrows, what is listed is all that is looked at.
    pub(super) fn renew(&mut self, inventory: &Arc<Inventory>, now: Shown) {
        let before = self.shown.take();
        let keep = self.kept(before.as_ref(), &now, inventory);
        let same_filter = before.as_ref().is_some_and(|before| before.filter == now.filter);
        let or_at = if keep.is_some() && same_filter { self.cursor.at } else { 0 };
        let narrows = before.as_ref().is_some_and(|before| {
            before.same_rows(&now) && before.order == now.order && now.filter.narrows(&before.filter)
        });
        let source = if narrows && self.scan.is_none() {
            Arc::new(std::mem::take(&mut self.view))
        } else {
            self.index_for(before.as_ref(), &now, inventory)
        };
        self.view.clear();
        self.cursor = Cursor::default();
        self.last_mark = None;
        self.scan = Some(Scan { source, next: 0, keep, or_at });
        self.shown = Some(now);
        self.scan_on(inventory);
    }

    /// The row that the cursor stays on: the wanted one, or the present one while the same keys are listed.
    fn kept(&mut self, before: Option<&Shown>, now: &Shown, inventory: &Inventory) -> Option<RowId> {
        let wanted = self.wanted.as_ref().filter(|id| inventory.row(id).is_some()).cloned();
        if wanted.is_some() {
            self.wanted = None;
            return wanted;
        }
        let before = before.filter(|before| before.plan == now.plan && before.pool_key == now.pool_key)?;
        self.selected(&before.inventory).map(|row| row.id.clone())
    }

    fn index_for(&mut self, before: Option<&Shown>, now: &Shown, inventory: &Inventory) -> Arc<Vec<u32>> {
        let same = before.is_some_and(|before| Arc::ptr_eq(&before.inventory, &now.inventory));
        match &mut self.index {
            Some(index) if same => {
                if before.is_some_and(|before| before.order != now.order) {
                    index.sort(inventory, now.order);
                }
            }
            index => *index = Some(KeyIndex::new(inventory, now.order)),
        }
        self.index.as_ref().map(|index| Arc::clone(&index.order)).unwrap_or_default()
    }

    /// Looks at the next piece of rows.
    pub(crate) fn scan_on(&mut self, inventory: &Inventory) {
        let (Some(mut scan), Some(shown), Some(index)) = (self.scan.take(), &self.shown, &self.index) else {
            return;
        };
        let mut scratch = Scratch::new();
        let end = (scan.next + PIECE).min(scan.source.len());
        for &at in &scan.source[scan.next..end] {
            let row = &inventory.rows()[at as usize];
            let listed = shown.plan.as_ref().is_none_or(|plan| *plan == row.plan)
                && shown.pool_key.as_ref().is_none_or(|key| row.pool_key.as_ref() == Some(key))
                && shown.filter.passes(row, index.letters[at as usize], inventory, &mut scratch);
            if listed {
                if scan.keep.as_ref() == Some(&row.id) {
                    self.cursor.at = self.view.len();
                    scan.keep = None;
                }
                self.view.push(at);
            }
        }
        scan.next = end;
        if scan.next < scan.source.len() {
            self.scan = Some(scan);
        } else if scan.keep.is_some() {
            self.cursor.at = scan.or_at.min(self.view.len().saturating_sub(1));
        }
    }
}
