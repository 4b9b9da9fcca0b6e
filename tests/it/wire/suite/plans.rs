//! Usage plans with their price-list entries, and the setup of API, stage and account.

use keypool::aws::Failure;
use keypool::ops::{self, SetupTarget};
use keypool_domain::charging::AccessLogFields;
use keypool_domain::setup::{AccessLog, LogLevel, SetupTask, StageLogging, TaskState};
use keypool_domain::{
    ApiChange, Change, Inventory, MethodRef, Period, Plan, PlanChange, PlanEdit, Price, Quota, StageRef,
    Throttle,
};

use crate::wire::support::silent_run;
use crate::wire::test_account::TestAccount;

fn siloed_plan_stage(inventory: &Inventory) -> StageRef {
    inventory.find_plan("Siloed").expect("a plan").stages[0].clone()
}

fn root_method() -> MethodRef {
    MethodRef::new("GET", "/")
}

/// A plan for the stage, with a method throttle where the backend can unlink it again.
fn gold_plan(account: &TestAccount, stage: StageRef) -> Plan {
    let method_throttles = [((stage.clone(), root_method()), Throttle { rate: 5.0, burst: 10 })];
    let gold = Plan {
        description: "for more".into(),
        throttle: Some(Throttle { rate: 50.0, burst: 100 }),
        quota: Some(Quota { limit: 5_000, period: Period::Week, offset: 2 }),
        stages: vec![stage],
        method_throttles: if account.behaves_like_aws("method throttles") {
            method_throttles.into()
        } else {
            Default::default()
        },
        product_code: Some("market".into()),
        ..Plan::new("", "Gold")
    };
    match account.has_tables() {
        true => gold.with_price_list_entry(None, Some(Price::from_cents(9_990))),
        false => gold,
    }
}

async fn create_gold_plan(account: &TestAccount) -> Plan {
    let stage = siloed_plan_stage(&account.inventory().await);
    account.apply(&PlanChange::Create(gold_plan(account, stage)).into()).await.expect("a plan");
    account.inventory().await.find_plan("Gold").expect("the plan").clone()
}

async fn edit_plan(account: &TestAccount, plan: &Plan, edit: PlanEdit) -> Result<Plan, Failure> {
    account.apply(&PlanChange::Edit { plan: plan.id.clone(), edit }.into()).await?;
    Ok(account.inventory().await.plan(&plan.id).expect("the plan").clone())
}

pub(super) async fn a_new_plan_has_all_requested_settings(account: &TestAccount) {
    let plan = create_gold_plan(account).await;
    let (id, tags) = (plan.id.clone(), plan.tags.clone());
    let expected = Plan { id, tags, ..gold_plan(account, plan.stages[0].clone()) };
    assert_eq!(plan, expected);
}

pub(super) async fn a_plan_edit_changes_plan_and_price_list_and_can_be_reversed(account: &TestAccount) {
    let plan = create_gold_plan(account).await;
    let edit = PlanEdit {
        name: Some("Platinum".into()),
        throttle: Some(Some(Throttle { rate: 70.0, burst: 90 })),
        quota: Some(None),
        product_code: Some(None),
        price: account.has_tables().then_some(Price::from_cents(500)),
        ..PlanEdit::default()
    };
    let after = edit_plan(account, &plan, edit.clone()).await.expect("it is edited");
    assert_eq!(after, edit.apply_to(&plan));
    let back = edit_plan(account, &after, edit.inverse(&plan)).await.expect("the edit is reversed");
    assert_eq!((back.name, back.quota, back.product_code), (plan.name, plan.quota, Some("market".into())));
}

pub(super) async fn unlinking_a_stage_drops_its_method_throttles_and_linking_restores_them(
    account: &TestAccount,
) {
    let plan = create_gold_plan(account).await;
    let stage = plan.stages[0].clone();
    let unlink = PlanEdit { unlink: vec![stage.clone()], ..PlanEdit::default() };
    let unlinked = edit_plan(account, &plan, unlink.clone()).await.expect("it is unlinked");
    assert_eq!((unlinked.stages.len(), unlinked.method_throttles.len()), (0, 0));
    let linked = edit_plan(account, &unlinked, unlink.inverse(&plan)).await.expect("it is linked again");
    assert_eq!(linked.stages, plan.stages);
    let method_throttles = if account.behaves_like_aws("method throttles") {
        plan.method_throttles.clone()
    } else {
        Default::default()
    };
    assert_eq!(linked.method_throttles, method_throttles);
    let remove_throttle = PlanEdit { methods: vec![(stage, root_method(), None)], ..PlanEdit::default() };
    if account.behaves_like_aws("method throttles") {
        let after = edit_plan(account, &linked, remove_throttle).await.expect("the throttle is removed");
        assert!(after.method_throttles.is_empty());
    }
}

pub(super) async fn deleting_a_plan_deletes_its_price_list_entry(account: &TestAccount) {
    let plan = create_gold_plan(account).await;
    account.apply(&PlanChange::Delete(plan.id.clone()).into()).await.expect("it is deleted");
    assert!(account.inventory().await.plan(&plan.id).is_none());
    if !account.has_tables() {
        return;
    }
    assert!(account.get_item("keypool-plans", plan.id.as_str()).await.is_none());
    let pooled = account.apply(&PlanChange::Delete(account.pooled_plan.clone()).into()).await;
    assert!(matches!(pooled, Err(Failure::Refused(_))), "{pooled:?}");
}

async fn setup_state(account: &TestAccount, task: SetupTask) -> (TaskState, String) {
    let setup = ops::read_setup(&account.aws, &SetupTarget::default(), &silent_run())
        .await
        .expect("the setup is read");
    let item = setup.checklist.0.into_iter().find(|item| item.task == task).expect("the task");
    (item.state, item.summary)
}

pub(super) async fn the_logging_role_and_the_stage_logs_can_be_set(account: &TestAccount) {
    let stage = siloed_plan_stage(&account.inventory().await);
    for task in [SetupTask::LogRole, SetupTask::ExecutionLog, SetupTask::AccessLog] {
        assert_eq!(setup_state(account, task).await.0, TaskState::Missing, "{task:?}");
    }
    let role =
        ApiChange::SetLogRole { role: "arn:aws:iam::123456789012:role/logs".to_owned(), replaces: Ok(None) };
    account.apply(&Change::from(role)).await.expect("a role");
    let access = AccessLog::to_destination(
        "arn:aws:logs:us-east-1:123456789012:log-group:calls:*",
        &AccessLogFields::default(),
    );
    let logging = StageLogging { level: Some(LogLevel::Info), access: Some(access) };
    account
        .apply(&Change::from(ApiChange::SetStageLogging { stage, logging, replaces: None }))
        .await
        .expect("logs");
    for task in [SetupTask::LogRole, SetupTask::ExecutionLog, SetupTask::AccessLog] {
        assert_eq!(setup_state(account, task).await.0, TaskState::Done, "{task:?}");
    }
}

pub(super) async fn requiring_keys_takes_effect_with_a_deployment(account: &TestAccount) {
    let stage = siloed_plan_stage(&account.inventory().await);
    let setup = ops::read_setup(&account.aws, &SetupTarget::default(), &silent_run())
        .await
        .expect("the setup is read");
    let methods = setup.state.methods.expect("methods");
    let change = |required| {
        let methods = methods.iter().map(|method| (method.resource.clone(), method.method.clone())).collect();
        Change::from(ApiChange::RequireKeys { api: stage.api.clone(), methods, required })
    };
    let opened = account.apply(&change(false)).await;
    assert_eq!(opened.is_ok(), account.behaves_like_aws("methods"), "{opened:?}");
    if !account.behaves_like_aws("methods") {
        return;
    }
    assert_eq!(setup_state(account, SetupTask::Methods).await.0, TaskState::Missing);
    let (state, summary) = setup_state(account, SetupTask::Deployment).await;
    assert_eq!((state, summary.as_str()), (TaskState::Missing, "GET / edited but not deployed"));
    account.apply(&Change::from(ApiChange::Deploy(stage.clone()))).await.expect("a deployment");
    assert_eq!(setup_state(account, SetupTask::Deployment).await.0, TaskState::Done);
    account.apply(&change(true)).await.expect("keys are required again");
    assert_eq!(setup_state(account, SetupTask::Methods).await.0, TaskState::Done);
}
