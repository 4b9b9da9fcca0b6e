//! The tenant keys that an action acts on: the marked keys, or the selected one.

use keypool_domain::change::Subject;
use keypool_domain::{Inventory, TenantKey, TenantKeyId};

use crate::tui::keys::action::Action;
use crate::tui::layout::Pane;
use crate::tui::model::Model;
use crate::tui::screens::home::keys::state::NoTarget;
use crate::tui::screens::home::state::Home;
use crate::tui::text;

impl Home {
    /// The listed marked keys, or the selected key if none is marked.
    pub(super) fn target_keys(&self, model: &Model) -> Result<Vec<TenantKeyId>, String> {
        self.keys.target_ids(model.require_inventory()?).map_err(|why| explain_no_target(why, model))
    }

    /// The rows of the listed marked keys, or the row under the cursor if none is marked.
    pub(super) fn target_rows<'a>(
        &self,
        inventory: &'a Inventory,
        model: &Model,
    ) -> Result<Vec<&'a TenantKey>, String> {
        self.keys.target_rows(inventory).map_err(|why| explain_no_target(why, model))
    }

    /// The positions of the listed marked keys in the inventory, or of all listed keys if none is marked.
    pub(super) fn export_indexes(&self, model: &Model) -> Result<Vec<u32>, String> {
        self.keys.export_indexes(model.require_inventory()?).map_err(|why| explain_no_target(why, model))
    }

    /// The caution that a change to marked keys skips hidden ones.
    pub(crate) fn hidden_marks_caution(&self, subject: &Subject) -> Option<String> {
        let hidden = self.keys.hidden_marks();
        (hidden > 0 && self.targets_marks(subject)).then(|| {
            let (marked, hidden) = (text::format_count(self.keys.marked_count()), text::format_count(hidden));
            format!("{marked} marked, {hidden} hidden: hidden keys are not changed")
        })
    }

    fn targets_marks(&self, subject: &Subject) -> bool {
        let targets_keys = match subject {
            Subject::TenantKeys(ids) => ids.iter().all(|id| self.keys.is_marked(id)),
            Subject::ApiKeys => true,
            Subject::NamedKeys(_) | Subject::NamedInDescription => false,
        };
        targets_keys && self.focus == Pane::Keys
    }

    /// The tenant key to call the API with: always the selection of the focused pane.
    pub(super) fn key_to_call(&self, model: &Model) -> Result<TenantKey, String> {
        let inventory = model.require_inventory()?;
        let key = model.key_label(Action::Call);
        match self.focus {
            Pane::Plans => {
                let only = self.keys.only_listed(inventory).cloned();
                only.ok_or_else(|| format!("a call needs one key: select it in pane 3, then press {key}"))
            }
            Pane::Pool => {
                let selected = self.pool.selected().ok_or("no pool key is selected")?;
                let tenant_key = inventory.tenant_keys_of_api_key(&selected.api_key).next().cloned();
                tenant_key.ok_or_else(|| match model.listed() {
                    Some(_) => {
                        format!("no tenant key of pool key {} is listed: open it first", selected.api_key)
                    }
                    None => format!("no tenant key uses pool key {}", selected.api_key),
                })
            }
            Pane::Keys | Pane::Test => {
                let selected = self.selected_key(model).cloned();
                selected.ok_or_else(|| "no key is selected: select one in pane 3".to_owned())
            }
        }
    }
}

fn explain_no_target(why: NoTarget, model: &Model) -> String {
    match why {
        NoTarget::NoneSelected => "no key is selected".to_owned(),
        NoTarget::Scanning => "the filter is still running: try again in a moment".to_owned(),
        NoTarget::AllHidden(marked) => {
            let count = text::format_count(marked);
            let (back, clear) = (model.key_label(Action::Back), model.key_label(Action::ClearMarks));
            format!("all {count} marked keys are hidden · {back} clears the filter, {clear} clears the marks")
        }
    }
}
