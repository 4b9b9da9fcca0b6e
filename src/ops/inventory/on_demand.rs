//! Reads an account whose Keys table is too large to be read unasked: everything beside the tenant keys, and of those a
//! page of a listing at a time, or the ones that are named.
//!
//! Invariant: index reads are eventually consistent, so no change rests on a listing. A change reads the tenant keys that
//! it names again, each with a consistent read, and is refused if it needs others.

use std::collections::BTreeSet;

use futures_util::{StreamExt, TryStreamExt, stream};
use keypool_domain::{ApiKeyId, Extent, Extents, Inventory, PlanId, Tenant, TenantKey, TenantKeyId};

use super::gathering::Gathering;
use super::references::ApiKeyIndex;
use super::{membership, read_beside_tenant_keys, resolve_references, to_inventory};
use crate::aws::{Aws, Failure, IndexAvailability, IndexQuery, KeyPage, LargeTable, PageToken};
use crate::ops::Run;

/// A listing reads no further than this: each page is sorted and indexed together with those before it.
const MAX_LISTED_KEYS: usize = 200_000;

/// A page of a long listing is at least this part of it, so that going through it takes time in proportion.
const MIN_PAGE_SHARE: usize = 8;

const MAX_CONCURRENT_READS: usize = 8;

/// Which tenant keys of a large table are listed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum KeyListing {
    /// All, in the table's own order.
    #[default]
    All,
    /// Of a plan, by tenant.
    Plan(PlanId),
    /// Of the tenants of a plan whose names begin with this text, in its case.
    TenantsInPlan(PlanId, String),
    Tenant(Tenant),
    /// The tenant keys that refer to this pool key by its id.
    PoolKey(ApiKeyId),
}

/// A listing as far as it was read.
#[derive(Debug, Clone, PartialEq)]
pub struct ListedKeys {
    pub listing: KeyListing,
    table: LargeTable,
    read: usize,
    /// `None` if all were read.
    next: Option<PageToken>,
}

/// A page of a listing, or several.
#[derive(Debug)]
pub struct ListedPage {
    /// The listing with this page.
    listed: ListedKeys,
    /// The listing before this page; `None` for the first page.
    after: Option<ListedKeys>,
    tenant_keys: Vec<TenantKey>,
}

impl KeyListing {
    fn index_query(&self) -> Option<IndexQuery> {
        Some(match self {
            Self::All => return None,
            Self::Plan(plan) => IndexQuery::Plan(plan.clone()),
            Self::TenantsInPlan(plan, prefix) => IndexQuery::TenantsInPlan(plan.clone(), prefix.clone()),
            Self::Tenant(tenant) => IndexQuery::Tenant(tenant.clone()),
            Self::PoolKey(api_key) => IndexQuery::PoolKey(api_key.clone()),
        })
    }
}

impl ListedKeys {
    /// Whether all tenant keys of the listing were read.
    pub const fn is_complete(&self) -> bool {
        self.next.is_none()
    }

    /// Whether a next page may be read.
    pub const fn can_continue(&self) -> bool {
        self.next.is_some() && self.read < MAX_LISTED_KEYS
    }

    /// Reads the first page again, with as many tenant keys as were listed, or to the end where all were: such a list is
    /// filtered and sorted. Without the index of the listing, all tenant keys are listed instead.
    pub(super) async fn read_first(
        aws: &Aws,
        table: LargeTable,
        before: Option<&Self>,
    ) -> Result<(Self, KeyPage), Failure> {
        let (listing, at_least) = before.map_or((KeyListing::All, 0), |before| {
            let at_least = if before.is_complete() { MAX_LISTED_KEYS } else { before.read };
            (before.listing.clone(), at_least)
        });
        let listing = if table.indexes == IndexAvailability::Ready { listing } else { KeyListing::All };
        let start = Self { listing, table, read: 0, next: None };
        start.read_next(aws, at_least).await
    }

    async fn read_next(&self, aws: &Aws, at_least: usize) -> Result<(Self, KeyPage), Failure> {
        let query = self.listing.index_query();
        if query.is_some() && self.table.indexes != IndexAvailability::Ready {
            return Err(self.table.refusal());
        }
        let page = aws.tenant_key_page(&self.table, query.as_ref(), self.next.as_ref(), at_least).await?;
        let read = self.read + page.items.len();
        Ok((Self { read, next: page.next.clone(), ..self.clone() }, page))
    }

    pub(super) fn remark(&self) -> String {
        let hint = self.table.indexes.listing_hint();
        format!("{}: tenant keys are read only as they are listed; {hint}", self.table.refusal())
    }

    pub(super) fn extent(&self) -> Extent {
        Extent::OnDemand { read: self.read, about: usize::try_from(self.table.items).ok() }
    }
}

/// Reads the next page of this listing, or the first if another one is shown.
pub async fn read_listed_page(
    aws: &Aws,
    shown: &ListedKeys,
    listing: &KeyListing,
) -> Result<ListedPage, Failure> {
    let continued = (shown.listing == *listing && shown.next.is_some()).then_some(shown);
    let (listed, page) = match continued {
        Some(shown) => shown.read_next(aws, shown.read / MIN_PAGE_SHARE).await?,
        None => {
            let table = shown.table.clone();
            ListedKeys { listing: listing.clone(), table, read: 0, next: None }.read_next(aws, 1).await?
        }
    };
    Ok(ListedPage { listed, after: continued.cloned(), tenant_keys: page.items.for_listing().tenant_keys })
}

/// The account with a page of a listing, and the listing with that page. Without one if another page than the one before
/// is shown meanwhile.
pub fn with_listed_page(
    aws: &Aws,
    inventory: &Inventory,
    shown: &ListedKeys,
    page: &ListedPage,
) -> Option<(Inventory, ListedKeys)> {
    let listed_before = match &page.after {
        Some(after) if after != shown => return None,
        Some(_) => inventory.tenant_keys(),
        None => &[],
    };
    let mut read = page.tenant_keys.clone();
    resolve_by_cached_members(aws, inventory, &mut read);
    // A tenant key that was written meanwhile may be on two pages.
    let known: BTreeSet<&TenantKeyId> = listed_before.iter().map(|tenant_key| &tenant_key.id).collect();
    read.retain(|tenant_key| !known.contains(&tenant_key.id));
    let tenant_keys = listed_before.iter().cloned().chain(read).collect();
    let about = usize::try_from(page.listed.table.items).ok();
    Some((inventory.clone().with_listed_tenant_keys(tenant_keys, about), page.listed.clone()))
}

/// Reads these tenant keys again with consistent reads, so that a change may rest on them.
pub async fn with_tenant_keys_read_again(
    aws: &Aws,
    inventory: Inventory,
    ids: impl IntoIterator<Item = TenantKeyId>,
) -> Result<Inventory, Failure> {
    let ids: BTreeSet<TenantKeyId> = ids.into_iter().collect();
    if ids.is_empty() {
        return Ok(inventory);
    }
    let tables = aws.tables().await?;
    let reads = ids.into_iter().map(|id| {
        let tables = &tables;
        async move {
            let current = aws.current_tenant_key(tables, &id).await?;
            Ok::<_, Failure>((id, current))
        }
    });
    let mut read: Vec<_> = stream::iter(reads).buffered(MAX_CONCURRENT_READS).try_collect().await?;
    for (_, current) in &mut read {
        resolve_by_cached_members(aws, &inventory, current.as_mut_slice());
    }
    Ok(inventory.with_tenant_keys_read_again(read))
}

/// Reads the account with these tenant keys only. Returns `None` if all of the account must be read: its pools are in a
/// file or parameter, as lists of values, which are found only among all tenant keys, or it has no tables.
pub async fn read_inventory_of_keys(
    aws: &Aws,
    run: &Run,
    ids: &[TenantKeyId],
) -> Result<Option<Inventory>, Failure> {
    let reading = Box::pin(async {
        let Some(names) = aws.find_tables_if_any().await? else { return Ok(None) };
        if names.pools.is_none() && aws.pools_location().is_some() {
            return Ok(None);
        }
        let gathering = Gathering::of_selection(run, aws.now());
        let Some((gateway, tables)) = read_beside_tenant_keys(aws, &gathering).await? else {
            return Ok(None);
        };
        let nothing_listed = Extent::OnDemand { read: 0, about: None };
        let extents = Extents { tenant_keys: nothing_listed, ..Extents::default() };
        let inventory = to_inventory(gateway, (tables, Vec::new()), extents, aws.now());
        let inventory = with_tenant_keys_read_again(aws, inventory, ids.iter().cloned()).await?;
        let inventory = with_successors(aws, inventory, ids).await?;
        resolve_references(aws, inventory, run).await.map(Some)
    });
    run.cancel.run_until_cancelled(reading).await.ok_or(Failure::Cancelled)?
}

/// Adds the tenant keys that go on after rotations of these API keys, which a refusal names.
async fn with_successors(aws: &Aws, inventory: Inventory, ids: &[TenantKeyId]) -> Result<Inventory, Failure> {
    let missing = ids.iter().filter(|id| inventory.tenant_key(id).is_none());
    let old: Vec<ApiKeyId> = missing.map(|id| ApiKeyId::new(id.as_str())).collect();
    let successors: Vec<TenantKeyId> = old
        .iter()
        .map(|old| (old, inventory.api_key_after_rotations(old)))
        .filter(|(old, latest)| old != latest)
        .map(|(_, latest)| TenantKeyId::new(latest.as_str()))
        .collect();
    with_tenant_keys_read_again(aws, inventory, successors).await
}

/// As [`read_inventory_of_keys`], if the Keys table has more items than a command reads as a whole.
pub async fn read_inventory_of_keys_if_large(
    aws: &Aws,
    run: &Run,
    ids: &[TenantKeyId],
) -> Result<Option<Inventory>, Failure> {
    let Some(names) = aws.find_tables_if_any().await? else { return Ok(None) };
    match aws.find_large_table(&names.keys).await? {
        Some(_) => read_inventory_of_keys(aws, run, ids).await,
        None => Ok(None),
    }
}

/// Finds the API keys of references that are known only by a value, as far as the connection knows the values.
fn resolve_by_cached_members(aws: &Aws, inventory: &Inventory, tenant_keys: &mut [TenantKey]) {
    let members = membership::cached_members(aws, inventory.plans());
    ApiKeyIndex::new(inventory.api_keys(), &members, inventory.unreadable_plans())
        .resolve_references(tenant_keys);
}
