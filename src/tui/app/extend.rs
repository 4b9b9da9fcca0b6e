//! Raises or lowers the remaining quota of an API key, or of the API keys of marked tenant keys.

use std::collections::BTreeSet;

use keypool_domain::{ApiKeyId, Inventory, PlanId};

use crate::tui::layout::Pane;
use crate::tui::message::Tone;
use crate::tui::overlays::{Overlay, PromptForm};
use crate::tui::panes::usage;
use crate::tui::view::View;

use super::App;

impl App {
    pub(super) fn extend(&mut self, inventory: &Inventory) {
        let target = match (self.view, self.focus) {
            (View::Usage, _) => {
                let selected = self.usage_api_key();
                selected.ok_or_else(|| "no API key is selected: choose one in the list".to_owned())
            }
            (_, Pane::Pool) => {
                let selected = self.pool.selected();
                let target = selected.map(|row| (row.plan.clone(), vec![row.api_key.clone()]));
                target.ok_or_else(|| "no pool key is selected".to_owned())
            }
            _ => self.target_api_keys(inventory),
        };
        match target {
            Ok((plan, api_keys)) => {
                let note = self.quota_note(&plan, &api_keys);
                self.overlay = Some(Overlay::Prompt(PromptForm::extend(plan, api_keys, note, inventory)));
            }
            Err(why) => self.show_message(Tone::Error, why),
        }
    }

    /// The API keys of the marked tenant keys, which must be in one plan.
    fn target_api_keys(&self, inventory: &Inventory) -> Result<(PlanId, Vec<ApiKeyId>), String> {
        let ids = self.target_keys()?;
        let keys: Vec<_> = ids.iter().filter_map(|id| inventory.tenant_key(id)).collect();
        let first = keys.first().ok_or("no key is selected")?;
        if keys.iter().any(|key| key.plan != first.plan) {
            return Err("the marked keys are in several plans: mark keys of one plan".to_owned());
        }
        let api_keys: BTreeSet<_> = keys.iter().filter_map(|key| key.api_key().into_result().ok()).collect();
        Ok((first.plan.clone(), api_keys.into_iter().collect()))
    }

    /// The API key shown or selected in the view of usage.
    fn usage_api_key(&self) -> Option<(PlanId, Vec<ApiKeyId>)> {
        let selected = || usage::UsageContent::new(self).selected_subject(self);
        let subject = match &self.usage_view.subject {
            usage::UsageSubject::Key(..) => Some(self.usage_view.subject.clone()),
            usage::UsageSubject::Account | usage::UsageSubject::Plan(_) => selected(),
        };
        match subject? {
            usage::UsageSubject::Key(plan, key) => Some((plan, vec![key])),
            usage::UsageSubject::Account | usage::UsageSubject::Plan(_) => None,
        }
    }

    /// The quota status of a single key, and how to fill in the form.
    pub(crate) fn quota_note(&self, plan: &PlanId, api_keys: &[ApiKeyId]) -> String {
        let status = match api_keys {
            [key] => self.usage().and_then(|index| index.key_status(plan, key)),
            _ => None,
        };
        let used = status.map_or_else(String::new, |status| format!("{} · ", usage::format_used(status)));
        format!("{used}add calls to the remaining quota of this period, or set it")
    }
}
