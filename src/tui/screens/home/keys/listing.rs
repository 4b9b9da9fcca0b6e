//! Builds the list of tenant keys from plan, pool key, filter and order, in chunks.

use std::sync::Arc;

use keypool_domain::{AccountPart, Extent, TenantKeyId};

use crate::tui::model::filter::KeyMatcher;
use crate::tui::model::snapshot::Snapshot;
use crate::tui::screens::home::keys::scan::{ListInputs, Scan, ScanSource};
use crate::tui::screens::home::keys::state::KeysPane;

/// Tenant keys scanned between two polls of the keyboard.
const SCAN_CHUNK: usize = 8_192;

impl KeysPane {
    /// Rebuilds the list for `inputs`. If they only narrow the filter, scans just the keys listed now.
    pub(super) fn restart_scan(&mut self, snapshot: &Snapshot, inputs: ListInputs) {
        let old_inputs = self.listed_for.take();
        let pending_selection =
            self.pending_selection.take_if(|id| snapshot.inventory.tenant_key(id).is_some());
        let under_cursor = self.key_to_keep(old_inputs.as_ref(), &inputs);
        let is_same_filter = old_inputs.as_ref().is_some_and(|old| old.filter == inputs.filter);
        let fallback_at = if under_cursor.is_some() && is_same_filter { self.cursor.selected } else { 0 };
        if old_inputs.as_ref().is_none_or(|old| !Arc::ptr_eq(&old.inventory, &inputs.inventory)) {
            self.marks.retain(|id| inputs.inventory.tenant_key(id).is_some());
        }
        let only_narrows = old_inputs.as_ref().is_some_and(|old| {
            old.has_same_keys(&inputs)
                && old.order == inputs.order
                && inputs.filter.is_narrower_than(&old.filter)
        });
        let source = if only_narrows && self.scan.is_none() {
            ScanSource { indexes: Arc::new(std::mem::take(&mut self.listed)), is_reversed: false }
        } else {
            ScanSource { indexes: snapshot.order(inputs.order.by), is_reversed: inputs.order.is_inverted }
        };
        self.listed.clear();
        let findings = inputs.report.as_ref().map(|report| &report.findings[..]);
        let matcher = KeyMatcher::new(inputs.filter.clone(), &inputs.inventory, findings);
        let previous_cursor = std::mem::take(&mut self.cursor);
        self.last_mark = None;
        let is_pending_selection = pending_selection.is_some();
        let select = pending_selection.or_else(|| under_cursor.clone());
        self.scan = Some(Scan {
            source,
            matcher,
            next: 0,
            select,
            is_pending_selection,
            previous: under_cursor,
            previous_at: None,
            previous_cursor,
            fallback_at,
            listed_marks: 0,
        });
        self.listed_for = Some(inputs);
        self.scan_next_chunk(snapshot);
    }

    /// The key under the cursor, to be selected in the new list, unless the plan or pool key has changed. A cursor on the
    /// first row stays there while more tenant keys arrive, and until the operator moves it also while the figures arrive by
    /// which they are sorted; keys listed on demand arrive at the end.
    fn key_to_keep(&self, old_inputs: Option<&ListInputs>, inputs: &ListInputs) -> Option<TenantKeyId> {
        let old = old_inputs.filter(|old| old.plan == inputs.plan && old.pool_key == inputs.pool_key)?;
        let grows = match old.inventory.extent(AccountPart::TenantKeys) {
            Extent::Partial { .. } => true,
            Extent::Complete | Extent::Remembered { .. } | Extent::OnDemand { .. } => false,
        };
        let is_sorted_again = !self.has_moved
            && old.order == inputs.order
            && old.filter == inputs.filter
            && old.usage.as_ref().map(Arc::as_ptr) != inputs.usage.as_ref().map(Arc::as_ptr);
        if (grows || is_sorted_again) && self.cursor.selected == 0 {
            return None;
        }
        self.selected(&old.inventory).map(|key| key.id.clone())
    }

    pub(crate) fn scan_next_chunk(&mut self, snapshot: &Snapshot) {
        let (Some(mut scan), Some(inputs)) = (self.scan.take(), &self.listed_for) else { return };
        let inventory = &snapshot.inventory;
        let total = scan.source.indexes.len();
        let end = (scan.next + SCAN_CHUNK).min(total);
        for index in (scan.next..end).map(|n| scan.source.at(n)) {
            let Some(key) = inventory.tenant_key_at(index) else { continue };
            let is_listed = inputs.plan.as_ref().is_none_or(|plan| *plan == key.plan)
                && inputs.pool_key.as_ref().is_none_or(|pool_key| key.refers_to(pool_key))
                && scan.matcher.matches(index, key, snapshot);
            if is_listed {
                if scan.select.as_ref() == Some(&key.id) {
                    self.cursor.selected = self.listed.len();
                    scan.select = None;
                }
                if scan.previous.as_ref() == Some(&key.id) {
                    scan.previous_at = Some(self.listed.len());
                    // More keys may follow: what is on the screen stays.
                    if scan.previous_cursor.selected == self.listed.len() {
                        self.cursor.top = scan.previous_cursor.top;
                    }
                }
                scan.listed_marks += usize::from(!self.marks.is_empty() && self.marks.contains(&key.id));
                self.listed.push(index);
            }
        }
        scan.next = end;
        if scan.next < total {
            self.scan = Some(scan);
            return;
        }
        self.hidden_marks = self.marks.len().saturating_sub(scan.listed_marks);
        if scan.select.is_some() {
            self.cursor.selected =
                scan.previous_at.unwrap_or(scan.fallback_at).min(self.listed.len().saturating_sub(1));
            if scan.is_pending_selection {
                // A later change of the inputs may list the key.
                self.pending_selection.clone_from(&scan.select);
                self.unlisted_selection = scan.select;
            }
        }
    }
}
