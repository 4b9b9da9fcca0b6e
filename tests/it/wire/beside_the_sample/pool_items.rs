//! The sample application's createKey on pools that keypool made: it reads the item of the pool key in the Keys table.

use aws_sdk_dynamodb::types::AttributeValue;
use keypool::ops;
use keypool_domain::drift::Kind;
use keypool_domain::key::POOL_KEY_OWNER;
use keypool_domain::{ApiKeyId, Change, PlanId, PoolAsked, Strategy};
use keypool_local_aws::{LocalAws, Options, World};

use super::sample::Sample;
use super::staged;
use crate::support::command::Machine;
use crate::wire::stage::{KEYS, Stage};
use crate::wire::support::unwatched;

/// The pool file as keypool would export it now.
async fn pool_file(stage: &Stage, plan: &PlanId) -> Vec<ApiKeyId> {
    let seen = stage.inventory().await;
    let keys = seen.pool(plan).expect("a pool").keys.iter();
    let open = keys.filter(|key| key.state == keypool_domain::PoolKeyState::Active);
    open.map(|key| key.api_key.clone()).collect()
}

/// The sample creates a key on each pool key, and each gets the value of that key.
async fn serves_all(stage: &Stage, plan: &PlanId) {
    let file = pool_file(stage, plan).await;
    for (drawn, id) in file.iter().enumerate() {
        let (status, value) = Sample::create_key(stage, (KEYS, plan), &file, drawn).await;
        let real = stage.api_key(id).await.expect("the pool key").value;
        assert_eq!((status, value), (200, real), "{id}");
    }
}

/// API keys whose items of ours stand in the Keys table.
async fn items(stage: &Stage) -> Vec<String> {
    let all = stage.dynamodb.scan().table_name(KEYS).send().await.expect("the Keys table");
    let is_ours =
        |owner: Option<&AttributeValue>| owner == Some(&AttributeValue::S(POOL_KEY_OWNER.to_owned()));
    let ours = all.items().iter().filter(|item| is_ours(item.get("owner")));
    let mut ids: Vec<_> = ours.map(|item| item["id"].as_s().expect("an id").clone()).collect();
    ids.sort();
    ids
}

async fn keys_of(stage: &Stage, plan: &PlanId) -> Vec<String> {
    let seen = stage.inventory().await;
    let mut ids: Vec<_> =
        seen.pool(plan).expect("a pool").keys.iter().map(|key| key.api_key.to_string()).collect();
    ids.sort();
    ids
}

/// A pool of one key that was there and one that is made.
async fn made_pool(stage: &Stage) -> PlanId {
    let plan = stage.another_plan("Other").await;
    let spare = stage.attached_key(&plan, 7).await;
    let asked = PoolAsked {
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
async fn pools_that_keypool_makes_and_grows_serve_the_samples_create() {
    let (_local, stage) = staged().await;
    let plan = made_pool(&stage).await;
    serves_all(&stage, &plan).await;
    stage.apply(&Change::Grow { plan: plan.clone(), count: 1 }).await.expect("it grows");
    serves_all(&stage, &plan).await;
    assert_eq!(items(&stage).await, keys_of(&stage, &plan).await);
    let seen = stage.inventory().await;
    assert!(seen.rows().iter().all(|row| row.tenant.as_str() != POOL_KEY_OWNER));
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
async fn items_follow_their_pool_keys_through_rotation_drain_and_dissolution() {
    let (_local, stage) = staged().await;
    let plan = made_pool(&stage).await;
    let old_file = pool_file(&stage, &plan).await;
    let rotate = |grace| Change::RotatePoolKey { api_key: old_file[0].clone(), grace };
    stage.apply(&rotate(3_600)).await.expect("it gets a successor");
    let (status, value) = Sample::create_key(&stage, (KEYS, &plan), &old_file, 0).await;
    let old_value = stage.api_key(&old_file[0]).await.expect("the old key").value;
    assert!(status == 200 && value.is_some() && value != old_value, "nobody is given what is about to end");
    serves_all(&stage, &plan).await;
    stage.apply(&rotate(0)).await.expect("its grace ends");
    assert_eq!(items(&stage).await, keys_of(&stage, &plan).await);
    serves_all(&stage, &plan).await;

    let gone = pool_file(&stage, &plan).await.remove(0);
    stage.apply(&Change::Drain(gone)).await.expect("it is drained");
    assert_eq!(items(&stage).await, keys_of(&stage, &plan).await);
    let seen = stage.inventory().await;
    let rows: Vec<_> = seen.rows_of(&plan).map(|row| row.id.clone()).collect();
    stage.apply(&Change::Delete(rows)).await.expect("all go");
    stage.apply(&Change::DissolvePool(plan)).await.expect("it is dissolved");
    assert_eq!(items(&stage).await, Vec::<String>::new());
    let diagnosis = ops::diagnose(&stage.aws, &unwatched()).await.expect("a diagnosis");
    assert!(!diagnosis.findings.iter().any(|one| one.kind == Kind::StalePoolItem));
}

#[tokio::test]
async fn within_a_grace_the_sample_gives_a_value_that_works_whatever_became_of_the_successor() {
    let (_local, stage) = staged().await;
    let plan = made_pool(&stage).await;
    let old_file = pool_file(&stage, &plan).await;
    let rotate = |api_key: &ApiKeyId, grace| Change::RotatePoolKey { api_key: api_key.clone(), grace };
    stage.apply(&rotate(&old_file[0], 3_600)).await.expect("it gets a successor");
    let successor = pool_file(&stage, &plan).await.into_iter().find(|id| !old_file.contains(id));
    stage.apply(&rotate(&successor.expect("the successor"), 0)).await.expect("that is rotated at once");
    let (status, value) = Sample::create_key(&stage, (KEYS, &plan), &old_file, 0).await;
    let mut values = Vec::new();
    for id in pool_file(&stage, &plan).await {
        values.push(stage.api_key(&id).await.expect("a pool key").value);
    }
    assert!(status == 200 && values.contains(&value), "a tenant is given the value of a deleted API key");
}

#[tokio::test]
async fn an_item_with_another_value_or_none_is_found_and_fixed() {
    let (_local, stage) = staged().await;
    let sample = Sample::of(&stage).await;
    sample.create_pooled("globex", "theirs", 0).await;
    fix_all(&stage).await;
    for (id, value) in stage.pool_keys.iter().zip([Some("another-value-0123456789"), None]) {
        let mut item = stage.item(KEYS, id.as_str()).await.expect("the item");
        item.remove("value");
        item.extend(value.map(|value| ("value".to_owned(), AttributeValue::S(value.to_owned()))));
        stage.put(KEYS, item).await;
    }
    let diagnosis = ops::diagnose(&stage.aws, &unwatched()).await.expect("a diagnosis");
    let found = diagnosis.findings.iter().filter(|one| one.kind == Kind::PoolItemDiffers);
    assert_eq!(found.count(), 2);
    fix_all(&stage).await;
    serves_all(&stage, &stage.sharded).await;
}

/// Lets the doctor fix everything that is no question of its own.
async fn fix_all(stage: &Stage) {
    let diagnosis = ops::diagnose(&stage.aws, &unwatched()).await.expect("a diagnosis");
    let fixes = diagnosis.fixes_with_all();
    ops::fix_confirmed(&stage.aws, &fixes, &|_| (), &unwatched()).await.expect("fixes");
}

#[tokio::test]
async fn pool_keys_without_items_are_found_beside_the_sample_and_fixed() {
    let (_local, stage) = staged().await;
    let found = async || {
        let diagnosis = ops::diagnose(&stage.aws, &unwatched()).await.expect("a diagnosis");
        diagnosis.findings.iter().filter(|one| one.kind == Kind::PoolItemMissing).count()
    };
    assert_eq!(found().await, 0, "no other program reads the table");
    let sample = Sample::of(&stage).await;
    sample.create_pooled("globex", "theirs", 0).await;
    assert_eq!(found().await, 2);
    fix_all(&stage).await;
    assert_eq!(found().await, 0);
    serves_all(&stage, &stage.sharded).await;
}

#[tokio::test]
async fn a_tenants_own_row_of_a_pool_key_is_left_as_it_is() {
    let (_local, stage) = staged().await;
    let sample = Sample::of(&stage).await;
    let id = &stage.pool_keys[0];
    sample.put_row(id.as_str(), &stage.sharded, "initech", "shared", id).await;
    let before = stage.item(KEYS, id.as_str()).await;
    stage.apply(&Change::Drain(stage.pool_keys[1].clone())).await.expect("the other goes");
    let fix =
        keypool_domain::change::Mend::WritePoolItem { plan: stage.sharded.clone(), api_key: id.clone() };
    stage.apply(&Change::Mend(fix)).await.expect("there is an item already");
    let delete = keypool_domain::change::Mend::DeletePoolItem(id.clone());
    stage.apply(&Change::Mend(delete)).await.expect("it is no item of ours");
    assert_eq!(stage.item(KEYS, id.as_str()).await, before);
}

/// The pools of the local world, and what the commands say of tenants whose name stands for pool keys.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_local_world_serves_the_samples_create_and_lists_no_pool_key_as_a_tenant() {
    let options = Options { world: World::Sample, ..Options::default() };
    let local = LocalAws::start(options).await.expect("local AWS");
    let machine = Machine::bare().with("AWS_ENDPOINT_URL", local.endpoint()).with_credentials();
    let (dynamodb, aws) = {
        let endpoint = local.endpoint();
        (crate::wire::support::clients(&endpoint).1, crate::wire::support::target(&endpoint))
    };
    let aws = keypool::aws::Aws::connect(&aws).await.expect("a connection");
    let seen = ops::inventory(&aws, &unwatched()).await.expect("an inventory");
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
        let without_values = Machine::bare()
            .with("AWS_ENDPOINT_URL", local.endpoint())
            .with_credentials()
            .with("KEYPOOL_STORE_VALUES", "false");
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
