//! Runs a query, and indexes what it read.

use std::sync::Arc;

use futures_util::future::try_join;
use keypool_domain::Inventory;
use tokio::sync::watch;

use crate::aws::{Aws, Failure};
use crate::ops::{self, Run, UsageCache};
use crate::tui::model::indexing::Indexer;
use crate::tui::model::query::{PartialResult, Query, QueryResult};
use crate::tui::model::snapshot::Snapshot;

/// After this many plans, the API keys that were read of them are shown.
const PLANS_PER_BATCH: usize = 50;

/// Runs a query. Reads the inventory first if the query needs one and none is given.
pub(super) async fn run_query(
    aws: &Aws,
    query: Query,
    inventory: Option<Arc<Inventory>>,
    indexer: &Indexer,
    run: &Run,
    on_part: &(dyn Fn(PartialResult) + Send + Sync),
) -> Result<QueryResult, Failure> {
    // An inventory that was read or remembered stays on the screen until the next one is complete.
    let is_shown_in_parts = inventory.as_ref().is_none_or(|shown| !shown.is_settled() && is_current(shown));
    let inventory = inventory.filter(is_current);
    let known_or_read = || async {
        match inventory {
            Some(inventory) => Ok(inventory),
            None => ops::read_inventory(aws, run).await.map(Arc::new),
        }
    };
    Ok(match query {
        Query::Inventory => {
            let on_part = is_shown_in_parts.then_some(on_part);
            QueryResult::Inventory(read_inventory(aws, indexer, run, on_part).await?)
        }
        Query::MembersOfPlan(plan) => {
            ops::read_members(aws, &plan).await?;
            QueryResult::Membership(indexer.index_membership(aws).await?)
        }
        Query::MembersOfPlans(plans) => {
            let mut batches = plans.chunks(PLANS_PER_BATCH).peekable();
            while let Some(batch) = batches.next() {
                ops::refresh_members(aws, batch.to_vec(), run).await?;
                if batches.peek().is_some() {
                    on_part(PartialResult::Membership(indexer.index_membership(aws).await?));
                }
            }
            QueryResult::Membership(indexer.index_membership(aws).await?)
        }
        Query::ListKeys(listing) => {
            let shown = indexer.listed().ok_or(Failure::Cancelled)?;
            let page = ops::read_listed_page(aws, &shown, &listing).await?;
            QueryResult::Listed(indexer.index_page(aws, page).await?)
        }
        Query::Secret(tenant_key, _) => {
            let value = ops::read_key_value(aws, &*known_or_read().await?, &tenant_key).await?;
            QueryResult::Secret(tenant_key, value)
        }
        Query::Routes(plan) => {
            let routes = ops::read_routes(aws, &*known_or_read().await?, &plan).await?;
            QueryResult::Routes(plan, routes)
        }
        Query::Diagnosis => {
            let report = ops::diagnose(aws, run).await?;
            let inventory = Arc::clone(&report.inventory);
            QueryResult::Diagnosis(Arc::new(report), indexer.index_inventory(inventory, aws.now()).await?)
        }
        Query::Setup(target) => {
            let report = ops::read_setup(aws, &target, run).await?;
            let snapshot = match report.inventory.clone() {
                Some(inventory) => Some(indexer.index_inventory(inventory, aws.now()).await?),
                None => None,
            };
            QueryResult::Setup(Arc::new(report), snapshot)
        }
        Query::StageChoices(api) => {
            QueryResult::StageChoices(ops::read_stage_choices(aws, api.as_deref()).await?)
        }
        Query::KeyLookup(query) => {
            QueryResult::KeyLookup(ops::look_up_key(aws, &*known_or_read().await?, &query).await?)
        }
        Query::Explain(request) => {
            QueryResult::Explain(ops::explain(aws, &*known_or_read().await?, &request, run).await?)
        }
        Query::ChangeDetails(change) => {
            let inventory = Arc::unwrap_or_clone(known_or_read().await?);
            let changes = std::slice::from_ref(&*change);
            let inventory = ops::with_change_details(aws, inventory, changes).await?;
            QueryResult::ChangeDetails(change, Arc::new(inventory))
        }
        Query::PlanUsage(id, range) => {
            let inventory = known_or_read().await?;
            let plan = inventory.plan(&id).ok_or_else(|| Failure::Gone(format!("usage plan {id}")))?;
            let cache = UsageCache::for_account(aws).await;
            match ops::read_usage_of_plan(aws, plan, range, cache.as_ref(), run).await {
                Ok(reading) => {
                    indexer.add_usage(&id, reading.usage);
                    QueryResult::PlanUsage(reading.calls)
                }
                Err(failure) => {
                    indexer.add_failure(&id, inventory.plan_name(&id), &failure);
                    return Err(failure);
                }
            }
        }
        Query::Usage(range) => {
            let inventory = known_or_read().await?;
            let cache = UsageCache::for_account(aws).await;
            let usage =
                ops::read_usage_with_quotas(aws, inventory.plans(), range, cache.as_ref(), run).await?;
            QueryResult::Usage(indexer.index_usage(Arc::new(usage), inventory, aws.now()).await?)
        }
        Query::UsageWithRefusals(refusals) => {
            let inventory = known_or_read().await?;
            QueryResult::Usage(indexer.index_refusals(refusals, inventory, aws.now()).await?)
        }
        Query::RecentCalls(request) => {
            let inventory = known_or_read().await?;
            let counted = ops::count_recent_calls(aws, &inventory, &request, run).await?;
            QueryResult::RecentCalls(Arc::new(counted))
        }
        Query::Charges(request) => {
            let inventory = Arc::unwrap_or_clone(known_or_read().await?);
            let inventory = ops::with_all_members(aws, inventory, run).await?;
            let report = ops::run_report_request(aws, &inventory, request, run).await?;
            QueryResult::Charges(Box::new(report))
        }
    })
}

/// Nothing rests on a remembered inventory: what needs one reads the account.
fn is_current(inventory: &Arc<Inventory>) -> bool {
    inventory.require_current().is_ok()
}

/// Reads the account, and indexes what is remembered of it, or else what was read so far, while the rest is being read.
async fn read_inventory(
    aws: &Aws,
    indexer: &Indexer,
    run: &Run,
    on_part: Option<&(dyn Fn(PartialResult) + Send + Sync)>,
) -> Result<Snapshot, Failure> {
    let (parts, mut newest_part) = watch::channel(None);
    let listed = indexer.listed();
    let reading = async {
        let on_inventory = |inventory: Inventory| {
            if on_part.is_some() {
                parts.send_replace(Some(Arc::new(inventory)));
            }
        };
        let read = ops::read_inventory_in_parts(aws, run, listed.as_deref(), &on_inventory).await;
        drop(parts);
        read
    };
    let indexing = async {
        if let Some(on_part) = on_part
            && let Some(remembered) = until_read(ops::read_remembered(aws), newest_part.clone()).await
        {
            let remembered = indexer.index_inventory(Arc::new(remembered), aws.now()).await?;
            on_part(PartialResult::Remembered(remembered));
            return Ok(());
        }
        while newest_part.changed().await.is_ok() {
            let part = newest_part.borrow_and_update().clone();
            if let (Some(part), Some(on_part)) = (part, on_part) {
                on_part(PartialResult::Inventory(indexer.index_inventory(part, aws.now()).await?));
            }
        }
        Ok(())
    };
    let ((inventory, listed), ()) = try_join(reading, indexing).await?;
    // A report names what the trail lacks.
    let with_notes = ops::with_notes_in_trail(aws, &inventory, run, &mut Vec::new()).await;
    let inventory = with_notes.unwrap_or(inventory);
    indexer.index_listed_inventory(Arc::new(inventory), listed, aws.now()).await
}

/// Waits for something remembered, but no longer than until the account is read.
async fn until_read<T>(
    remembered: impl Future<Output = Option<T>>,
    mut newest_part: watch::Receiver<Option<Arc<Inventory>>>,
) -> Option<T> {
    tokio::select! {
        biased;
        () = async { while newest_part.changed().await.is_ok() {} } => None,
        remembered = remembered => remembered,
    }
}
