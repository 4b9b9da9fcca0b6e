//! The whole account, read with the fewest calls and all parts at once: never one call for each row.

mod assemble;
mod plan_tags;
mod pool_list;
mod references;

use std::sync::atomic::{AtomicUsize, Ordering};

use futures_util::future::try_join;
use futures_util::{StreamExt, TryStreamExt, stream};
use keypool_domain::change::pluralize;
use keypool_domain::{ApiKey, ForeignItem, Inventory, Known, Plan, PlanId};

use super::{Progress, Run};
use crate::aws::{Aws, Failure, Member};
pub use plan_tags::with_plan_tags;

use assemble::{GatewayParts, TableParts};

/// How many plans are asked for their API keys at once.
const MAX_CONCURRENT_PLANS: usize = 8;

/// Reads plans, API keys, memberships, rows and pools.
pub async fn read_inventory(aws: &Aws, run: &Run) -> Result<Inventory, Failure> {
    let seen = ReadCounts { run, api_keys: AtomicUsize::new(0), tenant_keys: AtomicUsize::new(0) };
    let read = try_join(read_gateway(aws, &seen), read_tables(aws, &seen));
    let (gateway, tables) = run.cancel.run_until_cancelled(read).await.ok_or(Failure::Cancelled)??;
    let (mut tables, foreign) = tables;
    let work = std::mem::take(&mut tables.pools.work_marks);
    let read = Inventory::new(assemble::assemble_parts(gateway, tables, aws.now()));
    Ok(read.with_foreign_items(foreign).with_work_marks(work))
}

/// What was read so far, for the progress line.
struct ReadCounts<'a> {
    run: &'a Run,
    api_keys: AtomicUsize,
    tenant_keys: AtomicUsize,
}

impl ReadCounts<'_> {
    fn api_keys(&self, count: usize) {
        self.api_keys.store(count, Ordering::Relaxed);
        self.report();
    }

    fn tenant_keys(&self, count: usize) {
        self.tenant_keys.store(count, Ordering::Relaxed);
        self.report();
    }

    fn report(&self) {
        let (api_keys, rows) =
            (self.api_keys.load(Ordering::Relaxed), self.tenant_keys.load(Ordering::Relaxed));
        let doing = format!("{}, {}", pluralize(api_keys, "API key"), pluralize(rows, "row"));
        (self.run.progress)(Progress { done: api_keys + rows, total: None, doing });
    }
}

async fn read_gateway(aws: &Aws, seen: &ReadCounts<'_>) -> Result<GatewayParts, Failure> {
    let plans = async {
        let mut read = aws.usage_plans().await?;
        let (members, tags) =
            try_join(read_members(aws, &read.plans), plan_tags::read_if_few(aws, &read.plans)).await?;
        plan_tags::assign_tags(&mut read.plans, tags);
        Ok((read, members))
    };
    let ((read, (members, denied)), (api_keys, unlisted)) = try_join(plans, api_keys(aws, seen)).await?;
    let mut remarks = read.remarks;
    remarks.extend(denied);
    remarks.extend(unlisted);
    Ok(GatewayParts { plans: read.plans, api_keys, members, remarks })
}

/// All API keys, and a remark where they may not be listed: a role that may not read secrets may not list keys either.
async fn api_keys(aws: &Aws, seen: &ReadCounts<'_>) -> Result<(Known<Vec<ApiKey>>, Option<String>), Failure> {
    match aws.api_keys(|n| seen.api_keys(n)).await {
        Ok(keys) => Ok((Known::Value(keys), None)),
        Err(Failure::Denied { action, resource }) => {
            let remark = "the API keys may not be listed (IAM action apigateway:GET on /apikeys): whether one \
                          is there and enabled is not known";
            Ok((Known::not_allowed(action, resource), Some(remark.to_owned())))
        }
        Err(failure) => Err(failure),
    }
}

pub(super) type PlanMembers = Vec<(PlanId, Known<Vec<Member>>)>;

/// The API keys of each plan, and a remark where they may not be read.
async fn read_members(aws: &Aws, plans: &[Plan]) -> Result<(PlanMembers, Option<String>), Failure> {
    // Owned ids: over borrowed ones the compiler cannot see that the whole may move between threads.
    let ids: Vec<PlanId> = plans.iter().map(|plan| plan.id.clone()).collect();
    let asked = ids.into_iter().map(|plan| read_plan_members(aws, plan));
    let answers: Vec<_> = stream::iter(asked).buffer_unordered(MAX_CONCURRENT_PLANS).try_collect().await?;
    let denied = answers.iter().filter(|(_, members)| members.reason().is_some()).count();
    let remark = (denied > 0).then(|| {
        format!(
            "the API keys of {} may not be read (IAM action apigateway:GET on their keys): which key is in which \
             plan is not known",
            pluralize(denied, "usage plan")
        )
    });
    Ok((answers, remark))
}

async fn read_plan_members(aws: &Aws, plan: PlanId) -> Result<(PlanId, Known<Vec<Member>>), Failure> {
    match aws.members(&plan).await {
        Ok(members) => Ok((plan, Known::Value(members))),
        Err(Failure::Denied { action, resource }) => Ok((plan, Known::not_allowed(action, resource))),
        Err(Failure::Gone(_)) => Ok((plan, Known::Value(Vec::new()))),
        Err(failure) => Err(failure),
    }
}

async fn read_tables(aws: &Aws, seen: &ReadCounts<'_>) -> Result<(TableParts, Vec<ForeignItem>), Failure> {
    let names = aws.find_tables().await?;
    let pools = async {
        match &names.pools {
            Some(table) => aws.pools(table).await.map(Some),
            None => Ok(None),
        }
    };
    // Counters before tenant keys: one that has changed by the time it is written had its tenant keys read too early.
    let pools = pools.await?;
    let (rows, (shop_windows, odd_windows)) =
        try_join(aws.tenant_keys(&names.keys, |n| seen.tenant_keys(n)), aws.price_list(&names.plans)).await?;
    let listed = match (&names.pools, aws.pools_location()) {
        (None, Some(place)) => pool_list::read(aws, place).await?,
        _ => None,
    };
    let mut remarks = rows.problems.remarks(&names.keys);
    remarks.extend(foreign_items_remark(rows.foreign_items.len(), &names.keys));
    remarks.extend(odd_windows.remarks(&names.plans));
    match (&names.pools, &pools, aws.pools_location()) {
        (Some(table), Some(pools), place) => {
            remarks.extend(pools.problems.remarks(table));
            remarks.extend(place.map(|place| format!("{place} is not read: there is a table of pools")));
        }
        (_, _, Some(place)) if listed.is_none() => remarks.push(format!(
            "there is no {place} yet: every plan is siloed until `keypool pools import FILE` writes it"
        )),
        (_, _, None) => remarks.push("no table of pools: every plan is siloed".to_owned()),
        _ => {}
    }
    let pools = pools.unwrap_or_default();
    Ok((
        TableParts {
            tenant_keys: rows.tenant_keys,
            price_list: shop_windows,
            pools,
            pool_list: listed,
            remarks,
        },
        rows.foreign_items,
    ))
}

/// For example "3 items of table keypool-keys are no tenant keys: left alone".
pub(super) fn foreign_items_remark(count: usize, table: &str) -> Option<String> {
    let are = if count == 1 { "is no tenant key" } else { "are no tenant keys" };
    let note =
        format!("{} of table {table} {are} (no owner or no planId): left alone", pluralize(count, "item"));
    (count > 0).then_some(note)
}
