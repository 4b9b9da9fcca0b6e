//! Usage plans with their rows, and what an API, a stage and the account need for them.

use keypool::aws::Failure;
use keypool::ops::{self, SetupTarget};
use keypool_domain::setup::{AccessLog, LogLevel, StageLogging, Task, TaskState};
use keypool_domain::{
    ApiChange, Change, Inventory, MethodRef, Period, Plan, PlanChange, PlanEdit, Price, Quota, StageRef,
    Throttle,
};

use crate::wire::support::plain_run;
use crate::wire::test_account::TestAccount;

fn siloed_plan_stage(seen: &Inventory) -> StageRef {
    seen.find_plan("Siloed").expect("a plan").stages[0].clone()
}

fn root_method() -> MethodRef {
    MethodRef::new("GET", "/")
}

/// A plan over the stage, with a limited method where that can be unlinked again.
fn gold_plan(stage: &TestAccount, over: StageRef) -> Plan {
    let limited = [((over.clone(), root_method()), Throttle { rate: 5.0, burst: 10 })];
    let gold = Plan {
        description: "for more".into(),
        throttle: Some(Throttle { rate: 50.0, burst: 100 }),
        quota: Some(Quota { limit: 5_000, period: Period::Week, offset: 2 }),
        stages: vec![over],
        method_throttles: if stage.behaves_like_aws("method limits") {
            limited.into()
        } else {
            Default::default()
        },
        product_code: Some("market".into()),
        ..Plan::new("", "Gold")
    };
    gold.with_price_list_entry(None, Some(Price::from_cents(9_990)))
}

async fn create_gold_plan(stage: &TestAccount) -> Plan {
    let over = siloed_plan_stage(&stage.inventory().await);
    stage.apply(&PlanChange::Create(gold_plan(stage, over)).into()).await.expect("a plan");
    stage.inventory().await.find_plan("Gold").expect("it is there").clone()
}

async fn edit_plan(stage: &TestAccount, plan: &Plan, edit: PlanEdit) -> Result<Plan, Failure> {
    stage.apply(&PlanChange::Edit { plan: plan.id.clone(), edit }.into()).await?;
    Ok(stage.inventory().await.plan(&plan.id).expect("it is there").clone())
}

pub(super) async fn a_plan_is_made_with_everything_and_told(stage: &TestAccount) {
    let plan = create_gold_plan(stage).await;
    let (id, tags) = (plan.id.clone(), plan.tags.clone());
    let expected = Plan { id, tags, ..gold_plan(stage, plan.stages[0].clone()) };
    assert_eq!(plan, expected);
}

pub(super) async fn an_edit_of_a_plan_reaches_gateway_and_its_row(stage: &TestAccount) {
    let plan = create_gold_plan(stage).await;
    let edit = PlanEdit {
        name: Some("Platinum".into()),
        throttle: Some(Some(Throttle { rate: 70.0, burst: 90 })),
        quota: Some(None),
        product_code: Some(None),
        price: Some(Price::from_cents(500)),
        ..PlanEdit::default()
    };
    let after = edit_plan(stage, &plan, edit.clone()).await.expect("it is edited");
    assert_eq!(after, edit.apply_to(&plan));
    let back = edit_plan(stage, &after, edit.inverse(&plan)).await.expect("it is set back");
    assert_eq!((back.name, back.quota, back.product_code), (plan.name, plan.quota, Some("market".into())));
}

pub(super) async fn stages_are_linked_and_unlinked_with_the_limits_of_their_methods(stage: &TestAccount) {
    let plan = create_gold_plan(stage).await;
    let over = plan.stages[0].clone();
    let unlink = PlanEdit { unlink: vec![over.clone()], ..PlanEdit::default() };
    let bare = edit_plan(stage, &plan, unlink.clone()).await.expect("it is unlinked");
    assert_eq!((bare.stages.len(), bare.method_throttles.len()), (0, 0));
    let linked = edit_plan(stage, &bare, unlink.inverse(&plan)).await.expect("it is linked again");
    assert_eq!(linked.stages, plan.stages);
    let limited = if stage.behaves_like_aws("method limits") {
        plan.method_throttles.clone()
    } else {
        Default::default()
    };
    assert_eq!(linked.method_throttles, limited);
    let none = PlanEdit { methods: vec![(over, root_method(), None)], ..PlanEdit::default() };
    if stage.behaves_like_aws("method limits") {
        let after = edit_plan(stage, &linked, none).await.expect("the limit goes");
        assert!(after.method_throttles.is_empty());
    }
}

pub(super) async fn a_plan_goes_with_its_stages_and_its_row(stage: &TestAccount) {
    let plan = create_gold_plan(stage).await;
    stage.apply(&PlanChange::Delete(plan.id.clone()).into()).await.expect("it is deleted");
    assert!(stage.inventory().await.plan(&plan.id).is_none());
    assert!(stage.get_item("keypool-plans", plan.id.as_str()).await.is_none());
    let pooled = stage.apply(&PlanChange::Delete(stage.sharded_plan.clone()).into()).await;
    assert!(matches!(pooled, Err(Failure::Refused(_))), "{pooled:?}");
}

async fn setup_state(stage: &TestAccount, task: Task) -> (TaskState, String) {
    let read =
        ops::read_setup(&stage.aws, &SetupTarget::default(), &plain_run()).await.expect("it is looked over");
    let item = read.checklist.0.into_iter().find(|item| item.task == task).expect("every step");
    (item.state, item.summary)
}

pub(super) async fn logs_are_set_for_the_account_and_the_stage(stage: &TestAccount) {
    let over = siloed_plan_stage(&stage.inventory().await);
    for task in [Task::LogRole, Task::ExecutionLog, Task::AccessLog] {
        assert_eq!(setup_state(stage, task).await.0, TaskState::Missing, "{task:?}");
    }
    let role =
        ApiChange::SetLogRole { role: "arn:aws:iam::123456789012:role/logs".to_owned(), replaces: Ok(None) };
    stage.apply(&Change::from(role)).await.expect("a role");
    let access = AccessLog::to_destination("arn:aws:logs:us-east-1:123456789012:log-group:calls:*");
    let logging = StageLogging { level: Some(LogLevel::Info), access: Some(access) };
    stage
        .apply(&Change::from(ApiChange::SetStageLogging { stage: over, logging, replaces: None }))
        .await
        .expect("logs");
    for task in [Task::LogRole, Task::ExecutionLog, Task::AccessLog] {
        assert_eq!(setup_state(stage, task).await.0, TaskState::Done, "{task:?}");
    }
}

pub(super) async fn a_method_that_needs_a_key_is_met_after_a_deployment(stage: &TestAccount) {
    let over = siloed_plan_stage(&stage.inventory().await);
    let read =
        ops::read_setup(&stage.aws, &SetupTarget::default(), &plain_run()).await.expect("it is looked over");
    let methods = read.reading.methods.expect("methods");
    let change = |required| {
        let methods = methods.iter().map(|one| (one.resource.clone(), one.method.clone())).collect();
        Change::from(ApiChange::RequireKeys { api: over.api.clone(), methods, required })
    };
    let opened = stage.apply(&change(false)).await;
    assert_eq!(opened.is_ok(), stage.behaves_like_aws("methods"), "{opened:?}");
    if !stage.behaves_like_aws("methods") {
        return;
    }
    assert_eq!(setup_state(stage, Task::Methods).await.0, TaskState::Missing);
    let (deployed, seen) = setup_state(stage, Task::Deployment).await;
    assert_eq!((deployed, seen.as_str()), (TaskState::Missing, "GET / edited and not deployed"));
    stage.apply(&Change::from(ApiChange::Deploy(over.clone()))).await.expect("a deployment");
    assert_eq!(setup_state(stage, Task::Deployment).await.0, TaskState::Done);
    stage.apply(&change(true)).await.expect("it needs a key again");
    assert_eq!(setup_state(stage, Task::Methods).await.0, TaskState::Done);
}
