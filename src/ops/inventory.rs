//! Reads the whole account with as few calls as possible, in parallel; never one call per tenant key.

mod assemble;
mod gathering;
mod membership;
mod on_demand;
mod plan_tags;
mod pool_list;
mod publishing;
mod references;
mod selected;
mod without_tables;

use std::sync::Arc;

use futures_util::future::try_join;
use jiff::Timestamp;
use keypool_domain::text::pluralize;
use keypool_domain::{Extent, Extents, ForeignItem, Inventory, InventoryParts, Known, TenantKey, Unknown};

use super::Run;
use crate::aws::{ApiKeyList, Aws, Failure, LargeTable, Tables, TenantKeyItems};
pub use membership::{
    plans_of_unread_references, read_members, refresh_members, with_all_members, with_cached_members,
    with_members_of_plans,
};
pub use on_demand::{
    KeyListing, ListedKeys, ListedPage, read_inventory_of_keys, read_inventory_of_keys_if_large,
    read_listed_page, with_listed_page, with_tenant_keys_read_again,
};
pub use plan_tags::with_plan_tags;
pub use selected::{KeySelection, read_selected_inventory};

use assemble::{GatewayParts, TableParts};
use gathering::Gathering;

const MAX_CONCURRENT_PLANS: usize = 8;

/// Reads the inventory of the account and region of the connection.
pub async fn read_inventory(aws: &Aws, run: &Run) -> Result<Inventory, Failure> {
    read(aws, &Gathering::new(run, None, aws.now()), run).await.map(|(inventory, _)| inventory)
}

/// As [`read_inventory`], but calls `on_part` with what was read so far, a handful of times, and does not read which API
/// keys each plan has: of those the inventory has what the connection read before. Of a Keys table that is too large to
/// be read unasked, it has the tenant keys that were listed before, or the first page.
pub async fn read_inventory_in_parts(
    aws: &Aws,
    run: &Run,
    listed: Option<&ListedKeys>,
    on_part: &(dyn Fn(Inventory) + Send + Sync),
) -> Result<(Inventory, Option<ListedKeys>), Failure> {
    read(aws, &Gathering::new(run, Some(on_part), aws.now()).with_listed(listed), run).await
}

async fn read(
    aws: &Aws,
    gathering: &Gathering<'_>,
    run: &Run,
) -> Result<(Inventory, Option<ListedKeys>), Failure> {
    // Boxed, because these futures are large.
    let reads = try_join(Box::pin(read_gateway(aws, gathering)), Box::pin(read_tables(aws, gathering)));
    let (mut gateway, tables) = run.cancel.run_until_cancelled(reads).await.ok_or(Failure::Cancelled)??;
    let Some(TableReads { tables, foreign, listed }) = tables else {
        if gathering.is_shown() {
            // The plans of a key say where it is listed.
            let reading = Box::pin(membership::read_all_members(aws, &gateway.plans));
            gateway.members = run.cancel.run_until_cancelled(reading).await.ok_or(Failure::Cancelled)??;
        }
        gateway.remarks.extend(membership::denied_members_remark(&gateway.members));
        return without_tables::assemble(aws, gateway, run).await.map(|inventory| (inventory, None));
    };
    if gathering.is_shown() && tables.pool_list.is_some() {
        // The pools of a file or parameter are lists of values, which only the keys of plans have.
        let reading = Box::pin(membership::read_all_members(aws, &gateway.plans));
        gateway.members = run.cancel.run_until_cancelled(reading).await.ok_or(Failure::Cancelled)??;
    } else if gathering.is_shown() {
        gateway.members = membership::cached_members(aws, &gateway.plans);
    }
    gateway.remarks.extend(membership::denied_members_remark(&gateway.members));
    let tenant_keys = listed.as_ref().map_or(Extent::Complete, ListedKeys::extent);
    let extents = Extents { tenant_keys, ..Extents::default() };
    Ok((to_inventory(gateway, (tables, foreign), extents, aws.now()), listed))
}

/// Reads everything beside the tenant keys; `None` for an account without tables. Which API keys each plan has is known
/// as far as the connection read it before.
async fn read_beside_tenant_keys(
    aws: &Aws,
    gathering: &Gathering<'_>,
) -> Result<Option<(GatewayParts, TableParts)>, Failure> {
    let reads = try_join(Box::pin(read_gateway(aws, gathering)), Box::pin(read_tables(aws, gathering)));
    let (mut gateway, tables) = reads.await?;
    gateway.members = membership::cached_members(aws, &gateway.plans);
    Ok(tables.map(|reads| (gateway, reads.tables)))
}

/// Reads the API keys of plans as far as references of the tenant keys need them, which know only the value of a key.
async fn resolve_references(aws: &Aws, inventory: Inventory, run: &Run) -> Result<Inventory, Failure> {
    let ids = inventory.tenant_keys().iter().map(|tenant_key| &tenant_key.id);
    let plans = plans_of_unread_references(&inventory, ids);
    let inventory = with_members_of_plans(aws, inventory, plans).await?;
    // The value may be that of a key in another plan.
    let is_unread = |tenant_key: &TenantKey| tenant_key.pool_key.reason() == Some(&Unknown::NotReadYet);
    match inventory.tenant_keys().iter().any(is_unread) {
        true => with_all_members(aws, inventory, run).await,
        false => Ok(inventory),
    }
}

fn to_inventory(
    gateway: GatewayParts,
    (tables, foreign): (TableParts, Vec<ForeignItem>),
    extents: Extents,
    taken_at: Timestamp,
) -> Inventory {
    let (marks, former_keys) = (tables.pools.work_marks.clone(), tables.pools.former_keys.clone());
    let unreadable_plans = gateway.unreadable_plans.clone();
    let parts = assemble::assemble_parts(gateway, tables, taken_at);
    let inventory = Inventory::new(InventoryParts { extents, ..parts });
    let inventory = inventory.with_unreadable_plans(unreadable_plans);
    inventory.with_foreign_items(foreign).with_work_marks(marks).with_former_keys(former_keys)
}

async fn read_gateway(aws: &Aws, gathering: &Gathering<'_>) -> Result<GatewayParts, Failure> {
    let plans = async {
        let mut listed = aws.usage_plans().await?;
        gathering.set_plans(&listed, || membership::cached_members(aws, &listed.plans));
        let members = async {
            match gathering.defers_members() {
                true => Ok(Vec::new()),
                false => membership::read_all_members(aws, &listed.plans).await,
            }
        };
        let (members, tags) =
            try_join(Box::pin(members), Box::pin(plan_tags::read_if_few_plans(aws, &listed.plans))).await?;
        plan_tags::assign_tags(&mut listed.plans, tags);
        Ok((listed, members))
    };
    let ((listed, members), api_keys) =
        try_join(Box::pin(plans), Box::pin(read_api_keys(aws, gathering))).await?;
    let mut remarks = listed.remarks;
    remarks.extend(api_keys.remarks);
    remarks.extend(unreadable_plans_remark(listed.unreadable.as_ref()));
    remarks.extend(unreadable_keys_remark(api_keys.keys.reason()));
    Ok(GatewayParts {
        plans: listed.plans,
        unreadable_plans: listed.unreadable,
        api_keys: api_keys.keys,
        members,
        remarks,
    })
}

/// Reads all API keys, or returns a remark if they may not be listed. Listing keys includes their values, so a role
/// without access to secrets may not list keys.
async fn read_api_keys(aws: &Aws, gathering: &Gathering<'_>) -> Result<ApiKeyList, Failure> {
    let list = list_api_keys(aws, gathering).await?;
    gathering.set_api_keys(&list.keys);
    Ok(list)
}

async fn list_api_keys(aws: &Aws, gathering: &Gathering<'_>) -> Result<ApiKeyList, Failure> {
    match aws.api_keys(|count| gathering.set_api_keys_read(count)).await {
        Ok(list) => Ok(list),
        Err(Failure::Denied { action, resource }) => {
            let remark = "API keys may not be listed (IAM action apigateway:GET on /apikeys): whether a key \
                          exists and is enabled is unknown";
            Ok(ApiKeyList { keys: Known::not_allowed(action, resource), remarks: vec![remark.to_owned()] })
        }
        Err(failure) => Err(failure),
    }
}

/// Describes API keys that were listed but cannot be read.
pub(super) fn unreadable_keys_remark(reason: Option<&Unknown>) -> Option<String> {
    Some(format!("{}: whether a key exists and is enabled is unknown", unreadable_text(reason?)?))
}

/// Describes usage plans that were listed but cannot be read.
pub(super) fn unreadable_plans_remark(reason: Option<&Unknown>) -> Option<String> {
    Some(format!("{}: their limits, stages and API keys are unknown", unreadable_text(reason?)?))
}

fn unreadable_text(reason: &Unknown) -> Option<&str> {
    match reason {
        Unknown::Unreadable(invalid) => Some(&invalid.what),
        Unknown::NotAllowed(_) | Unknown::NotReadYet => None,
    }
}

/// What was read of the tables.
struct TableReads {
    tables: TableParts,
    foreign: Vec<ForeignItem>,
    /// Set if the Keys table is too large to be read unasked.
    listed: Option<ListedKeys>,
}

/// Reads the tables; `None` for an account without any.
async fn read_tables(aws: &Aws, gathering: &Gathering<'_>) -> Result<Option<TableReads>, Failure> {
    let Some(names) = aws.find_tables_if_any().await? else { return Ok(None) };
    gathering.set_source(names.source());
    let pools_and_tenant_keys = async {
        // Counters are read before tenant keys. If a counter changes in between, the conditional write of that
        // counter fails later.
        let pools = async {
            match &names.pools {
                Some(table) => aws.pools(table).await.map(|items| Some(Arc::new(items))),
                None => Ok(None),
            }
        };
        let large_table = async {
            match gathering.scans_tenant_keys() {
                true => check_size(aws, gathering, &names).await,
                false => Ok(None),
            }
        };
        let (pools, large_table) = try_join(pools, large_table).await?;
        if aws.pools_location().is_none() || pools.is_some() {
            gathering.set_pools(&pools.clone().unwrap_or_default());
        }
        if !gathering.scans_tenant_keys() {
            return Ok((pools, TenantKeyItems::default(), None));
        }
        if let Some(table) = large_table {
            gathering.set_on_demand();
            let (listed, page) = ListedKeys::read_first(aws, table, gathering.listed).await?;
            gathering.add_tenant_keys(page.items.for_listing());
            return Ok((pools, gathering.take_tenant_keys(), Some(listed)));
        }
        aws.tenant_keys(&names.keys, |page| gathering.add_tenant_keys(page)).await?;
        Ok::<_, Failure>((pools, gathering.take_tenant_keys(), None))
    };
    let price_list = async {
        let read = aws.price_list(&names.plans).await?;
        gathering.set_price_list(&read.0);
        Ok(read)
    };
    let ((pools, tenant_keys, listed), (price_list, price_list_problems)) =
        try_join(Box::pin(pools_and_tenant_keys), Box::pin(price_list)).await?;
    let pool_list = match (&names.pools, aws.pools_location()) {
        (None, Some(location)) => pool_list::read(aws, location).await?,
        _ => None,
    };
    let mut remarks = tenant_keys.problems.remarks(&names.keys);
    remarks.extend(foreign_items_remark(tenant_keys.foreign_items.len(), &names.keys));
    remarks.extend(price_list_problems.remarks(&names.plans));
    remarks.extend(unused_prices_remark(aws, &names.plans));
    match (&names.pools, &pools, aws.pools_location()) {
        (Some(table), Some(pools), location) => {
            remarks.extend(pools.problems.remarks(table));
            remarks
                .extend(location.map(|location| format!("{location} is not read: there is a Pools table")));
        }
        (_, _, Some(location)) if pool_list.is_none() => remarks.push(format!(
            "there is no {location} yet: every plan is siloed until `keypool pools import FILE` writes it"
        )),
        (_, _, None) => remarks.push("no Pools table: every plan is siloed".to_owned()),
        _ => {}
    }
    let pools = pools.unwrap_or_default();
    let source = names.source();
    remarks.extend(listed.as_ref().map(ListedKeys::remark));
    let TenantKeyItems { tenant_keys, foreign_items: foreign, .. } = tenant_keys;
    let tables = TableParts { source, tenant_keys, price_list, pools, pool_list, remarks };
    Ok(Some(TableReads { tables, foreign, listed }))
}

/// Names the flat prices of the settings, which only an account without tables uses.
fn unused_prices_remark(aws: &Aws, plans_table: &str) -> Option<String> {
    let names: Vec<_> = aws.without_tables().prices.keys().map(|name| format!("\"{name}\"")).collect();
    let prices = if names.len() == 1 { "price" } else { "prices" };
    let verb = if names.len() == 1 { "is" } else { "are" };
    (!names.is_empty()).then(|| {
        format!(
            "the {prices} of {} in config.toml (charging.plans) {verb} not used: prices are in table {plans_table}",
            names.join(", ")
        )
    })
}

/// Returns the Keys table if it is too large to be read unasked and its tenant keys can be listed instead. A command, and
/// a list of pools, whose values are found only among all tenant keys, need all of them.
async fn check_size(
    aws: &Aws,
    gathering: &Gathering<'_>,
    names: &Tables,
) -> Result<Option<LargeTable>, Failure> {
    let state = match gathering.is_shown() || aws.has_scan_limit() {
        true => aws.keys_table_state(&names.keys).await?,
        false => return Ok(None),
    };
    gathering.set_about_tenant_keys(state.items.and_then(|items| usize::try_from(items).ok()));
    match aws.large_table(&names.keys, &state) {
        Some(large) if !gathering.is_shown() => Err(large.refusal()),
        Some(large) if names.pools.is_none() && aws.pools_location().is_some() => Err(large.refusal()),
        large => Ok(large),
    }
}

/// Describes the foreign items of the Keys table, for example "3 items of table keypool-keys are no tenant
/// keys (no owner or no planId): left alone".
pub(super) fn foreign_items_remark(count: usize, table: &str) -> Option<String> {
    let predicate = if count == 1 { "is no tenant key" } else { "are no tenant keys" };
    let remark = format!(
        "{} of table {table} {predicate} (no owner or no planId): left alone",
        pluralize(count, "item")
    );
    (count > 0).then_some(remark)
}
