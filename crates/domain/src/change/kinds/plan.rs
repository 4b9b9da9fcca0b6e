//! Changes of usage plans.

use crate::{Plan, PlanEdit, PlanId, PriceListEntry};

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PlanChange {
    /// Also writes a price-list entry.
    Create(Plan),
    /// Changes limits, stages, name or price-list entry.
    Edit { plan: PlanId, edit: PlanEdit },
    /// Deletes the plan; its keys stop working.
    Delete(PlanId),
    /// Lets keypool manage the plan.
    Adopt {
        plan: PlanId,
        /// `None` uses the limits that the plan enforces.
        entry: Option<PriceListEntry>,
    },
    /// Stops managing the plan. It and its API keys stay unchanged.
    Release(PlanId),
}
