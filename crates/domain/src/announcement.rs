//! What is said before a change: its steps, everybody and everything it affects, and what to know before saying yes.
//!
//! Made from the change in one place, so that the dialog, the question, `--dry-run`, its JSON and the doctor say the
//! same.

mod scope;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use crate::{Change, Inventory, PlanId, Refusal, StageRef, Tenant};

/// What is said before a change is made.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Announcement {
    /// The line that names the change.
    pub summary: String,
    /// The steps, unit by unit.
    pub units: Vec<AnnouncedUnit>,
    /// The tenants it affects, each once, in order of name.
    pub tenants: Vec<Tenant>,
    /// The usage plans it affects, each once, in order of name.
    pub plans: Vec<AffectedPlan>,
    /// The API stages it affects, each once.
    pub stages: Vec<StageRef>,
    /// What the user should know before saying yes.
    pub cautions: Vec<String>,
    /// Whether it asks before it is done: it cuts somebody off, or something goes that cannot come back.
    pub needs_confirmation: bool,
}

/// The steps for one tenant key, API key, plan or stage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AnnouncedUnit {
    /// What they are about, for example "acme · web".
    pub subject: String,
    /// One sentence a step.
    pub steps: Vec<String>,
}

/// A usage plan that a change affects.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AffectedPlan {
    /// API Gateway's id.
    pub id: PlanId,
    /// Its name, or its id where the plan is gone.
    pub name: String,
}

impl Announcement {
    /// Announces a change, or says why it cannot be made.
    pub fn new(change: &Change, inventory: &Inventory) -> Result<Self, Refusal> {
        let units = change.units(inventory)?.into_iter().map(|unit| AnnouncedUnit {
            steps: unit.steps.iter().map(|step| step.describe(inventory)).collect(),
            subject: unit.subject,
        });
        let scope = scope::scope(change, inventory);
        let plans = scope
            .plans
            .iter()
            .map(|id| AffectedPlan { id: id.clone(), name: inventory.plan_name(id).to_owned() });
        let mut plans: Vec<_> = plans.collect();
        plans.sort_by(|a, b| (&a.name, &a.id).cmp(&(&b.name, &b.id)));
        Ok(Self {
            summary: change.describe(inventory),
            units: units.collect(),
            tenants: change.affected_tenants(inventory),
            plans,
            stages: scope.stages.into_iter().collect(),
            cautions: change.cautions(inventory),
            needs_confirmation: change.needs_confirmation(inventory),
        })
    }

    /// Announces several changes as one.
    pub fn merge(sentence: impl Into<String>, parts: impl IntoIterator<Item = Self>) -> Self {
        let mut whole = Self { summary: sentence.into(), ..Self::default() };
        for part in parts {
            whole.units.extend(part.units);
            whole.tenants.extend(part.tenants);
            whole.plans.extend(part.plans);
            whole.stages.extend(part.stages);
            whole.cautions.extend(part.cautions);
            whole.needs_confirmation |= part.needs_confirmation;
        }
        whole.tenants.sort_unstable();
        whole.tenants.dedup();
        whole.plans.sort_by(|a, b| (&a.name, &a.id).cmp(&(&b.name, &b.id)));
        whole.plans.dedup();
        whole.stages.sort_unstable();
        whole.stages.dedup();
        let mut said = BTreeSet::new();
        whole.cautions.retain(|caution| said.insert(caution.clone()));
        whole
    }

    /// The REST APIs whose stages it affects, each once.
    pub fn apis(&self) -> Vec<&str> {
        let apis: BTreeSet<_> = self.stages.iter().map(|stage| stage.api.as_str()).collect();
        apis.into_iter().collect()
    }
}
