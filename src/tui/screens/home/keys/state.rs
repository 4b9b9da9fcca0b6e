//! The state of the keys pane: filter, order, marks, cursor and the listed keys.

use std::collections::BTreeSet;
use std::sync::Arc;

use keypool_domain::{ApiKeyId, Inventory, PlanId, TenantKey, TenantKeyId};

use crate::ops::DoctorReport;
use crate::tui::layout::PaneArea;
use crate::tui::model::key_index::Order;
use crate::tui::model::snapshot::Snapshot;
use crate::tui::screens::filter_line::FilterLine;
use crate::tui::screens::home::keys::scan::{ListInputs, Scan};
use crate::tui::widgets::cursor::{Cursor, Motion};

#[derive(Debug, Clone, Default)]
pub(crate) struct KeysPane {
    pub(crate) filter: FilterLine,
    pub(crate) order: Order,
    pub(super) marks: BTreeSet<TenantKeyId>,
    /// Marked keys that the filter, plan or pool key hides.
    pub(super) hidden_marks: usize,
    /// Position in the list of the key marked last, where a range of marks starts.
    pub(super) last_mark: Option<usize>,
    pub(super) cursor: Cursor,
    /// Whether the operator has chosen a row.
    pub(super) has_moved: bool,
    /// Number of visible rows.
    pub(super) height: usize,
    /// Indexes into the inventory.
    pub(super) listed: Vec<u32>,
    pub(super) scan: Option<Scan>,
    /// What `listed` was built from.
    pub(super) listed_for: Option<ListInputs>,
    /// A key to select as soon as it is listed, e.g. a new one.
    pub(super) pending_selection: Option<TenantKeyId>,
    /// A key that should have been selected but is hidden.
    pub(super) unlisted_selection: Option<TenantKeyId>,
}

/// Why an action has no tenant keys to act on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NoTarget {
    /// No key is marked or under the cursor.
    NoneSelected,
    /// All marked keys are hidden; holds their number.
    AllHidden(usize),
    /// The list is still being built.
    Scanning,
}

impl KeysPane {
    pub(crate) fn selected<'a>(&self, inventory: &'a Inventory) -> Option<&'a TenantKey> {
        self.listed_key(inventory, self.cursor.selected)
    }

    pub(super) fn listed_key<'a>(&self, inventory: &'a Inventory, at: usize) -> Option<&'a TenantKey> {
        inventory.tenant_key_at(*self.listed.get(at)?)
    }

    /// The plans of the keys on the screen.
    pub(crate) fn plans_in_view<'a>(&'a self, inventory: &'a Inventory) -> impl Iterator<Item = &'a PlanId> {
        let rows = self.cursor.top..self.cursor.top + self.height;
        rows.map_while(|at| self.listed_key(inventory, at)).map(|key| &key.plan)
    }

    /// The keys an action applies to, each once: the marked ones or, if none is marked, the one under the cursor.
    pub(crate) fn target_ids(&self, inventory: &Inventory) -> Result<Vec<TenantKeyId>, NoTarget> {
        let ids: BTreeSet<_> = self.target_rows(inventory)?.into_iter().map(|key| key.id.clone()).collect();
        Ok(ids.into_iter().collect())
    }

    /// The rows an action applies to. Without tables, a key has a row for each of its plans.
    ///
    /// Hidden keys are never included. Every action on marked keys must take its keys from here.
    pub(crate) fn target_rows<'a>(&self, inventory: &'a Inventory) -> Result<Vec<&'a TenantKey>, NoTarget> {
        if self.marks.is_empty() {
            return self.selected(inventory).map(|key| vec![key]).ok_or(NoTarget::NoneSelected);
        }
        let listed = self.listed_marks(inventory)?;
        Ok(listed.iter().filter_map(|&index| inventory.tenant_key_at(index)).collect())
    }

    /// Inventory indexes of the marked keys or, if none is marked, of all listed keys.
    pub(crate) fn export_indexes(&self, inventory: &Inventory) -> Result<Vec<u32>, NoTarget> {
        if self.is_scanning() {
            Err(NoTarget::Scanning)
        } else if self.marks.is_empty() {
            Ok(self.listed.clone())
        } else {
            self.listed_marks(inventory)
        }
    }

    /// Inventory indexes of the marked keys that are listed; at least one.
    fn listed_marks(&self, inventory: &Inventory) -> Result<Vec<u32>, NoTarget> {
        if self.is_scanning() {
            return Err(NoTarget::Scanning);
        }
        let is_marked =
            |&index: &u32| inventory.tenant_key_at(index).is_some_and(|key| self.marks.contains(&key.id));
        let listed: Vec<_> = self.listed.iter().copied().filter(is_marked).collect();
        if listed.is_empty() { Err(NoTarget::AllHidden(self.marks.len())) } else { Ok(listed) }
    }

    pub(crate) fn hidden_marks(&self) -> usize {
        if self.is_scanning() { 0 } else { self.hidden_marks.min(self.marks.len()) }
    }

    /// Returns the key that could not be selected because it is hidden; each key only once.
    pub(crate) const fn take_unlisted(&mut self) -> Option<TenantKeyId> {
        self.unlisted_selection.take()
    }

    /// Returns the listed key if there is exactly one.
    pub(crate) fn only_listed<'a>(&self, inventory: &'a Inventory) -> Option<&'a TenantKey> {
        let is_only = self.listed.len() == 1 && !self.is_scanning();
        if is_only { self.listed_key(inventory, 0) } else { None }
    }

    pub(crate) fn marked_count(&self) -> usize {
        self.marks.len()
    }

    pub(crate) fn is_marked(&self, key: &TenantKeyId) -> bool {
        self.marks.contains(key)
    }

    /// Toggles the mark of the key under the cursor and moves to the next.
    pub(crate) fn toggle_mark(&mut self, inventory: &Inventory) {
        let Some(id) = self.selected(inventory).map(|key| key.id.clone()) else { return };
        if !self.marks.remove(&id) {
            self.marks.insert(id);
        }
        self.last_mark = Some(self.cursor.selected);
        self.move_cursor(Motion::Rows(1));
    }

    /// Marks all keys from the last mark to the cursor.
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

    pub(crate) fn unmark(&mut self, ids: &[TenantKeyId]) {
        for id in ids {
            self.marks.remove(id);
        }
    }

    pub(crate) fn move_cursor(&mut self, motion: Motion) {
        self.cursor.move_by(motion, self.listed.len(), self.height);
        self.pending_selection = None;
        self.has_moved = true;
    }

    pub(crate) fn select_when_listed(&mut self, key: Option<&TenantKeyId>) {
        self.pending_selection = key.cloned();
    }

    /// `line` counts from the first visible row.
    pub(crate) fn click(&mut self, line: usize) {
        if self.cursor.top + line < self.listed.len() {
            self.cursor.selected = self.cursor.top + line;
            self.has_moved = true;
        }
    }

    pub(crate) fn resize(&mut self, area: PaneArea) {
        self.height = crate::tui::widgets::table::body_height(area.inside.height);
        self.cursor.clamp(self.listed.len(), self.height);
    }

    pub(crate) fn is_scanning(&self) -> bool {
        self.scan.is_some()
    }

    /// Rebuilds the list if the snapshot, selection, filter or order has changed. `report` is the doctor's last one.
    pub(crate) fn sync(
        &mut self,
        snapshot: &Snapshot,
        plan: Option<&PlanId>,
        pool_key: Option<&ApiKeyId>,
        report: Option<&Arc<DoctorReport>>,
    ) {
        if let Some(listed) = &snapshot.listed
            && self.obstacle(listed, plan, pool_key).is_some()
        {
            return self.list_nothing();
        }
        let inputs = ListInputs::new(snapshot, plan, pool_key, self.filter.filter(), self.order, report);
        if self.listed_for.as_ref() == Some(&inputs) {
            return;
        }
        self.restart_scan(snapshot, inputs);
    }
}
