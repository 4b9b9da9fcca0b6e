//! Reads an account with only the tenant keys of a plan or a tenant, by index.
//!
//! Invariant: the inventory is partial, because index reads are eventually consistent; every change is refused on it.

use keypool_domain::{Extent, Extents, Inventory, Tenant};

use super::gathering::Gathering;
use super::{foreign_items_remark, read_beside_tenant_keys, resolve_references, to_inventory};
use crate::aws::{Aws, Failure, IndexAvailability, IndexQuery};
use crate::ops::Run;

/// Which tenant keys to read.
#[derive(Debug, Clone, Copy, Default)]
pub struct KeySelection<'a> {
    /// Name or id.
    pub plan: Option<&'a str>,
    pub tenant: Option<&'a str>,
}

/// Reads the account with the selected tenant keys only. Returns `None` if they cannot be read by index: all of the
/// account must be read then.
pub async fn read_selected_inventory(
    aws: &Aws,
    run: &Run,
    selection: KeySelection<'_>,
) -> Result<Option<Inventory>, Failure> {
    let reading = Box::pin(read_by_index(aws, run, selection));
    run.cancel.run_until_cancelled(reading).await.ok_or(Failure::Cancelled)?
}

async fn read_by_index(
    aws: &Aws,
    run: &Run,
    selection: KeySelection<'_>,
) -> Result<Option<Inventory>, Failure> {
    if selection.plan.is_none() && selection.tenant.is_none() {
        return Ok(None);
    }
    let Some(names) = aws.find_tables_if_any().await? else { return Ok(None) };
    // The pools of a file or parameter are lists of values, which are found only among all tenant keys.
    let are_pools_in_table = names.pools.is_some() || aws.pools_location().is_none();
    let state = aws.keys_table_state(&names.keys).await?;
    if !are_pools_in_table || state.indexes != IndexAvailability::Ready {
        return Ok(None);
    }
    let gathering = Gathering::of_selection(run, aws.now());
    let Some((gateway, mut tables)) = read_beside_tenant_keys(aws, &gathering).await? else {
        return Ok(None);
    };
    let nothing_read =
        Extents { tenant_keys: Extent::OnDemand { read: 0, about: None }, ..Extents::default() };
    let without_keys = to_inventory(gateway.clone(), (tables.clone(), Vec::new()), nothing_read, aws.now());
    let plan = selection.plan.map(|plan| without_keys.find_plan(plan)).transpose()?;
    let query = match (plan.map(|plan| plan.id.clone()), selection.tenant.map(Tenant::new)) {
        (Some(plan), Some(tenant)) => IndexQuery::TenantInPlan(plan, tenant),
        (Some(plan), None) => IndexQuery::Plan(plan),
        (None, Some(tenant)) => IndexQuery::Tenant(tenant),
        (None, None) => return Ok(None),
    };
    let read =
        aws.query_tenant_keys(&names.keys, &query, |page| gathering.add_tenant_keys(page.for_listing()));
    match read.await {
        Ok(()) => {}
        // A policy of an earlier version allows scans only.
        Err(Failure::Denied { action, resource }) => {
            tracing::info!(action, resource, "the table is scanned instead");
            return Ok(None);
        }
        Err(failure) => return Err(failure),
    }
    let items = gathering.take_tenant_keys();
    tables.remarks.extend(items.problems.remarks(&names.keys));
    tables.remarks.extend(foreign_items_remark(items.foreign_items.len(), &names.keys));
    let read = items.tenant_keys.len();
    let about = state.items.and_then(|items| usize::try_from(items).ok());
    let extents = Extents { tenant_keys: Extent::OnDemand { read, about }, ..Extents::default() };
    tables.tenant_keys = items.tenant_keys;
    let inventory = to_inventory(gateway, (tables, items.foreign_items), extents, aws.now());
    resolve_references(aws, inventory, run).await.map(Some)
}
