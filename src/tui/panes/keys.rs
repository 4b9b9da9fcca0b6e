//! Pane 3: the tenant keys of the chosen plan or pool key, filtered, sorted and marked.
//!
//! The visible rows are positions in the inventory: they are made anew only when what they depend on changes, and
//! over many rows bit by bit, so that a key press never waits for a million of them.

mod listing;
mod table;

use std::collections::BTreeSet;

use keypool_domain::{ApiKeyId, Inventory, PlanId, TenantKey, TenantKeyId};
use ratatui::layout::Rect;
use tui_input::Input;

use crate::tui::key_index::{Order, SortBy};
use crate::tui::snapshot::Snapshot;
use crate::tui::widgets::cursor::{Cursor, Motion};

use listing::{ListInputs, Scan};
pub(crate) use table::draw;

/// The state of the keys pane.
#[derive(Debug, Clone)]
pub(crate) struct KeysPane {
    /// What is typed after `/`.
    pub(crate) input: Input,
    /// Whether it is being typed.
    pub(crate) is_typing_filter: bool,
    pub(crate) order: Order,
    marks: BTreeSet<TenantKeyId>,
    /// Marks of keys that are not listed: filter, plan or pool key hides them.
    hidden_marks: usize,
    last_mark: Option<usize>,
    cursor: Cursor,
    height: usize,
    listed: Vec<u32>,
    scan: Option<Scan>,
    listed_for: Option<ListInputs>,
    /// The row that the cursor goes to as soon as it is there.
    pending_selection: Option<TenantKeyId>,
    /// The wanted row, where it is there and not listed.
    unlisted_selection: Option<TenantKeyId>,
}

/// Why no tenant key is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NoTarget {
    /// Nothing is marked and nothing is under the cursor.
    NoneSelected,
    /// Keys are marked, none of which is listed.
    AllHidden(usize),
    /// What is listed is not complete yet.
    Scanning,
}

impl Default for KeysPane {
    fn default() -> Self {
        Self {
            input: Input::default(),
            is_typing_filter: false,
            order: Order { by: SortBy::Tenant, is_inverted: false },
            marks: BTreeSet::new(),
            hidden_marks: 0,
            last_mark: None,
            cursor: Cursor::default(),
            height: 0,
            listed: Vec::new(),
            scan: None,
            listed_for: None,
            pending_selection: None,
            unlisted_selection: None,
        }
    }
}

impl KeysPane {
    /// The row under the cursor.
    pub(crate) fn selected<'a>(&self, inventory: &'a Inventory) -> Option<&'a TenantKey> {
        self.listed_key(inventory, self.cursor.selected)
    }

    fn listed_key<'a>(&self, inventory: &'a Inventory, at: usize) -> Option<&'a TenantKey> {
        inventory.tenant_keys().get(*self.listed.get(at)? as usize)
    }

    /// The keys that an action is about: the marked ones or, where none are marked, the one under the cursor.
    ///
    /// Only what is listed is ever meant; whoever acts on marks asks here.
    pub(crate) fn target_ids(&self, inventory: &Inventory) -> Result<Vec<TenantKeyId>, NoTarget> {
        if self.marks.is_empty() {
            let selected = self.selected(inventory).map(|row| vec![row.id.clone()]);
            return selected.ok_or(NoTarget::NoneSelected);
        }
        let listed = self.listed_marks(inventory)?;
        let mut ids: Vec<_> =
            listed.iter().map(|&at| inventory.tenant_keys()[at as usize].id.clone()).collect();
        ids.sort_unstable();
        Ok(ids)
    }

    /// The places of the marked keys in the inventory or, where none are marked, of all that are listed.
    pub(crate) fn export_indexes(&self, inventory: &Inventory) -> Result<Vec<u32>, NoTarget> {
        if self.is_scanning() {
            Err(NoTarget::Scanning)
        } else if self.marks.is_empty() {
            Ok(self.listed.clone())
        } else {
            self.listed_marks(inventory)
        }
    }

    /// The places of the marked keys that are listed, at least one.
    fn listed_marks(&self, inventory: &Inventory) -> Result<Vec<u32>, NoTarget> {
        if self.is_scanning() {
            return Err(NoTarget::Scanning);
        }
        let is_marked = |&at: &u32| {
            inventory.tenant_keys().get(at as usize).is_some_and(|row| self.marks.contains(&row.id))
        };
        let listed: Vec<_> = self.listed.iter().copied().filter(is_marked).collect();
        if listed.is_empty() { Err(NoTarget::AllHidden(self.marks.len())) } else { Ok(listed) }
    }

    /// How many of the marked keys are not listed.
    pub(crate) fn hidden_marks(&self) -> usize {
        if self.is_scanning() { 0 } else { self.hidden_marks.min(self.marks.len()) }
    }

    /// The key that the cursor should have gone to and could not, told once.
    pub(crate) const fn take_unlisted(&mut self) -> Option<TenantKeyId> {
        self.unlisted_selection.take()
    }

    /// The key that is listed, where it is only one.
    pub(crate) fn only_listed<'a>(&self, inventory: &'a Inventory) -> Option<&'a TenantKey> {
        let is_only = self.listed.len() == 1 && !self.is_scanning();
        if is_only { self.listed_key(inventory, 0) } else { None }
    }

    /// How many rows are listed.
    pub(crate) fn len(&self) -> usize {
        self.listed.len()
    }

    pub(crate) fn marked_count(&self) -> usize {
        self.marks.len()
    }

    pub(crate) fn is_marked(&self, row: &TenantKeyId) -> bool {
        self.marks.contains(row)
    }

    /// Marks or unmarks the row under the cursor and goes on to the next.
    pub(crate) fn mark(&mut self, inventory: &Inventory) {
        let Some(id) = self.selected(inventory).map(|row| row.id.clone()) else { return };
        if !self.marks.remove(&id) {
            self.marks.insert(id);
        }
        self.last_mark = Some(self.cursor.selected);
        self.move_cursor(Motion::Rows(1));
    }

    /// Marks everything from the last mark to the cursor.
    pub(crate) fn mark_range(&mut self, inventory: &Inventory) {
        let from = self.last_mark.unwrap_or(self.cursor.selected).min(self.listed.len().saturating_sub(1));
        let (first, last) = (from.min(self.cursor.selected), from.max(self.cursor.selected));
        let ids: Vec<_> =
            (first..=last).filter_map(|at| Some(self.listed_key(inventory, at)?.id.clone())).collect();
        self.marks.extend(ids);
        self.last_mark = Some(self.cursor.selected);
    }

    pub(crate) fn clear_marks(&mut self) {
        self.marks.clear();
        self.hidden_marks = 0;
        self.last_mark = None;
    }

    pub(crate) fn unmark(&mut self, gone: &[TenantKeyId]) {
        for id in gone {
            self.marks.remove(id);
        }
    }

    pub(crate) fn move_cursor(&mut self, motion: Motion) {
        self.cursor.move_by(motion, self.listed.len(), self.height);
        self.pending_selection = None;
    }

    /// Puts the cursor on this row as soon as it is listed.
    pub(crate) fn select_when_listed(&mut self, row: Option<&TenantKeyId>) {
        self.pending_selection = row.cloned();
    }

    /// Puts the cursor on a row, where there is one.
    pub(crate) fn click(&mut self, line: usize) {
        if self.cursor.top + line < self.listed.len() {
            self.cursor.selected = self.cursor.top + line;
        }
    }

    pub(crate) fn resize(&mut self, area: Rect) {
        let lines = area.height.saturating_sub(2).saturating_sub(u16::from(self.has_filter_line()));
        self.height = crate::tui::widgets::table::body_height(lines, self.listed.len());
        self.cursor.clamp(self.listed.len(), self.height);
    }

    /// Whether a filter is typed or in force.
    pub(crate) fn has_filter_line(&self) -> bool {
        self.is_typing_filter || !self.input.value().is_empty()
    }

    pub(crate) fn clear_filter(&mut self) {
        self.input.reset();
        self.is_typing_filter = false;
    }

    pub(crate) fn is_scanning(&self) -> bool {
        self.scan.is_some()
    }

    /// Follows reading, selection, filter and order.
    pub(crate) fn sync(&mut self, reading: &Snapshot, plan: Option<&PlanId>, pool_key: Option<&ApiKeyId>) {
        let now = ListInputs::new(reading, plan, pool_key, self.input.value(), self.order);
        if self.listed_for.as_ref() == Some(&now) {
            return;
        }
        self.restart_scan(reading, now);
    }
}
