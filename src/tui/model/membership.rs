//! When the API keys of usage plans are read: those of the plan under the cursor at once, the others in the background
//! after the account is loaded, and again when the operator refreshes.

use std::collections::HashMap;

use jiff::{SignedDuration, Timestamp};
use keypool_domain::{PlanId, TenantKey, Unknown};

use crate::aws::Failure;
use crate::tui::model::Model;
use crate::tui::model::effect::Effect;
use crate::tui::model::load_states::Part;
use crate::tui::model::query::Query;
use crate::tui::model::snapshot::Snapshot;
use crate::tui::model::tasks::TaskKind;

#[derive(Debug, Clone, Default)]
pub(super) struct MembershipReads {
    /// When the API keys of each plan were asked for last, successfully or not.
    requested_at: HashMap<PlanId, Timestamp>,
    /// Whether the operator asked for all of them again.
    are_all_due: bool,
    /// The plan that was asked for before the background read came to it.
    read_first: Option<PlanId>,
}

impl Model {
    /// Makes the API keys of all plans be read again after the next refresh.
    pub(crate) const fn expire_membership(&mut self) {
        self.membership.are_all_due = true;
    }

    /// Counts the age of the API keys of plans that came with an inventory from now on.
    pub(super) fn note_known_members(&mut self) {
        let Some(inventory) = self.inventory().cloned() else { return };
        for plan in inventory.plans().iter().filter(|plan| inventory.members(&plan.id).reason().is_none()) {
            self.membership.requested_at.entry(plan.id.clone()).or_insert(self.now);
        }
    }

    /// Reads the API keys of all plans that were not read yet, or of all plans if those have expired.
    pub(super) fn read_membership(&mut self) {
        let Some(inventory) = self.inventory() else { return };
        let plans: Vec<PlanId> = if self.membership.are_all_due {
            inventory.plans().iter().map(|plan| plan.id.clone()).collect()
        } else {
            inventory.plans_with_unread_members().cloned().collect()
        };
        let is_running = |kind: &TaskKind| matches!(kind, TaskKind::Load(Query::MembersOfPlans(_)));
        if plans.is_empty() || self.tasks.find(is_running).is_some() {
            return;
        }
        self.membership.are_all_due = false;
        self.membership.requested_at.extend(plans.iter().map(|plan| (plan.clone(), self.now)));
        self.load_states.start(&[Part::Membership]);
        self.load(Query::MembersOfPlans(plans));
    }

    /// Reads the API keys of the plan under the cursor, unless they are known and no older than a refresh. One plan at a
    /// time, so a cursor that moves fast reads only where it stops.
    pub(crate) fn read_members_if_due(&mut self, plan: &PlanId) {
        let Some(inventory) = self.inventory().filter(|inventory| inventory.is_settled()) else { return };
        let is_unread = inventory.plans_with_unread_members().any(|unread| unread == plan);
        let is_running = |kind: &TaskKind| matches!(kind, TaskKind::Load(Query::MembersOfPlan(_)));
        if self.tasks.find(is_running).is_some() || self.context.value().is_none() {
            return;
        }
        let age = self.membership.requested_at.get(plan).map(|at| self.now.duration_since(*at));
        let interval = self.options.refresh.and_then(|interval| SignedDuration::try_from(interval).ok());
        let is_old = age.zip(interval).is_some_and(|(age, interval)| age >= interval);
        // The background read asks for many plans at once, and comes to this one later.
        let is_waiting = is_unread && self.is_reading_membership();
        let is_asked = self.membership.read_first.as_ref() == Some(plan);
        if is_old || (is_unread && age.is_none()) || (is_waiting && !is_asked) {
            self.membership.read_first = Some(plan.clone());
            self.membership.requested_at.insert(plan.clone(), self.now);
            self.load(Query::MembersOfPlan(plan.clone()));
        }
    }

    /// Whether it is still being read which API keys some tenant keys use, and so who shares one.
    pub(crate) fn is_resolving_references(&self) -> bool {
        let unread = |key: &TenantKey| matches!(key.pool_key.reason(), Some(Unknown::NotReadYet));
        self.is_reading_membership()
            && self.inventory().is_some_and(|inventory| inventory.tenant_keys().iter().any(unread))
    }

    fn is_reading_membership(&self) -> bool {
        self.tasks.find(|kind| matches!(kind, TaskKind::Load(Query::MembersOfPlans(_)))).is_some()
    }

    /// Shows the last inventory with what was added to it, unless a newer one is shown already.
    pub(crate) fn show_addition(&mut self, mut snapshot: Snapshot) {
        // Usage may have arrived while the addition was indexed.
        snapshot.usage = snapshot.usage.or_else(|| self.snapshot.as_ref()?.usage.clone());
        let is_newest =
            self.inventory().is_some_and(|shown| shown.taken_at() <= snapshot.inventory.taken_at());
        if is_newest {
            self.show_snapshot(snapshot);
        } else {
            self.emit(Effect::DropSnapshot(snapshot));
        }
    }

    /// Ends a read of the API keys of plans; those that are still unread are read after the next refresh.
    pub(crate) fn finish_membership(&mut self, query: &Query, result: Result<Snapshot, Failure>) {
        if matches!(query, Query::MembersOfPlans(_)) {
            let ended = result.as_ref().map(drop).map_err(Clone::clone);
            self.load_states.finish(&[Part::Membership], &ended, self.now);
        }
        if let Ok(snapshot) = result {
            self.show_addition(snapshot);
        }
    }
}
