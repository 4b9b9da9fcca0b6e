//! The list in focus as it is written to a file: all of it, not only the busiest.

use std::sync::Arc;

use crate::ops::{ExportList, UsageGrouping};
use crate::tui::app::App;
use crate::tui::usage_index;

use super::{UsageContent, UsageList, UsageSubject};

impl UsageContent<'_> {
    /// What is listed; `None` where nothing is known of it.
    pub(crate) fn to_export(&self, app: &App) -> Option<ExportList> {
        let told = &self.index?.usage;
        let inventory = app.inventory()?;
        let usage = match self.of {
            UsageSubject::Account => Arc::clone(told),
            UsageSubject::Plan(plan) => {
                Arc::new(usage_index::usage_of_plan(told.plan(plan)?, told, inventory, app.now))
            }
            UsageSubject::Key(plan, key) => {
                let mut only = usage_index::usage_of_plan(told.plan(plan)?, told, inventory, app.now);
                only.plans.values_mut().for_each(|told| told.keys.retain(|of, _| of == key));
                Arc::new(only)
            }
        };
        let by = match app.usage_view.list {
            UsageList::Keys => UsageGrouping::Key,
            UsageList::Tenants => UsageGrouping::Tenant,
            UsageList::Plans => UsageGrouping::Plan,
        };
        Some(ExportList::Usage(usage, Arc::clone(inventory), by, app.now))
    }
}
