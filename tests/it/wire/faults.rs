//! Faults at every step, scripted on the server's side: what is left is always whole, and what failed is always said.

mod stops;
mod transactions;

use keypool::aws::{Aws, Failure, Retries, Target};
use keypool::ops;
use keypool_domain::{Change, Edit, TenantKey};
use keypool_local_aws::{Answer, Fault, LocalAws, Options, When, World};

use super::stage::{Backend, KEYS, Stage, new_keys};
use super::support::{target, unwatched};

async fn staged() -> (LocalAws, Stage) {
    let options = Options { world: World::Empty, ..Options::default() };
    let local = LocalAws::start(options).await.expect("local AWS");
    let stage = Stage::build(Backend::LocalAws, &local.endpoint()).await;
    (local, stage)
}

/// Every kind of fault that the operation can meet, before and after the call has had its effect.
///
/// An answer that never comes is as much in doubt as one that was cut off.
fn faults(operation: &str) -> Vec<Fault> {
    let everywhere = [
        Answer::Cut,
        Answer::ServerError { status: 500 },
        Answer::ServerError { status: 503 },
        Answer::AccessDenied { action: None },
        Answer::Throttled { retry_after: None },
        Answer::ExpiredToken,
    ];
    let here = match operation {
        "CreateUsagePlanKey" => vec![Answer::ConcurrentModification],
        "TransactWriteItems" => {
            ["TransactionConflict", "ThrottlingError"].map(|why| canceled("None", why)).into()
        }
        _ => Vec::new(),
    };
    let both = everywhere
        .into_iter()
        .chain(here)
        .flat_map(|answer| [Fault::on(operation, answer.clone()), Fault::on(operation, answer).after()]);
    // An answer that denies or throttles says that nothing happened: only a lost one comes after an effect.
    both.filter(|fault| {
        fault.when == When::Before || matches!(fault.answer, Answer::Cut | Answer::ServerError { .. })
    })
    .collect()
}

fn canceled(row: &str, counter: &str) -> Answer {
    Answer::TransactionCanceled { reasons: vec![row.to_owned(), counter.to_owned()] }
}

/// The row's id was taken, or the key had no room left: both only mean to choose again.
fn lost_races(operation: &str) -> Vec<Fault> {
    let reasons = [("ConditionalCheckFailed", "None"), ("None", "ConditionalCheckFailed")];
    let lost = reasons.map(|(row, counter)| Fault::on("TransactWriteItems", canceled(row, counter)));
    lost.into_iter().filter(|fault| fault.operation.as_deref() == Some(operation)).collect()
}

/// The rows that are there, all of them whole.
async fn rows(stage: &Stage) -> Vec<TenantKey> {
    stage.is_consistent().await.rows().to_vec()
}

#[tokio::test]
async fn a_create_that_fails_at_any_step_leaves_nothing_and_one_that_ends_leaves_all() {
    let (local, stage) = staged().await;
    let mut ended = 0;
    for (plan, operation) in [
        (&stage.siloed, "CreateApiKey"),
        (&stage.siloed, "CreateUsagePlanKey"),
        (&stage.siloed, "UpdateItem"),
        (&stage.siloed, "TransactWriteItems"),
        (&stage.siloed, "DeleteItem"),
        (&stage.sharded, "BatchGetItem"),
        (&stage.sharded, "GetApiKey"),
        (&stage.sharded, "TransactWriteItems"),
    ] {
        for fault in faults(operation).into_iter().chain(lost_races(operation)) {
            let before = stage.inventory().await;
            local.faults().script(fault.clone());
            let applied = ops::apply(&stage.aws, &before, &new_keys(plan, "web", 1), &unwatched()).await;
            local.faults().clear();
            let now = rows(&stage).await;
            let created = applied.as_ref().map_or(0, |applied| applied.created.len());
            assert_eq!(now.len(), created, "{fault:?}: {applied:?}");
            ended += created;
            if !now.is_empty() {
                let delete = Change::Delete(now.into_iter().map(|row| row.id).collect());
                stage.apply(&delete).await.expect("the next begins with nothing");
            }
        }
    }
    assert!(ended > 0, "a lost answer after the effect is no failure");
}

#[tokio::test]
async fn a_row_that_may_have_been_written_and_cannot_be_read_is_removed_with_its_api_key() {
    let (local, stage) = staged().await;
    let before = stage.inventory().await;
    local.faults().script(Fault::on("TransactWriteItems", Answer::Cut).after().always());
    let applied = ops::apply(&stage.aws, &before, &new_keys(&stage.siloed, "web", 1), &unwatched()).await;
    local.faults().clear();
    let failure = applied.expect_err("whether it is complete cannot be known");
    assert!(matches!(failure, Failure::Unreachable { .. }), "{failure}");
    assert!(rows(&stage).await.is_empty());
    assert_eq!(stage.inventory().await.api_keys(), before.api_keys());
}

#[tokio::test]
async fn what_iam_refused_is_not_said_to_be_left_behind() {
    let (local, stage) = staged().await;
    let row = stage.one(&stage.siloed, "web").await;
    for operation in ["UpdateApiKey", "TransactWriteItems", "DeleteItem"] {
        local.faults().script(Fault::on(operation, Answer::AccessDenied { action: None }).always());
    }
    let edit = Edit { name: Some("app".into()), ..Edit::default() };
    for change in [Change::Edit { row: row.id.clone(), edit }, new_keys(&stage.siloed, "more", 1)] {
        let failure = stage.apply(&change).await.expect_err("denied");
        assert!(matches!(failure, Failure::Denied { .. }), "{failure:?}");
    }
    local.faults().clear();
    assert_eq!(rows(&stage).await, [row]);
}

#[tokio::test]
async fn an_api_key_that_cannot_be_removed_again_is_disabled_and_named() {
    let (local, stage) = staged().await;
    local.faults().script(Fault::on("TransactWriteItems", Answer::AccessDenied { action: None }));
    local.faults().script(Fault::on("DeleteApiKey", Answer::ServerError { status: 500 }));
    let failure = stage.apply(&new_keys(&stage.siloed, "web", 1)).await.expect_err("both fail");
    let seen = stage.inventory().await;
    let orphan =
        seen.listed_api_keys().iter().find(|key| !stage.pool_keys.contains(&key.id)).expect("the orphan");
    let Failure::LeftBehind { left, failure: cause, .. } = &failure else { panic!("{failure:?}") };
    assert_eq!(*left, format!("disabled API key {}", orphan.id));
    assert!(!orphan.enabled, "nobody can call with it");
    assert!(matches!(**cause, Failure::Denied { .. }), "{cause:?}");
    assert_eq!(failure.exit_code(), 4);
    assert!(failure.hint().is_some_and(|hint| hint.contains(orphan.id.as_str())));
}

#[tokio::test]
async fn of_several_keys_those_before_the_failure_stay_and_the_failure_names_the_first() {
    let (local, stage) = staged().await;
    let denied = Answer::AccessDenied { action: None };
    local.faults().script(Fault::on("CreateUsagePlanKey", denied).skip(2).always());
    let failure = stage.apply(&new_keys(&stage.siloed, "web", 5)).await.expect_err("the third fails");
    let Failure::Partial { done: 2, total: 5, subject, failure } = &failure else { panic!("{failure:?}") };
    assert_eq!(subject, "acme · web-3");
    assert!(matches!(**failure, Failure::Denied { .. }), "{failure:?}");
    assert_eq!(rows(&stage).await.len(), 2);
}

#[tokio::test]
async fn a_delete_that_fails_leaves_no_usable_key_and_can_be_done_again() {
    let (local, stage) = staged().await;
    for (plan, operation) in [
        (&stage.siloed, "UpdateApiKey"),
        (&stage.siloed, "DeleteApiKey"),
        (&stage.siloed, "DeleteItem"),
        (&stage.sharded, "TransactWriteItems"),
    ] {
        for fault in faults(operation) {
            let row = stage.one(plan, "web").await;
            let delete = Change::Delete(vec![row.id.clone()]);
            local.faults().script(fault.clone());
            let applied = stage.apply(&delete).await;
            local.faults().clear();
            let seen = stage.inventory().await;
            if ["DeleteApiKey", "DeleteItem"].contains(&operation) {
                let usable =
                    seen.api_key(&row.require_api_key().expect("known")).key().is_some_and(|key| key.enabled);
                assert!(!usable, "{fault:?}: {applied:?}");
            }
            match seen.row(&row.id) {
                Some(_) => {
                    drop(stage.apply(&delete).await.unwrap_or_else(|why| panic!("{fault:?}, then {why:?}")))
                }
                None => doctor_finishes(&stage).await,
            }
            assert!(rows(&stage).await.is_empty(), "{fault:?}: {applied:?}");
        }
    }
}

async fn doctor_finishes(stage: &Stage) {
    let fixes = ops::diagnose(&stage.aws, &unwatched()).await.expect("a diagnosis").fixes_with_all();
    ops::fix_confirmed(&stage.aws, &fixes, &|_| (), &unwatched()).await.expect("fixes");
}

#[tokio::test]
async fn an_edit_that_fails_at_the_row_is_taken_back_and_one_whose_answer_is_lost_stands() {
    let (local, stage) = staged().await;
    for fault in faults("UpdateItem") {
        let fault = Fault { path: Some(KEYS.to_owned()), ..fault };
        let row = stage.one(&stage.siloed, "web").await;
        local.faults().script(fault.clone());
        let edit = Edit { name: Some("app".into()), enabled: Some(false), ..Edit::default() };
        let edited = stage.apply(&Change::Edit { row: row.id.clone(), edit }).await;
        local.faults().clear();
        let seen = stage.inventory().await;
        let now = seen.row(&row.id).expect("the row");
        let api_key = seen.api_key(&row.require_api_key().expect("known")).key().expect("its API key");
        let expected = if fault.when == When::After { ("app", false) } else { ("web", true) };
        assert_eq!((now.name.as_str(), now.enabled.is_known_to_be(&true)), expected, "{fault:?}: {edited:?}");
        assert_eq!((api_key.name.as_str(), api_key.enabled), expected, "{fault:?}: {edited:?}");
        assert_eq!(edited.is_ok(), fault.when == When::After, "{fault:?}: {edited:?}");
    }
}

#[tokio::test]
async fn an_edit_that_fails_at_the_gateway_changes_nothing() {
    let (local, stage) = staged().await;
    let row = stage.one(&stage.siloed, "web").await;
    for fault in faults("UpdateApiKey") {
        local.faults().script(fault.clone());
        let edit = Edit { name: Some("app".into()), enabled: Some(false), ..Edit::default() };
        let edited = stage.apply(&Change::Edit { row: row.id.clone(), edit }).await;
        local.faults().clear();
        assert!(edited.is_err(), "{fault:?}");
        let seen = stage.inventory().await;
        assert_eq!(seen.row(&row.id), Some(&row), "{fault:?}: {edited:?}");
        let api_key = seen.api_key(&row.require_api_key().expect("known")).key().expect("its API key");
        assert_eq!((api_key.name.as_str(), api_key.enabled), ("web", true), "{fault:?}: {edited:?}");
    }
}

#[tokio::test]
async fn only_the_conflict_over_parallel_work_is_tried_again() {
    let (local, stage) = staged().await;
    let patient = Target { retries: Retries::Standard, ..target(&local.endpoint()) };
    let aws = Aws::connect(&patient).await.expect("a connection");
    let seen = stage.inventory().await;
    local.calls().clear();
    local.faults().script(Fault::on("CreateUsagePlanKey", Answer::ConcurrentModification).times(1));
    ops::apply(&aws, &seen, &new_keys(&stage.siloed, "web", 1), &unwatched())
        .await
        .expect("it passes by itself");
    assert_eq!(local.calls().count("CreateUsagePlanKey"), 2);

    local.calls().clear();
    let conflict = Answer::Error { status: 409, code: "ConflictException".into(), message: "Another".into() };
    local.faults().script(Fault::on("CreateUsagePlanKey", conflict).always());
    let failed = ops::apply(&aws, &seen, &new_keys(&stage.siloed, "web", 1), &unwatched()).await;
    assert!(matches!(failed, Err(Failure::Unexpected { .. })), "{failed:?}");
    assert_eq!(local.calls().count("CreateUsagePlanKey"), 1);
    local.faults().clear();
    assert_eq!(rows(&stage).await.len(), 1);
}

#[tokio::test]
async fn a_retry_waits_as_long_as_the_answer_says() {
    let (local, stage) = staged().await;
    let patient = Target { retries: Retries::Standard, ..target(&local.endpoint()) };
    let aws = Aws::connect(&patient).await.expect("a connection");
    local.calls().clear();
    local.faults().script(Fault::on("GetApiKeys", Answer::Throttled { retry_after: Some(0) }).times(4));
    ops::inventory(&aws, &unwatched()).await.expect("the fifth attempt answers");
    assert_eq!(local.calls().count("GetApiKeys"), 5);
    drop(stage);
}
