//! More calls for an API key, or for those of the marked tenant keys.

use std::collections::BTreeSet;

use keypool_domain::{ApiKeyId, Inventory, PlanId};

use crate::tui::layout::Pane;
use crate::tui::message::Tone;
use crate::tui::overlays::{Ask, Overlay};
use crate::tui::panes::usage;
use crate::tui::view::View;

use super::App;

impl App {
    pub(super) fn extend(&mut self, inventory: &Inventory) {
        let meant = match (self.view, self.focus) {
            (View::Usage, _) => {
                let selected = self.key_of_usage();
                selected.ok_or_else(|| "no API key is selected: choose one in the list".to_owned())
            }
            (_, Pane::Pool) => {
                let selected = self.pool.selected();
                let meant = selected.map(|row| (row.plan.clone(), vec![row.api_key.clone()]));
                meant.ok_or_else(|| "no pool key is selected".to_owned())
            }
            _ => self.api_keys_of_rows(inventory),
        };
        match meant {
            Ok((plan, api_keys)) => {
                let note = self.where_it_stands(&plan, &api_keys);
                self.overlay = Some(Overlay::Ask(Ask::extend(plan, api_keys, note, inventory)));
            }
            Err(why) => self.say(Tone::Bad, why),
        }
    }

    /// The API keys behind the marked tenant keys, which are extended in one plan.
    fn api_keys_of_rows(&self, inventory: &Inventory) -> Result<(PlanId, Vec<ApiKeyId>), String> {
        let rows = self.target_keys()?;
        let rows: Vec<_> = rows.iter().filter_map(|row| inventory.row(row)).collect();
        let first = rows.first().ok_or("no key is selected")?;
        if rows.iter().any(|row| row.plan != first.plan) {
            return Err("the marked keys are in several plans: mark keys of one plan".to_owned());
        }
        let api_keys: BTreeSet<_> = rows.iter().filter_map(|row| row.api_key().into_result().ok()).collect();
        Ok((first.plan.clone(), api_keys.into_iter().collect()))
    }

    /// The API key that the view of usage is about, or has under its cursor.
    fn key_of_usage(&self) -> Option<(PlanId, Vec<ApiKeyId>)> {
        let leads_to = || usage::Content::of(self).leads_to(self);
        let of = match &self.usage_view.of {
            usage::Of::Key(..) => Some(self.usage_view.of.clone()),
            usage::Of::Account | usage::Of::Plan(_) => leads_to(),
        };
        match of? {
            usage::Of::Key(plan, key) => Some((plan, vec![key])),
            usage::Of::Account | usage::Of::Plan(_) => None,
        }
    }

    /// What is known of one key, and what may be asked.
    pub(crate) fn where_it_stands(&self, plan: &PlanId, api_keys: &[ApiKeyId]) -> String {
        let standing = match api_keys {
            [key] => self.usage().and_then(|index| index.key(plan, key)),
            _ => None,
        };
        let stands = standing.map_or_else(String::new, |standing| format!("{} · ", usage::used(standing)));
        format!("{stands}add calls to what is left of this period, or set what is left")
    }
}
