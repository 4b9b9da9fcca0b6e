//! How the steps stand for a stage, from an empty account to a first answer.

use jiff::Timestamp;

use super::*;
use crate::change::{ApiChange, PlanChange, PlanEdit};
use crate::{
    Change, Inventory, Known, Parts, Plan, PlanId, Pool, PoolAsked, PoolKey, PoolKeyState, Strategy,
    TenantKey,
};

fn stage() -> StageRef {
    StageRef { api: "abc".into(), stage: "prod".into() }
}

fn get(needs_key: bool) -> ApiMethod {
    ApiMethod { resource: "r1".into(), method: MethodRef::new("GET", "/pets"), needs_key }
}

/// An API with one open method that is deployed, and nothing else.
fn bare() -> SetupReading {
    SetupReading {
        apis: vec![RestApi { id: "abc".into(), name: "shop".into() }],
        stage: Some(stage()),
        stands: Ok(Some(StageLogging::default())),
        methods: Ok(vec![get(false)]),
        deployed: Ok(BTreeMap::from([(MethodRef::new("GET", "/pets"), false)])),
        log_role: Ok(None),
        missing_tables: Ok(vec!["keypool-plans".into()]),
        called: Err("the tables come first".into()),
    }
}

fn sold(plans: Vec<Plan>, rows: Vec<TenantKey>) -> Inventory {
    Inventory::new(Parts {
        plans,
        api_keys: Known::not_allowed("apigateway:GET", "/apikeys"),
        members: BTreeMap::new(),
        rows,
        pools: Vec::new(),
        remarks: Vec::new(),
        taken_at: Timestamp::UNIX_EPOCH,
    })
}

fn states(reading: &SetupReading, inventory: Option<&Inventory>) -> Vec<(&'static str, &'static str)> {
    let list = Checklist::of(reading, inventory);
    list.0.iter().map(|item| (item.task.as_str(), item.state.as_str())).collect()
}

fn item(reading: &SetupReading, inventory: Option<&Inventory>, task: Task) -> Item {
    let list = Checklist::of(reading, inventory);
    list.0.into_iter().find(|item| item.task == task).expect("every step is there")
}

#[test]
fn a_bare_account_lacks_what_it_lacks_and_the_rest_waits() {
    let (reading, list) = (bare(), Checklist::of(&bare(), None));
    assert_eq!(
        states(&reading, None),
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
    assert_eq!(list.missing(), 5);
    let make = Change::from(ApiChange::MakeTables(vec!["keypool-plans".into()]));
    assert_eq!(item(&reading, None, Task::Tables).remedy, Some(Remedy::Do(Box::new(make))));
    assert_eq!(item(&reading, None, Task::ExecutionLog).remedy, None, "the role comes first");
}

#[test]
fn an_account_without_an_api_cannot_be_set_up() {
    let reading = SetupReading { apis: Vec::new(), stage: None, ..bare() };
    let first = item(&reading, None, Task::Stage);
    assert_eq!((first.state, first.remedy), (State::Missing, None));
    assert_eq!(item(&reading, None, Task::Methods).state, State::Unknown);
}

#[test]
fn what_was_edited_since_is_to_be_deployed() {
    let reading = SetupReading { methods: Ok(vec![get(true)]), ..bare() };
    let found = item(&reading, None, Task::Deployment);
    assert_eq!(found.seen, "GET /pets edited and not deployed");
    assert_eq!(found.remedy, Some(Remedy::Do(Box::new(Change::from(ApiChange::Deploy(stage()))))));
    let nowhere = SetupReading { stands: Ok(None), ..bare() };
    assert_eq!(item(&nowhere, None, Task::Stage).state, State::Missing);
    let denied = SetupReading { deployed: Err("may not be read".into()), ..bare() };
    assert_eq!(item(&denied, None, Task::Deployment).state, State::Unknown);
}

#[test]
fn one_plan_is_linked_without_a_question_and_of_several_one_is_chosen() {
    let plan = |id: &str, stages| Plan { stages, ..Plan::new(id, id) }.on_sale(None, None);
    let link = PlanEdit { link: vec![stage()], ..PlanEdit::default() };
    let link = Change::from(PlanChange::Edit { plan: "p".into(), edit: link });
    let asked = |plans| item(&bare(), Some(&sold(plans, Vec::new())), Task::Link).remedy;
    assert_eq!(asked(vec![plan("p", Vec::new())]), Some(Remedy::Do(Box::new(link))));
    assert_eq!(asked(vec![plan("p", Vec::new()), plan("q", Vec::new())]), Some(Remedy::Ask(Form::Link)));
    assert_eq!(asked(vec![plan("p", vec![stage()]), plan("q", Vec::new())]), None);
}

#[test]
fn a_stage_that_is_set_up_is_done_throughout() {
    let plan = Plan { stages: vec![stage()], ..Plan::new("p", "Basic") }.on_sale(None, None);
    let row = TenantKey { name: "web".into(), ..TenantKey::new("k", "p", "acme") };
    let access = AccessLog::to("arn:aws:logs:us-east-1:1:log-group:calls:*");
    let reading = SetupReading {
        stands: Ok(Some(StageLogging { level: Some(LogLevel::Info), access: Some(access) })),
        methods: Ok(vec![get(true)]),
        deployed: Ok(BTreeMap::from([(MethodRef::new("GET", "/pets"), true)])),
        log_role: Ok(Some("arn:aws:iam::1:role/logs".into())),
        missing_tables: Ok(Vec::new()),
        called: Ok(true),
        ..bare()
    };
    let inventory = sold(vec![plan.clone()], vec![row]);
    let list = Checklist::of(&reading, Some(&inventory));
    assert_eq!(list.missing(), 0);
    let open = list.0.iter().filter(|item| item.state != State::Done).map(|item| item.task);
    assert_eq!(open.collect::<Vec<_>>(), [Task::Pool], "a pool is left to taste");
    let untold = sold(vec![Plan { shop_window: None, ..plan }], Vec::new());
    let adopt = crate::PlanChange::Adopt { plan: "p".into(), entry: None };
    let adopt = Remedy::Do(Box::new(adopt.into()));
    assert_eq!(item(&reading, Some(&untold), Task::PriceList).remedy, Some(adopt), "another team's plan");
}

#[test]
fn a_format_tells_the_id_of_a_key_and_never_its_value() {
    let ours = AccessLog::to("arn:aws:logs:us-east-1:1:log-group:calls:*");
    assert_eq!(ours.destination, "arn:aws:logs:us-east-1:1:log-group:calls");
    assert!(ours.tells_key() && !ours.tells_secret());
    for (format, key, secret) in [
        ("$context.identity.apiKeyId", true, false),
        ("$context.identity.apiKey", false, true),
        ("$context.identity.apiKeyId $context.identity.apiKey\"", true, true),
        ("$context.status", false, false),
    ] {
        let log = AccessLog { format: format.into(), ..ours.clone() };
        assert_eq!((log.tells_key(), log.tells_secret()), (key, secret), "{format}");
    }
    let secret = AccessLog { format: "$context.identity.apiKey".into(), ..ours.clone() };
    let written = |log| logging(&StageLogging { level: None, access: Some(log) });
    assert_eq!(written(secret), Err(LogRefusal::Secret));
    assert!(matches!(written(AccessLog::to("calls")), Err(LogRefusal::NoDestination(_))));
    assert_eq!(written(ours), Ok(()));
    assert!(role("arn:aws:iam::1:role/logs").is_ok() && role("logs").is_err());
}

fn pooled(keys: &[(&str, PoolKeyState)]) -> Inventory {
    let key = |(id, state): &(&str, PoolKeyState)| PoolKey {
        api_key: (*id).into(),
        tenants: 0.into(),
        capacity: 5.into(),
        state: *state,
        revision: 0,
    };
    let pool = Pool {
        plan: "p".into(),
        strategy: Strategy::Sticky,
        capacity: 5.into(),
        keys: keys.iter().map(key).collect(),
        revision: 1,
    };
    Inventory::new(Parts {
        plans: vec![Plan::new("p", "Basic").on_sale(None, None)],
        api_keys: Known::not_allowed("apigateway:GET", "/apikeys"),
        members: BTreeMap::new(),
        rows: Vec::new(),
        pools: if keys.is_empty() { Vec::new() } else { vec![pool] },
        remarks: Vec::new(),
        taken_at: Timestamp::UNIX_EPOCH,
    })
}

/// The lines and the changes of a plan whose pool is wanted so.
fn planned(pool: Option<WantedPool>, inventory: &Inventory) -> (Vec<String>, Vec<Change>) {
    let wanted = WantedPlan { name: "Basic".into(), pool: Some(pool), ..WantedPlan::default() };
    let planned = wanted.planned(inventory).expect("one plan");
    assert_eq!(planned.change, None, "the plan itself stays");
    (planned.differences.clone(), planned.pool_changes(inventory))
}

#[test]
fn a_pool_becomes_what_is_wanted_step_by_step_and_is_never_made_smaller() {
    use PoolKeyState::{Active, Draining};

    let of = |keys, strategy, capacity| Some(WantedPool { keys, strategy, capacity });
    let plan = || PlanId::new("p");
    let (none, two) = (pooled(&[]), pooled(&[("a", Active), ("b", Active), ("c", Draining)]));
    let new = |new_keys, strategy, capacity| {
        Change::CreatePool(PoolAsked { plan: plan(), api_keys: Vec::new(), new_keys, strategy, capacity })
    };
    let set = |strategy, capacity| Change::SetPool { plan: plan(), strategy, capacity };
    let cases = [
        (&none, None, vec![], vec![]),
        (
            &none,
            of(None, None, None),
            vec!["pool: none → 1 new API key, 100 tenants each, least-tenants"],
            vec![new(1, Strategy::LeastTenants, 100)],
        ),
        (
            &none,
            of(Some(3), Some(Strategy::Random), Some(7)),
            vec!["pool: none → 3 new API keys, 7 tenants each, random"],
            vec![new(3, Strategy::Random, 7)],
        ),
        (&two, of(Some(2), Some(Strategy::Sticky), Some(5)), vec![], vec![]),
        (&two, of(Some(1), None, None), vec![], vec![]),
        (
            &two,
            of(Some(4), None, Some(6)),
            vec!["capacity: 5 → 6", "pool keys: 2 → 4"],
            vec![set(None, Some(6)), Change::Grow { plan: plan(), count: 2 }],
        ),
        (
            &two,
            of(Some(3), None, None),
            vec!["pool keys: 2 → 3"],
            vec![Change::Grow { plan: plan(), count: 1 }],
        ),
        (
            &two,
            of(None, Some(Strategy::Random), None),
            vec!["strategy: sticky → random"],
            vec![set(Some(Strategy::Random), None)],
        ),
        (&two, None, vec!["pool: 3 API keys → none"], vec![Change::DissolvePool(plan())]),
    ];
    for (inventory, wanted, lines, changes) in cases {
        let lines = lines.into_iter().map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(planned(wanted, inventory), (lines, changes), "{wanted:?}");
    }
}
