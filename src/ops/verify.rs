//! Whether pooling does on this account what it promises, tried with keys of our own that are removed again.
//!
//! Everything made here belongs to the tenant [`TENANT`]: what an interrupted trial leaves is found by that and removed
//! at the end, or at the beginning of the next.

use std::collections::BTreeSet;
use std::time::Duration;

use keypool_domain::change::pluralize;
use keypool_domain::managed::{TenantSource, is_managed};
use keypool_domain::{
    ApiKeyId, Change, Inventory, Known, NewTenantKey, NewTenantKeys, Plan, PlanId, Tenant, TenantKeyId,
    Verdict,
};
use tokio_util::sync::CancellationToken;

use super::{CallRequest, ProbePlan, Progress, Run};
use crate::aws::{Aws, Failure};

/// Whose keys the trial makes.
pub const VERIFY_TENANT: &str = "keypool-verify";
/// How often a key that is not let in yet is called again, and how long after.
const MAX_CALLS: u32 = 30;
const POLL_INTERVAL: Duration = Duration::from_secs(2);

/// Something that should hold, and what was seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expectation {
    /// The plan's name, or "account".
    pub plan: String,
    /// What should hold.
    pub expected: String,
    /// What was seen.
    pub seen: String,
    /// Whether it holds.
    pub holds: bool,
}

/// Creates `count` keys in every managed plan, looks, calls, removes them, and looks again.
///
/// The keys are removed however it ends, also when it is stopped; only then does it return.
pub async fn verify(aws: &Aws, count: u32, run: &Run) -> Result<Vec<Expectation>, Failure> {
    let cleaning = Run { cancel: CancellationToken::new(), ..run.clone() };
    delete_test_keys(aws, &cleaning).await?;
    let before = super::read_inventory(aws, run).await?;
    let before = super::with_plan_tags(aws, before, |plan| plan.tags.reason().is_some()).await?;
    let mut told = Vec::new();
    let tried = run_checks(aws, &before, count, run, &mut told).await;
    delete_test_keys(aws, &cleaning).await?;
    tried?;
    let after = super::read_inventory(aws, &cleaning).await?;
    told.extend(check_cleanup(&before, &after));
    Ok(told)
}

/// Everything of the trial's tenant goes.
async fn delete_test_keys(aws: &Aws, run: &Run) -> Result<(), Failure> {
    let seen = super::read_inventory(aws, run).await?;
    let ours = seen.tenant_keys().iter().filter(|row| row.tenant.as_str() == VERIFY_TENANT);
    let ours: Vec<TenantKeyId> = ours.map(|row| row.id.clone()).collect();
    if ours.is_empty() {
        return Ok(());
    }
    super::apply(aws, &seen, &Change::Delete(ours), run).await.map(drop)
}

async fn run_checks(
    aws: &Aws,
    before: &Inventory,
    count: u32,
    run: &Run,
    told: &mut Vec<Expectation>,
) -> Result<(), Failure> {
    let mut filled = Vec::new();
    let is_ours = |plan: &&Plan| is_managed(&plan.id, before, TenantSource::Tables).is_known_to_be(&true);
    for plan in before.plans().iter().filter(is_ours) {
        let key = NewTenantKey {
            plan: plan.id.clone(),
            tenant: Tenant::new(VERIFY_TENANT),
            name: "verify".to_owned(),
            description: "made and removed by `keypool verify`".to_owned(),
            enabled: true,
        };
        match super::apply(aws, before, &Change::Create(NewTenantKeys { template: key, count }), run).await {
            Ok(_) => filled.push(plan),
            Err(Failure::Refused(why)) => told.push(Expectation {
                plan: plan.name.clone(),
                expected: format!("{} can be created", pluralize(count as usize, "key")),
                seen: why.to_string(),
                holds: false,
            }),
            Err(failure) => return Err(failure),
        }
    }
    let seen = super::read_inventory(aws, run).await?;
    for plan in &filled {
        told.extend(check_keys(plan, before, &seen, count));
    }
    for plan in filled.iter().filter(|plan| !plan.stages.is_empty()) {
        told.push(check_call(aws, plan, &seen, run).await?);
    }
    Ok(())
}

/// The API keys that the trial's rows of a plan send.
fn sent_api_keys(seen: &Inventory, plan: &PlanId) -> Vec<ApiKeyId> {
    let ours = seen.tenant_keys_of_plan(plan).filter(|row| row.tenant.as_str() == VERIFY_TENANT);
    ours.filter_map(|row| row.api_key().into_result().ok()).collect()
}

fn plan_members(seen: &Inventory, plan: &PlanId) -> BTreeSet<ApiKeyId> {
    seen.listed_members(plan).iter().cloned().collect()
}

fn check_keys(plan: &Plan, before: &Inventory, seen: &Inventory, count: u32) -> Vec<Expectation> {
    let sent = sent_api_keys(seen, &plan.id);
    let distinct: BTreeSet<_> = sent.iter().cloned().collect();
    let (had, has) = (plan_members(before, &plan.id), plan_members(seen, &plan.id));
    let more = has.difference(&had).count();
    let tell = |expected: String, seen: String, holds: bool| Expectation {
        plan: plan.name.clone(),
        expected,
        seen,
        holds,
    };
    let made = tell(
        format!("{} are there", pluralize(count as usize, "tenant key")),
        pluralize(sent.len(), "tenant key"),
        sent.len() == count as usize,
    );
    let Some(pool) = before.pool(&plan.id) else {
        let own = tell(
            format!(
                "each has an API key of its own: {} more in the plan",
                pluralize(count as usize, "API key")
            ),
            format!("{} more, {} sent", pluralize(more, "API key"), distinct.len()),
            more == count as usize && distinct.len() == count as usize,
        );
        return vec![made, own];
    };
    let shared: BTreeSet<_> = pool.keys.iter().map(|key| key.api_key.clone()).collect();
    let same = tell(
        format!("the plan has the same {} as before", pluralize(had.len(), "API key")),
        format!("{} more, {} fewer", more, had.difference(&has).count()),
        had == has,
    );
    let open = pool
        .keys
        .iter()
        .filter(|key| before.is_live(&key.api_key) && key.remaining_capacity().is_known_not_to_be(&0))
        .count();
    let spread = tell(
        format!("they send at most {} of the pool", pluralize(open, "API key")),
        format!("{} sent", pluralize(distinct.len(), "API key")),
        distinct.is_subset(&shared) && !distinct.is_empty() && distinct.len() <= open,
    );
    vec![made, same, spread]
}

/// A key of the trial is let in by the API, which may take AWS half a minute.
async fn check_call(aws: &Aws, plan: &Plan, seen: &Inventory, run: &Run) -> Result<Expectation, Failure> {
    let told = |seen: String, holds: bool| Expectation {
        plan: plan.name.clone(),
        expected: "the API lets the key in".to_owned(),
        seen,
        holds,
    };
    let row = seen.tenant_keys_of_plan(&plan.id).find(|row| row.tenant.as_str() == VERIFY_TENANT);
    let route = match super::read_routes(aws, seen, &plan.id).await {
        Ok(routes) => routes.into_iter().find(|route| route.method == "GET" && !route.path.contains('{')),
        Err(failure) => return Ok(told(failure.to_string(), false)),
    };
    let (Some(row), Some(route)) = (row, route) else {
        return Ok(told("the plan has no method that can be called without parameters".to_owned(), false));
    };
    let request = CallRequest {
        invoke_url: route.invoke_url,
        method: route.method,
        path: route.path,
        ..CallRequest::default()
    };
    let probe = ProbePlan { tenant_key: row.id.clone(), request, count: 1, rate: None };
    let mut last = String::new();
    for _ in 0..MAX_CALLS {
        let answer = std::sync::Mutex::new(None);
        let on_sample = |sample| drop(answer.lock().map(|mut answer| answer.replace(sample)));
        super::probe(aws, seen, &probe, &on_sample, &run.cancel).await?;
        let Some(sample) = answer.into_inner().ok().flatten() else { return Err(Failure::Cancelled) };
        last = sample.status.map_or_else(|| "no answer".to_owned(), |status| status.to_string());
        if sample.verdict != Verdict::Forbidden {
            return Ok(told(last, sample.status.is_some()));
        }
        (run.progress)(Progress { done: 0, total: None, doing: format!("{}: not let in yet", plan.name) });
        tokio::select! {
            () = run.cancel.cancelled() => return Err(Failure::Cancelled),
            () = tokio::time::sleep(POLL_INTERVAL) => {}
        }
    }
    Ok(told(last, false))
}

/// The account is as it was: the same API keys in the same plans, the same pools.
fn check_cleanup(before: &Inventory, after: &Inventory) -> [Expectation; 2] {
    let all = |seen: &Inventory| -> BTreeSet<(PlanId, ApiKeyId)> {
        let plans = seen.plans().iter().map(|plan| &plan.id);
        plans.flat_map(|id| plan_members(seen, id).into_iter().map(move |key| (id.clone(), key))).collect()
    };
    let (had, has) = (all(before), all(after));
    let rows = after.tenant_keys().iter().filter(|row| row.tenant.as_str() == VERIFY_TENANT).count();
    let account = |expected: &str, seen: String, holds: bool| Expectation {
        plan: "account".to_owned(),
        expected: expected.to_owned(),
        seen,
        holds,
    };
    let keys = format!("{} more, {} fewer", has.difference(&had).count(), had.difference(&has).count());
    let counters = |seen: &Inventory| -> Vec<(ApiKeyId, Known<u32>)> {
        let keys = seen.pools().iter().flat_map(|pool| &pool.keys);
        keys.map(|key| (key.api_key.clone(), key.tenants.clone())).collect()
    };
    let same = counters(before) == counters(after);
    let said = if same { "the same" } else { "other counters" };
    [
        account("nothing is left: every plan has the API keys it had", keys, had == has && rows == 0),
        account("every pool has the keys and counters it had", said.to_owned(), same),
    ]
}
