//! Checks that pooling works as promised on this account, with test keys that are deleted again.
//!
//! All test keys belong to the tenant [`VERIFY_TENANT`] and are found by it: a run deletes them at its end,
//! even if it is cancelled, and at its start, if an earlier run was killed.

use std::collections::BTreeSet;
use std::time::Duration;

use keypool_domain::call::{GatewayResponse, is_access_refusal};
use keypool_domain::key::tag;
use keypool_domain::managed::is_managed;
use keypool_domain::text::pluralize;
use keypool_domain::{
    ApiKeyId, Change, Inventory, Known, NewTenantKey, NewTenantKeys, Plan, PlanId, Tenant, TenantKey,
    TenantKeyId, Verdict,
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
    /// `None` if it cannot be known.
    pub holds: Option<bool>,
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
    let test_keys = inventory.distinct_tenant_keys().filter(|tenant_key| is_test_key(tenant_key, &inventory));
    let test_keys: Vec<TenantKeyId> = test_keys.map(|tenant_key| tenant_key.id.clone()).collect();
    if test_keys.is_empty() {
        return Ok(());
    }
    super::apply(aws, &inventory, &Change::Delete(test_keys), run).await.map(drop)
}

/// Whether `verify` created the tenant key. Without tables, a name or customer of another program may read like the
/// test tenant, so the API key must have keypool's own tag.
fn is_test_key(tenant_key: &TenantKey, inventory: &Inventory) -> bool {
    let is_created_by_keypool = || {
        let api_key = tenant_key.api_key();
        let key = api_key.value_to_show().and_then(|id| inventory.api_key(id).key());
        key.is_some_and(|key| key.tags.contains_key(tag::REQUEST))
    };
    tenant_key.tenant.as_str() == VERIFY_TENANT
        && (inventory.source().has_tables() || is_created_by_keypool())
}

async fn run_checks(
    aws: &Aws,
    before: &Inventory,
    count: u32,
    run: &Run,
    results: &mut Vec<Expectation>,
) -> Result<(), Failure> {
    let mut plans_with_keys = Vec::new();
    let (managed, uncertain) = managed_plans(before);
    results.extend(uncertain);
    for plan in managed {
        if let Some(refusal) = find_refusal(aws, plan, before, run).await? {
            results.push(expect_acceptance(plan, before, refusal, Some(false)));
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
                holds: Some(false),
            }),
            Err(failure) => return Err(failure),
        }
    }
    let inventory = super::read_inventory(aws, run).await?;
    for plan in &plans_with_keys {
        results.extend(check_keys(plan, before, &inventory, count));
    }
    for plan in &plans_with_keys {
        results.push(check_call(aws, plan, &inventory, run).await?);
    }
    Ok(())
}

/// The managed plans, and an expectation for what is not known of them. Without one, nothing is verified.
fn managed_plans(inventory: &Inventory) -> (Vec<&Plan>, Vec<Expectation>) {
    let (mut managed, mut uncertain) = (Vec::new(), Vec::new());
    for plan in inventory.plans() {
        match is_managed(&plan.id, inventory) {
            Known::Value(true) => managed.push(plan),
            Known::Value(false) => {}
            Known::Unknown(why) => uncertain.push(Expectation {
                plan: inventory.plan_name(&plan.id).to_owned(),
                expected: "it is known whether keypool manages the plan".to_owned(),
                actual: why.to_string(),
                holds: None,
            }),
        }
    }
    if managed.is_empty() {
        uncertain.push(Expectation {
            plan: "account".to_owned(),
            expected: "keypool manages a usage plan".to_owned(),
            actual: "none is known to be managed, so no key was created or called".to_owned(),
            holds: None,
        });
    }
    (managed, uncertain)
}

/// Returns the API keys that the test keys of a plan use, one per test key.
fn test_api_keys(inventory: &Inventory, plan: &PlanId) -> Vec<ApiKeyId> {
    let test_keys =
        inventory.tenant_keys_of_plan(plan).filter(|tenant_key| is_test_key(tenant_key, inventory));
    test_keys.filter_map(|tenant_key| tenant_key.api_key().into_result().ok()).collect()
}

/// How many API keys a plan has gained and lost; unknown if its keys could not be read.
fn count_differences(before: &Inventory, after: &Inventory, plan: &PlanId) -> Known<(usize, usize)> {
    let members = |inventory: &Inventory| -> Known<BTreeSet<ApiKeyId>> {
        inventory.members(plan).map(|members| members.iter().cloned().collect())
    };
    let (before, after) = (members(before), members(after));
    before.and_then(|before| {
        after.map(|after| (after.difference(&before).count(), before.difference(&after).count()))
    })
}

fn check_keys(plan: &Plan, before: &Inventory, inventory: &Inventory, count: u32) -> Vec<Expectation> {
    let api_keys = test_api_keys(inventory, &plan.id);
    let distinct: BTreeSet<_> = api_keys.iter().cloned().collect();
    let differences = count_differences(before, inventory, &plan.id);
    let expectation = |expected: String, seen: String, holds: Option<bool>| Expectation {
        plan: inventory.plan_name(&plan.id).to_owned(),
        expected,
        actual: seen,
        holds,
    };
    let created = expectation(
        format!("{} exist", pluralize(count as usize, "tenant key")),
        pluralize(api_keys.len(), "tenant key"),
        Some(api_keys.len() == count as usize),
    );
    let Some(pool) = before.pool(&plan.id) else {
        let siloed = expectation(
            format!("each has its own API key: {} more in the plan", pluralize(count as usize, "API key")),
            match &differences {
                Known::Value((added, _)) => {
                    format!("{} more, {} used", pluralize(*added, "API key"), distinct.len())
                }
                Known::Unknown(why) => format!("unknown: {why}"),
            },
            differences
                .value_to_show()
                .map(|(added, _)| *added == count as usize && distinct.len() == count as usize),
        );
        return vec![created, siloed];
    };
    let shared: BTreeSet<_> = pool.keys.iter().map(|key| key.api_key.clone()).collect();
    let same_members = expectation(
        format!(
            "the plan has the same {} as before",
            pluralize(before.listed_members(&plan.id).len(), "API key")
        ),
        describe_differences(&differences),
        differences.value_to_show().map(|differences| *differences == (0, 0)),
    );
    let keys_with_room = pool
        .keys
        .iter()
        .filter(|key| before.is_live(&key.api_key) && key.remaining_capacity().is_known_not_to_be(&0))
        .count();
    let spread = expectation(
        format!("they use at most {} of the pool", pluralize(keys_with_room, "API key")),
        format!("{} used", pluralize(distinct.len(), "API key")),
        Some(distinct.is_subset(&shared) && !distinct.is_empty() && distinct.len() <= keys_with_room),
    );
    vec![created, same_members, spread]
}

fn describe_differences(differences: &Known<(usize, usize)>) -> String {
    match differences {
        Known::Value((more, fewer)) => format!("{more} more, {fewer} fewer"),
        Known::Unknown(why) => format!("unknown: {why}"),
    }
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

fn expect_acceptance(plan: &Plan, inventory: &Inventory, seen: String, holds: Option<bool>) -> Expectation {
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
    let expectation = |seen: String, holds: Option<bool>| expect_acceptance(plan, inventory, seen, holds);
    let tenant_key =
        inventory.tenant_keys_of_plan(&plan.id).find(|tenant_key| is_test_key(tenant_key, inventory));
    let route = match find_route(aws, inventory, &plan.id).await {
        Ok(route) => route,
        Err(failure) => return Ok(expectation(failure.to_string(), None)),
    };
    let (Some(tenant_key), Some(route)) = (tenant_key, route) else {
        return Ok(expectation(
            "the plan has no method that can be called without parameters".to_owned(),
            None,
        ));
    };
    if !route.needs_key {
        let seen = format!("{} {} requires no API key, so no call tells", route.method, route.path);
        return Ok(expectation(seen, None));
    }
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
            let seen = format!("{status} {error_type}: it requires more than the key");
            return Ok(expectation(seen, Some(false)));
        }
        if sample.verdict != Verdict::Forbidden {
            let cause = sample.error.map_or_else(String::new, |why| format!(": {why}"));
            return Ok(expectation(format!("{status}{cause}"), sample.status.map(|_| true)));
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
    Ok(expectation(status, Some(false)))
}

/// Checks that the account is as before: the same API keys in the same plans, the same pools.
fn check_cleanup(before: &Inventory, after: &Inventory) -> [Expectation; 2] {
    let plan_ids: BTreeSet<&PlanId> =
        [before, after].into_iter().flat_map(|inventory| inventory.plans()).map(|plan| &plan.id).collect();
    // A plan that is new or gone had, or has, no keys.
    let is_in_both = |id: &PlanId| before.plan(id).is_some() && after.plan(id).is_some();
    let differences = plan_ids.into_iter().filter(|id| is_in_both(id)).fold(
        Known::Value((0, 0)),
        |total: Known<(usize, usize)>, id| {
            total.and_then(|(more, fewer)| {
                count_differences(before, after, id).map(|(added, lost)| (more + added, fewer + lost))
            })
        },
    );
    let tenant_keys =
        after.distinct_tenant_keys().filter(|tenant_key| is_test_key(tenant_key, after)).count();
    let expectation = |expected: &str, seen: String, holds: Option<bool>| Expectation {
        plan: "account".to_owned(),
        expected: expected.to_owned(),
        actual: seen,
        holds,
    };
    let is_same = match &differences {
        _ if tenant_keys > 0 => Some(false),
        Known::Value(differences) => Some(*differences == (0, 0)),
        Known::Unknown(_) => None,
    };
    let counters = |inventory: &Inventory| -> Vec<(ApiKeyId, Known<u32>)> {
        let keys = inventory.pools().iter().flat_map(|pool| &pool.keys);
        keys.map(|key| (key.api_key.clone(), key.tenants.clone())).collect()
    };
    let (counters_before, counters_after) = (counters(before), counters(after));
    let is_unchanged = counters_before == counters_after;
    let unknown = counters_after.iter().find_map(|(_, tenants)| tenants.reason());
    let (counters_seen, counters_hold) = match unknown {
        _ if counters_after.is_empty() && is_unchanged => ("there are no pools".to_owned(), Some(true)),
        _ if !is_unchanged => ("counters differ".to_owned(), Some(false)),
        Some(why) => (format!("unknown: {why}"), None),
        None => ("the same".to_owned(), Some(true)),
    };
    [
        expectation(
            "nothing is left: every plan has the same API keys as before",
            describe_differences(&differences),
            is_same,
        ),
        expectation("every pool has the same keys and counters as before", counters_seen, counters_hold),
    ]
}
