//! More calls for an API key, or for those of the marked tenant keys.

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
        let meant = match (self.view, self.focus) {
            (View::Usage, _) => {
                let selected = self.usage_api_key();
                selected.ok_or_else(|| "no API key is selected: choose one in the list".to_owned())
            }
            (_, Pane::Pool) => {
                let selected = self.pool.selected();
                let meant = selected.map(|row| (row.plan.clone(), vec![row.api_key.clone()]));
                meant.ok_or_else(|| "no pool key is selected".to_owned())
            }
            _ => self.target_api_keys(inventory),
        };
        match meant {
            Ok((plan, api_keys)) => {
                let note = self.quota_note(&plan, &api_keys);
                self.overlay = Some(Overlay::Prompt(PromptForm::extend(plan, api_keys, note, inventory)));
            }
            Err(why) => self.show_message(Tone::Error, why),
        }
    }

    /// The API keys behind the marked tenant keys, which are extended in one plan.
    fn target_api_keys(&self, inventory: &Inventory) -> Result<(PlanId, Vec<ApiKeyId>), String> {
        let rows = self.target_keys()?;
        let rows: Vec<_> = rows.iter().filter_map(|row| inventory.tenant_key(row)).collect();
        let first = rows.first().ok_or("no key is selected")?;
        if rows.iter().any(|row| row.plan != first.plan) {
            return Err("the marked keys are in several plans: mark keys of one plan".to_owned());
        }
        let api_keys: BTreeSet<_> = rows.iter().filter_map(|row| row.api_key().into_result().ok()).collect();
        Ok((first.plan.clone(), api_keys.into_iter().collect()))
    }

    /// The API key that the view of usage is about, or has under its cursor.
    fn usage_api_key(&self) -> Option<(PlanId, Vec<ApiKeyId>)> {
        let leads_to = || usage::UsageContent::new(self).selected_subject(self);
        let of = match &self.usage_view.subject {
            usage::UsageSubject::Key(..) => Some(self.usage_view.subject.clone()),
            usage::UsageSubject::Account | usage::UsageSubject::Plan(_) => leads_to(),
        };
        match of? {
            usage::UsageSubject::Key(plan, key) => Some((plan, vec![key])),
            usage::UsageSubject::Account | usage::UsageSubject::Plan(_) => None,
        }
    }

    /// What is known of one key, and what may be asked.
    pub(crate) fn quota_note(&self, plan: &PlanId, api_keys: &[ApiKeyId]) -> String {
        let standing = match api_keys {
            [key] => self.usage().and_then(|index| index.key_status(plan, key)),
            _ => None,
        };
        let stands =
            standing.map_or_else(String::new, |standing| format!("{} · ", usage::format_used(standing)));
        format!("{stands}add calls to what is left of this period, or set what is left")
    }
}
