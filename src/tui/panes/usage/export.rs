//! The export of the focused list: all entries, not only the busiest.

use std::sync::Arc;

use crate::ops::{ExportList, UsageGrouping};
use crate::tui::app::App;
use crate::tui::usage_index;

use super::{UsageContent, UsageList, UsageSubject};

impl UsageContent<'_> {
    /// `None` if the usage has not been read.
    pub(crate) fn to_export(&self, app: &App) -> Option<ExportList> {
        let all_usage = &self.index?.usage;
        let inventory = app.inventory()?;
        let usage = match self.subject {
            UsageSubject::Account => Arc::clone(all_usage),
            UsageSubject::Plan(plan) => {
                Arc::new(usage_index::usage_of_plan(all_usage.plan(plan)?, all_usage, inventory, app.now))
            }
            UsageSubject::Key(plan, key) => {
                let mut key_usage =
                    usage_index::usage_of_plan(all_usage.plan(plan)?, all_usage, inventory, app.now);
                key_usage
                    .plans
                    .values_mut()
                    .for_each(|plan_usage| plan_usage.keys.retain(|other, _| other == key));
                Arc::new(key_usage)
            }
        };
        let grouping = match app.usage_view.list {
            UsageList::Keys => UsageGrouping::Key,
            UsageList::Tenants => UsageGrouping::Tenant,
            UsageList::Plans => UsageGrouping::Plan,
        };
        Some(ExportList::Usage(usage, Arc::clone(inventory), grouping, app.now))
    }
}
