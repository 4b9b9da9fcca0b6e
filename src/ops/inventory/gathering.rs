//! The parts of an account as they arrive, and the inventories that are shown meanwhile.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use keypool_domain::inventory::format_extent;
use keypool_domain::text::group_thousands;
use keypool_domain::{
    ApiKey, Extent, Extents, Inventory, InventorySource, Known, Plan, PlanId, PriceListEntry, Unknown,
};

use super::assemble::{GatewayParts, TableParts, assemble_parts};
use super::membership::PlanMembers;
use super::on_demand::ListedKeys;
use super::publishing::Budget;
use crate::aws::{PlanList, PoolTableItems, TenantKeyItems};
use crate::ops::{Progress, Run};

/// Called with the inventory as far as it was read.
pub(super) type OnPart<'a> = &'a (dyn Fn(Inventory) + Send + Sync);

/// Collects the parts of an account while they are read concurrently.
pub(super) struct Gathering<'a> {
    run: &'a Run,
    /// `None` if only the complete inventory is wanted.
    on_part: Option<OnPart<'a>>,
    /// Whether all tenant keys are read, or only those of a selection, afterwards.
    scans_tenant_keys: bool,
    /// What was listed before of a table that is too large to be read unasked.
    pub(super) listed: Option<&'a ListedKeys>,
    now: Timestamp,
    parts: Mutex<Parts>,
}

#[derive(Default)]
struct Parts {
    source: Option<InventorySource>,
    plans: Option<Vec<Plan>>,
    unreadable_plans: Option<Unknown>,
    price_list: Option<HashMap<PlanId, PriceListEntry>>,
    members: PlanMembers,
    api_keys: Option<Known<Vec<ApiKey>>>,
    api_keys_read: usize,
    are_api_keys_complete: bool,
    /// `None` until the Pools table was read, or it is known that there is none.
    pools: Option<Arc<PoolTableItems>>,
    tenant_keys: TenantKeyItems,
    tenant_keys_read: usize,
    are_tenant_keys_complete: bool,
    /// Whether only a listing of them is read, in its own order.
    is_on_demand: bool,
    about_tenant_keys: Option<usize>,
    budget: Budget,
}

impl<'a> Gathering<'a> {
    pub(super) fn new(run: &'a Run, on_part: Option<OnPart<'a>>, now: Timestamp) -> Self {
        Self { run, on_part, scans_tenant_keys: true, listed: None, now, parts: Mutex::default() }
    }

    /// Of a table that is too large to be read unasked, reads what was listed before.
    pub(super) fn with_listed(self, listed: Option<&'a ListedKeys>) -> Self {
        Self { listed, ..self }
    }

    /// Collects the parts of an account beside a selection of its tenant keys.
    pub(super) fn of_selection(run: &'a Run, now: Timestamp) -> Self {
        Self { scans_tenant_keys: false, ..Self::new(run, None, now) }
    }

    pub(super) const fn scans_tenant_keys(&self) -> bool {
        self.scans_tenant_keys
    }

    /// Whether the keys of plans are read later, and only as far as they are needed.
    pub(super) const fn defers_members(&self) -> bool {
        self.is_shown() || !self.scans_tenant_keys
    }

    /// Whether the parts are shown while they are read.
    pub(super) const fn is_shown(&self) -> bool {
        self.on_part.is_some()
    }

    pub(super) fn set_source(&self, source: InventorySource) {
        self.lock().source = Some(source);
    }

    pub(super) fn set_plans(&self, list: &PlanList, members: impl FnOnce() -> PlanMembers) {
        if self.is_shown() {
            let members = members();
            let mut parts = self.lock();
            (parts.plans, parts.members) = (Some(list.plans.clone()), members);
            parts.unreadable_plans.clone_from(&list.unreadable);
            self.publish_if_due(&mut parts, true);
        }
    }

    pub(super) fn set_price_list(&self, price_list: &HashMap<PlanId, PriceListEntry>) {
        if self.is_shown() {
            let mut parts = self.lock();
            parts.price_list = Some(price_list.clone());
            self.publish_if_due(&mut parts, true);
        }
    }

    pub(super) fn set_pools(&self, pools: &Arc<PoolTableItems>) {
        if self.is_shown() {
            let mut parts = self.lock();
            parts.pools = Some(Arc::clone(pools));
            self.publish_if_due(&mut parts, true);
        }
    }

    pub(super) fn set_api_keys_read(&self, count: usize) {
        let mut parts = self.lock();
        parts.api_keys_read = count;
        self.report_progress(&parts);
    }

    pub(super) fn set_api_keys(&self, api_keys: &Known<Vec<ApiKey>>) {
        let mut parts = self.lock();
        parts.are_api_keys_complete = true;
        if self.is_shown() {
            parts.api_keys = Some(api_keys.clone());
            self.publish_if_due(&mut parts, true);
        }
        self.report_progress(&parts);
    }

    /// Only a listing of the tenant keys is read.
    pub(super) fn set_on_demand(&self) {
        self.lock().is_on_demand = true;
    }

    pub(super) fn set_about_tenant_keys(&self, about: Option<usize>) {
        self.lock().about_tenant_keys = about;
    }

    pub(super) fn add_tenant_keys(&self, page: TenantKeyItems) {
        let mut parts = self.lock();
        parts.tenant_keys.append(page);
        parts.tenant_keys_read = parts.tenant_keys.tenant_keys.len();
        self.publish_if_due(&mut parts, false);
        self.report_progress(&parts);
    }

    /// Takes all tenant keys out after the last page, sorted by id unless they are a listing.
    pub(super) fn take_tenant_keys(&self) -> TenantKeyItems {
        let mut parts = self.lock();
        parts.are_tenant_keys_complete = true;
        // Without them, only the API keys can still be missing.
        if parts.api_keys.is_none() {
            self.publish_if_due(&mut parts, true);
        }
        self.report_progress(&parts);
        let mut items = std::mem::take(&mut parts.tenant_keys);
        // Nothing is shown again before the inventory is complete.
        parts.budget.close();
        if !parts.is_on_demand {
            items.tenant_keys.sort_unstable_by(|a, b| a.id.cmp(&b.id));
        }
        items
    }

    fn lock(&self) -> MutexGuard<'_, Parts> {
        self.parts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn report_progress(&self, parts: &Parts) {
        let format = |read: usize, about: Option<usize>, is_complete: bool| match is_complete {
            true => group_thousands(read as u64),
            false => format_extent(read, about),
        };
        let tenant_keys = parts.tenant_keys_read;
        let doing = format!(
            "tenant keys: {} · API keys: {}",
            format(tenant_keys, parts.about_tenant_keys, parts.are_tenant_keys_complete),
            format(parts.api_keys_read, None, parts.are_api_keys_complete)
        );
        (self.run.progress)(Progress { done: tenant_keys + parts.api_keys_read, total: None, doing });
    }

    fn publish_if_due(&self, parts: &mut Parts, is_part_complete: bool) {
        let Some(on_part) = self.on_part else { return };
        let read = parts.tenant_keys.tenant_keys.len();
        let is_useful = read > 0 || parts.are_tenant_keys_complete;
        let (Some(source), Some(plans), Some(price_list)) = (&parts.source, &parts.plans, &parts.price_list)
        else {
            return;
        };
        if !is_useful || !parts.budget.take(read, parts.about_tenant_keys, is_part_complete) {
            return;
        }
        let mut tenant_keys = parts.tenant_keys.tenant_keys.clone();
        if !parts.is_on_demand {
            tenant_keys.sort_unstable_by(|a, b| a.id.cmp(&b.id));
        }
        let extents = Extents {
            api_keys: match parts.api_keys {
                Some(_) => Extent::Complete,
                None => Extent::Partial { read: parts.api_keys_read, about: None },
            },
            tenant_keys: match parts.are_tenant_keys_complete {
                _ if parts.is_on_demand => Extent::OnDemand { read, about: parts.about_tenant_keys },
                true => Extent::Complete,
                false => Extent::Partial { read, about: parts.about_tenant_keys },
            },
            pools: if parts.pools.is_some() { Extent::Complete } else { Extent::NOTHING },
        };
        let gateway = GatewayParts {
            plans: plans.clone(),
            unreadable_plans: parts.unreadable_plans.clone(),
            api_keys: parts.api_keys.clone().unwrap_or(Known::Unknown(Unknown::NotReadYet)),
            members: parts.members.clone(),
            remarks: Vec::new(),
        };
        let tables = TableParts {
            source: source.clone(),
            tenant_keys,
            price_list: price_list.clone(),
            pools: parts.pools.clone().unwrap_or_default(),
            pool_list: None,
            remarks: Vec::new(),
        };
        let assembled = assemble_parts(gateway, tables, self.now);
        // Remarks, marks and notes of a partial inventory would change from one to the next.
        let assembled = keypool_domain::InventoryParts { extents, remarks: Vec::new(), ..assembled };
        on_part(Inventory::new(assembled).with_unreadable_plans(parts.unreadable_plans.clone()));
    }
}
