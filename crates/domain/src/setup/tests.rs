//! The states of all steps, from an empty account to a first call.

mod export;
mod reach;

use super::*;
use crate::PlanEdit;
use crate::api_access::{ApiAccess, KeySource};
use crate::change::{ApiChange, PlanChange, TableStep};
use crate::stage_logging::{validate_logging, validate_role};
use crate::testing::{inventory as inventory_of, parts, pool, pool_key};
use crate::{
    Change, Inventory, InventoryParts, NewPoolRequest, Plan, PlanId, Pool, PoolKey, PoolKeyState, Strategy,
    TenantKey,
};

fn stage() -> StageRef {
    StageRef { api: "abc".into(), stage: "prod".into() }
}

fn get_method(needs_key: bool) -> ApiMethod {
    ApiMethod { resource: "r1".into(), method: MethodRef::new("GET", "/pets"), needs_key }
}

/// A deployed API with one open method, and nothing else.
fn new_account() -> SetupState {
    SetupState {
        apis: vec![RestApi { id: "abc".into(), name: "shop".into() }],
        stage: Some(stage()),
        stage_logging: Ok(Some(StageLogging::default())),
        access_log_fields: AccessLogFields::default(),
        access_log_problem: None,
        methods: Ok(vec![get_method(false)]),
        deployed_methods: Ok(BTreeMap::from([(MethodRef::new("GET", "/pets"), false)])),
        authorizations: BTreeMap::new(),
        access: Ok(ApiAccess::default()),
        custom_url: Ok(None),
        log_role: Ok(None),
        table_steps: Ok(vec![TableStep::Create { table: "keypool-plans".into() }]),
        has_calls_today: Err("create the tables first".into()),
    }
}

fn states(setup: &SetupState, inventory: Option<&Inventory>) -> Vec<(&'static str, &'static str)> {
    let list = Checklist::new(setup, inventory);
    list.0.iter().map(|item| (item.task.as_str(), item.state.as_str())).collect()
}

fn item(setup: &SetupState, inventory: Option<&Inventory>, task: SetupTask) -> ChecklistItem {
    let list = Checklist::new(setup, inventory);
    list.0.into_iter().find(|item| item.task == task).expect("every step is there")
}

#[test]
fn a_stage_whose_keys_come_from_an_authorizer_is_not_done() {
    let with_access = |access| SetupState { methods: Ok(vec![get_method(true)]), access, ..new_account() };
    let methods = |setup: &SetupState| {
        let item = item(setup, None, SetupTask::Methods);
        (item.state, item.summary)
    };
    assert_eq!(methods(&with_access(Ok(ApiAccess::default()))).0, TaskState::Done);
    let authorizer = ApiAccess { key_source: KeySource::Authorizer, ..ApiAccess::default() };
    let (state, summary) = methods(&with_access(Ok(authorizer)));
    assert_eq!(state, TaskState::Missing);
    assert!(summary.contains("apiKeySource AUTHORIZER"), "{summary}");
    let (state, summary) = methods(&with_access(Err("may not be read".into())));
    assert_eq!(state, TaskState::Unknown);
    assert!(summary.contains("may not be read"), "{summary}");
}

#[test]
fn an_empty_account_lists_missing_steps_and_leaves_dependent_ones_unknown() {
    let (setup, list) = (new_account(), Checklist::new(&new_account(), None));
    assert_eq!(
        states(&setup, None),
        [
            ("stage", "done"),
            ("tables", "missing"),
            ("plan", "unknown"),
            ("link", "unknown"),
            ("methods", "missing"),
            ("deployment", "done"),
            ("price-list", "unknown"),
            ("log-role", "missing"),
            ("execution-log", "missing"),
            ("access-log", "missing"),
            ("pool", "unknown"),
            ("tenant-key", "unknown"),
            ("first-call", "unknown"),
        ]
    );
    assert_eq!(list.missing_count(), 5);
    let steps = vec![TableStep::Create { table: "keypool-plans".into() }];
    let create_tables = Change::from(ApiChange::SetUpTables(steps));
    let create_tables = Some(TaskAction::Apply(Box::new(create_tables)));
    assert_eq!(item(&setup, None, SetupTask::Tables).action, create_tables);
    assert_eq!(item(&setup, None, SetupTask::ExecutionLog).action, None, "the role comes first");
}

#[test]
fn without_an_api_the_stage_step_is_missing() {
    let setup = SetupState { apis: Vec::new(), stage: None, ..new_account() };
    let first = item(&setup, None, SetupTask::Stage);
    assert_eq!((first.state, first.action), (TaskState::Missing, None));
    assert_eq!(item(&setup, None, SetupTask::Methods).state, TaskState::Unknown);
}

#[test]
fn methods_edited_since_the_last_deployment_need_deploying() {
    let setup = SetupState { methods: Ok(vec![get_method(true)]), ..new_account() };
    let found = item(&setup, None, SetupTask::Deployment);
    assert_eq!(found.summary, "GET /pets edited but not deployed");
    assert_eq!(found.action, Some(TaskAction::Apply(Box::new(Change::from(ApiChange::Deploy(stage()))))));
    let nowhere = SetupState { stage_logging: Ok(None), ..new_account() };
    assert_eq!(item(&nowhere, None, SetupTask::Stage).state, TaskState::Missing);
    let denied = SetupState { deployed_methods: Err("may not be read".into()), ..new_account() };
    assert_eq!(item(&denied, None, SetupTask::Deployment).state, TaskState::Unknown);
}

#[test]
fn a_single_plan_is_linked_directly_and_several_prompt_for_a_choice() {
    let plan = |id: &str, stages| Plan { stages, ..Plan::new(id, id) }.with_price_list_entry(None, None);
    let link = PlanEdit { link: vec![stage()], ..PlanEdit::default() };
    let link = Change::from(PlanChange::Edit { plan: "p".into(), edit: link });
    let link_action =
        |plans| item(&new_account(), Some(&inventory_of(plans, Vec::new())), SetupTask::Link).action;
    assert_eq!(link_action(vec![plan("p", Vec::new())]), Some(TaskAction::Apply(Box::new(link))));
    assert_eq!(
        link_action(vec![plan("p", Vec::new()), plan("q", Vec::new())]),
        Some(TaskAction::Prompt(Form::Link))
    );
    assert_eq!(link_action(vec![plan("p", vec![stage()]), plan("q", Vec::new())]), None);
}

#[test]
fn a_complete_setup_leaves_only_the_pool_optional() {
    let plan = Plan { stages: vec![stage()], ..Plan::new("p", "Basic") }.with_price_list_entry(None, None);
    let tenant_key = TenantKey { name: "web".into(), ..TenantKey::new("k", "p", "acme") };
    let access =
        AccessLog::to_destination("arn:aws:logs:us-east-1:1:log-group:calls:*", &AccessLogFields::default());
    let setup = SetupState {
        stage_logging: Ok(Some(StageLogging { level: Some(LogLevel::Info), access: Some(access) })),
        methods: Ok(vec![get_method(true)]),
        deployed_methods: Ok(BTreeMap::from([(MethodRef::new("GET", "/pets"), true)])),
        log_role: Ok(Some("arn:aws:iam::1:role/logs".into())),
        table_steps: Ok(Vec::new()),
        has_calls_today: Ok(true),
        ..new_account()
    };
    let inventory = inventory_of(vec![plan.clone()], vec![tenant_key]);
    let list = Checklist::new(&setup, Some(&inventory));
    assert_eq!(list.missing_count(), 0);
    let open = list.0.iter().filter(|item| item.state != TaskState::Done).map(|item| item.task);
    assert_eq!(open.collect::<Vec<_>>(), [SetupTask::Pool], "a pool is optional");
    let unlisted = inventory_of(vec![Plan { price_list_entry: None, ..plan }], Vec::new());
    let adopt = crate::PlanChange::Adopt { plan: "p".into(), entry: None };
    let adopt = TaskAction::Apply(Box::new(adopt.into()));
    assert_eq!(
        item(&setup, Some(&unlisted), SetupTask::PriceList).action,
        Some(adopt),
        "another team's plan"
    );
}

#[test]
fn an_access_log_that_report_cannot_read_is_to_be_replaced_by_one_that_it_can() {
    let fields = AccessLogFields { tenant: "org".into(), ..AccessLogFields::default() };
    let destination = "arn:aws:logs:us-east-1:1:log-group:calls";
    let log = AccessLog { destination: destination.into(), format: "$context.status".into() };
    let logging = |access: &AccessLog| StageLogging { level: None, access: Some(access.clone()) };
    let setup = SetupState {
        stage_logging: Ok(Some(logging(&log))),
        access_log_fields: fields.clone(),
        access_log_problem: Some("it is not a JSON object".into()),
        ..new_account()
    };
    let missing = item(&setup, None, SetupTask::AccessLog);
    assert_eq!(missing.state, TaskState::Missing);
    assert_eq!(missing.summary, "`report` cannot read its lines: it is not a JSON object");
    let readable = AccessLog::to_destination(destination, &fields);
    assert!(readable.format.contains(r#""org":"$context.authorizer.tenantId""#), "{}", readable.format);
    let replacement =
        ApiChange::SetStageLogging { stage: stage(), logging: logging(&readable), replaces: Some(log) };
    assert_eq!(missing.action, Some(TaskAction::Apply(Box::new(replacement.into()))));
    let readable = SetupState { access_log_problem: None, ..setup };
    assert_eq!(item(&readable, None, SetupTask::AccessLog).state, TaskState::Done);
}

#[test]
fn access_log_formats_may_contain_key_ids_but_not_key_values() {
    let ours =
        AccessLog::to_destination("arn:aws:logs:us-east-1:1:log-group:calls:*", &AccessLogFields::default());
    assert_eq!(ours.destination, "arn:aws:logs:us-east-1:1:log-group:calls");
    assert!(!ours.has_key_value());
    for (format, secret) in [
        ("$context.identity.apiKeyId", false),
        ("$context.identity.apiKey", true),
        ("$context.identity.apiKeyId $context.identity.apiKey\"", true),
        ("$context.status", false),
    ] {
        let log = AccessLog { format: format.into(), ..ours.clone() };
        assert_eq!(log.has_key_value(), secret, "{format}");
    }
    let secret = AccessLog { format: "$context.identity.apiKey".into(), ..ours.clone() };
    let validate = |log| validate_logging(&StageLogging { level: None, access: Some(log) });
    assert_eq!(validate(secret), Err(LogRefusal::KeyValueInFormat));
    assert!(matches!(
        validate(AccessLog::to_destination("calls", &AccessLogFields::default())),
        Err(LogRefusal::InvalidDestination(_))
    ));
    assert_eq!(validate(ours), Ok(()));
    assert!(validate_role("arn:aws:iam::1:role/logs").is_ok() && validate_role("logs").is_err());
}

#[test]
fn an_access_log_goes_to_a_log_group_a_stream_or_elsewhere() {
    let kind = |destination: &str| {
        let destination = destination.to_owned();
        AccessLog { destination, format: String::new() }.destination_kind()
    };
    let group = LogDestination::LogGroup("/aws/calls".to_owned());
    assert_eq!(kind("arn:aws:logs:us-east-1:1:log-group:/aws/calls"), group);
    assert_eq!(kind("arn:aws-cn:logs:cn-north-1:1:log-group:/aws/calls:*"), group);
    let stream = LogDestination::Stream("amazon-apigateway-calls".to_owned());
    assert_eq!(kind("arn:aws:firehose:us-east-1:1:deliverystream/amazon-apigateway-calls"), stream);
    for other in [
        "",
        "calls",
        "arn:aws:s3:::calls",
        "arn:aws:logs:us-east-1:1:log-group:",
        "arn:aws:s3:r:1:log-group:calls",
    ] {
        assert_eq!(kind(other), LogDestination::Other, "{other}");
    }
}

/// A plan with a pool of these keys; without keys, the plan has no pool.
fn inventory_with_pool(keys: &[(&str, PoolKeyState)]) -> Inventory {
    let key = |(id, state): &(&str, PoolKeyState)| PoolKey { state: *state, ..pool_key(id, 0, 5) };
    let keys: Vec<_> = keys.iter().map(key).collect();
    let pool = Pool { strategy: Strategy::Sticky, ..pool("p", 5, keys.clone()) };
    Inventory::new(InventoryParts {
        plans: vec![Plan::new("p", "Basic").with_price_list_entry(None, None)],
        pools: if keys.is_empty() { Vec::new() } else { vec![pool] },
        ..parts()
    })
}

/// The differences and changes for a desired pool.
fn pool_diff(pool: Option<DesiredPool>, inventory: &Inventory) -> (Vec<String>, Vec<Change>) {
    let desired = DesiredPlan { table: "Basic".into(), pool: Some(pool), ..DesiredPlan::default() };
    let diff = desired.diff(inventory).expect("one plan");
    assert_eq!(diff.change, None, "the plan itself stays");
    (diff.differences.clone(), diff.pool_changes(inventory))
}

#[test]
fn pool_changes_reach_the_desired_pool_and_never_shrink_it() {
    use PoolKeyState::{Active, Draining};

    let desired_pool = |keys, strategy, capacity| Some(DesiredPool { keys, strategy, capacity });
    let plan = || PlanId::new("p");
    let (none, two) =
        (inventory_with_pool(&[]), inventory_with_pool(&[("a", Active), ("b", Active), ("c", Draining)]));
    let new = |new_keys, strategy, capacity| {
        Change::CreatePool(NewPoolRequest {
            plan: plan(),
            api_keys: Vec::new(),
            new_keys,
            strategy,
            capacity,
        })
    };
    let set = |strategy, capacity| Change::SetPool { plan: plan(), strategy, capacity };
    let cases = [
        (&none, None, vec![], vec![]),
        (
            &none,
            desired_pool(None, None, None),
            vec!["pool: none → 1 new API key, 100 tenants each, least-tenants"],
            vec![new(1, Strategy::LeastTenants, 100)],
        ),
        (
            &none,
            desired_pool(Some(3), Some(Strategy::Random), Some(7)),
            vec!["pool: none → 3 new API keys, 7 tenants each, random"],
            vec![new(3, Strategy::Random, 7)],
        ),
        (&two, desired_pool(Some(2), Some(Strategy::Sticky), Some(5)), vec![], vec![]),
        (&two, desired_pool(Some(1), None, None), vec![], vec![]),
        (
            &two,
            desired_pool(Some(4), None, Some(6)),
            vec!["capacity: 5 → 6", "pool keys: 2 → 4"],
            vec![set(None, Some(6)), Change::Grow { plan: plan(), count: 2 }],
        ),
        (
            &two,
            desired_pool(Some(3), None, None),
            vec!["pool keys: 2 → 3"],
            vec![Change::Grow { plan: plan(), count: 1 }],
        ),
        (
            &two,
            desired_pool(None, Some(Strategy::Random), None),
            vec!["strategy: sticky → random"],
            vec![set(Some(Strategy::Random), None)],
        ),
        (&two, None, vec!["pool: 3 API keys → none"], vec![Change::DissolvePool(plan())]),
    ];
    for (inventory, desired, lines, changes) in cases {
        let lines = lines.into_iter().map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(pool_diff(desired, inventory), (lines, changes), "{desired:?}");
    }
}

#[test]
fn a_missing_index_and_one_that_is_outdated_are_left_to_do() {
    let (table, index) = ("keypool-keys".to_owned(), "by-plan-owner".to_owned());
    let add = TableStep::AddIndex { table: table.clone(), index };
    let remove = TableStep::RemoveIndex { table, index: "by-plan".to_owned() };
    let tables = |steps: Vec<TableStep>| {
        let setup = SetupState { table_steps: Ok(steps), ..new_account() };
        let item = item(&setup, None, SetupTask::Tables);
        (item.state, item.summary)
    };
    let outdated = "outdated: index by-plan of keypool-keys";
    assert_eq!(tables(vec![remove.clone()]), (TaskState::Missing, outdated.to_owned()));
    let both = format!("missing: index by-plan-owner of keypool-keys; {outdated}");
    assert_eq!(tables(vec![add, remove]), (TaskState::Missing, both));
}
