//! Pool items: the item of each pool key in the Keys table, which createKey of the sample application reads.

use aws_sdk_dynamodb::types::AttributeValue;
use keypool::ops;
use keypool_domain::drift::FindingKind;
use keypool_domain::key::POOL_KEY_OWNER;
use keypool_domain::{ApiKeyId, Change, NewPoolRequest, PlanId, Strategy};
use keypool_local_aws::{LocalAws, Options, World};

use super::lambdas::SampleApp;
use super::start_account;
use crate::support::command::Machine;
use crate::wire::support::silent_run;
use crate::wire::test_account::{KEYS_TABLE, TestAccount};

/// The active keys of the pool, which keypool exports to the pool file.
async fn active_pool_keys(account: &TestAccount, plan: &PlanId) -> Vec<ApiKeyId> {
    let inventory = account.inventory().await;
    let keys = inventory.pool(plan).expect("a pool").keys.iter();
    let active = keys.filter(|key| key.state == keypool_domain::PoolKeyState::Active);
    active.map(|key| key.api_key.clone()).collect()
}

/// Asserts that createKey of the sample app works on each active pool key and assigns its value.
async fn assert_sample_creates_keys(account: &TestAccount, plan: &PlanId) {
    let pool_file = active_pool_keys(account, plan).await;
    for (index, id) in pool_file.iter().enumerate() {
        let (status, value) = SampleApp::create_key(account, (KEYS_TABLE, plan), &pool_file, index).await;
        let expected = account.api_key(id).await.expect("the pool key").value;
        assert_eq!((status, value), (200, expected), "{id}");
    }
}

/// Ids of all pool items.
async fn pool_item_ids(account: &TestAccount) -> Vec<String> {
    let all = account.dynamodb.scan().table_name(KEYS_TABLE).send().await.expect("the Keys table");
    let is_pool_item =
        |owner: Option<&AttributeValue>| owner == Some(&AttributeValue::S(POOL_KEY_OWNER.to_owned()));
    let pool_items = all.items().iter().filter(|item| is_pool_item(item.get("owner")));
    let mut ids: Vec<_> = pool_items.map(|item| item["id"].as_s().expect("an id").clone()).collect();
    ids.sort();
    ids
}

async fn pool_key_ids(account: &TestAccount, plan: &PlanId) -> Vec<String> {
    let inventory = account.inventory().await;
    let mut ids: Vec<_> =
        inventory.pool(plan).expect("a pool").keys.iter().map(|key| key.api_key.to_string()).collect();
    ids.sort();
    ids
}

/// Creates a pool of one existing and one new API key.
async fn create_pool(account: &TestAccount) -> PlanId {
    let plan = account.create_plan("Other").await;
    let existing = account.create_api_key_in(&plan, 7).await;
    let request = NewPoolRequest {
        plan: plan.clone(),
        api_keys: vec![existing],
        new_keys: 1,
        strategy: Strategy::LeastTenants,
        capacity: 50,
    };
    account.apply(&Change::CreatePool(request)).await.expect("a pool");
    plan
}

#[tokio::test]
async fn the_sample_app_can_create_keys_in_pools_made_by_keypool() {
    let (_local, account) = start_account().await;
    let plan = create_pool(&account).await;
    assert_sample_creates_keys(&account, &plan).await;
    account.apply(&Change::Grow { plan: plan.clone(), count: 1 }).await.expect("it grows");
    assert_sample_creates_keys(&account, &plan).await;
    assert_eq!(pool_item_ids(&account).await, pool_key_ids(&account, &plan).await);
    let inventory = account.inventory().await;
    assert!(inventory.tenant_keys().iter().all(|tenant_key| tenant_key.tenant.as_str() != POOL_KEY_OWNER));
    let tenant_counts: Vec<_> = inventory
        .pool(&plan)
        .expect("the pool")
        .keys
        .iter()
        .map(|key| key.require_tenant_count().expect("the tenant count is known"))
        .collect();
    assert_eq!(tenant_counts, [0, 0, 0], "pool items are not counted as tenant keys");
}

#[tokio::test]
async fn pool_items_follow_rotation_drain_and_dissolution() {
    let (_local, account) = start_account().await;
    let plan = create_pool(&account).await;
    let old_pool_file = active_pool_keys(&account, &plan).await;
    let rotate = |grace| Change::RotatePoolKey { api_key: old_pool_file[0].clone(), grace };
    account.apply(&rotate(3_600)).await.expect("it is rotated");
    let (status, value) = SampleApp::create_key(&account, (KEYS_TABLE, &plan), &old_pool_file, 0).await;
    let old_value = account.api_key(&old_pool_file[0]).await.expect("the old key").value;
    assert!(
        status == 200 && value.is_some() && value != old_value,
        "new tenants get the value of the successor"
    );
    assert_sample_creates_keys(&account, &plan).await;
    account.apply(&rotate(0)).await.expect("it is rotated without a grace period");
    assert_eq!(pool_item_ids(&account).await, pool_key_ids(&account, &plan).await);
    assert_sample_creates_keys(&account, &plan).await;

    let drained = active_pool_keys(&account, &plan).await.remove(0);
    account.apply(&Change::Drain(drained)).await.expect("it is drained");
    assert_eq!(pool_item_ids(&account).await, pool_key_ids(&account, &plan).await);
    let inventory = account.inventory().await;
    let tenant_keys: Vec<_> =
        inventory.tenant_keys_of_plan(&plan).map(|tenant_key| tenant_key.id.clone()).collect();
    account.apply(&Change::Delete(tenant_keys)).await.expect("the tenant keys are deleted");
    account.apply(&Change::DissolvePool(plan)).await.expect("it is dissolved");
    assert_eq!(pool_item_ids(&account).await, Vec::<String>::new());
    let diagnosis = ops::diagnose(&account.aws, &silent_run()).await.expect("a diagnosis");
    assert!(!diagnosis.findings.iter().any(|finding| finding.kind == FindingKind::StalePoolItem));
}

#[tokio::test]
async fn during_a_grace_period_the_sample_app_assigns_a_working_value_even_if_the_successor_was_rotated() {
    let (_local, account) = start_account().await;
    let plan = create_pool(&account).await;
    let old_pool_file = active_pool_keys(&account, &plan).await;
    let rotate = |api_key: &ApiKeyId, grace| Change::RotatePoolKey { api_key: api_key.clone(), grace };
    account.apply(&rotate(&old_pool_file[0], 3_600)).await.expect("it is rotated");
    let successor =
        active_pool_keys(&account, &plan).await.into_iter().find(|id| !old_pool_file.contains(id));
    account.apply(&rotate(&successor.expect("the successor"), 0)).await.expect("the successor is rotated");
    let (status, value) = SampleApp::create_key(&account, (KEYS_TABLE, &plan), &old_pool_file, 0).await;
    let mut values = Vec::new();
    for id in active_pool_keys(&account, &plan).await {
        values.push(account.api_key(&id).await.expect("a pool key").value);
    }
    assert!(status == 200 && values.contains(&value), "createKey assigned the value of a deleted API key");
}

#[tokio::test]
async fn a_pool_item_with_a_wrong_or_missing_value_is_fixed() {
    let (_local, account) = start_account().await;
    let sample = SampleApp::new(&account).await;
    sample.create_pooled_key("globex", "theirs", 0).await;
    fix_all(&account).await;
    for (id, value) in account.pool_keys.iter().zip([Some("another-value-0123456789"), None]) {
        let mut item = account.get_item(KEYS_TABLE, id.as_str()).await.expect("the item");
        item.remove("value");
        item.extend(value.map(|value| ("value".to_owned(), AttributeValue::S(value.to_owned()))));
        account.put_item(KEYS_TABLE, item).await;
    }
    let diagnosis = ops::diagnose(&account.aws, &silent_run()).await.expect("a diagnosis");
    let findings = diagnosis.findings.iter().filter(|finding| finding.kind == FindingKind::PoolItemDiffers);
    assert_eq!(findings.count(), 2);
    fix_all(&account).await;
    assert_sample_creates_keys(&account, &account.pooled_plan).await;
}

/// Applies all fixes that need no separate confirmation.
async fn fix_all(account: &TestAccount) {
    let diagnosis = ops::diagnose(&account.aws, &silent_run()).await.expect("a diagnosis");
    let fixes = diagnosis.bulk_fixes();
    ops::fix_confirmed(&account.aws, &fixes, &|_| (), &silent_run()).await.expect("fixes");
}

#[tokio::test]
async fn missing_pool_items_are_fixed_once_the_sample_app_uses_the_table() {
    let (_local, account) = start_account().await;
    let count_missing = async || {
        let diagnosis = ops::diagnose(&account.aws, &silent_run()).await.expect("a diagnosis");
        diagnosis.findings.iter().filter(|finding| finding.kind == FindingKind::PoolItemMissing).count()
    };
    assert_eq!(count_missing().await, 0, "the sample app does not use the table yet");
    let sample = SampleApp::new(&account).await;
    sample.create_pooled_key("globex", "theirs", 0).await;
    assert_eq!(count_missing().await, 2);
    fix_all(&account).await;
    assert_eq!(count_missing().await, 0);
    assert_sample_creates_keys(&account, &account.pooled_plan).await;
}

#[tokio::test]
async fn a_tenant_key_with_the_id_of_a_pool_key_is_left_alone() {
    let (_local, account) = start_account().await;
    let sample = SampleApp::new(&account).await;
    let id = &account.pool_keys[0];
    sample.put_tenant_key(id.as_str(), &account.pooled_plan, "initech", "shared", id).await;
    let before = account.get_item(KEYS_TABLE, id.as_str()).await;
    account.apply(&Change::Drain(account.pool_keys[1].clone())).await.expect("the other pool key is drained");
    let fix =
        keypool_domain::change::Fix::WritePoolItem { plan: account.pooled_plan.clone(), api_key: id.clone() };
    account.apply(&Change::Fix(fix)).await.expect("the write is skipped: the item exists");
    let delete = keypool_domain::change::Fix::DeletePoolItem(id.clone());
    account.apply(&Change::Fix(delete)).await.expect("the delete is skipped: it is a tenant key");
    assert_eq!(account.get_item(KEYS_TABLE, id.as_str()).await, before);
}

/// Also asserts that the owner of pool items, `keypool:pool`, is refused as a tenant name.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pool_items_of_the_sample_are_never_listed_as_tenants() {
    let options = Options { world: World::Sample, ..Options::default() };
    let local = LocalAws::start(options).await.expect("local AWS");
    let machine = Machine::new().with_env("AWS_ENDPOINT_URL", local.endpoint()).with_credentials();
    let (dynamodb, target) = {
        let endpoint = local.endpoint();
        (crate::wire::support::sdk_clients(&endpoint).1, crate::wire::support::target(&endpoint))
    };
    let aws = keypool::aws::Aws::connect(&target).await.expect("a connection");
    let inventory = ops::read_inventory(&aws, &silent_run()).await.expect("an inventory");
    let tables = dynamodb.list_tables().send().await.expect("tables");
    let keys_table =
        tables.table_names().iter().find(|name| name.contains("TieredAPIKeys")).expect("the Keys table");
    for key in inventory.pools().iter().flat_map(|pool| &pool.keys) {
        let request =
            dynamodb.get_item().table_name(keys_table).key("id", AttributeValue::S(key.api_key.to_string()));
        let item = request.send().await.expect("a response").item.expect("the item of a pool key");
        assert!(item.contains_key("value"), "{}", key.api_key);
    }
    let (keys_list, report, usage, refused, notes) = tokio::task::block_in_place(|| {
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
    for text in [&keys_list, &report, &usage] {
        assert!(!text.contains(POOL_KEY_OWNER), "{text}");
    }
    assert!(refused.contains("tenant name keypool:pool is reserved"), "{refused}");
    assert_eq!(notes.matches("store_values = false").count(), 2, "{notes}");
}
