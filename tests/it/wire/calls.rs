//! The protected API over the wire: what a plan's keys open, and 200, throttled, spent, refused.

use std::sync::Mutex;
use std::time::Duration;

use keypool::aws::{Aws, Failure};
use keypool::ops::{self, CallRequest, ProbePlan, ProbeResult, Route, Sample};
use keypool_domain::{
    Inventory, InventoryParts, Plan, PlanId, Secret, StageRef, Tally, TenantKey, TenantKeyId, Verdict,
};
use keypool_local_aws::{LocalAws, World};
use tokio_util::sync::CancellationToken;

use super::support::{read_inventory, start_local_aws};

/// A plan of the sample by name, and one of its rows.
fn plan_and_tenant_key(seen: &Inventory, plan: &str) -> (PlanId, TenantKeyId) {
    let plan = seen.find_plan(plan).expect("the plan");
    let row = seen.tenant_keys_of_plan(&plan.id).next().expect("a row");
    (plan.id.clone(), row.id.clone())
}

async fn first_route(aws: &Aws, seen: &Inventory, plan: &PlanId) -> Route {
    ops::read_routes(aws, seen, plan).await.expect("routes").remove(0)
}

fn probe_plan(row: &TenantKeyId, route: &Route, count: u32) -> ProbePlan {
    let request = CallRequest {
        invoke_url: route.invoke_url.clone(),
        method: route.method.clone(),
        path: route.path.clone(),
        ..CallRequest::default()
    };
    ProbePlan { tenant_key: row.clone(), request, count, rate: None }
}

async fn run_probe(aws: &Aws, seen: &Inventory, plan: &ProbePlan) -> (Vec<Sample>, ProbeResult) {
    let samples = Mutex::new(Vec::new());
    let keep = |sample| samples.lock().expect("one thread").push(sample);
    let end = ops::probe(aws, seen, plan, &keep, &CancellationToken::new()).await.expect("answers");
    (samples.into_inner().expect("one thread"), end)
}

/// The first moment of a day on which nothing was called yet.
fn start_new_day(local: &LocalAws) {
    local.clock().set("2030-06-03T00:00:00Z".parse().expect("a time"));
}

/// The same reading with other plans or rows.
fn with_changes(seen: &Inventory, plan: impl Fn(&mut Plan), row: impl Fn(&mut TenantKey)) -> Inventory {
    let (mut plans, mut rows) = (seen.plans().to_vec(), seen.tenant_keys().to_vec());
    plans.iter_mut().for_each(plan);
    rows.iter_mut().for_each(row);
    Inventory::new(InventoryParts {
        plans,
        api_keys: seen.api_keys().clone(),
        members: Default::default(),
        tenant_keys: rows,
        pools: seen.pools().to_vec(),
        remarks: Vec::new(),
        taken_at: seen.taken_at(),
    })
}

#[tokio::test]
async fn finding_the_key_protected_method_takes_one_call() {
    let (local, aws) = start_local_aws(World::Sample).await;
    let seen = read_inventory(&aws).await;
    let (plan, _) = plan_and_tenant_key(&seen, "BasicPlan");
    local.calls().clear();
    let routes = ops::read_routes(&aws, &seen, &plan).await.expect("routes");
    let stage = seen.plan(&plan).expect("the plan").stages[0].clone();
    let invoke_url = format!("{}/_aws/execute-api/{}/{}", local.endpoint(), stage.api, stage.stage);
    let expected = Route { stage, method: "GET".into(), path: "/api".into(), invoke_url, needs_key: true };
    assert_eq!(routes, [expected]);
    assert_eq!(local.calls().all().len(), 1, "{:?}", local.calls().all());
}

#[tokio::test]
async fn a_plan_without_callable_methods_explains_why() {
    let (_local, aws) = start_local_aws(World::Sample).await;
    let seen = read_inventory(&aws).await;
    let (plan, _) = plan_and_tenant_key(&seen, "BasicPlan");
    let bare = with_changes(&seen, |plan| plan.stages.clear(), |_| ());
    let failure = ops::read_routes(&aws, &bare, &plan).await.expect_err("no stage");
    assert!(failure.to_string().contains("covers no API stage"), "{failure}");
    let gone = StageRef { api: "nosuchapi0".into(), stage: "prod".into() };
    let lost = with_changes(&seen, |plan| plan.stages = vec![gone.clone()], |_| ());
    let failure = ops::read_routes(&aws, &lost, &plan).await.expect_err("no API");
    assert!(failure.to_string().contains("no method was found"), "{failure}");
    let failure = ops::read_routes(&aws, &seen, &"nosuch".into()).await.expect_err("no plan");
    assert!(matches!(failure, Failure::Gone(_)), "{failure}");
}

#[tokio::test]
async fn calls_succeed_then_hit_the_throttle_then_the_quota() {
    let (local, aws) = start_local_aws(World::Sample).await;
    let seen = read_inventory(&aws).await;
    let (plan, row) = plan_and_tenant_key(&seen, "TestPlan");
    let route = first_route(&aws, &seen, &plan).await;
    start_new_day(&local);
    // Five at once and twenty a day is what TestPlan allows.
    let (samples, end) = run_probe(&aws, &seen, &probe_plan(&row, &route, 7)).await;
    assert_eq!(end.tally, Tally { ok: 5, throttled: 2, ..Tally::default() });
    assert_eq!((samples[0].status, samples[0].error_type.as_deref()), (Some(200), None));
    assert!(samples[0].body.contains("Hello"), "{}", samples[0].body);
    assert_eq!(samples[6].body, r#"{"message":"Too Many Requests"}"#);
    for _ in 0..3 {
        local.clock().advance(Duration::from_secs(1));
        run_probe(&aws, &seen, &probe_plan(&row, &route, 5)).await;
    }
    local.clock().advance(Duration::from_secs(1));
    let (samples, _) = run_probe(&aws, &seen, &probe_plan(&row, &route, 1)).await;
    assert_eq!((samples[0].verdict, samples[0].status), (Verdict::QuotaSpent, Some(429)));
    assert_eq!(samples[0].error_type.as_deref(), Some("LimitExceededException"));
    let quota = seen.plan(&plan).and_then(|plan| plan.quota).expect("a quota");
    local.clock().set(quota.next_reset(local.clock().now()));
    let (_, end) = run_probe(&aws, &seen, &probe_plan(&row, &route, 1)).await;
    assert_eq!(end.tally.ok, 1, "the reset came when it was expected");
}

#[tokio::test]
async fn tenants_of_one_api_key_share_its_throttle() {
    let (local, aws) = start_local_aws(World::Sample).await;
    let seen = read_inventory(&aws).await;
    let plan = seen.find_plan("FreePlan").expect("the plan").id.clone();
    let [one, other] = [0, 1].map(|at| seen.tenant_keys_of_plan(&plan).nth(at).expect("a row").id.clone());
    let route = first_route(&aws, &seen, &plan).await;
    start_new_day(&local);
    let (_, end) = run_probe(&aws, &seen, &probe_plan(&one, &route, 5)).await;
    assert_eq!(end.tally.ok, 5);
    let (_, end) = run_probe(&aws, &seen, &probe_plan(&other, &route, 1)).await;
    assert_eq!(end.tally.throttled, 1);
}

#[tokio::test]
async fn a_wrong_key_and_an_unknown_path_get_different_verdicts() {
    let (_local, aws) = start_local_aws(World::Sample).await;
    let seen = read_inventory(&aws).await;
    let (plan, row) = plan_and_tenant_key(&seen, "PremiumPlan");
    let route = first_route(&aws, &seen, &plan).await;
    let wrong = with_changes(&seen, |_| (), |row| row.value = Some(Secret::new("w".repeat(40))).into());
    let (samples, _) = run_probe(&aws, &wrong, &probe_plan(&row, &route, 1)).await;
    assert_eq!((samples[0].verdict, samples[0].status), (Verdict::Forbidden, Some(403)));
    let mut elsewhere = probe_plan(&row, &route, 1);
    elsewhere.request.path = "/nowhere".into();
    let (samples, _) = run_probe(&aws, &seen, &elsewhere).await;
    assert_eq!(samples[0].verdict, Verdict::Other);
    assert_eq!(samples[0].error_type.as_deref(), Some("MissingAuthenticationTokenException"));
}

#[tokio::test]
async fn a_value_missing_in_the_table_is_fetched_from_api_gateway() {
    let (local, aws) = start_local_aws(World::Sample).await;
    let seen = read_inventory(&aws).await;
    let (plan, row) = plan_and_tenant_key(&seen, "PremiumPlan");
    let route = first_route(&aws, &seen, &plan).await;
    let bare = with_changes(&seen, |_| (), |row| row.value = None.into());
    local.calls().clear();
    let (_, end) = run_probe(&aws, &bare, &probe_plan(&row, &route, 2)).await;
    assert_eq!((end.tally.ok, local.calls().count("GetApiKey")), (2, 1));
}
