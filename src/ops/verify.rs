//! Checks that pooling works as promised on this account, with test keys that are deleted again.
//!
//! All test keys belong to the tenant [`VERIFY_TENANT`] and are found by it: a run deletes them at its end,
//! even if it is cancelled, and at its start, if an earlier run was killed.

use std::collections::BTreeSet;
use std::time::Duration;

use keypool_domain::call::{GatewayResponse, is_access_refusal};
use keypool_domain::managed::is_managed;
use keypool_domain::text::pluralize;
use keypool_domain::{
    ApiKeyId, Change, Inventory, Known, NewTenantKey, NewTenantKeys, Plan, PlanId, Tenant, TenantKeyId,
    Verdict,
};
use tokio_util::sync::CancellationToken;

use super::{CallRequest, ProbePlan, Progress, Route, Run};
use crate::aws::{Aws, Failure};

/// The owner of the test keys.
pub const VERIFY_TENANT: &str = "keypool-verify";
/// Maximum number of calls with a key that is not accepted yet.
const MAX_CALLS: u32 = 30;
/// Pause between two of these calls.
const POLL_INTERVAL: Duration = Duration::from_secs(2);

/// An expectation, and what was observed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expectation {
    /// The plan's name, or "account".
    pub plan: String,
    pub expected: String,
    pub actual: String,
    pub holds: bool,
}

/// Creates `count` keys in every managed plan, inspects and calls them, deletes them, and inspects the
/// account again.
///
/// The keys are deleted even if a check fails or the run is cancelled.
pub async fn verify(aws: &Aws, count: u32, run: &Run) -> Result<Vec<Expectation>, Failure> {
    let cleanup_run = Run { cancel: CancellationToken::new(), ..run.clone() };
    delete_test_keys(aws, &cleanup_run).await?;
    let before = super::read_inventory(aws, run).await?;
    let before = super::with_plan_tags(aws, before, |plan| plan.tags.reason().is_some()).await?;
    let mut results = Vec::new();
    let checked = run_checks(aws, &before, count, run, &mut results).await;
    delete_test_keys(aws, &cleanup_run).await?;
    checked?;
    let after = super::read_inventory(aws, &cleanup_run).await?;
    results.extend(check_cleanup(&before, &after));
    Ok(results)
}

/// Deletes all keys of the test tenant.
async fn delete_test_keys(aws: &Aws, run: &Run) -> Result<(), Failure> {
    let inventory = super::read_inventory(aws, run).await?;
    let test_keys =
        inventory.tenant_keys().iter().filter(|tenant_key| tenant_key.tenant.as_str() == VERIFY_TENANT);
    let test_keys: Vec<TenantKeyId> = test_keys.map(|tenant_key| tenant_key.id.clone()).collect();
    if test_keys.is_empty() {
        return Ok(());
    }
    super::apply(aws, &inventory, &Change::Delete(test_keys), run).await.map(drop)
}

async fn run_checks(
    aws: &Aws,
    before: &Inventory,
    count: u32,
    run: &Run,
    results: &mut Vec<Expectation>,
) -> Result<(), Failure> {
    let mut plans_with_keys = Vec::new();
    let is_managed_plan = |plan: &&Plan| is_managed(&plan.id, before).is_known_to_be(&true);
    for plan in before.plans().iter().filter(is_managed_plan) {
        if let Some(refusal) = find_refusal(aws, plan, before, run).await? {
            results.push(expect_acceptance(plan, before, refusal, false));
            continue;
        }
        let template = NewTenantKey {
            plan: plan.id.clone(),
            tenant: Tenant::new(VERIFY_TENANT),
            name: "verify".to_owned(),
            description: "created and deleted by `keypool verify`".to_owned(),
            enabled: true,
            expires_at: None,
        };
        match super::apply(aws, before, &Change::Create(NewTenantKeys { template, count }), run).await {
            Ok(_) => plans_with_keys.push(plan),
            Err(Failure::Refused(why)) => results.push(Expectation {
                plan: before.plan_name(&plan.id).to_owned(),
                expected: format!("{} can be created", pluralize(count as usize, "key")),
                actual: why.to_string(),
                holds: false,
            }),
            Err(failure) => return Err(failure),
        }
    }
    let inventory = super::read_inventory(aws, run).await?;
    for plan in &plans_with_keys {
        results.extend(check_keys(plan, before, &inventory, count));
    }
    for plan in plans_with_keys.iter().filter(|plan| !plan.stages.is_empty()) {
        results.push(check_call(aws, plan, &inventory, run).await?);
    }
    Ok(())
}

/// Returns the API keys that the test keys of a plan use, one per test key.
fn test_api_keys(inventory: &Inventory, plan: &PlanId) -> Vec<ApiKeyId> {
    let test_keys =
        inventory.tenant_keys_of_plan(plan).filter(|tenant_key| tenant_key.tenant.as_str() == VERIFY_TENANT);
    test_keys.filter_map(|tenant_key| tenant_key.api_key().into_result().ok()).collect()
}

fn plan_members(inventory: &Inventory, plan: &PlanId) -> BTreeSet<ApiKeyId> {
    inventory.listed_members(plan).iter().cloned().collect()
}

fn check_keys(plan: &Plan, before: &Inventory, inventory: &Inventory, count: u32) -> Vec<Expectation> {
    let api_keys = test_api_keys(inventory, &plan.id);
    let distinct: BTreeSet<_> = api_keys.iter().cloned().collect();
    let (before_keys, after_keys) = (plan_members(before, &plan.id), plan_members(inventory, &plan.id));
    let added = after_keys.difference(&before_keys).count();
    let expectation = |expected: String, seen: String, holds: bool| Expectation {
        plan: inventory.plan_name(&plan.id).to_owned(),
        expected,
        actual: seen,
        holds,
    };
    let created = expectation(
        format!("{} exist", pluralize(count as usize, "tenant key")),
        pluralize(api_keys.len(), "tenant key"),
        api_keys.len() == count as usize,
    );
    let Some(pool) = before.pool(&plan.id) else {
        let siloed = expectation(
            format!("each has its own API key: {} more in the plan", pluralize(count as usize, "API key")),
            format!("{} more, {} used", pluralize(added, "API key"), distinct.len()),
            added == count as usize && distinct.len() == count as usize,
        );
        return vec![created, siloed];
    };
    let shared: BTreeSet<_> = pool.keys.iter().map(|key| key.api_key.clone()).collect();
    let same_members = expectation(
        format!("the plan has the same {} as before", pluralize(before_keys.len(), "API key")),
        format!("{} more, {} fewer", added, before_keys.difference(&after_keys).count()),
        before_keys == after_keys,
    );
    let keys_with_room = pool
        .keys
        .iter()
        .filter(|key| before.is_live(&key.api_key) && key.remaining_capacity().is_known_not_to_be(&0))
        .count();
    let spread = expectation(
        format!("they use at most {} of the pool", pluralize(keys_with_room, "API key")),
        format!("{} used", pluralize(distinct.len(), "API key")),
        distinct.is_subset(&shared) && !distinct.is_empty() && distinct.len() <= keys_with_room,
    );
    vec![created, same_members, spread]
}

/// Why the API refuses the plan's calls whatever the key, if it does: then no key is created.
async fn find_refusal(
    aws: &Aws,
    plan: &Plan,
    inventory: &Inventory,
    run: &Run,
) -> Result<Option<String>, Failure> {
    if plan.stages.is_empty() {
        return Ok(None);
    }
    // A call reports why there is no method.
    let Ok(Some(route)) = find_route(aws, inventory, &plan.id).await else { return Ok(None) };
    let method = format!("{} {}", route.method, route.path);
    let check = super::explain::find_api_refusal(aws, inventory, (&route.stage, method), run).await?;
    Ok(check.map(|check| {
        let response = check.response.map(GatewayResponse::describe).unwrap_or_default();
        format!("no key was created: {response}: {}", check.summary)
    }))
}

/// Returns the plan's first method that can be called without parameters.
async fn find_route(aws: &Aws, inventory: &Inventory, plan: &PlanId) -> Result<Option<Route>, Failure> {
    let routes = super::read_routes(aws, inventory, plan).await?;
    Ok(routes.into_iter().find(|route| route.method == "GET" && !route.path.contains('{')))
}

fn expect_acceptance(plan: &Plan, inventory: &Inventory, seen: String, holds: bool) -> Expectation {
    Expectation {
        plan: inventory.plan_name(&plan.id).to_owned(),
        expected: "the API accepts the key".to_owned(),
        actual: seen,
        holds,
    }
}

/// Calls the API with a test key, until it is accepted: AWS may take a while.
async fn check_call(
    aws: &Aws,
    plan: &Plan,
    inventory: &Inventory,
    run: &Run,
) -> Result<Expectation, Failure> {
    let expectation = |seen: String, holds: bool| expect_acceptance(plan, inventory, seen, holds);
    let tenant_key = inventory
        .tenant_keys_of_plan(&plan.id)
        .find(|tenant_key| tenant_key.tenant.as_str() == VERIFY_TENANT);
    let route = match find_route(aws, inventory, &plan.id).await {
        Ok(route) => route,
        Err(failure) => return Ok(expectation(failure.to_string(), false)),
    };
    let (Some(tenant_key), Some(route)) = (tenant_key, route) else {
        return Ok(expectation(
            "the plan has no method that can be called without parameters".to_owned(),
            false,
        ));
    };
    let request = CallRequest {
        invoke_url: route.invoke_url,
        method: route.method,
        path: route.path,
        ..CallRequest::default()
    };
    let probe = ProbePlan { tenant_key: tenant_key.id.clone(), request, count: 1, rate: None };
    let mut status = String::new();
    for _ in 0..MAX_CALLS {
        let response = std::sync::Mutex::new(None);
        let on_sample = |sample| drop(response.lock().map(|mut response| response.replace(sample)));
        super::probe(aws, inventory, &probe, &on_sample, &run.cancel).await?;
        let Some(sample) = response.into_inner().ok().flatten() else { return Err(Failure::Cancelled) };
        status = sample.status.map_or_else(|| "no response".to_owned(), |status| status.to_string());
        if is_access_refusal(sample.error_type.as_deref()) {
            let error_type = sample.error_type.unwrap_or_default();
            return Ok(expectation(format!("{status} {error_type}: it requires more than the key"), false));
        }
        if sample.verdict != Verdict::Forbidden {
            return Ok(expectation(status, sample.status.is_some()));
        }
        (run.progress)(Progress {
            done: 0,
            total: None,
            doing: format!("{}: key not accepted yet", inventory.plan_name(&plan.id)),
        });
        tokio::select! {
            () = run.cancel.cancelled() => return Err(Failure::Cancelled),
            () = tokio::time::sleep(POLL_INTERVAL) => {}
        }
    }
    Ok(expectation(status, false))
}

/// Checks that the account is as before: the same API keys in the same plans, the same pools.
fn check_cleanup(before: &Inventory, after: &Inventory) -> [Expectation; 2] {
    let members_of_all_plans = |inventory: &Inventory| -> BTreeSet<(PlanId, ApiKeyId)> {
        let plans = inventory.plans().iter().map(|plan| &plan.id);
        plans
            .flat_map(|id| plan_members(inventory, id).into_iter().map(move |key| (id.clone(), key)))
            .collect()
    };
    let (before_keys, after_keys) = (members_of_all_plans(before), members_of_all_plans(after));
    let tenant_keys =
        after.tenant_keys().iter().filter(|tenant_key| tenant_key.tenant.as_str() == VERIFY_TENANT).count();
    let expectation = |expected: &str, seen: String, holds: bool| Expectation {
        plan: "account".to_owned(),
        expected: expected.to_owned(),
        actual: seen,
        holds,
    };
    let keys = format!(
        "{} more, {} fewer",
        after_keys.difference(&before_keys).count(),
        before_keys.difference(&after_keys).count()
    );
    let counters = |inventory: &Inventory| -> Vec<(ApiKeyId, Known<u32>)> {
        let keys = inventory.pools().iter().flat_map(|pool| &pool.keys);
        keys.map(|key| (key.api_key.clone(), key.tenants.clone())).collect()
    };
    let is_unchanged = counters(before) == counters(after);
    let counters_seen = if is_unchanged { "the same" } else { "counters differ" };
    [
        expectation(
            "nothing is left: every plan has the same API keys as before",
            keys,
            before_keys == after_keys && tenant_keys == 0,
        ),
        expectation(
            "every pool has the same keys and counters as before",
            counters_seen.to_owned(),
            is_unchanged,
        ),
    ]
}
