//! The export of the focused list: all entries, not only the busiest.

use std::sync::Arc;

use keypool_domain::usage::Usage;

use crate::ops::{ExportList, UsageGrouping};
use crate::tui::model::usage_index;
use crate::tui::screens::usage::content::UsageContent;
use crate::tui::screens::usage::state::{UsageList, UsageSubject};

impl UsageContent<'_> {
    /// `None` if the usage has not been read, of all plans for the account.
    pub(super) fn to_export(&self) -> Option<ExportList> {
        if self.state.list == UsageList::Loud {
            let counted = self.state.log.counted.value()?;
            return Some(ExportList::RecentCalls(Arc::clone(counted), Arc::clone(self.model.inventory()?)));
        }
        // The quota figures are those of the screen, whatever range is shown.
        let shown = &self.index?.usage;
        if *self.subject == UsageSubject::Account && self.model.usage_so_far().is_some() {
            return None;
        }
        let all_usage = &match self.model.usage() {
            Some(current) if current.usage.range != shown.range => {
                Arc::new(Usage::clone(shown).with_statuses_of(&current.usage))
            }
            _ => Arc::clone(shown),
        };
        let inventory = self.model.inventory()?;
        let usage = match self.subject {
            UsageSubject::Account => Arc::clone(all_usage),
            UsageSubject::Plan(plan) => Arc::new(usage_index::usage_of_plan(
                all_usage.plan(plan)?,
                all_usage,
                inventory,
                self.model.now(),
            )),
            UsageSubject::Key(plan, key) => {
                let mut key_usage =
                    usage_index::usage_of_plan(all_usage.plan(plan)?, all_usage, inventory, self.model.now());
                key_usage
                    .plans
                    .values_mut()
                    .for_each(|plan_usage| plan_usage.keys.retain(|other, _| other == key));
                Arc::new(key_usage)
            }
        };
        let grouping = match self.state.list {
            UsageList::Keys => UsageGrouping::Key,
            UsageList::Tenants | UsageList::Loud => UsageGrouping::Tenant,
            UsageList::Plans => UsageGrouping::Plan,
        };
        Some(ExportList::Usage(usage, Arc::clone(inventory), grouping, self.model.now()))
    }
}
