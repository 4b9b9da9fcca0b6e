//! Faults at every step, scripted on the server's side: what is left is always whole, and what failed is always said.

mod cancellations;
mod transactions;

use keypool::aws::{Aws, Failure, Retries, Target};
use keypool::ops;
use keypool_domain::{Change, Edit, TenantKey};
use keypool_local_aws::{Answer, Fault, LocalAws, Options, When, World};

use super::support::{plain_run, target};
use super::test_account::{Backend, KEYS_TABLE, TestAccount, create_change};

async fn start_account() -> (LocalAws, TestAccount) {
    let options = Options { world: World::Empty, ..Options::default() };
    let local = LocalAws::start(options).await.expect("local AWS");
    let stage = TestAccount::build(Backend::LocalAws, &local.endpoint()).await;
    (local, stage)
}

/// Every kind of fault that the operation can meet, before and after the call has had its effect.
///
/// An answer that never comes is as much in doubt as one that was cut off.
fn possible_faults(operation: &str) -> Vec<Fault> {
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
            ["TransactionConflict", "ThrottlingError"].map(|why| canceled_transaction("None", why)).into()
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

fn canceled_transaction(row: &str, counter: &str) -> Answer {
    Answer::TransactionCanceled { reasons: vec![row.to_owned(), counter.to_owned()] }
}

/// The row's id was taken, or the key had no room left: both only mean to choose again.
fn lost_race_faults(operation: &str) -> Vec<Fault> {
    let reasons = [("ConditionalCheckFailed", "None"), ("None", "ConditionalCheckFailed")];
    let lost =
        reasons.map(|(row, counter)| Fault::on("TransactWriteItems", canceled_transaction(row, counter)));
    lost.into_iter().filter(|fault| fault.operation.as_deref() == Some(operation)).collect()
}

/// The rows that are there, all of them whole.
async fn consistent_tenant_keys(stage: &TestAccount) -> Vec<TenantKey> {
    stage.assert_consistent().await.tenant_keys().to_vec()
}

#[tokio::test]
async fn a_create_is_all_or_nothing_whichever_step_fails() {
    let (local, stage) = start_account().await;
    let mut ended = 0;
    for (plan, operation) in [
        (&stage.siloed_plan, "CreateApiKey"),
        (&stage.siloed_plan, "CreateUsagePlanKey"),
        (&stage.siloed_plan, "UpdateItem"),
        (&stage.siloed_plan, "TransactWriteItems"),
        (&stage.siloed_plan, "DeleteItem"),
        (&stage.sharded_plan, "BatchGetItem"),
        (&stage.sharded_plan, "GetApiKey"),
        (&stage.sharded_plan, "TransactWriteItems"),
    ] {
        for fault in possible_faults(operation).into_iter().chain(lost_race_faults(operation)) {
            let before = stage.inventory().await;
            local.faults().script(fault.clone());
            let applied = ops::apply(&stage.aws, &before, &create_change(plan, "web", 1), &plain_run()).await;
            local.faults().clear();
            let now = consistent_tenant_keys(&stage).await;
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
async fn an_unconfirmed_tenant_key_is_removed_with_its_api_key() {
    let (local, stage) = start_account().await;
    let before = stage.inventory().await;
    local.faults().script(Fault::on("TransactWriteItems", Answer::Cut).after().always());
    let applied =
        ops::apply(&stage.aws, &before, &create_change(&stage.siloed_plan, "web", 1), &plain_run()).await;
    local.faults().clear();
    let failure = applied.expect_err("whether it is complete cannot be known");
    assert!(matches!(failure, Failure::Unreachable { .. }), "{failure}");
    assert!(consistent_tenant_keys(&stage).await.is_empty());
    assert_eq!(stage.inventory().await.api_keys(), before.api_keys());
}

#[tokio::test]
async fn denied_changes_report_nothing_left_behind() {
    let (local, stage) = start_account().await;
    let row = stage.create_key(&stage.siloed_plan, "web").await;
    for operation in ["UpdateApiKey", "TransactWriteItems", "DeleteItem"] {
        local.faults().script(Fault::on(operation, Answer::AccessDenied { action: None }).always());
    }
    let edit = Edit { name: Some("app".into()), ..Edit::default() };
    for change in
        [Change::Edit { tenant_key: row.id.clone(), edit }, create_change(&stage.siloed_plan, "more", 1)]
    {
        let failure = stage.apply(&change).await.expect_err("denied");
        assert!(matches!(failure, Failure::Denied { .. }), "{failure:?}");
    }
    local.faults().clear();
    assert_eq!(consistent_tenant_keys(&stage).await, [row]);
}

#[tokio::test]
async fn an_api_key_that_cannot_be_deleted_is_disabled_and_named() {
    let (local, stage) = start_account().await;
    local.faults().script(Fault::on("TransactWriteItems", Answer::AccessDenied { action: None }));
    local.faults().script(Fault::on("DeleteApiKey", Answer::ServerError { status: 500 }));
    let failure = stage.apply(&create_change(&stage.siloed_plan, "web", 1)).await.expect_err("both fail");
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
async fn keys_created_before_a_failure_stay_and_the_error_names_the_failed_key() {
    let (local, stage) = start_account().await;
    let denied = Answer::AccessDenied { action: None };
    local.faults().script(Fault::on("CreateUsagePlanKey", denied).skip(2).always());
    let failure =
        stage.apply(&create_change(&stage.siloed_plan, "web", 5)).await.expect_err("the third fails");
    let Failure::Partial { done: 2, total: 5, subject, failure } = &failure else { panic!("{failure:?}") };
    assert_eq!(subject, "acme · web-3");
    assert!(matches!(**failure, Failure::Denied { .. }), "{failure:?}");
    assert_eq!(consistent_tenant_keys(&stage).await.len(), 2);
}

#[tokio::test]
async fn a_failed_delete_leaves_no_usable_key_and_can_be_repeated() {
    let (local, stage) = start_account().await;
    for (plan, operation) in [
        (&stage.siloed_plan, "UpdateApiKey"),
        (&stage.siloed_plan, "DeleteApiKey"),
        (&stage.siloed_plan, "DeleteItem"),
        (&stage.sharded_plan, "TransactWriteItems"),
    ] {
        for fault in possible_faults(operation) {
            let row = stage.create_key(plan, "web").await;
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
            match seen.tenant_key(&row.id) {
                Some(_) => {
                    drop(stage.apply(&delete).await.unwrap_or_else(|why| panic!("{fault:?}, then {why:?}")))
                }
                None => fix_all(&stage).await,
            }
            assert!(consistent_tenant_keys(&stage).await.is_empty(), "{fault:?}: {applied:?}");
        }
    }
}

async fn fix_all(stage: &TestAccount) {
    let fixes = ops::diagnose(&stage.aws, &plain_run()).await.expect("a diagnosis").bulk_fixes();
    ops::fix_confirmed(&stage.aws, &fixes, &|_| (), &plain_run()).await.expect("fixes");
}

#[tokio::test]
async fn an_edit_that_fails_at_the_table_is_undone_unless_only_its_response_was_lost() {
    let (local, stage) = start_account().await;
    for fault in possible_faults("UpdateItem") {
        let fault = Fault { path: Some(KEYS_TABLE.to_owned()), ..fault };
        let row = stage.create_key(&stage.siloed_plan, "web").await;
        local.faults().script(fault.clone());
        let edit = Edit { name: Some("app".into()), enabled: Some(false), ..Edit::default() };
        let edited = stage.apply(&Change::Edit { tenant_key: row.id.clone(), edit }).await;
        local.faults().clear();
        let seen = stage.inventory().await;
        let now = seen.tenant_key(&row.id).expect("the row");
        let api_key = seen.api_key(&row.require_api_key().expect("known")).key().expect("its API key");
        let expected = if fault.when == When::After { ("app", false) } else { ("web", true) };
        assert_eq!((now.name.as_str(), now.enabled.is_known_to_be(&true)), expected, "{fault:?}: {edited:?}");
        assert_eq!((api_key.name.as_str(), api_key.enabled), expected, "{fault:?}: {edited:?}");
        assert_eq!(edited.is_ok(), fault.when == When::After, "{fault:?}: {edited:?}");
    }
}

#[tokio::test]
async fn an_edit_that_fails_at_api_gateway_changes_nothing() {
    let (local, stage) = start_account().await;
    let row = stage.create_key(&stage.siloed_plan, "web").await;
    for fault in possible_faults("UpdateApiKey") {
        local.faults().script(fault.clone());
        let edit = Edit { name: Some("app".into()), enabled: Some(false), ..Edit::default() };
        let edited = stage.apply(&Change::Edit { tenant_key: row.id.clone(), edit }).await;
        local.faults().clear();
        assert!(edited.is_err(), "{fault:?}");
        let seen = stage.inventory().await;
        assert_eq!(seen.tenant_key(&row.id), Some(&row), "{fault:?}: {edited:?}");
        let api_key = seen.api_key(&row.require_api_key().expect("known")).key().expect("its API key");
        assert_eq!((api_key.name.as_str(), api_key.enabled), ("web", true), "{fault:?}: {edited:?}");
    }
}

#[tokio::test]
async fn only_concurrent_modification_conflicts_are_retried() {
    let (local, stage) = start_account().await;
    let patient = Target { retries: Retries::Standard, ..target(&local.endpoint()) };
    let aws = Aws::connect(&patient).await.expect("a connection");
    let seen = stage.inventory().await;
    local.calls().clear();
    local.faults().script(Fault::on("CreateUsagePlanKey", Answer::ConcurrentModification).times(1));
    ops::apply(&aws, &seen, &create_change(&stage.siloed_plan, "web", 1), &plain_run())
        .await
        .expect("it passes by itself");
    assert_eq!(local.calls().count("CreateUsagePlanKey"), 2);

    local.calls().clear();
    let conflict = Answer::Error { status: 409, code: "ConflictException".into(), message: "Another".into() };
    local.faults().script(Fault::on("CreateUsagePlanKey", conflict).always());
    let failed = ops::apply(&aws, &seen, &create_change(&stage.siloed_plan, "web", 1), &plain_run()).await;
    assert!(matches!(failed, Err(Failure::Unexpected { .. })), "{failed:?}");
    assert_eq!(local.calls().count("CreateUsagePlanKey"), 1);
    local.faults().clear();
    assert_eq!(consistent_tenant_keys(&stage).await.len(), 1);
}

#[tokio::test]
async fn retries_honour_the_retry_after_header() {
    let (local, stage) = start_account().await;
    let patient = Target { retries: Retries::Standard, ..target(&local.endpoint()) };
    let aws = Aws::connect(&patient).await.expect("a connection");
    local.calls().clear();
    local.faults().script(Fault::on("GetApiKeys", Answer::Throttled { retry_after: Some(0) }).times(4));
    ops::read_inventory(&aws, &plain_run()).await.expect("the fifth attempt answers");
    assert_eq!(local.calls().count("GetApiKeys"), 5);
    drop(stage);
}
