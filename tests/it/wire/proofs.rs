//! Another caller deletes or disables an API key right after a tenant key was pointed at it: the tenant key returns to
//! its old API key, nothing is lost, and the error says so.

use std::collections::BTreeSet;

use aws_sdk_apigateway::types::{Op, PatchOperation};
use keypool::aws::Failure;
use keypool::ops::{self, Applied};
use keypool_domain::change::OtherPlans;
use keypool_domain::{ApiKeyId, Change, Inventory, RowId};
use keypool_local_aws::{Answer, Fault, LocalAws, Options, World};

use super::stage::{Backend, KEYS, Stage, new_keys};
use super::support::unwatched;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    Deleted,
    Disabled,
}

const ENDS: [End; 2] = [End::Deleted, End::Disabled];

async fn staged() -> (LocalAws, Stage) {
    let local =
        LocalAws::start(Options { world: World::Empty, ..Options::default() }).await.expect("local AWS");
    let stage = Stage::build(Backend::LocalAws, &local.endpoint()).await;
    (local, stage)
}

/// Ends an API key through API Gateway, without keypool.
async fn end_api_key(stage: &Stage, id: &ApiKeyId, end: End) {
    match end {
        End::Deleted => {
            stage.gateway.delete_api_key().api_key(id.as_str()).send().await.expect("it is deleted");
        }
        End::Disabled => {
            let off = PatchOperation::builder().op(Op::Replace).path("/enabled").value("false").build();
            let update = stage.gateway.update_api_key().api_key(id.as_str()).patch_operations(off);
            update.send().await.expect("it is disabled");
        }
    }
}

fn api_keys(seen: &Inventory) -> BTreeSet<ApiKeyId> {
    seen.api_keys().value_to_show().expect("a list").iter().map(|key| key.id.clone()).collect()
}

/// Carries a change out and, right after its transaction with this number took effect, ends the API key that `which` names.
async fn ended_after_write(
    (local, stage): (&LocalAws, &Stage),
    change: &Change,
    number: u32,
    which: impl AsyncFnOnce(&Inventory) -> ApiKeyId,
    end: End,
) -> Result<Applied, Failure> {
    let account = stage.inventory().await;
    local.faults().script(Fault::on("TransactWriteItems", Answer::Normal).skip(number).after());
    let run = unwatched();
    let work = ops::apply(&stage.aws, &account, change, &run);
    tokio::pin!(work);
    tokio::select! {
        biased;
        () = local.faults().met() => {}
        ended = &mut work => panic!("{change:?} ended before that write: {ended:?}"),
    }
    local.faults().clear();
    end_api_key(stage, &which(&account).await, end).await;
    work.await
}

/// The API key that was made since.
async fn new_key(stage: &Stage, before: &Inventory) -> ApiKeyId {
    let had = api_keys(before);
    let mut new = api_keys(&stage.inventory().await).into_iter().filter(|id| !had.contains(id));
    new.next().expect("a new API key")
}

/// The tenant key with this name still has this API key, which works, and no API key was added.
async fn is_as_before(stage: &Stage, before: &Inventory, name: &str, api_key: &ApiKeyId) {
    let seen = stage.inventory().await;
    let row = seen.rows().iter().find(|row| row.name == name).expect("the tenant key is there");
    assert_eq!(&row.require_api_key().expect("known"), api_key);
    assert!(seen.is_live(api_key));
    assert_eq!(row.plan, before.rows().iter().find(|row| row.name == name).expect("it").plan);
    let more: Vec<_> = api_keys(&seen).difference(&api_keys(before)).cloned().collect();
    assert_eq!(more, [], "nothing is left of the other API key");
    for key in seen.pools().iter().flat_map(|pool| &pool.keys) {
        let rows = seen.rows_behind(&key.api_key).filter(|row| row.referred().is_some()).count();
        assert_eq!(key.require_tenants().expect("a number") as usize, rows, "counter of {}", key.api_key);
    }
}

fn is_undone(ended: Result<Applied, Failure>, tenant_key: &str) {
    let message = ended.expect_err("it fails").to_string();
    assert!(message.starts_with("someone else deleted or disabled API key "), "{message}");
    assert!(
        message.ends_with(&format!(" meanwhile, which {tenant_key} was to get: that was undone")),
        "{message}"
    );
}

#[tokio::test]
async fn a_rotated_or_isolated_tenant_key_keeps_the_api_key_that_it_had() {
    for end in ENDS {
        let (local, stage) = staged().await;
        let own = stage.one(&stage.siloed, "own").await;
        let shared = stage.one(&stage.sharded, "shared").await;
        for (row, change) in [
            (&own, Change::Rotate { rows: vec![own.id.clone()], grace: 0 }),
            (&shared, Change::Isolate(vec![shared.id.clone()])),
        ] {
            let before = stage.inventory().await;
            let which = async |before: &Inventory| new_key(&stage, before).await;
            let ended = ended_after_write((&local, &stage), &change, 0, which, end).await;
            is_undone(ended, &format!("key \"{}\" of {}", row.name, row.tenant));
            is_as_before(&stage, &before, &row.name, &row.require_api_key().expect("known")).await;
        }
    }
}

/// The pool key that a row refers to now.
async fn referred(stage: &Stage, row: &RowId) -> ApiKeyId {
    let item = stage.item(KEYS, row.as_str()).await.expect("the row");
    ApiKeyId::new(item["poolKeyId"].as_s().expect("a text").as_str())
}

#[tokio::test]
async fn a_tenant_key_that_comes_into_a_pool_keeps_the_api_key_that_it_had() {
    for end in ENDS {
        let (local, stage) = staged().await;
        let own = stage.one(&stage.siloed, "own").await;
        let before = stage.inventory().await;
        let plan = stage.sharded.clone();
        let change = Change::ChangePlan { rows: vec![own.id.clone()], plan, others: OtherPlans::Refuse };
        let which = async |_: &Inventory| referred(&stage, &own.id).await;
        let ended = ended_after_write((&local, &stage), &change, 0, which, end).await;
        is_undone(ended, &format!("key \"own\" of {}", own.tenant));
        is_as_before(&stage, &before, "own", &own.require_api_key().expect("known")).await;
    }
}

#[tokio::test]
async fn of_a_new_tenant_key_whose_api_key_is_ended_nothing_is_left() {
    for end in ENDS {
        let (local, stage) = staged().await;
        for plan in [&stage.siloed, &stage.sharded] {
            let before = stage.inventory().await;
            let change = new_keys(plan, "new", 1);
            let which = async |before: &Inventory| match before.pool(plan) {
                None => new_key(&stage, before).await,
                Some(_) => {
                    let seen = stage.inventory().await;
                    seen.rows().iter().find_map(|row| row.referred().cloned()).expect("its pool key")
                }
            };
            let ended = ended_after_write((&local, &stage), &change, 0, which, end).await;
            let message = ended.expect_err("it fails").to_string();
            assert!(message.ends_with("was to get: that was undone"), "{message}");
            let seen = stage.inventory().await;
            assert_eq!(seen.rows().len(), 0);
            assert!(api_keys(&seen).is_subset(&api_keys(&before)), "no API key is left");
        }
    }
}

#[tokio::test]
async fn tenants_of_a_pool_key_stay_with_it_where_its_successor_is_ended() {
    // The first transaction adds the successor to the pool, the second moves tenants to it.
    for (end, number) in ENDS.into_iter().flat_map(|end| [(end, 0), (end, 1)]) {
        let (local, stage) = staged().await;
        let rows = stage.created(&stage.sharded, "web", 4).await;
        let old = &stage.pool_keys[0];
        let change = Change::RotatePoolKey { api_key: old.clone(), grace: 0 };
        let which = async |before: &Inventory| new_key(&stage, before).await;
        let ended = ended_after_write((&local, &stage), &change, number, which, end).await;
        let message = ended.expect_err("it fails").to_string();
        let expected =
            if number == 0 { "the pool of Sharded uses API key" } else { "was to get: that was undone" };
        assert!(message.contains(expected), "{number}: {message}");
        let seen = stage.inventory().await;
        for row in &rows {
            let now = seen.row(&row.id).expect("no tenant is lost").require_api_key().expect("known");
            assert_eq!(now, row.require_api_key().expect("known"), "{end:?} after {number}");
            assert!(seen.is_live(&now), "{end:?} after {number}");
        }
    }
}

#[tokio::test]
async fn a_move_whose_own_api_key_is_ended_fails_and_names_the_tenant_key() {
    let (local, stage) = staged().await;
    let own = stage.one(&stage.siloed, "own").await;
    let other = stage.gateway.create_usage_plan().name("Other").send().await.expect("a plan");
    let plan = keypool_domain::PlanId::new(other.id.expect("its id"));
    stage.priced(&plan, "Other").await;
    let change = Change::ChangePlan { rows: vec![own.id.clone()], plan, others: OtherPlans::Refuse };
    let id = own.require_api_key().expect("known");
    let which = async |_: &Inventory| id.clone();
    let ended = ended_after_write((&local, &stage), &change, 0, which, End::Deleted).await;
    let message = ended.expect_err("it fails").to_string();
    let expected = format!(
        "key \"own\" of {} uses API key {id}, which someone else deleted or disabled meanwhile",
        own.tenant
    );
    assert!(message.contains(&expected), "{message}");
    assert!(stage.inventory().await.row(&own.id).is_some(), "the tenant key is there");
}
