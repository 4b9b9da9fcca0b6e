//! Which tenant had a key in which plan on which days, from the present tenant keys and the notes of former
//! ones.

use std::collections::{HashMap, HashSet};

use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::key::FormerKey;
use crate::usage::DayRange;
use crate::{ApiKeyId, Inventory, Known, PlanId, Price, Tenant, TenantKey, TenantKeyId};

/// How many rotations and moves of a tenant key are followed.
const MAX_SUCCESSIONS: usize = 1_000;

/// A tenant's time in a plan with one tenant key.
#[derive(Debug)]
pub(super) struct Stay<'a> {
    pub(super) tenant: &'a Tenant,
    pub(super) plan: &'a PlanId,
    pub(super) key_name: &'a str,
    pub(super) price: Known<Option<Price>>,
    /// The tenant key that it has become by rotations and moves. Stays of one lineage follow each other.
    pub(super) lineage: &'a TenantKeyId,
    /// `None` if unknown.
    pub(super) first_day: Option<Date>,
    /// `None` while the key is there. The day of a rotation or move belongs to what follows it.
    last_day: Option<Date>,
    /// The tenant key, if it still has this plan.
    pub(super) present: Option<&'a TenantKey>,
}

/// All stays, and the notes of former keys by API key.
pub(super) struct Stays<'a> {
    /// Those of former keys first, by their ends; then those of present tenant keys.
    pub(super) all: Vec<Stay<'a>>,
    former_by_api_key: HashMap<&'a ApiKeyId, Vec<&'a FormerKey>>,
}

impl Stay<'_> {
    /// The days of the month with the key. All of them up to its end, if its beginning is unknown.
    pub(super) fn days_in(&self, month: DayRange) -> Option<DayRange> {
        let first = self.first_day.unwrap_or(month.from()).max(month.from());
        let last = self.last_day.unwrap_or(month.to()).min(month.to());
        DayRange::new(first, last).ok()
    }
}

impl<'a> Stays<'a> {
    /// Prices are those that are owed for the month.
    pub(super) fn new(inventory: &'a Inventory, month: DayRange) -> Self {
        let former_keys: Vec<&FormerKey> = inventory.former_keys().iter().collect();
        let mut former_by_api_key: HashMap<&ApiKeyId, Vec<&FormerKey>> = HashMap::new();
        let mut successors: HashMap<&TenantKeyId, &TenantKeyId> = HashMap::new();
        let mut last_successions: HashMap<&TenantKeyId, &FormerKey> = HashMap::new();
        let mut last_notes_of_keys: HashMap<&TenantKeyId, &FormerKey> = HashMap::new();
        for former in &former_keys {
            former_by_api_key.entry(&former.api_key).or_default().push(former);
            last_notes_of_keys.extend(former.tenant_key.as_ref().map(|id| (id, *former)));
            if let Some(next) = &former.continued_as {
                successors.extend(former.tenant_key.as_ref().map(|id| (id, next)));
                last_successions.insert(next, former);
            }
        }
        let in_month = || former_keys.iter().copied().filter(|former| was_present_in(former, month));
        let lineages: HashSet<_> =
            in_month().filter_map(|former| Some(lineage(former.tenant_key.as_ref()?, &successors))).collect();
        // A tenant that left and came back after the month owes what it owed when it left.
        let is_continued = |tenant_key: &&TenantKey| {
            existed_in(tenant_key, inventory, month) || lineages.contains(&tenant_key.id)
        };
        // In a plan that is gone, every stay is over.
        let continued =
            inventory.tenant_keys().iter().filter(|tenant_key| !inventory.is_plan_gone(&tenant_key.plan));
        let continued = continued.filter(is_continued);
        let continued: HashSet<_> =
            continued.map(|tenant_key| (&tenant_key.tenant, &tenant_key.plan)).collect();
        let last_notes: HashMap<_, &FormerKey> =
            in_month().filter_map(|former| Some(((former.tenant.as_ref()?, &former.plan), former))).collect();
        let in_plans = former_keys.iter().filter(|former| !former.plan.is_none());
        let stays_of_former_keys = in_plans.filter_map(|former| {
            let last_day = match former.continued_as {
                Some(_) => former.last_day().yesterday().unwrap_or(Date::MIN),
                None => former.last_day(),
            };
            Some(Stay {
                tenant: former.tenant.as_ref()?,
                plan: &former.plan,
                key_name: &former.name,
                price: match former.tenant.as_ref().map(|tenant| (tenant, &former.plan)) {
                    Some(subject) if continued.contains(&subject) => inventory.plan_price(&former.plan),
                    subject => price_at_end(
                        subject.and_then(|subject| last_notes.get(&subject)).unwrap_or(former),
                        inventory,
                    ),
                },
                lineage: lineage(former.tenant_key.as_ref()?, &successors),
                first_day: former.since.map(|since| since.to_zoned(TimeZone::UTC).date()),
                last_day: Some(last_day),
                present: None,
            })
        });
        let is_in_plan = |tenant_key: &&TenantKey| {
            let last_note = last_notes_of_keys.get(&tenant_key.id).copied();
            let succession = last_successions.get(&tenant_key.id).copied();
            inventory.plan_end_in_notes(tenant_key, last_note, succession).is_none()
        };
        let present_stays = inventory.tenant_keys().iter().filter(is_in_plan).map(|tenant_key| {
            let succession = last_successions.get(&tenant_key.id);
            let succession = succession.filter(|former| former.tenant.as_ref() == Some(&tenant_key.tenant));
            let start = succession
                .map_or_else(|| inventory.tenant_key_start(tenant_key), |former| Some(former.until));
            Stay {
                tenant: &tenant_key.tenant,
                plan: &tenant_key.plan,
                key_name: &tenant_key.name,
                price: inventory.plan_price(&tenant_key.plan),
                lineage: &tenant_key.id,
                first_day: start.map(|start| start.to_zoned(TimeZone::UTC).date()),
                last_day: None,
                present: Some(tenant_key),
            }
        });
        Self { all: stays_of_former_keys.chain(present_stays).collect(), former_by_api_key }
    }

    /// The notes about an API key, oldest first.
    pub(super) fn former_keys_of(&self, api_key: &ApiKeyId) -> &[&'a FormerKey] {
        self.former_by_api_key.get(api_key).map_or(&[], Vec::as_slice)
    }

    /// The tenants that had an API key in the month, according to its notes.
    pub(super) fn former_tenants_of(
        &self,
        api_key: &ApiKeyId,
        month: DayRange,
    ) -> impl Iterator<Item = &'a Tenant> {
        let former_keys = self.former_keys_of(api_key).iter();
        former_keys
            .filter(move |former| was_present_in(former, month))
            .filter_map(|former| former.tenant.as_ref())
    }

    /// The note that gives an API key to one tenant alone.
    pub(super) fn sole_former_owner(&self, api_key: &ApiKeyId) -> Option<&'a FormerKey> {
        self.former_keys_of(api_key).iter().copied().find(|former| former.is_own())
    }
}

/// What a tenant without a key in the plan owes: the price when it left. If that could not be read, the price of
/// the plan, which may have been corrected.
fn price_at_end(former: &FormerKey, inventory: &Inventory) -> Known<Option<Price>> {
    match (&former.price, inventory.plan(&former.plan)) {
        (Known::Unknown(_), Some(plan)) => plan.known_price(),
        (price, _) => price.clone(),
    }
}

fn lineage<'a>(
    id: &'a TenantKeyId,
    successors: &HashMap<&'a TenantKeyId, &'a TenantKeyId>,
) -> &'a TenantKeyId {
    let mut current = id;
    // Notes may refer to each other in a cycle.
    for _ in 0..MAX_SUCCESSIONS {
        match successors.get(current) {
            Some(next) if *next != current => current = next,
            _ => break,
        }
    }
    current
}

/// Whether the key existed on a day of the month, the day on which it ended included.
pub(super) fn was_present_in(former: &FormerKey, month: DayRange) -> bool {
    let is_since = |since: jiff::Timestamp| since.to_zoned(TimeZone::UTC).date() <= month.to();
    former.since.is_none_or(is_since) && month.from() <= former.last_day()
}

/// Whether the tenant key existed by the end of the month; true if its date is unknown.
pub(super) fn existed_in(tenant_key: &TenantKey, inventory: &Inventory, month: DayRange) -> bool {
    let start = inventory.tenant_key_start(tenant_key);
    start.is_none_or(|start| start.to_zoned(TimeZone::UTC).date() <= month.to())
}
