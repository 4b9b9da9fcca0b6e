//! The tenant keys that an action is about: whoever acts on marks or on the cursor's key asks here.

use keypool_domain::{Change, TenantKey, TenantKeyId};

use crate::tui::action::Action;
use crate::tui::layout::Pane;
use crate::tui::panes::keys::NoTarget;
use crate::tui::text;

use super::App;

impl App {
    /// The listed marked keys, or the one under the cursor where none is marked.
    pub(super) fn target_keys(&self) -> Result<Vec<TenantKeyId>, String> {
        let Some(inventory) = self.inventory() else { return Err("nothing was read yet".to_owned()) };
        self.keys.target_ids(inventory).map_err(|why| self.explain_no_target(why))
    }

    /// Their places in the inventory, or those of all listed keys where none is marked.
    pub(super) fn target_indexes(&self) -> Result<Vec<u32>, String> {
        let Some(inventory) = self.inventory() else { return Err("nothing was read yet".to_owned()) };
        self.keys.export_indexes(inventory).map_err(|why| self.explain_no_target(why))
    }

    fn explain_no_target(&self, why: NoTarget) -> String {
        match why {
            NoTarget::NoneSelected => "no key is selected".to_owned(),
            NoTarget::Scanning => "the filter is still looking: wait a moment".to_owned(),
            NoTarget::AllHidden(marked) => {
                let count = text::format_count(marked);
                let (back, clear) = (self.key_label(Action::Back), self.key_label(Action::ClearMarks));
                format!(
                    "{count} marked, {count} hidden: only listed keys are acted on · {back} clears the filter, \
                     {clear} the marks"
                )
            }
        }
    }

    /// Says of a change to marked keys that those that are not listed are left out.
    pub(super) fn hidden_marks_caution(&self, change: &Change) -> Option<String> {
        let hidden = self.keys.hidden_marks();
        (hidden > 0 && self.targets_marks(change)).then(|| {
            let (marked, hidden) = (text::format_count(self.keys.marked_count()), text::format_count(hidden));
            format!("{marked} marked, {hidden} hidden: keys that are not listed are left out")
        })
    }

    fn targets_marks(&self, change: &Change) -> bool {
        let of_rows = match change {
            Change::Delete(rows)
            | Change::SetEnabled { tenant_keys: rows, .. }
            | Change::Rotate { tenant_keys: rows, .. }
            | Change::Isolate(rows)
            | Change::Consolidate { tenant_keys: rows, .. }
            | Change::ChangePlan { tenant_keys: rows, .. } => rows.iter().all(|row| self.keys.is_marked(row)),
            Change::CreatePool(_) | Change::Extend(_) | Change::RotatePoolKey { .. } => true,
            Change::Create(_)
            | Change::Import(_)
            | Change::Edit { .. }
            | Change::SetCustomer { .. }
            | Change::Restore(_)
            | Change::Retire(_)
            | Change::Rebalance(_)
            | Change::DissolvePool(_)
            | Change::SetPool { .. }
            | Change::Grow { .. }
            | Change::Drain(_)
            | Change::Fix(_)
            | Change::Plan(_)
            | Change::Api(_) => false,
        };
        of_rows && self.focus == Pane::Keys
    }

    /// The tenant key that a call is made with: what is selected in the pane that has the focus, and nothing else.
    pub(crate) fn key_to_call(&self) -> Result<TenantKey, String> {
        let Some(inventory) = self.inventory() else { return Err("nothing was read yet".to_owned()) };
        let key = self.key_label(Action::Call);
        match self.focus {
            Pane::Plans => {
                let only = self.keys.only_listed(inventory).cloned();
                only.ok_or_else(|| format!("a call needs one key: choose it in pane 3, then press {key}"))
            }
            Pane::Pool => {
                let selected = self.pool.selected().ok_or("no pool key is selected")?;
                let behind = inventory.tenant_keys_of_api_key(&selected.api_key).next().cloned();
                behind.ok_or_else(|| format!("no tenant key is behind pool key {}", selected.api_key))
            }
            Pane::Keys | Pane::Test => {
                let selected = self.selected_key().cloned();
                selected.ok_or_else(|| "no key is selected: choose one in pane 3".to_owned())
            }
        }
    }
}
