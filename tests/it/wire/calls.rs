//! The protected API over the wire: what a plan's keys open, and 200, throttled, spent, refused.

use std::sync::Mutex;
use std::time::Duration;

use keypool::aws::{Aws, Failure};
use keypool::ops::{self, CallRequest, ProbeEnd, ProbePlan, Route, Sample};
use keypool_domain::{Inventory, Parts, Plan, PlanId, RowId, Secret, StageRef, Tally, TenantKey, Verdict};
use keypool_local_aws::{LocalAws, World};
use tokio_util::sync::CancellationToken;

use super::support::{inventory, started};

/// A plan of the sample by name, and one of its rows.
fn plan_and_row(seen: &Inventory, plan: &str) -> (PlanId, RowId) {
    let plan = seen.find_plan(plan).expect("the plan");
    let row = seen.rows_of(&plan.id).next().expect("a row");
    (plan.id.clone(), row.id.clone())
}

async fn route(aws: &Aws, seen: &Inventory, plan: &PlanId) -> Route {
    ops::routes(aws, seen, plan).await.expect("routes").remove(0)
}

fn calls(row: &RowId, route: &Route, count: u32) -> ProbePlan {
    let request = CallRequest {
        invoke_url: route.invoke_url.clone(),
        method: route.method.clone(),
        path: route.path.clone(),
        ..CallRequest::default()
    };
    ProbePlan { row: row.clone(), request, count, rate: None }
}

async fn probe(aws: &Aws, seen: &Inventory, plan: &ProbePlan) -> (Vec<Sample>, ProbeEnd) {
    let samples = Mutex::new(Vec::new());
    let keep = |sample| samples.lock().expect("one thread").push(sample);
    let end = ops::probe(aws, seen, plan, &keep, &CancellationToken::new()).await.expect("answers");
    (samples.into_inner().expect("one thread"), end)
}

/// The first moment of a day on which nothing was called yet.
fn a_new_day(local: &LocalAws) {
    local.clock().set("2030-06-03T00:00:00Z".parse().expect("a time"));
}

/// The same reading with other plans or rows.
fn changed(seen: &Inventory, plan: impl Fn(&mut Plan), row: impl Fn(&mut TenantKey)) -> Inventory {
    let (mut plans, mut rows) = (seen.plans().to_vec(), seen.rows().to_vec());
    plans.iter_mut().for_each(plan);
    rows.iter_mut().for_each(row);
    Inventory::new(Parts {
        plans,
        api_keys: seen.api_keys().clone(),
        members: Default::default(),
        rows,
        pools: seen.pools().to_vec(),
        remarks: Vec::new(),
        taken_at: seen.taken_at(),
    })
}

#[tokio::test]
async fn the_method_that_needs_a_key_is_found_with_one_call() {
    let (local, aws) = started(World::Sample).await;
    let seen = inventory(&aws).await;
    let (plan, _) = plan_and_row(&seen, "BasicPlan");
    local.calls().clear();
    let routes = ops::routes(&aws, &seen, &plan).await.expect("routes");
    let stage = seen.plan(&plan).expect("the plan").stages[0].clone();
    let invoke_url = format!("{}/_aws/execute-api/{}/{}", local.endpoint(), stage.api, stage.stage);
    let expected = Route { stage, method: "GET".into(), path: "/api".into(), invoke_url, needs_key: true };
    assert_eq!(routes, [expected]);
    assert_eq!(local.calls().all().len(), 1, "{:?}", local.calls().all());
}

#[tokio::test]
async fn a_plan_that_opens_nothing_says_what_to_do() {
    let (_local, aws) = started(World::Sample).await;
    let seen = inventory(&aws).await;
    let (plan, _) = plan_and_row(&seen, "BasicPlan");
    let bare = changed(&seen, |plan| plan.stages.clear(), |_| ());
    let failure = ops::routes(&aws, &bare, &plan).await.expect_err("no stage");
    assert!(failure.to_string().contains("covers no API stage"), "{failure}");
    let gone = StageRef { api: "nosuchapi0".into(), stage: "prod".into() };
    let lost = changed(&seen, |plan| plan.stages = vec![gone.clone()], |_| ());
    let failure = ops::routes(&aws, &lost, &plan).await.expect_err("no API");
    assert!(failure.to_string().contains("no method was found"), "{failure}");
    let failure = ops::routes(&aws, &seen, &"nosuch".into()).await.expect_err("no plan");
    assert!(matches!(failure, Failure::Gone(_)), "{failure}");
}

#[tokio::test]
async fn calls_are_answered_then_throttled_then_spent() {
    let (local, aws) = started(World::Sample).await;
    let seen = inventory(&aws).await;
    let (plan, row) = plan_and_row(&seen, "TestPlan");
    let route = route(&aws, &seen, &plan).await;
    a_new_day(&local);
    // Five at once and twenty a day is what TestPlan allows.
    let (samples, end) = probe(&aws, &seen, &calls(&row, &route, 7)).await;
    assert_eq!(end.tally, Tally { ok: 5, throttled: 2, ..Tally::default() });
    assert_eq!((samples[0].status, samples[0].error_type.as_deref()), (Some(200), None));
    assert!(samples[0].body.contains("Hello"), "{}", samples[0].body);
    assert_eq!(samples[6].body, r#"{"message":"Too Many Requests"}"#);
    for _ in 0..3 {
        local.clock().advance(Duration::from_secs(1));
        probe(&aws, &seen, &calls(&row, &route, 5)).await;
    }
    local.clock().advance(Duration::from_secs(1));
    let (samples, _) = probe(&aws, &seen, &calls(&row, &route, 1)).await;
    assert_eq!((samples[0].verdict, samples[0].status), (Verdict::QuotaSpent, Some(429)));
    assert_eq!(samples[0].error_type.as_deref(), Some("LimitExceededException"));
    let quota = seen.plan(&plan).and_then(|plan| plan.quota).expect("a quota");
    local.clock().set(quota.next_reset(local.clock().now()));
    let (_, end) = probe(&aws, &seen, &calls(&row, &route, 1)).await;
    assert_eq!(end.tally.ok, 1, "the reset came when it was expected");
}

#[tokio::test]
async fn tenants_behind_one_api_key_spend_one_bucket() {
    let (local, aws) = started(World::Sample).await;
    let seen = inventory(&aws).await;
    let plan = seen.find_plan("FreePlan").expect("the plan").id.clone();
    let [one, other] = [0, 1].map(|at| seen.rows_of(&plan).nth(at).expect("a row").id.clone());
    let route = route(&aws, &seen, &plan).await;
    a_new_day(&local);
    let (_, end) = probe(&aws, &seen, &calls(&one, &route, 5)).await;
    assert_eq!(end.tally.ok, 5);
    let (_, end) = probe(&aws, &seen, &calls(&other, &route, 1)).await;
    assert_eq!(end.tally.throttled, 1);
}

#[tokio::test]
async fn what_the_gateway_refuses_is_told_apart() {
    let (_local, aws) = started(World::Sample).await;
    let seen = inventory(&aws).await;
    let (plan, row) = plan_and_row(&seen, "PremiumPlan");
    let route = route(&aws, &seen, &plan).await;
    let wrong = changed(&seen, |_| (), |row| row.value = Some(Secret::new("w".repeat(40))).into());
    let (samples, _) = probe(&aws, &wrong, &calls(&row, &route, 1)).await;
    assert_eq!((samples[0].verdict, samples[0].status), (Verdict::Forbidden, Some(403)));
    let mut elsewhere = calls(&row, &route, 1);
    elsewhere.request.path = "/nowhere".into();
    let (samples, _) = probe(&aws, &seen, &elsewhere).await;
    assert_eq!(samples[0].verdict, Verdict::Other);
    assert_eq!(samples[0].error_type.as_deref(), Some("MissingAuthenticationTokenException"));
}

#[tokio::test]
async fn a_value_that_the_row_does_not_hold_is_asked_of_the_gateway() {
    let (local, aws) = started(World::Sample).await;
    let seen = inventory(&aws).await;
    let (plan, row) = plan_and_row(&seen, "PremiumPlan");
    let route = route(&aws, &seen, &plan).await;
    let bare = changed(&seen, |_| (), |row| row.value = None.into());
    local.calls().clear();
    let (_, end) = probe(&aws, &bare, &calls(&row, &route, 2)).await;
    assert_eq!((end.tally.ok, local.calls().count("GetApiKey")), (2, 1));
}
