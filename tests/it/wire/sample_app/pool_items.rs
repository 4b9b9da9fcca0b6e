//! The sample application's createKey on pools that keypool made: it reads the item of the pool key in the Keys table.

use aws_sdk_dynamodb::types::AttributeValue;
use keypool::ops;
use keypool_domain::drift::Kind;
use keypool_domain::key::POOL_KEY_OWNER;
use keypool_domain::{ApiKeyId, Change, NewPoolRequest, PlanId, Strategy};
use keypool_local_aws::{LocalAws, Options, World};

use super::lambdas::SampleApp;
use super::start_account;
use crate::support::command::Machine;
use crate::wire::support::plain_run;
use crate::wire::test_account::{KEYS_TABLE, TestAccount};

/// The pool file as keypool would export it now.
async fn active_pool_keys(stage: &TestAccount, plan: &PlanId) -> Vec<ApiKeyId> {
    let seen = stage.inventory().await;
    let keys = seen.pool(plan).expect("a pool").keys.iter();
    let open = keys.filter(|key| key.state == keypool_domain::PoolKeyState::Active);
    open.map(|key| key.api_key.clone()).collect()
}

/// The sample creates a key on each pool key, and each gets the value of that key.
async fn assert_sample_creates_keys(stage: &TestAccount, plan: &PlanId) {
    let file = active_pool_keys(stage, plan).await;
    for (drawn, id) in file.iter().enumerate() {
        let (status, value) = SampleApp::create_key(stage, (KEYS_TABLE, plan), &file, drawn).await;
        let real = stage.api_key(id).await.expect("the pool key").value;
        assert_eq!((status, value), (200, real), "{id}");
    }
}

/// API keys whose items of ours stand in the Keys table.
async fn pool_item_ids(stage: &TestAccount) -> Vec<String> {
    let all = stage.dynamodb.scan().table_name(KEYS_TABLE).send().await.expect("the Keys table");
    let is_ours =
        |owner: Option<&AttributeValue>| owner == Some(&AttributeValue::S(POOL_KEY_OWNER.to_owned()));
    let ours = all.items().iter().filter(|item| is_ours(item.get("owner")));
    let mut ids: Vec<_> = ours.map(|item| item["id"].as_s().expect("an id").clone()).collect();
    ids.sort();
    ids
}

async fn pool_key_ids(stage: &TestAccount, plan: &PlanId) -> Vec<String> {
    let seen = stage.inventory().await;
    let mut ids: Vec<_> =
        seen.pool(plan).expect("a pool").keys.iter().map(|key| key.api_key.to_string()).collect();
    ids.sort();
    ids
}

/// A pool of one key that was there and one that is made.
async fn create_pool(stage: &TestAccount) -> PlanId {
    let plan = stage.create_plan("Other").await;
    let spare = stage.create_api_key_in(&plan, 7).await;
    let asked = NewPoolRequest {
        plan: plan.clone(),
        api_keys: vec![spare],
        new_keys: 1,
        strategy: Strategy::LeastTenants,
        capacity: 50,
    };
    stage.apply(&Change::CreatePool(asked)).await.expect("a pool");
    plan
}

#[tokio::test]
async fn the_sample_app_can_create_keys_in_pools_made_by_keypool() {
    let (_local, stage) = start_account().await;
    let plan = create_pool(&stage).await;
    assert_sample_creates_keys(&stage, &plan).await;
    stage.apply(&Change::Grow { plan: plan.clone(), count: 1 }).await.expect("it grows");
    assert_sample_creates_keys(&stage, &plan).await;
    assert_eq!(pool_item_ids(&stage).await, pool_key_ids(&stage, &plan).await);
    let seen = stage.inventory().await;
    assert!(seen.tenant_keys().iter().all(|row| row.tenant.as_str() != POOL_KEY_OWNER));
    let loads: Vec<_> = seen
        .pool(&plan)
        .expect("the pool")
        .keys
        .iter()
        .map(|key| key.require_tenants().expect("a number"))
        .collect();
    assert_eq!(loads, [0, 0, 0], "no counter counts them");
}

#[tokio::test]
async fn pool_items_follow_rotation_drain_and_dissolution() {
    let (_local, stage) = start_account().await;
    let plan = create_pool(&stage).await;
    let old_file = active_pool_keys(&stage, &plan).await;
    let rotate = |grace| Change::RotatePoolKey { api_key: old_file[0].clone(), grace };
    stage.apply(&rotate(3_600)).await.expect("it gets a successor");
    let (status, value) = SampleApp::create_key(&stage, (KEYS_TABLE, &plan), &old_file, 0).await;
    let old_value = stage.api_key(&old_file[0]).await.expect("the old key").value;
    assert!(status == 200 && value.is_some() && value != old_value, "nobody is given what is about to end");
    assert_sample_creates_keys(&stage, &plan).await;
    stage.apply(&rotate(0)).await.expect("its grace ends");
    assert_eq!(pool_item_ids(&stage).await, pool_key_ids(&stage, &plan).await);
    assert_sample_creates_keys(&stage, &plan).await;

    let gone = active_pool_keys(&stage, &plan).await.remove(0);
    stage.apply(&Change::Drain(gone)).await.expect("it is drained");
    assert_eq!(pool_item_ids(&stage).await, pool_key_ids(&stage, &plan).await);
    let seen = stage.inventory().await;
    let rows: Vec<_> = seen.tenant_keys_of_plan(&plan).map(|row| row.id.clone()).collect();
    stage.apply(&Change::Delete(rows)).await.expect("all go");
    stage.apply(&Change::DissolvePool(plan)).await.expect("it is dissolved");
    assert_eq!(pool_item_ids(&stage).await, Vec::<String>::new());
    let diagnosis = ops::diagnose(&stage.aws, &plain_run()).await.expect("a diagnosis");
    assert!(!diagnosis.findings.iter().any(|one| one.kind == Kind::StalePoolItem));
}

#[tokio::test]
async fn during_a_grace_the_sample_app_assigns_a_working_value_even_if_the_successor_was_rotated() {
    let (_local, stage) = start_account().await;
    let plan = create_pool(&stage).await;
    let old_file = active_pool_keys(&stage, &plan).await;
    let rotate = |api_key: &ApiKeyId, grace| Change::RotatePoolKey { api_key: api_key.clone(), grace };
    stage.apply(&rotate(&old_file[0], 3_600)).await.expect("it gets a successor");
    let successor = active_pool_keys(&stage, &plan).await.into_iter().find(|id| !old_file.contains(id));
    stage.apply(&rotate(&successor.expect("the successor"), 0)).await.expect("that is rotated at once");
    let (status, value) = SampleApp::create_key(&stage, (KEYS_TABLE, &plan), &old_file, 0).await;
    let mut values = Vec::new();
    for id in active_pool_keys(&stage, &plan).await {
        values.push(stage.api_key(&id).await.expect("a pool key").value);
    }
    assert!(status == 200 && values.contains(&value), "a tenant is given the value of a deleted API key");
}

#[tokio::test]
async fn a_pool_item_with_a_wrong_or_missing_value_is_fixed() {
    let (_local, stage) = start_account().await;
    let sample = SampleApp::new(&stage).await;
    sample.create_pooled("globex", "theirs", 0).await;
    fix_all(&stage).await;
    for (id, value) in stage.pool_keys.iter().zip([Some("another-value-0123456789"), None]) {
        let mut item = stage.get_item(KEYS_TABLE, id.as_str()).await.expect("the item");
        item.remove("value");
        item.extend(value.map(|value| ("value".to_owned(), AttributeValue::S(value.to_owned()))));
        stage.put_item(KEYS_TABLE, item).await;
    }
    let diagnosis = ops::diagnose(&stage.aws, &plain_run()).await.expect("a diagnosis");
    let found = diagnosis.findings.iter().filter(|one| one.kind == Kind::PoolItemDiffers);
    assert_eq!(found.count(), 2);
    fix_all(&stage).await;
    assert_sample_creates_keys(&stage, &stage.sharded_plan).await;
}

/// Lets the doctor fix everything that is no question of its own.
async fn fix_all(stage: &TestAccount) {
    let diagnosis = ops::diagnose(&stage.aws, &plain_run()).await.expect("a diagnosis");
    let fixes = diagnosis.bulk_fixes();
    ops::fix_confirmed(&stage.aws, &fixes, &|_| (), &plain_run()).await.expect("fixes");
}

#[tokio::test]
async fn missing_pool_items_are_fixed_once_the_sample_app_uses_the_table() {
    let (_local, stage) = start_account().await;
    let found = async || {
        let diagnosis = ops::diagnose(&stage.aws, &plain_run()).await.expect("a diagnosis");
        diagnosis.findings.iter().filter(|one| one.kind == Kind::PoolItemMissing).count()
    };
    assert_eq!(found().await, 0, "no other program reads the table");
    let sample = SampleApp::new(&stage).await;
    sample.create_pooled("globex", "theirs", 0).await;
    assert_eq!(found().await, 2);
    fix_all(&stage).await;
    assert_eq!(found().await, 0);
    assert_sample_creates_keys(&stage, &stage.sharded_plan).await;
}

#[tokio::test]
async fn a_tenant_key_with_the_id_of_a_pool_key_is_left_alone() {
    let (_local, stage) = start_account().await;
    let sample = SampleApp::new(&stage).await;
    let id = &stage.pool_keys[0];
    sample.put_tenant_key(id.as_str(), &stage.sharded_plan, "initech", "shared", id).await;
    let before = stage.get_item(KEYS_TABLE, id.as_str()).await;
    stage.apply(&Change::Drain(stage.pool_keys[1].clone())).await.expect("the other goes");
    let fix =
        keypool_domain::change::Fix::WritePoolItem { plan: stage.sharded_plan.clone(), api_key: id.clone() };
    stage.apply(&Change::Fix(fix)).await.expect("there is an item already");
    let delete = keypool_domain::change::Fix::DeletePoolItem(id.clone());
    stage.apply(&Change::Fix(delete)).await.expect("it is no item of ours");
    assert_eq!(stage.get_item(KEYS_TABLE, id.as_str()).await, before);
}

/// The pools of the local world, and what the commands say of tenants whose name stands for pool keys.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pool_items_of_the_local_world_are_never_listed_as_tenants() {
    let options = Options { world: World::Sample, ..Options::default() };
    let local = LocalAws::start(options).await.expect("local AWS");
    let machine = Machine::new().with_env("AWS_ENDPOINT_URL", local.endpoint()).with_credentials();
    let (dynamodb, aws) = {
        let endpoint = local.endpoint();
        (crate::wire::support::sdk_clients(&endpoint).1, crate::wire::support::target(&endpoint))
    };
    let aws = keypool::aws::Aws::connect(&aws).await.expect("a connection");
    let seen = ops::read_inventory(&aws, &plain_run()).await.expect("an inventory");
    let tables = dynamodb.list_tables().send().await.expect("tables");
    let keys =
        tables.table_names().iter().find(|name| name.contains("TieredAPIKeys")).expect("the Keys table");
    for key in seen.pools().iter().flat_map(|pool| &pool.keys) {
        let asked =
            dynamodb.get_item().table_name(keys).key("id", AttributeValue::S(key.api_key.to_string()));
        let item = asked.send().await.expect("an answer").item.expect("the item of a pool key");
        assert!(item.contains_key("value"), "{}", key.api_key);
    }
    let (listed, report, usage, refused, noted) = tokio::task::block_in_place(|| {
        let run = |line: &str| {
            let output = machine.run(line);
            format!("{}{}", output.stdout, output.stderr)
        };
        let without_values = Machine::new()
            .with_env("AWS_ENDPOINT_URL", local.endpoint())
            .with_credentials()
            .with_env("KEYPOOL_STORE_VALUES", "false");
        (
            run("keys list"),
            run("report --month 2026-11"),
            run("usage --by tenant"),
            run("keys create --plan TestPlan --tenant keypool:pool --name x"),
            without_values.run("pools export --format js").stderr + &without_values.run("doctor").stderr,
        )
    });
    for text in [&listed, &report, &usage] {
        assert!(!text.contains(POOL_KEY_OWNER), "{text}");
    }
    assert!(refused.contains("no tenant can be named keypool:pool"), "{refused}");
    assert_eq!(noted.matches("store_values = false").count(), 2, "{noted}");
}
