//! The announcement of a change: its steps, the tenants, plans and stages it affects, and its cautions.
//!
//! The dialog, the command line's question, `--dry-run`, its JSON and the doctor all show the same announcement.

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use crate::change::Effects;
use crate::{Change, Inventory, PlanId, Refusal, StageRef, Tenant};

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Announcement {
    pub summary: String,
    pub units: Vec<AnnouncedUnit>,
    /// Affected tenants, deduplicated and sorted by name.
    pub tenants: Vec<Tenant>,
    /// Affected usage plans, deduplicated and sorted by name.
    pub plans: Vec<AffectedPlan>,
    /// Affected API stages, deduplicated.
    pub stages: Vec<StageRef>,
    /// Side effects to know before confirming.
    pub cautions: Vec<String>,
    /// Whether the change can take access away from a tenant or cannot be undone.
    pub needs_confirmation: bool,
}

/// The steps for one tenant key, API key, plan or stage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AnnouncedUnit {
    /// For example "acme · web".
    pub subject: String,
    /// One line per step.
    pub steps: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AffectedPlan {
    pub id: PlanId,
    /// The id if the plan no longer exists.
    pub name: String,
}

impl Announcement {
    /// Announces a change, or refuses it.
    pub fn new(change: &Change, inventory: &Inventory) -> Result<Self, Refusal> {
        let units = change.units(inventory)?.into_iter().map(|unit| AnnouncedUnit {
            steps: unit.steps.iter().map(|step| step.describe(inventory)).collect(),
            subject: unit.subject,
        });
        let Effects { scope, cautions, needs_confirmation } = change.effects(inventory);
        let plans = scope
            .all_plans()
            .into_iter()
            .map(|id| AffectedPlan { id: id.clone(), name: inventory.plan_name(id).to_owned() });
        let mut plans: Vec<_> = plans.collect();
        plans.sort_by(|a, b| (&a.name, &a.id).cmp(&(&b.name, &b.id)));
        Ok(Self {
            summary: change.describe(inventory),
            units: units.collect(),
            tenants: scope.all_tenants(),
            plans,
            stages: scope.all_stages().into_iter().cloned().collect(),
            cautions,
            needs_confirmation,
        })
    }

    /// Merges the announcements of several changes into one.
    pub fn merge(summary: impl Into<String>, parts: impl IntoIterator<Item = Self>) -> Self {
        let mut merged = Self { summary: summary.into(), ..Self::default() };
        for part in parts {
            merged.units.extend(part.units);
            merged.tenants.extend(part.tenants);
            merged.plans.extend(part.plans);
            merged.stages.extend(part.stages);
            merged.cautions.extend(part.cautions);
            merged.needs_confirmation |= part.needs_confirmation;
        }
        merged.tenants.sort_unstable();
        merged.tenants.dedup();
        merged.plans.sort_by(|a, b| (&a.name, &a.id).cmp(&(&b.name, &b.id)));
        merged.plans.dedup();
        merged.stages.sort_unstable();
        merged.stages.dedup();
        let mut seen = BTreeSet::new();
        merged.cautions.retain(|caution| seen.insert(caution.clone()));
        merged
    }

    /// The REST APIs of the affected stages, deduplicated.
    pub fn apis(&self) -> Vec<&str> {
        let apis: BTreeSet<_> = self.stages.iter().map(|stage| stage.api.as_str()).collect();
        apis.into_iter().collect()
    }
}
