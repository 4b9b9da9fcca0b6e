//! Calls of the protected API with tenant keys: success, throttle, quota, and refusals.

use std::sync::Mutex;
use std::time::Duration;

use keypool::aws::{Aws, Failure};
use keypool::ops::{self, CallRequest, ProbePlan, ProbeResult, Route, Sample};
use keypool_domain::{
    Extents, Inventory, InventoryParts, Plan, PlanId, Secret, StageRef, Tally, TenantKey, TenantKeyId,
    Verdict,
};
use keypool_local_aws::{LocalAws, World};
use tokio_util::sync::CancellationToken;

use super::support::{read_inventory, start_local_aws};

fn plan_and_tenant_key(inventory: &Inventory, plan: &str) -> (PlanId, TenantKeyId) {
    let plan = inventory.find_plan(plan).expect("the plan");
    let tenant_key = inventory.tenant_keys_of_plan(&plan.id).next().expect("the tenant key");
    (plan.id.clone(), tenant_key.id.clone())
}

async fn first_route(aws: &Aws, inventory: &Inventory, plan: &PlanId) -> Route {
    ops::read_routes(aws, inventory, plan).await.expect("routes").remove(0)
}

fn probe_plan(tenant_key: &TenantKeyId, route: &Route, count: u32) -> ProbePlan {
    let request = CallRequest {
        invoke_url: route.invoke_url.clone(),
        method: route.method.clone(),
        path: route.path.clone(),
        ..CallRequest::default()
    };
    ProbePlan { tenant_key: tenant_key.clone(), request, count, rate: None }
}

async fn run_probe(aws: &Aws, inventory: &Inventory, plan: &ProbePlan) -> (Vec<Sample>, ProbeResult) {
    let samples = Mutex::new(Vec::new());
    let push = |sample| samples.lock().expect("one thread").push(sample);
    let result = ops::probe(aws, inventory, plan, &push, &CancellationToken::new()).await.expect("answers");
    (samples.into_inner().expect("one thread"), result)
}

/// Moves the clock to the start of a day without calls.
fn start_new_day(local: &LocalAws) {
    local.clock().set("2030-06-03T00:00:00Z".parse().expect("a time"));
}

/// A copy of the inventory in which every plan and every tenant key is edited.
fn copy_with_edits(
    inventory: &Inventory,
    edit_plan: impl Fn(&mut Plan),
    edit_tenant_key: impl Fn(&mut TenantKey),
) -> Inventory {
    let (mut plans, mut tenant_keys) = (inventory.plans().to_vec(), inventory.tenant_keys().to_vec());
    plans.iter_mut().for_each(edit_plan);
    tenant_keys.iter_mut().for_each(edit_tenant_key);
    Inventory::new(InventoryParts {
        source: inventory.source().clone(),
        plans,
        api_keys: inventory.api_keys().clone(),
        members: Default::default(),
        tenant_keys,
        pools: inventory.pools().to_vec(),
        remarks: Vec::new(),
        taken_at: inventory.taken_at(),
        extents: Extents::default(),
    })
}

#[tokio::test]
async fn finding_the_key_protected_method_takes_two_calls_per_api() {
    let (local, aws) = start_local_aws(World::Sample).await;
    let inventory = read_inventory(&aws).await;
    let (plan, _) = plan_and_tenant_key(&inventory, "BasicPlan");
    local.calls().clear();
    let routes = ops::read_routes(&aws, &inventory, &plan).await.expect("routes");
    let stage = inventory.plan(&plan).expect("the plan").stages[0].clone();
    let invoke_url = format!("{}/_aws/execute-api/{}/{}", local.endpoint(), stage.api, stage.stage);
    let expected = Route { stage, method: "GET".into(), path: "/api".into(), invoke_url, needs_key: true };
    assert_eq!(routes, [expected]);
    assert_eq!(local.calls().all().len(), 2, "{:?}", local.calls().all());
}

#[tokio::test]
async fn a_plan_without_callable_methods_explains_why() {
    let (_local, aws) = start_local_aws(World::Sample).await;
    let inventory = read_inventory(&aws).await;
    let (plan, _) = plan_and_tenant_key(&inventory, "BasicPlan");
    let without_stages = copy_with_edits(&inventory, |plan| plan.stages.clear(), |_| ());
    let failure = ops::read_routes(&aws, &without_stages, &plan).await.expect_err("no stage");
    assert!(failure.to_string().contains("covers no API stage"), "{failure}");
    let missing_stage = StageRef { api: "nosuchapi0".into(), stage: "prod".into() };
    let with_missing_stage =
        copy_with_edits(&inventory, |plan| plan.stages = vec![missing_stage.clone()], |_| ());
    let failure = ops::read_routes(&aws, &with_missing_stage, &plan).await.expect_err("no API");
    assert!(failure.to_string().contains("have no methods"), "{failure}");
    let failure = ops::read_routes(&aws, &inventory, &"nosuch".into()).await.expect_err("no plan");
    assert!(matches!(failure, Failure::Gone(_)), "{failure}");
}

#[tokio::test]
async fn calls_succeed_then_hit_the_throttle_then_the_quota() {
    let (local, aws) = start_local_aws(World::Sample).await;
    let inventory = read_inventory(&aws).await;
    let (plan, tenant_key) = plan_and_tenant_key(&inventory, "TestPlan");
    let route = first_route(&aws, &inventory, &plan).await;
    start_new_day(&local);
    // TestPlan: burst 5, quota 20 per day.
    let (samples, result) = run_probe(&aws, &inventory, &probe_plan(&tenant_key, &route, 7)).await;
    assert_eq!(result.tally, Tally { ok: 5, throttled: 2, ..Tally::default() });
    assert_eq!((samples[0].status, samples[0].error_type.as_deref()), (Some(200), None));
    assert!(samples[0].body.contains("Hello"), "{}", samples[0].body);
    assert_eq!(samples[6].body, r#"{"message":"Too Many Requests"}"#);
    for _ in 0..3 {
        local.clock().advance(Duration::from_secs(1));
        run_probe(&aws, &inventory, &probe_plan(&tenant_key, &route, 5)).await;
    }
    local.clock().advance(Duration::from_secs(1));
    let (samples, _) = run_probe(&aws, &inventory, &probe_plan(&tenant_key, &route, 1)).await;
    assert_eq!((samples[0].verdict, samples[0].status), (Verdict::QuotaExhausted, Some(429)));
    assert_eq!(samples[0].error_type.as_deref(), Some("LimitExceededException"));
    let quota = inventory.plan(&plan).and_then(|plan| plan.quota).expect("a quota");
    local.clock().set(quota.next_reset(local.clock().now()));
    let (_, result) = run_probe(&aws, &inventory, &probe_plan(&tenant_key, &route, 1)).await;
    assert_eq!(result.tally.ok, 1, "the quota is reset at the expected time");
}

#[tokio::test]
async fn tenants_of_one_api_key_share_its_throttle() {
    let (local, aws) = start_local_aws(World::Sample).await;
    let inventory = read_inventory(&aws).await;
    let plan = inventory.find_plan("FreePlan").expect("the plan").id.clone();
    let [one, other] =
        [0, 1].map(|at| inventory.tenant_keys_of_plan(&plan).nth(at).expect("the tenant key").id.clone());
    let route = first_route(&aws, &inventory, &plan).await;
    start_new_day(&local);
    let (_, result) = run_probe(&aws, &inventory, &probe_plan(&one, &route, 5)).await;
    assert_eq!(result.tally.ok, 5);
    let (_, result) = run_probe(&aws, &inventory, &probe_plan(&other, &route, 1)).await;
    assert_eq!(result.tally.throttled, 1);
}

#[tokio::test]
async fn a_wrong_key_and_an_unknown_path_get_different_verdicts() {
    let (_local, aws) = start_local_aws(World::Sample).await;
    let inventory = read_inventory(&aws).await;
    let (plan, tenant_key) = plan_and_tenant_key(&inventory, "PremiumPlan");
    let route = first_route(&aws, &inventory, &plan).await;
    let wrong_value = copy_with_edits(
        &inventory,
        |_| (),
        |tenant_key| tenant_key.value = Some(Secret::new("w".repeat(40))).into(),
    );
    let (samples, _) = run_probe(&aws, &wrong_value, &probe_plan(&tenant_key, &route, 1)).await;
    assert_eq!((samples[0].verdict, samples[0].status), (Verdict::Forbidden, Some(403)));
    let mut unknown_path = probe_plan(&tenant_key, &route, 1);
    unknown_path.request.path = "/nowhere".into();
    let (samples, _) = run_probe(&aws, &inventory, &unknown_path).await;
    assert_eq!(samples[0].verdict, Verdict::Other);
    assert_eq!(samples[0].error_type.as_deref(), Some("MissingAuthenticationTokenException"));
}

#[tokio::test]
async fn a_value_missing_in_the_table_is_fetched_from_api_gateway() {
    let (local, aws) = start_local_aws(World::Sample).await;
    let inventory = read_inventory(&aws).await;
    let (plan, tenant_key) = plan_and_tenant_key(&inventory, "PremiumPlan");
    let route = first_route(&aws, &inventory, &plan).await;
    let without_value = copy_with_edits(&inventory, |_| (), |tenant_key| tenant_key.value = None.into());
    local.calls().clear();
    let (_, result) = run_probe(&aws, &without_value, &probe_plan(&tenant_key, &route, 2)).await;
    assert_eq!((result.tally.ok, local.calls().count("GetApiKey")), (2, 1));
}
