//! The list in focus as it is written to a file: all of it, not only the busiest.

use std::sync::Arc;

use crate::ops::{Listed, UsageBy};
use crate::tui::app::App;
use crate::tui::usage_index;

use super::{Content, List, Of};

impl Content<'_> {
    /// What is listed; `None` where nothing is known of it.
    pub(crate) fn listed(&self, app: &App) -> Option<Listed> {
        let told = &self.index?.usage;
        let inventory = app.known()?;
        let usage = match self.of {
            Of::Account => Arc::clone(told),
            Of::Plan(plan) => Arc::new(usage_index::of_plan(told.plan(plan)?, told, inventory, app.now)),
            Of::Key(plan, key) => {
                let mut only = usage_index::of_plan(told.plan(plan)?, told, inventory, app.now);
                only.plans.values_mut().for_each(|told| told.keys.retain(|of, _| of == key));
                Arc::new(only)
            }
        };
        let by = match app.usage_view.list {
            List::Keys => UsageBy::Key,
            List::Tenants => UsageBy::Tenant,
            List::Plans => UsageBy::Plan,
        };
        Some(Listed::Usage(usage, Arc::clone(inventory), by, app.now))
    }
}
