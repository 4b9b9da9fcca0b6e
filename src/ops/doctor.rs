//! Finds inconsistencies in the account and their fixes.

mod double_check;
mod fix;
mod indexes;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use futures_util::{StreamExt, stream};
use keypool_domain::api_access::KeySource;
use keypool_domain::drift::{self, Finding, Observations, StageMethods};
use keypool_domain::ending::upcoming_endings;
use keypool_domain::managed::managed_plans;
use keypool_domain::text::pluralize;
use keypool_domain::{
    ApiKeyId, Inventory, InventorySource, Plan, PlanId, PoolKey, PriceListEntry, Secret, StageRef, WorkMark,
};

use super::{Progress, Run};
use crate::aws::{Aws, DeployedStage, Failure, PoolTableItems};

pub use double_check::diagnose;
pub(super) use fix::is_subsequence;
pub use fix::{ConfirmedFix, FixOutcome, FixReport, fix_confirmed};

const MAX_CONCURRENT_READS: usize = 8;

#[derive(Debug, Clone, PartialEq)]
pub struct DoctorReport {
    pub inventory: Arc<Inventory>,
    /// In the order in which they are fixed.
    pub findings: Vec<Finding>,
    /// What could not be checked, with the missing IAM action, and other remarks.
    pub remarks: Vec<String>,
    /// How many of the remarks say that something could not be checked.
    pub unchecked_count: usize,
}

impl DoctorReport {
    /// Describes usage plans and API keys that cannot be read. With such a plan or key the check is unfinished:
    /// whatever depends on it was not checked.
    pub fn unfinished(&self) -> Option<String> {
        let remarks: Vec<_> = unreadable_remarks(&self.inventory).collect();
        (!remarks.is_empty()).then(|| remarks.join("; "))
    }
}

/// Checks the account once. `marks` are work marks that existed before this check.
async fn examine(aws: &Aws, run: &Run, marks: Vec<WorkMark>) -> Result<DoctorReport, Failure> {
    let inventory = super::read_inventory(aws, run).await?;
    // The tag of a plan shows whether its creation was interrupted.
    let needs_tags = |plan: &Plan| plan.price_list_entry.is_none() && plan.tags.reason().is_some();
    let inventory = super::with_plan_tags(aws, inventory, needs_tags).await?;
    let marks = inventory.work_marks().iter().cloned().chain(marks).collect();
    let inventory = inventory.with_work_marks(marks);
    let mut missing = MissingPermissions::default();
    let reading = read_details(aws, inventory, run, &mut missing);
    let (inventory, observed) = run.cancel.run_until_cancelled(reading).await.ok_or(Failure::Cancelled)??;
    let findings = drift::findings(&inventory, &observed);
    // Plans that a fix changes may belong to a CloudFormation stack, which their tags show.
    let options = findings.iter().flat_map(|finding| finding.fix.options());
    let plans: BTreeSet<_> =
        options.flat_map(|(_, change)| change.plans_with_unread_tags(&inventory)).collect();
    let inventory = super::with_plan_tags(aws, inventory, |plan| plans.contains(&plan.id)).await?;
    let foreign = match inventory.source() {
        InventorySource::Tables { keys, .. } => {
            super::inventory::foreign_items_remark(inventory.foreign_item_count(), keys)
        }
        InventorySource::ApiGateway { .. } | InventorySource::Usage => None,
    };
    let in_progress = drift::operations_in_progress(&inventory, observed.now);
    let endings = upcoming_endings(&inventory, observed.now);
    let indexes = indexes::index_remark(aws, inventory.source()).await?;
    let unread: Vec<_> = unreadable_remarks(&inventory)
        .chain(unread_plans_remark(&inventory))
        .chain(missing.remarks())
        .collect();
    let unchecked_count = unread.len();
    let remarks = unread.into_iter().chain(foreign).chain(indexes).chain(in_progress).chain(endings);
    let remarks = remarks.chain(super::sample_app::sample_app_remark(aws, &inventory)).collect();
    Ok(DoctorReport { inventory: Arc::new(inventory), findings, remarks, unchecked_count })
}

/// Reads what the checks need besides the inventory, and completes the inventory.
async fn read_details(
    aws: &Aws,
    inventory: Inventory,
    run: &Run,
    missing: &mut MissingPermissions,
) -> Result<(Inventory, Observations), Failure> {
    let (inventory, unread_api_keys) = with_all_tags(aws, inventory, missing).await?;
    let observed = observe(aws, &inventory, run, missing).await?;
    Ok((inventory, Observations { unread_api_keys, ..observed }))
}

/// Reads the API keys whose tags matter, because lists may omit tags. Also returns the ids of those that
/// may not be read.
async fn with_all_tags(
    aws: &Aws,
    inventory: Inventory,
    missing: &mut MissingPermissions,
) -> Result<(Inventory, BTreeSet<ApiKeyId>), Failure> {
    let reads = drift::api_keys_to_fetch(&inventory).into_iter().map(|id| async {
        let result = aws.api_key(&id).await;
        (id, result)
    });
    let results: Vec<_> = stream::iter(reads).buffer_unordered(MAX_CONCURRENT_READS).collect().await;
    let mut unread = BTreeSet::new();
    let mut read_keys = Vec::new();
    for (id, result) in results {
        match missing.skip_unreadable(result)? {
            Some(key) => read_keys.push((id, key)),
            None => {
                unread.insert(id);
            }
        }
    }
    Ok((inventory.with_api_keys(read_keys), unread))
}

fn unreadable_remarks(inventory: &Inventory) -> impl Iterator<Item = String> {
    let plans = super::inventory::unreadable_plans_remark(inventory.unreadable_plans());
    plans.into_iter().chain(super::inventory::unreadable_keys_remark(inventory.api_keys().reason()))
}

/// Describes how many plans have API keys that may not be listed.
fn unread_plans_remark(inventory: &Inventory) -> Option<String> {
    let plans =
        inventory.plans().iter().filter(|plan| inventory.members(&plan.id).reason().is_some()).count();
    let plan_count = pluralize(plans, "usage plan");
    let remark = format!(
        "not checked: the API keys of {plan_count} (IAM action apigateway:GET on their keys is missing)"
    );
    (plans > 0).then_some(remark)
}

/// IAM actions that were denied, each once with its resource.
#[derive(Default)]
struct MissingPermissions(BTreeSet<(String, String)>);

impl MissingPermissions {
    /// Records a denial and treats it, like a missing resource, as unknown.
    fn skip_unreadable<T>(&mut self, read: Result<T, Failure>) -> Result<Option<T>, Failure> {
        if let Err(Failure::Denied { action, resource }) = &read {
            self.0.insert((action.clone(), resource.clone()));
        }
        skip_unreadable(read)
    }

    fn remarks(&self) -> Vec<String> {
        let denied = self.0.iter();
        denied
            .map(|(action, resource)| format!("not checked: {resource} (IAM action {action} is missing)"))
            .collect()
    }
}

async fn observe(
    aws: &Aws,
    inventory: &Inventory,
    run: &Run,
    missing: &mut MissingPermissions,
) -> Result<Observations, Failure> {
    let progress = |doing: &str| {
        (run.progress)(Progress { done: 0, total: None, doing: doing.to_owned() });
    };
    progress("checking tables and values");
    let tables = observe_tables(aws, inventory, missing).await?;
    progress("checking stages");
    Ok(Observations {
        price_list: tables.price_list,
        values: tables.values,
        authorizer_key_apis: read_authorizer_key_apis(aws, inventory, missing).await?,
        stages: read_stages(aws, inventory, missing).await?,
        keys_without_counter: tables.counters.keys_without_counter,
        recently_written_counters: tables.counters.recently_written,
        counters_without_pool: tables.counters.without_pool,
        stores_values: aws.stores_values(),
        unread_api_keys: BTreeSet::new(),
        has_log_role: missing.skip_unreadable(aws.log_role().await)?.map(|role| role.is_some()),
        max_key_age_days: aws.max_key_age_days(),
        now: aws.now(),
    })
}

/// What the tables contain besides the inventory, and the values that they may repeat.
#[derive(Default)]
struct TableObservations {
    price_list: Vec<(PlanId, PriceListEntry)>,
    values: HashMap<ApiKeyId, Secret>,
    counters: CounterCheck,
}

async fn observe_tables(
    aws: &Aws,
    inventory: &Inventory,
    missing: &mut MissingPermissions,
) -> Result<TableObservations, Failure> {
    let (plans, pools) = match inventory.source() {
        InventorySource::Tables { plans, pools, .. } => (plans, pools),
        InventorySource::ApiGateway { .. } | InventorySource::Usage => {
            return Ok(TableObservations::default());
        }
    };
    let (price_list, _) = aws.price_list(plans).await?;
    let values = missing.skip_unreadable(aws.api_key_values().await)?.unwrap_or_default();
    let counters = match pools.as_deref() {
        Some(table) => CounterCheck::new(aws.pools(table).await?, inventory),
        None => CounterCheck::default(),
    };
    Ok(TableObservations {
        price_list: price_list.into_iter().collect(),
        values: values.into_iter().collect(),
        counters,
    })
}

/// The pool counters as read after the inventory, compared with it.
#[derive(Default)]
struct CounterCheck {
    /// Pool keys that have no counter.
    keys_without_counter: BTreeSet<ApiKeyId>,
    /// Keys whose counter changed between the two reads.
    recently_written: BTreeSet<ApiKeyId>,
    /// Counters of keys that are in no pool.
    without_pool: Vec<PoolKey>,
}

impl CounterCheck {
    fn new(current: PoolTableItems, inventory: &Inventory) -> Self {
        let in_pools: BTreeSet<&ApiKeyId> = current.pools.iter().flat_map(|pool| &pool.api_keys).collect();
        let without_counter = in_pools.iter().filter(|id| !current.counters.contains_key(**id));
        let before = |id: &ApiKeyId| inventory.pool_of_api_key(id).and_then(|pool| pool.pool_key(id));
        let has_changed = |key: &&PoolKey| {
            before(&key.api_key)
                .is_some_and(|before| (before.revision, &before.tenants) != (key.revision, &key.tenants))
        };
        let recently_written = current.counters.values().filter(has_changed).map(|key| key.api_key.clone());
        // A key that joined a pool meanwhile is in one of the two reads.
        let is_in_no_pool =
            |key: &&PoolKey| !in_pools.contains(&key.api_key) && before(&key.api_key).is_none();
        Self {
            keys_without_counter: without_counter.map(|id| (*id).clone()).collect(),
            recently_written: recently_written.collect(),
            without_pool: current.counters.values().filter(is_in_no_pool).cloned().collect(),
        }
    }
}

fn covered_stages(inventory: &Inventory) -> BTreeSet<&StageRef> {
    let plans = managed_plans(inventory).into_iter().filter_map(|id| inventory.plan(id));
    plans.flat_map(|plan| &plan.stages).collect()
}

/// Reads which REST APIs behind managed plans take keys from an authorizer.
async fn read_authorizer_key_apis(
    aws: &Aws,
    inventory: &Inventory,
    missing: &mut MissingPermissions,
) -> Result<BTreeSet<String>, Failure> {
    let mut found = BTreeSet::new();
    for api in covered_stages(inventory).iter().map(|stage| &stage.api).collect::<BTreeSet<_>>() {
        let access = missing.skip_unreadable(aws.api_access(api).await)?;
        if access.is_some_and(|access| access.key_source == KeySource::Authorizer) {
            found.insert(api.clone());
        }
    }
    Ok(found)
}

/// Reads the methods behind every stage that a managed plan covers.
async fn read_stages(
    aws: &Aws,
    inventory: &Inventory,
    missing: &mut MissingPermissions,
) -> Result<BTreeMap<StageRef, StageMethods>, Failure> {
    let mut stages = BTreeMap::new();
    for stage in covered_stages(inventory) {
        let edited = missing.skip_unreadable(aws.methods(&stage.api).await)?;
        let deployed = missing.skip_unreadable(aws.deployed_stage(stage).await)?;
        let (Some(edited), Some(deployed)) = (edited, deployed) else { continue };
        let edited =
            edited.into_iter().map(|method| (format!("{} {}", method.verb, method.path), method.needs_key));
        let DeployedStage { methods, authorizations, .. } = deployed;
        let methods = StageMethods { deployed: methods, edited: edited.collect(), authorizations };
        stages.insert(stage.clone(), methods);
    }
    Ok(stages)
}

/// Returns `None` for whatever may not be read or does not exist.
pub(super) fn skip_unreadable<T>(read: Result<T, Failure>) -> Result<Option<T>, Failure> {
    match read {
        Ok(value) => Ok(Some(value)),
        Err(Failure::Denied { .. } | Failure::Gone(_) | Failure::Unsupported(_)) => Ok(None),
        Err(failure) => Err(failure),
    }
}
