//! Another caller deletes or disables an API key right after a tenant key was pointed at it: the tenant key returns to
//! its old API key, nothing is lost, and the error says so.

use std::collections::BTreeSet;

use aws_sdk_apigateway::types::{Op, PatchOperation};
use keypool::aws::Failure;
use keypool::ops::{self, Applied};
use keypool_domain::change::OtherPlans;
use keypool_domain::{ApiKeyId, Change, Inventory, TenantKeyId};
use keypool_local_aws::{Answer, Fault, LocalAws, Options, World};

use super::support::plain_run;
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
    let stage = TestAccount::build(Backend::LocalAws, &local.endpoint()).await;
    (local, stage)
}

/// Ends an API key through API Gateway, without keypool.
async fn remove_api_key(stage: &TestAccount, id: &ApiKeyId, end: Removal) {
    match end {
        Removal::Delete => {
            stage.gateway.delete_api_key().api_key(id.as_str()).send().await.expect("it is deleted");
        }
        Removal::Disable => {
            let off = PatchOperation::builder().op(Op::Replace).path("/enabled").value("false").build();
            let update = stage.gateway.update_api_key().api_key(id.as_str()).patch_operations(off);
            update.send().await.expect("it is disabled");
        }
    }
}

fn api_key_ids(seen: &Inventory) -> BTreeSet<ApiKeyId> {
    seen.api_keys().value_to_show().expect("a list").iter().map(|key| key.id.clone()).collect()
}

/// Carries a change out and, right after its transaction with this number took effect, ends the API key that `which` names.
async fn apply_with_removal_after_write(
    (local, stage): (&LocalAws, &TestAccount),
    change: &Change,
    number: u32,
    which: impl AsyncFnOnce(&Inventory) -> ApiKeyId,
    end: Removal,
) -> Result<Applied, Failure> {
    let account = stage.inventory().await;
    local.faults().script(Fault::on("TransactWriteItems", Answer::Normal).skip(number).after());
    let run = plain_run();
    let work = ops::apply(&stage.aws, &account, change, &run);
    tokio::pin!(work);
    tokio::select! {
        biased;
        () = local.faults().met() => {}
        ended = &mut work => panic!("{change:?} ended before that write: {ended:?}"),
    }
    local.faults().clear();
    remove_api_key(stage, &which(&account).await, end).await;
    work.await
}

/// The API key that was made since.
async fn find_new_api_key(stage: &TestAccount, before: &Inventory) -> ApiKeyId {
    let had = api_key_ids(before);
    let mut new = api_key_ids(&stage.inventory().await).into_iter().filter(|id| !had.contains(id));
    new.next().expect("a new API key")
}

/// The tenant key with this name still has this API key, which works, and no API key was added.
async fn assert_unchanged(stage: &TestAccount, before: &Inventory, name: &str, api_key: &ApiKeyId) {
    let seen = stage.inventory().await;
    let row = seen.tenant_keys().iter().find(|row| row.name == name).expect("the tenant key is there");
    assert_eq!(&row.require_api_key().expect("known"), api_key);
    assert!(seen.is_live(api_key));
    assert_eq!(row.plan, before.tenant_keys().iter().find(|row| row.name == name).expect("it").plan);
    let more: Vec<_> = api_key_ids(&seen).difference(&api_key_ids(before)).cloned().collect();
    assert_eq!(more, [], "nothing is left of the other API key");
    for key in seen.pools().iter().flat_map(|pool| &pool.keys) {
        let rows =
            seen.tenant_keys_of_api_key(&key.api_key).filter(|row| row.known_pool_key().is_some()).count();
        assert_eq!(key.require_tenants().expect("a number") as usize, rows, "counter of {}", key.api_key);
    }
}

fn assert_undone(ended: Result<Applied, Failure>, tenant_key: &str) {
    let message = ended.expect_err("it fails").to_string();
    assert!(message.starts_with("someone else deleted or disabled API key "), "{message}");
    assert!(
        message.ends_with(&format!(" meanwhile, which {tenant_key} was to get: that was undone")),
        "{message}"
    );
}

#[tokio::test]
async fn rotate_and_isolate_keep_the_old_api_key_if_the_new_one_is_removed() {
    for end in REMOVALS {
        let (local, stage) = start_account().await;
        let own = stage.create_key(&stage.siloed_plan, "own").await;
        let shared = stage.create_key(&stage.sharded_plan, "shared").await;
        for (row, change) in [
            (&own, Change::Rotate { tenant_keys: vec![own.id.clone()], grace: 0 }),
            (&shared, Change::Isolate(vec![shared.id.clone()])),
        ] {
            let before = stage.inventory().await;
            let which = async |before: &Inventory| find_new_api_key(&stage, before).await;
            let ended = apply_with_removal_after_write((&local, &stage), &change, 0, which, end).await;
            assert_undone(ended, &format!("key \"{}\" of {}", row.name, row.tenant));
            assert_unchanged(&stage, &before, &row.name, &row.require_api_key().expect("known")).await;
        }
    }
}

/// The pool key that a row refers to now.
async fn pool_key_of(stage: &TestAccount, row: &TenantKeyId) -> ApiKeyId {
    let item = stage.get_item(KEYS_TABLE, row.as_str()).await.expect("the row");
    ApiKeyId::new(item["poolKeyId"].as_s().expect("a text").as_str())
}

#[tokio::test]
async fn change_plan_keeps_the_old_api_key_if_the_pool_key_is_removed() {
    for end in REMOVALS {
        let (local, stage) = start_account().await;
        let own = stage.create_key(&stage.siloed_plan, "own").await;
        let before = stage.inventory().await;
        let plan = stage.sharded_plan.clone();
        let change =
            Change::ChangePlan { tenant_keys: vec![own.id.clone()], plan, others: OtherPlans::Refuse };
        let which = async |_: &Inventory| pool_key_of(&stage, &own.id).await;
        let ended = apply_with_removal_after_write((&local, &stage), &change, 0, which, end).await;
        assert_undone(ended, &format!("key \"own\" of {}", own.tenant));
        assert_unchanged(&stage, &before, "own", &own.require_api_key().expect("known")).await;
    }
}

#[tokio::test]
async fn create_leaves_nothing_if_the_new_api_key_is_removed() {
    for end in REMOVALS {
        let (local, stage) = start_account().await;
        for plan in [&stage.siloed_plan, &stage.sharded_plan] {
            let before = stage.inventory().await;
            let change = create_change(plan, "new", 1);
            let which = async |before: &Inventory| match before.pool(plan) {
                None => find_new_api_key(&stage, before).await,
                Some(_) => {
                    let seen = stage.inventory().await;
                    seen.tenant_keys()
                        .iter()
                        .find_map(|row| row.known_pool_key().cloned())
                        .expect("its pool key")
                }
            };
            let ended = apply_with_removal_after_write((&local, &stage), &change, 0, which, end).await;
            let message = ended.expect_err("it fails").to_string();
            assert!(message.ends_with("was to get: that was undone"), "{message}");
            let seen = stage.inventory().await;
            assert_eq!(seen.tenant_keys().len(), 0);
            assert!(api_key_ids(&seen).is_subset(&api_key_ids(&before)), "no API key is left");
        }
    }
}

#[tokio::test]
async fn pool_key_rotation_keeps_the_tenants_if_the_successor_is_removed() {
    // The first transaction adds the successor to the pool, the second moves tenants to it.
    for (end, number) in REMOVALS.into_iter().flat_map(|end| [(end, 0), (end, 1)]) {
        let (local, stage) = start_account().await;
        let rows = stage.create_keys(&stage.sharded_plan, "web", 4).await;
        let old = &stage.pool_keys[0];
        let change = Change::RotatePoolKey { api_key: old.clone(), grace: 0 };
        let which = async |before: &Inventory| find_new_api_key(&stage, before).await;
        let ended = apply_with_removal_after_write((&local, &stage), &change, number, which, end).await;
        let message = ended.expect_err("it fails").to_string();
        let expected =
            if number == 0 { "the pool of Sharded uses API key" } else { "was to get: that was undone" };
        assert!(message.contains(expected), "{number}: {message}");
        let seen = stage.inventory().await;
        for row in &rows {
            let now = seen.tenant_key(&row.id).expect("no tenant is lost").require_api_key().expect("known");
            assert_eq!(now, row.require_api_key().expect("known"), "{end:?} after {number}");
            assert!(seen.is_live(&now), "{end:?} after {number}");
        }
    }
}

#[tokio::test]
async fn change_plan_names_the_tenant_key_if_its_api_key_is_removed() {
    let (local, stage) = start_account().await;
    let own = stage.create_key(&stage.siloed_plan, "own").await;
    let other = stage.gateway.create_usage_plan().name("Other").send().await.expect("a plan");
    let plan = keypool_domain::PlanId::new(other.id.expect("its id"));
    stage.put_price_list_entry(&plan, "Other").await;
    let change = Change::ChangePlan { tenant_keys: vec![own.id.clone()], plan, others: OtherPlans::Refuse };
    let id = own.require_api_key().expect("known");
    let which = async |_: &Inventory| id.clone();
    let ended = apply_with_removal_after_write((&local, &stage), &change, 0, which, Removal::Delete).await;
    let message = ended.expect_err("it fails").to_string();
    let expected = format!(
        "key \"own\" of {} uses API key {id}, which someone else deleted or disabled meanwhile",
        own.tenant
    );
    assert!(message.contains(&expected), "{message}");
    assert!(stage.inventory().await.tenant_key(&own.id).is_some(), "the tenant key is there");
}
