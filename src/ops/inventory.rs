//! Reads the whole account with as few calls as possible, in parallel; never one call per tenant key.

mod assemble;
mod plan_tags;
mod pool_list;
mod references;
mod without_tables;

use std::sync::atomic::{AtomicUsize, Ordering};

use futures_util::future::try_join;
use futures_util::{StreamExt, TryStreamExt, stream};
use keypool_domain::text::pluralize;
use keypool_domain::{ForeignItem, Inventory, Known, Plan, PlanId, Unknown};

use super::{Progress, Run};
use crate::aws::{ApiKeyList, Aws, Failure, Member};
pub use plan_tags::with_plan_tags;

use assemble::{GatewayParts, TableParts};

const MAX_CONCURRENT_PLANS: usize = 8;

/// Reads the inventory of the account and region of the connection.
pub async fn read_inventory(aws: &Aws, run: &Run) -> Result<Inventory, Failure> {
    let counts = ReadCounts { run, api_keys: AtomicUsize::new(0), tenant_keys: AtomicUsize::new(0) };
    let reads = try_join(read_gateway(aws, &counts), read_tables(aws, &counts));
    let (gateway, tables) = run.cancel.run_until_cancelled(reads).await.ok_or(Failure::Cancelled)??;
    let Some((mut tables, foreign)) = tables else {
        return without_tables::assemble(aws, gateway, run).await;
    };
    let marks = std::mem::take(&mut tables.pools.work_marks);
    let former_keys = std::mem::take(&mut tables.pools.former_keys);
    let inventory = Inventory::new(assemble::assemble_parts(gateway, tables, aws.now()));
    Ok(inventory.with_foreign_items(foreign).with_work_marks(marks).with_former_keys(former_keys))
}

/// Counts for the progress line.
struct ReadCounts<'a> {
    run: &'a Run,
    api_keys: AtomicUsize,
    tenant_keys: AtomicUsize,
}

impl ReadCounts<'_> {
    fn set_api_keys(&self, count: usize) {
        self.api_keys.store(count, Ordering::Relaxed);
        self.report();
    }

    fn set_tenant_keys(&self, count: usize) {
        self.tenant_keys.store(count, Ordering::Relaxed);
        self.report();
    }

    fn report(&self) {
        let (api_keys, tenant_keys) =
            (self.api_keys.load(Ordering::Relaxed), self.tenant_keys.load(Ordering::Relaxed));
        let doing = format!("{}, {}", pluralize(api_keys, "API key"), pluralize(tenant_keys, "tenant key"));
        (self.run.progress)(Progress { done: api_keys + tenant_keys, total: None, doing });
    }
}

async fn read_gateway(aws: &Aws, counts: &ReadCounts<'_>) -> Result<GatewayParts, Failure> {
    let plans = async {
        let mut listed = aws.usage_plans().await?;
        let (members, tags) =
            try_join(read_members(aws, &listed.plans), plan_tags::read_if_few_plans(aws, &listed.plans))
                .await?;
        plan_tags::assign_tags(&mut listed.plans, tags);
        Ok((listed, members))
    };
    let ((listed, (members, denied_remark)), api_keys) = try_join(plans, read_api_keys(aws, counts)).await?;
    let mut remarks = listed.remarks;
    remarks.extend(denied_remark);
    remarks.extend(api_keys.remarks);
    remarks.extend(unreadable_keys_remark(api_keys.keys.reason()));
    Ok(GatewayParts { plans: listed.plans, api_keys: api_keys.keys, members, remarks })
}

/// Reads all API keys, or returns a remark if they may not be listed. Listing keys includes their values, so a role
/// without access to secrets may not list keys.
async fn read_api_keys(aws: &Aws, counts: &ReadCounts<'_>) -> Result<ApiKeyList, Failure> {
    match aws.api_keys(|n| counts.set_api_keys(n)).await {
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
    match reason? {
        Unknown::Unreadable { what, .. } => {
            Some(format!("{what}: whether a key exists and is enabled is unknown"))
        }
        Unknown::NotAllowed { .. } | Unknown::NotReadYet => None,
    }
}

pub(super) type PlanMembers = Vec<(PlanId, Known<Vec<Member>>)>;

/// Reads the API keys of each plan, and returns a remark if some may not be read.
async fn read_members(aws: &Aws, plans: &[Plan]) -> Result<(PlanMembers, Option<String>), Failure> {
    // Owned ids: with borrowed ones the compiler cannot prove that the future is `Send`.
    let ids: Vec<PlanId> = plans.iter().map(|plan| plan.id.clone()).collect();
    let reads = ids.into_iter().map(|plan| read_plan_members(aws, plan));
    let results: Vec<_> = stream::iter(reads).buffer_unordered(MAX_CONCURRENT_PLANS).try_collect().await?;
    let denied = results.iter().filter(|(_, members)| members.reason().is_some()).count();
    let remark = (denied > 0).then(|| {
        format!(
            "the API keys of {} may not be read (IAM action apigateway:GET on their keys): which key is in which \
             plan is unknown",
            pluralize(denied, "usage plan")
        )
    });
    Ok((results, remark))
}

async fn read_plan_members(aws: &Aws, plan: PlanId) -> Result<(PlanId, Known<Vec<Member>>), Failure> {
    match aws.members(&plan).await {
        Ok(members) => Ok((plan, Known::Value(members))),
        Err(Failure::Denied { action, resource }) => Ok((plan, Known::not_allowed(action, resource))),
        Err(Failure::Gone(_)) => Ok((plan, Known::Value(Vec::new()))),
        Err(failure) => Err(failure),
    }
}

/// Reads the tables; `None` for an account without any.
async fn read_tables(
    aws: &Aws,
    counts: &ReadCounts<'_>,
) -> Result<Option<(TableParts, Vec<ForeignItem>)>, Failure> {
    let Some(names) = aws.find_tables_if_any().await? else { return Ok(None) };
    let pools = async {
        match &names.pools {
            Some(table) => aws.pools(table).await.map(Some),
            None => Ok(None),
        }
    };
    // Counters are read before tenant keys. If a counter changes in between, the conditional write of that
    // counter fails later.
    let pools = pools.await?;
    let (tenant_keys, (price_list, price_list_problems)) =
        try_join(aws.tenant_keys(&names.keys, |n| counts.set_tenant_keys(n)), aws.price_list(&names.plans))
            .await?;
    let pool_list = match (&names.pools, aws.pools_location()) {
        (None, Some(location)) => pool_list::read(aws, location).await?,
        _ => None,
    };
    let mut remarks = tenant_keys.problems.remarks(&names.keys);
    remarks.extend(foreign_items_remark(tenant_keys.foreign_items.len(), &names.keys));
    remarks.extend(price_list_problems.remarks(&names.plans));
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
    Ok(Some((
        TableParts { source, tenant_keys: tenant_keys.tenant_keys, price_list, pools, pool_list, remarks },
        tenant_keys.foreign_items,
    )))
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
