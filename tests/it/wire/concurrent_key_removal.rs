//! Another caller deletes or disables an API key right after keypool has pointed a tenant key at it: the tenant key
//! gets its old API key back, nothing is lost, and the error says so.

use std::collections::BTreeSet;

use aws_sdk_apigateway::types::{Op, PatchOperation};
use keypool::aws::Failure;
use keypool::ops::{self, Applied};
use keypool_domain::change::OtherPlans;
use keypool_domain::{ApiKeyId, Change, Inventory, TenantKeyId};
use keypool_local_aws::{Answer, Fault, LocalAws, Options, World};

use super::support::silent_run;
use super::test_account::{Backend, KEYS_TABLE, TestAccount, create_change};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Removal {
    Delete,
    Disable,
}

const REMOVALS: [Removal; 2] = [Removal::Delete, Removal::Disable];

async fn start_account() -> (LocalAws, TestAccount) {
    let local =
        LocalAws::start(Options { world: World::Empty, ..Options::default() }).await.expect("local AWS");
    let account = TestAccount::build(Backend::LocalAws, &local.endpoint()).await;
    (local, account)
}

/// Deletes or disables an API key through API Gateway alone.
async fn remove_api_key(account: &TestAccount, id: &ApiKeyId, removal: Removal) {
    match removal {
        Removal::Delete => {
            account.gateway.delete_api_key().api_key(id.as_str()).send().await.expect("it is deleted");
        }
        Removal::Disable => {
            let disable = PatchOperation::builder().op(Op::Replace).path("/enabled").value("false").build();
            let update = account.gateway.update_api_key().api_key(id.as_str()).patch_operations(disable);
            update.send().await.expect("it is disabled");
        }
    }
}

fn api_key_ids(inventory: &Inventory) -> BTreeSet<ApiKeyId> {
    inventory.api_keys().value_to_show().expect("a list").iter().map(|key| key.id.clone()).collect()
}

/// Applies a change. Right after its transaction number `transaction` (from 0) takes effect, removes the API key
/// returned by `find_api_key`.
async fn apply_with_removal_after_write(
    (local, account): (&LocalAws, &TestAccount),
    change: &Change,
    transaction: u32,
    find_api_key: impl AsyncFnOnce(&Inventory) -> ApiKeyId,
    removal: Removal,
) -> Result<Applied, Failure> {
    let inventory = account.inventory().await;
    local.faults().script(Fault::on("TransactWriteItems", Answer::Normal).skip(transaction).after());
    let run = silent_run();
    let work = ops::apply(&account.aws, &inventory, change, &run);
    tokio::pin!(work);
    tokio::select! {
        biased;
        () = local.faults().wait_for_hit() => {}
        result = &mut work => panic!("{change:?} ended before transaction {transaction}: {result:?}"),
    }
    local.faults().clear();
    remove_api_key(account, &find_api_key(&inventory).await, removal).await;
    work.await
}

/// The API key created since `before`.
async fn find_new_api_key(account: &TestAccount, before: &Inventory) -> ApiKeyId {
    let ids_before = api_key_ids(before);
    let ids = api_key_ids(&account.inventory().await);
    ids.into_iter().find(|id| !ids_before.contains(id)).expect("a new API key")
}

/// Asserts that the tenant key with this name still has this live API key, and that no API key was added.
async fn assert_unchanged(account: &TestAccount, before: &Inventory, name: &str, api_key: &ApiKeyId) {
    let inventory = account.inventory().await;
    let tenant_key = inventory
        .tenant_keys()
        .iter()
        .find(|tenant_key| tenant_key.name == name)
        .expect("the tenant key still exists");
    assert_eq!(&tenant_key.require_api_key().expect("known"), api_key);
    assert!(inventory.is_live(api_key));
    assert_eq!(
        tenant_key.plan,
        before.tenant_keys().iter().find(|tenant_key| tenant_key.name == name).expect("the tenant key").plan
    );
    let added: Vec<_> = api_key_ids(&inventory).difference(&api_key_ids(before)).cloned().collect();
    assert_eq!(added, [], "no new API key remains");
    for key in inventory.pools().iter().flat_map(|pool| &pool.keys) {
        let tenant_keys = inventory
            .tenant_keys_of_api_key(&key.api_key)
            .filter(|tenant_key| tenant_key.known_pool_key().is_some())
            .count();
        assert_eq!(
            key.require_tenant_count().expect("the tenant count is known") as usize,
            tenant_keys,
            "tenant count of {}",
            key.api_key
        );
    }
}

fn assert_undone(result: Result<Applied, Failure>, tenant_key: &str) {
    let message = result.expect_err("it fails").to_string();
    assert!(message.starts_with("API key "), "{message}");
    let expected =
        format!(", meant for {tenant_key}, was deleted or disabled by someone else: the change was undone");
    assert!(message.ends_with(&expected), "{message}");
}

#[tokio::test]
async fn rotate_and_isolate_keep_the_old_api_key_if_the_new_one_is_removed() {
    for removal in REMOVALS {
        let (local, account) = start_account().await;
        let siloed = account.create_key(&account.siloed_plan, "own").await;
        let shared = account.create_key(&account.pooled_plan, "shared").await;
        for (tenant_key, change) in [
            (&siloed, Change::Rotate { tenant_keys: vec![siloed.id.clone()], grace: 0 }),
            (&shared, Change::Isolate(vec![shared.id.clone()])),
        ] {
            let before = account.inventory().await;
            let find_api_key = async |before: &Inventory| find_new_api_key(&account, before).await;
            let result =
                apply_with_removal_after_write((&local, &account), &change, 0, find_api_key, removal).await;
            assert_undone(result, &format!("key \"{}\" of {}", tenant_key.name, tenant_key.tenant));
            assert_unchanged(
                &account,
                &before,
                &tenant_key.name,
                &tenant_key.require_api_key().expect("known"),
            )
            .await;
        }
    }
}

/// The pool key of a tenant key, read from its item.
async fn pool_key_of(account: &TestAccount, tenant_key: &TenantKeyId) -> ApiKeyId {
    let item = account.get_item(KEYS_TABLE, tenant_key.as_str()).await.expect("the item");
    ApiKeyId::new(item["poolKeyId"].as_s().expect("a text").as_str())
}

#[tokio::test]
async fn change_plan_keeps_the_old_api_key_if_the_pool_key_is_removed() {
    for removal in REMOVALS {
        let (local, account) = start_account().await;
        let siloed = account.create_key(&account.siloed_plan, "own").await;
        let before = account.inventory().await;
        let plan = account.pooled_plan.clone();
        let change = Change::ChangePlan {
            tenant_keys: vec![siloed.id.clone()],
            plan,
            other_plans: OtherPlans::Refuse,
        };
        let find_api_key = async |_: &Inventory| pool_key_of(&account, &siloed.id).await;
        let result =
            apply_with_removal_after_write((&local, &account), &change, 0, find_api_key, removal).await;
        assert_undone(result, &format!("key \"own\" of {}", siloed.tenant));
        assert_unchanged(&account, &before, "own", &siloed.require_api_key().expect("known")).await;
    }
}

#[tokio::test]
async fn create_leaves_nothing_if_the_new_api_key_is_removed() {
    for removal in REMOVALS {
        let (local, account) = start_account().await;
        for plan in [&account.siloed_plan, &account.pooled_plan] {
            let before = account.inventory().await;
            let change = create_change(plan, "new", 1);
            let find_api_key = async |before: &Inventory| match before.pool(plan) {
                None => find_new_api_key(&account, before).await,
                Some(_) => {
                    let inventory = account.inventory().await;
                    inventory
                        .tenant_keys()
                        .iter()
                        .find_map(|tenant_key| tenant_key.known_pool_key().cloned())
                        .expect("its pool key")
                }
            };
            let result =
                apply_with_removal_after_write((&local, &account), &change, 0, find_api_key, removal).await;
            let message = result.expect_err("it fails").to_string();
            assert!(message.ends_with("by someone else: the change was undone"), "{message}");
            let inventory = account.inventory().await;
            assert_eq!(inventory.tenant_keys().len(), 0);
            assert!(api_key_ids(&inventory).is_subset(&api_key_ids(&before)), "no new API key remains");
        }
    }
}

#[tokio::test]
async fn pool_key_rotation_keeps_the_tenants_if_the_successor_is_removed() {
    // The first transaction adds the successor to the pool, the second moves tenants to it.
    for (removal, transaction) in REMOVALS.into_iter().flat_map(|removal| [(removal, 0), (removal, 1)]) {
        let (local, account) = start_account().await;
        let tenant_keys = account.create_keys(&account.pooled_plan, "web", 4).await;
        let old = &account.pool_keys[0];
        let change = Change::RotatePoolKey { api_key: old.clone(), grace: 0 };
        let find_api_key = async |before: &Inventory| find_new_api_key(&account, before).await;
        let result =
            apply_with_removal_after_write((&local, &account), &change, transaction, find_api_key, removal)
                .await;
        let message = result.expect_err("it fails").to_string();
        let expected = if transaction == 0 {
            "the pool of Sharded uses API key"
        } else {
            "by someone else: the change was undone"
        };
        assert!(message.contains(expected), "{transaction}: {message}");
        let inventory = account.inventory().await;
        for tenant_key in &tenant_keys {
            let api_key = inventory
                .tenant_key(&tenant_key.id)
                .expect("the tenant key")
                .require_api_key()
                .expect("known");
            assert_eq!(
                api_key,
                tenant_key.require_api_key().expect("known"),
                "{removal:?} after {transaction}"
            );
            assert!(inventory.is_live(&api_key), "{removal:?} after {transaction}");
        }
    }
}

#[tokio::test]
async fn change_plan_names_the_tenant_key_if_its_api_key_is_removed() {
    let (local, account) = start_account().await;
    let siloed = account.create_key(&account.siloed_plan, "own").await;
    let other = account.gateway.create_usage_plan().name("Other").send().await.expect("a plan");
    let plan = keypool_domain::PlanId::new(other.id.expect("its id"));
    account.put_price_list_entry(&plan, "Other").await;
    let change =
        Change::ChangePlan { tenant_keys: vec![siloed.id.clone()], plan, other_plans: OtherPlans::Refuse };
    let id = siloed.require_api_key().expect("known");
    let find_api_key = async |_: &Inventory| id.clone();
    let result =
        apply_with_removal_after_write((&local, &account), &change, 0, find_api_key, Removal::Delete).await;
    let message = result.expect_err("it fails").to_string();
    let expected = format!(
        "key \"own\" of {} uses API key {id}, which someone else deleted or disabled meanwhile",
        siloed.tenant
    );
    assert!(message.contains(&expected), "{message}");
    assert!(account.inventory().await.tenant_key(&siloed.id).is_some(), "the tenant key still exists");
}
