//! Adopts unmanaged plans before a tenant key or a pool is added to them.

use crate::managed::{determine_whether_managed, is_managed};
use crate::step::Unit;
use crate::{Plan, Refusal};

use super::operation::Scope;
use super::plans::adopt;

/// The unmanaged plans that a change adopts first. Without tables, only the config adopts plans.
pub(super) fn adopted_plans<'a>(scope: &Scope<'a>) -> Vec<&'a Plan> {
    let inventory = scope.inventory;
    if !inventory.source().has_tables() {
        return Vec::new();
    }
    let plans = scope.entered_plans.iter().filter_map(|plan| inventory.plan(plan));
    let is_foreign = |plan: &&Plan| is_managed(&plan.id, inventory).is_known_to_be(&false);
    plans.filter(is_foreign).collect()
}

/// The units that adopt them, or a refusal if it is not known whether a plan is managed.
pub(super) fn adoption_units(scope: &Scope<'_>) -> Result<Vec<Unit>, Refusal> {
    let entered = scope.entered_plans.iter().filter(|_| scope.inventory.source().has_tables());
    for plan in entered {
        determine_whether_managed(plan, scope.inventory)?;
    }
    Ok(adopted_plans(scope)
        .into_iter()
        .map(|plan| adopt::write_entry_unit(plan, None, scope.inventory))
        .collect())
}

pub(super) fn adoption_cautions(scope: &Scope<'_>) -> Vec<String> {
    let plans = adopted_plans(scope).into_iter();
    plans.flat_map(|plan| adopt::cautions(&plan.id, scope.inventory)).collect()
}
