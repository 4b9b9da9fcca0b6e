//! Usage plans with their rows, and what an API, a stage and the account need for them.

use keypool::aws::Failure;
use keypool::ops::{self, Chosen};
use keypool_domain::setup::{AccessLog, LogLevel, StageLogging, State, Task};
use keypool_domain::{
    ApiChange, Change, Inventory, MethodRef, Period, Plan, PlanChange, PlanEdit, Price, Quota, StageRef,
    Throttle,
};

use crate::wire::stage::Stage;
use crate::wire::support::unwatched;

fn stage_of(seen: &Inventory) -> StageRef {
    seen.find_plan("Siloed").expect("a plan").stages[0].clone()
}

fn root() -> MethodRef {
    MethodRef::new("GET", "/")
}

/// A plan over the stage, with a limited method where that can be unlinked again.
fn gold(stage: &Stage, over: StageRef) -> Plan {
    let limited = [((over.clone(), root()), Throttle { rate: 5.0, burst: 10 })];
    let gold = Plan {
        description: "for more".into(),
        throttle: Some(Throttle { rate: 50.0, burst: 100 }),
        quota: Some(Quota { limit: 5_000, period: Period::Week, offset: 2 }),
        stages: vec![over],
        method_throttles: if stage.as_aws("method limits") { limited.into() } else { Default::default() },
        product_code: Some("market".into()),
        ..Plan::new("", "Gold")
    };
    gold.on_sale(None, Some(Price::from_cents(9_990)))
}

async fn made(stage: &Stage) -> Plan {
    let over = stage_of(&stage.inventory().await);
    stage.apply(&PlanChange::Create(gold(stage, over)).into()).await.expect("a plan");
    stage.inventory().await.find_plan("Gold").expect("it is there").clone()
}

async fn edited(stage: &Stage, plan: &Plan, edit: PlanEdit) -> Result<Plan, Failure> {
    stage.apply(&PlanChange::Edit { plan: plan.id.clone(), edit }.into()).await?;
    Ok(stage.inventory().await.plan(&plan.id).expect("it is there").clone())
}

pub(super) async fn a_plan_is_made_with_everything_and_told(stage: &Stage) {
    let plan = made(stage).await;
    let (id, tags) = (plan.id.clone(), plan.tags.clone());
    let expected = Plan { id, tags, ..gold(stage, plan.stages[0].clone()) };
    assert_eq!(plan, expected);
}

pub(super) async fn an_edit_of_a_plan_reaches_gateway_and_its_row(stage: &Stage) {
    let plan = made(stage).await;
    let edit = PlanEdit {
        name: Some("Platinum".into()),
        throttle: Some(Some(Throttle { rate: 70.0, burst: 90 })),
        quota: Some(None),
        product_code: Some(None),
        price: Some(Price::from_cents(500)),
        ..PlanEdit::default()
    };
    let after = edited(stage, &plan, edit.clone()).await.expect("it is edited");
    assert_eq!(after, edit.applied(&plan));
    let back = edited(stage, &after, edit.inverse(&plan)).await.expect("it is set back");
    assert_eq!((back.name, back.quota, back.product_code), (plan.name, plan.quota, Some("market".into())));
}

pub(super) async fn stages_are_linked_and_unlinked_with_the_limits_of_their_methods(stage: &Stage) {
    let plan = made(stage).await;
    let over = plan.stages[0].clone();
    let unlink = PlanEdit { unlink: vec![over.clone()], ..PlanEdit::default() };
    let bare = edited(stage, &plan, unlink.clone()).await.expect("it is unlinked");
    assert_eq!((bare.stages.len(), bare.method_throttles.len()), (0, 0));
    let linked = edited(stage, &bare, unlink.inverse(&plan)).await.expect("it is linked again");
    assert_eq!(linked.stages, plan.stages);
    let limited =
        if stage.as_aws("method limits") { plan.method_throttles.clone() } else { Default::default() };
    assert_eq!(linked.method_throttles, limited);
    let none = PlanEdit { methods: vec![(over, root(), None)], ..PlanEdit::default() };
    if stage.as_aws("method limits") {
        let after = edited(stage, &linked, none).await.expect("the limit goes");
        assert!(after.method_throttles.is_empty());
    }
}

pub(super) async fn a_plan_goes_with_its_stages_and_its_row(stage: &Stage) {
    let plan = made(stage).await;
    stage.apply(&PlanChange::Delete(plan.id.clone()).into()).await.expect("it is deleted");
    assert!(stage.inventory().await.plan(&plan.id).is_none());
    assert!(stage.item("keypool-plans", plan.id.as_str()).await.is_none());
    let pooled = stage.apply(&PlanChange::Delete(stage.sharded.clone()).into()).await;
    assert!(matches!(pooled, Err(Failure::Refused(_))), "{pooled:?}");
}

async fn state(stage: &Stage, task: Task) -> (State, String) {
    let read =
        ops::read_setup(&stage.aws, &Chosen::default(), &unwatched()).await.expect("it is looked over");
    let item = read.checklist.0.into_iter().find(|item| item.task == task).expect("every step");
    (item.state, item.seen)
}

pub(super) async fn logs_are_set_for_the_account_and_the_stage(stage: &Stage) {
    let over = stage_of(&stage.inventory().await);
    for task in [Task::LogRole, Task::ExecutionLog, Task::AccessLog] {
        assert_eq!(state(stage, task).await.0, State::Missing, "{task:?}");
    }
    let role =
        ApiChange::SetLogRole { role: "arn:aws:iam::123456789012:role/logs".to_owned(), replaces: Ok(None) };
    stage.apply(&Change::from(role)).await.expect("a role");
    let access = AccessLog::to("arn:aws:logs:us-east-1:123456789012:log-group:calls:*");
    let logging = StageLogging { level: Some(LogLevel::Info), access: Some(access) };
    stage
        .apply(&Change::from(ApiChange::SetStageLogging { stage: over, logging, replaces: None }))
        .await
        .expect("logs");
    for task in [Task::LogRole, Task::ExecutionLog, Task::AccessLog] {
        assert_eq!(state(stage, task).await.0, State::Done, "{task:?}");
    }
}

pub(super) async fn a_method_that_needs_a_key_is_met_after_a_deployment(stage: &Stage) {
    let over = stage_of(&stage.inventory().await);
    let read =
        ops::read_setup(&stage.aws, &Chosen::default(), &unwatched()).await.expect("it is looked over");
    let methods = read.reading.methods.expect("methods");
    let change = |required| {
        let methods = methods.iter().map(|one| (one.resource.clone(), one.method.clone())).collect();
        Change::from(ApiChange::RequireKeys { api: over.api.clone(), methods, required })
    };
    let opened = stage.apply(&change(false)).await;
    assert_eq!(opened.is_ok(), stage.as_aws("methods"), "{opened:?}");
    if !stage.as_aws("methods") {
        return;
    }
    assert_eq!(state(stage, Task::Methods).await.0, State::Missing);
    let (deployed, seen) = state(stage, Task::Deployment).await;
    assert_eq!((deployed, seen.as_str()), (State::Missing, "GET / edited and not deployed"));
    stage.apply(&Change::from(ApiChange::Deploy(over.clone()))).await.expect("a deployment");
    assert_eq!(state(stage, Task::Deployment).await.0, State::Done);
    stage.apply(&change(true)).await.expect("it needs a key again");
    assert_eq!(state(stage, Task::Methods).await.0, State::Done);
}
