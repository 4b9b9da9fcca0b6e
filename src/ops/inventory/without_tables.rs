//! The inventory of an account without tables: each API key is one tenant key, or, where API keys may not be listed,
//! each id that a plan's key list or GetUsage returns.

use std::collections::BTreeMap;

use futures_util::{StreamExt, TryStreamExt, stream};
use jiff::tz::TimeZone;
use keypool_domain::price_list::accurate_price_list_entry;
use keypool_domain::source::{tenant_keys_of_api_keys, tenant_keys_of_listed_ids, unproven_successions};
use keypool_domain::text::pluralize;
use keypool_domain::usage::DayRange;
use keypool_domain::{
    ApiKey, ApiKeyId, Extents, Inventory, InventoryParts, InventorySource, Known, Plan, PlanId,
    PriceListEntry,
};

use super::MAX_CONCURRENT_PLANS;
use super::assemble::GatewayParts;
use super::membership::member_ids;
use crate::aws::{Aws, Failure, WithoutTables};
use crate::ops::Run;

/// So many API keys are read one by one to see whether the list leaves tags out.
const SAMPLED_KEYS: usize = 10;
/// At most this many API keys are read one by one for tags that the list leaves out.
const MAX_KEYS_READ_FOR_TAGS: usize = 100;
/// The days of which GetUsage says which API keys were used.
const USAGE_DAYS: u32 = 30;

type Members = BTreeMap<PlanId, Known<Vec<ApiKeyId>>>;

pub(super) async fn assemble(aws: &Aws, gateway: GatewayParts, run: &Run) -> Result<Inventory, Failure> {
    let GatewayParts { mut plans, unreadable_plans, api_keys, members, mut remarks } = gateway;
    let WithoutTables { tenants, managed_plans, prices } = aws.without_tables();
    for plan in &mut plans {
        plan.price_list_entry = plan.entry_in(prices).map(|price| PriceListEntry {
            price: Known::Value(Some(*price)),
            ..accurate_price_list_entry(plan)
        });
    }
    if unreadable_plans.is_none() {
        remarks.extend(unused_setting_remarks(aws.without_tables(), &plans));
    }
    let members = members.iter().map(|(plan, keys)| (plan.clone(), member_ids(keys))).collect();
    let (source, api_keys, tenant_keys) = match api_keys {
        Known::Value(listed) => {
            let reading = with_unlisted_tags(aws, listed, &mut remarks);
            let listed = run.cancel.run_until_cancelled(reading).await.ok_or(Failure::Cancelled)??;
            let tenant_keys = tenant_keys_of_api_keys(&listed, &plans, &members, tenants);
            let (tenants, managed_plans) = (tenants.clone(), managed_plans.clone());
            (InventorySource::ApiGateway { tenants, managed_plans }, Known::Value(listed), tenant_keys)
        }
        unlisted @ Known::Unknown(_) => {
            let reading = read_ids_of_plans(aws, &plans, &members);
            let ids = run.cancel.run_until_cancelled(reading).await.ok_or(Failure::Cancelled)??;
            (InventorySource::Usage, unlisted, tenant_keys_of_listed_ids(&plans, &ids))
        }
    };
    remarks.extend(source_remark(&source));
    remarks.extend(unproven_successions(
        api_keys.value_to_show().map(Vec::as_slice).unwrap_or_default(),
        &source,
    ));
    let taken_at = aws.now();
    let pools = Vec::new();
    let inventory = Inventory::new(InventoryParts {
        source,
        plans,
        api_keys,
        members,
        tenant_keys,
        pools,
        remarks,
        taken_at,
        extents: Extents::default(),
    });
    Ok(inventory.with_unreadable_plans(unreadable_plans))
}

/// One sentence for each name in the settings that no plan has: misspelt, or renamed since.
fn unused_setting_remarks(settings: &WithoutTables, plans: &[Plan]) -> Vec<String> {
    let is_unused = |name: &str| !plans.iter().any(|plan| plan.is_called(name));
    let managed = settings.managed_plans.iter().filter(|name| *name != "*" && is_unused(name)).map(|name| {
        format!("no usage plan has the name or id \"{name}\" of `plans` under [tenants] in config.toml")
    });
    let prices = settings.prices.keys().filter(|name| is_unused(name)).map(|name| {
        format!(
            "the price of \"{name}\" is not used: no plan has this name or id (charging.plans in config.toml)"
        )
    });
    managed.chain(prices).collect()
}

fn source_remark(source: &InventorySource) -> Option<String> {
    match source {
        InventorySource::ApiGateway { tenants, .. } if !tenants.is_configured() => Some(
            "no tables, so each API key is one tenant key; before anything is written, config.toml must say where its \
             tenant is (`keypool setup tenants`)"
                .to_owned(),
        ),
        InventorySource::Usage => Some(
            "no tables, and API keys may not be listed: only the keys of the plans and of their usage are shown, by id"
                .to_owned(),
        ),
        InventorySource::ApiGateway { .. } | InventorySource::Tables { .. } => None,
    }
}

/// Reads API keys one by one if the list has no tags at all: some endpoints leave them out. If the first keys have none
/// either, there are none.
async fn with_unlisted_tags(
    aws: &Aws,
    mut listed: Vec<ApiKey>,
    remarks: &mut Vec<String>,
) -> Result<Vec<ApiKey>, Failure> {
    if listed.iter().any(|key| !key.tags.is_empty()) {
        return Ok(listed);
    }
    for (from, to) in [(0, SAMPLED_KEYS), (SAMPLED_KEYS, MAX_KEYS_READ_FOR_TAGS)] {
        let part: Vec<ApiKeyId> = listed.iter().take(to).skip(from).map(|key| key.id.clone()).collect();
        let reads = part.into_iter().map(|id| async move { aws.api_key(&id).await });
        let read = match stream::iter(reads).buffered(MAX_CONCURRENT_PLANS).try_collect::<Vec<_>>().await {
            Ok(read) => read,
            Err(Failure::Denied { .. } | Failure::Unsupported(_)) => return Ok(listed),
            Err(failure) => return Err(failure),
        };
        for (at, key) in (from..).zip(read) {
            // A key that was deleted meanwhile stays as listed.
            if let Some(key) = key {
                listed[at] = key;
            }
        }
        if listed.iter().all(|key| key.tags.is_empty()) {
            return Ok(listed);
        }
    }
    let unread = listed.len().saturating_sub(MAX_KEYS_READ_FOR_TAGS);
    if unread > 0 {
        remarks.push(format!(
            "the list of API keys leaves tags out, and those of {} were not read: which tenant they name is unknown here",
            pluralize(unread, "key")
        ));
    }
    Ok(listed)
}

/// The ids of the API keys of each plan: its key list, or where that may not be read, the keys in its usage.
async fn read_ids_of_plans(
    aws: &Aws,
    plans: &[Plan],
    members: &Members,
) -> Result<BTreeMap<PlanId, Vec<ApiKeyId>>, Failure> {
    let today = aws.now().to_zoned(TimeZone::UTC).date();
    let range = DayRange::last_days(USAGE_DAYS, today);
    let ids: Vec<PlanId> = plans.iter().map(|plan| plan.id.clone()).collect();
    let reads = ids.into_iter().map(|plan| async move {
        if let Some(Known::Value(listed)) = members.get(&plan) {
            return Ok((plan, listed.clone()));
        }
        match aws.usage_for_refresh(&plan, range).await {
            Ok((usage, _)) => Ok((plan, usage.into_keys().collect())),
            Err(Failure::Denied { .. } | Failure::Gone(_)) => Ok((plan, Vec::new())),
            Err(failure) => Err(failure),
        }
    });
    stream::iter(reads).buffer_unordered(MAX_CONCURRENT_PLANS).try_collect().await
}
