//! Matches tenant keys, of which there may be a million: what a term finds in the plans and the API keys, of which there
//! are few, is looked up once.

use std::collections::HashSet;

use keypool_domain::drift::Finding;
use keypool_domain::{ApiKeyId, Inventory, Known, PlanId, TenantKey};

use crate::tui::folding::Needle;
use crate::tui::model::filter::field::Field;
use crate::tui::model::filter::{Criterion, DISABLED, Filter, MIN_VALUE_END_CHARS, SPENT, find_subjects};
use crate::tui::model::snapshot::Snapshot;

/// A filter, and what it needs of one inventory.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct KeyMatcher {
    filter: Filter,
    /// One for each term.
    lookups: Vec<Lookup>,
}

#[derive(Debug, Clone, PartialEq)]
struct Lookup {
    /// The plans with a matching name or id.
    plans: HashSet<PlanId>,
    /// The API keys of a matching customer.
    api_keys: HashSet<ApiKeyId>,
    /// The ids of tenant keys and API keys with such a problem; `None` until the doctor has run.
    subjects: Option<HashSet<String>>,
    is_in_disabled: bool,
    is_in_spent: bool,
}

impl KeyMatcher {
    pub(crate) fn new(filter: Filter, inventory: &Inventory, findings: Option<&[Finding]>) -> Self {
        let lookup = |criterion: &Criterion| {
            let is_in = |text: &str| matches!(criterion, Criterion::Word { needle, is_fuzzy: false, .. } if needle.is_in(text));
            let is_field_in = |field: Field, text: &str| matches!(criterion, Criterion::Text(of, needle) if *of == field && needle.is_in(text));
            let is_in_plan = |text: &str| is_in(text) || is_field_in(Field::Plan, text);
            let is_in_customer = |text: &str| is_in(text) || is_field_in(Field::Customer, text);
            let plans = inventory.plans().iter().map(|plan| &plan.id);
            let plans = plans.filter(|id| is_in_plan(inventory.plan_name(id)) || is_in_plan(id.as_str()));
            let api_keys = inventory.listed_api_keys().iter();
            let api_keys = api_keys.filter(|key| key.customer_id.as_deref().is_some_and(is_in_customer));
            Lookup {
                plans: plans.cloned().collect(),
                api_keys: api_keys.map(|key| key.id.clone()).collect(),
                subjects: find_subjects(criterion, findings),
                is_in_disabled: is_in(DISABLED),
                is_in_spent: is_in(SPENT),
            }
        };
        let lookups = filter.terms.iter().map(|term| lookup(&term.criterion)).collect();
        Self { filter, lookups }
    }

    /// `index` is the position of the tenant key in the inventory.
    pub(crate) fn matches(&self, index: u32, key: &TenantKey, snapshot: &Snapshot) -> bool {
        let mut terms = self.filter.terms.iter().zip(&self.lookups);
        terms.all(|(term, lookup)| term.holds(is_met(&term.criterion, lookup, index, key, snapshot)))
    }
}

/// `None` if it is not known.
fn is_met(
    criterion: &Criterion,
    lookup: &Lookup,
    index: u32,
    key: &TenantKey,
    snapshot: &Snapshot,
) -> Option<bool> {
    let inventory: &Inventory = &snapshot.inventory;
    let figure = || snapshot.quota_status(index).map(|status| status.figure);
    Some(match criterion {
        Criterion::Word { needle, letter_bits, is_fuzzy } => {
            let can_match = letter_bits & !snapshot.keys.letter_bits(index) == 0;
            let matches_text = || match is_fuzzy {
                true => needle.is_spread_over(key.tenant.as_str()) || needle.is_spread_over(&key.name),
                false => contains(key, needle),
            };
            (can_match && (matches_text() || contains_in_id(key, needle)))
                || is_end_of_value(key, needle)
                || matches_elsewhere(lookup, key)
                || (lookup.is_in_spent && figure().is_some_and(|figure| figure.is_exhausted()))
        }
        Criterion::Text(Field::Tenant, needle) => needle.is_in(key.tenant.as_str()),
        Criterion::Text(Field::Name, needle) => needle.is_in(&key.name),
        Criterion::Text(Field::Key, needle) => contains_in_id(key, needle) || is_end_of_value(key, needle),
        // Plan and customer were looked up.
        Criterion::Text(..) => matches_elsewhere(lookup, key),
        Criterion::Usage(condition) => match figure() {
            Some(figure) => condition.matches(figure),
            // The usage of the plan was read, and has nothing of this key.
            None => snapshot.usage.as_ref()?.usage.plan(&key.plan).map(|_| false)?,
        },
        Criterion::Enabled(on) => key.enabled.value_to_show()? == on,
        Criterion::EnabledUnknown => key.enabled.reason().is_some(),
        Criterion::Mode(mode) => inventory.mode_name(key).value_to_show()? == mode,
        Criterion::ModeUnknown => key.pool_key.reason().is_some(),
        Criterion::Ending(is_ending) => inventory.has_ending(key) == *is_ending,
        Criterion::Problem(has_problem) => has_subject(lookup, key)? == *has_problem,
        Criterion::ProblemLike(_) => has_subject(lookup, key)?,
    })
}

/// Whether its plan, its customer or its state matches.
fn matches_elsewhere(lookup: &Lookup, key: &TenantKey) -> bool {
    (!lookup.plans.is_empty() && lookup.plans.contains(&key.plan))
        || (!lookup.api_keys.is_empty()
            && key.api_key().value_to_show().is_some_and(|id| lookup.api_keys.contains(id)))
        || (lookup.is_in_disabled && key.enabled.is_known_to_be(&false))
}

fn has_subject(lookup: &Lookup, key: &TenantKey) -> Option<bool> {
    let subjects = lookup.subjects.as_ref()?;
    let has_api_key = match key.api_key() {
        Known::Value(id) => subjects.contains(id.as_str()),
        Known::Unknown(_) => false,
    };
    Some(has_api_key || subjects.contains(key.id.as_str()))
}

fn contains(key: &TenantKey, needle: &Needle) -> bool {
    needle.is_in(key.tenant.as_str()) || needle.is_in(&key.name) || needle.is_in(&key.description)
}

fn contains_in_id(key: &TenantKey, needle: &Needle) -> bool {
    needle.is_in(key.id.as_str()) || key.known_pool_key().is_some_and(|key| needle.is_in(key.as_str()))
}

fn is_end_of_value(key: &TenantKey, needle: &Needle) -> bool {
    let text = needle.as_str();
    let ends_with_text = |value: &str| {
        let start = value.len().checked_sub(text.len()).and_then(|start| value.get(start..));
        start.is_some_and(|end| end.eq_ignore_ascii_case(text))
    };
    text.len() >= MIN_VALUE_END_CHARS
        && key.stored_value().is_some_and(|value| ends_with_text(value.expose()))
}
