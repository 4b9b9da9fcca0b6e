//! Faults injected into local AWS at every step: the remaining state is consistent, and errors say what happened.

mod cancellations;
mod rates;
mod transactions;

use keypool::aws::{Aws, Failure, Retries, Target};
use keypool::ops;
use keypool_domain::{Change, Edit, Plan, PlanChange, TenantKey};
use keypool_local_aws::{Answer, Fault, LocalAws, Options, When, World};

use super::support::{silent_run, target};
use super::test_account::{Backend, KEYS_TABLE, TestAccount, create_change};

async fn start_account() -> (LocalAws, TestAccount) {
    let options = Options { world: World::Empty, ..Options::default() };
    let local = LocalAws::start(options).await.expect("local AWS");
    let account = TestAccount::build(Backend::LocalAws, &local.endpoint()).await;
    (local, account)
}

/// All faults that the AWS operation can have, before and after its effect. A lost response also stands for a timeout.
fn possible_faults(operation: &str) -> Vec<Fault> {
    let common = [
        Answer::Cut,
        Answer::ServerError { status: 500 },
        Answer::ServerError { status: 503 },
        Answer::AccessDenied { action: None },
        Answer::Throttled { retry_after: None },
        Answer::ExpiredToken,
    ];
    let specific = match operation {
        "CreateUsagePlanKey" => vec![Answer::ConcurrentModification],
        "TransactWriteItems" => {
            ["TransactionConflict", "ThrottlingError"].map(|error| canceled_transaction("None", error)).into()
        }
        _ => Vec::new(),
    };
    let all = common
        .into_iter()
        .chain(specific)
        .flat_map(|answer| [Fault::on(operation, answer.clone()), Fault::on(operation, answer).after()]);
    // Denied and throttled calls have no effect. Only a lost response or a server error can follow an effect.
    all.filter(|fault| {
        fault.when == When::Before || matches!(fault.answer, Answer::Cut | Answer::ServerError { .. })
    })
    .collect()
}

/// A transaction on a tenant key and a counter, canceled with these reasons.
fn canceled_transaction(tenant_key_reason: &str, counter_reason: &str) -> Answer {
    Answer::TransactionCanceled { reasons: vec![tenant_key_reason.to_owned(), counter_reason.to_owned()] }
}

/// Lost races: the id of the tenant key is taken, or the pool key is full. In both cases keypool
/// tries again, with another id or another pool key.
fn lost_race_faults(operation: &str) -> Vec<Fault> {
    let reasons = [("ConditionalCheckFailed", "None"), ("None", "ConditionalCheckFailed")];
    let faults = reasons.map(|(tenant_key_reason, counter_reason)| {
        Fault::on("TransactWriteItems", canceled_transaction(tenant_key_reason, counter_reason))
    });
    faults.into_iter().filter(|fault| fault.operation.as_deref() == Some(operation)).collect()
}

/// Asserts consistency and returns all tenant keys.
async fn consistent_tenant_keys(account: &TestAccount) -> Vec<TenantKey> {
    account.assert_consistent().await.tenant_keys().to_vec()
}

#[tokio::test]
async fn a_create_is_all_or_nothing_whichever_step_fails() {
    let (local, account) = start_account().await;
    let mut created_count = 0;
    for (plan, operation) in [
        (&account.siloed_plan, "CreateApiKey"),
        (&account.siloed_plan, "CreateUsagePlanKey"),
        (&account.siloed_plan, "UpdateItem"),
        (&account.siloed_plan, "TransactWriteItems"),
        (&account.siloed_plan, "DeleteItem"),
        (&account.pooled_plan, "BatchGetItem"),
        (&account.pooled_plan, "GetApiKey"),
        (&account.pooled_plan, "TransactWriteItems"),
    ] {
        for fault in possible_faults(operation).into_iter().chain(lost_race_faults(operation)) {
            let before = account.inventory().await;
            local.faults().script(fault.clone());
            let applied =
                ops::apply(&account.aws, &before, &create_change(plan, "web", 1), &silent_run()).await;
            local.faults().clear();
            let tenant_keys = consistent_tenant_keys(&account).await;
            let created = applied.as_ref().map_or(0, |applied| applied.created.len());
            assert_eq!(tenant_keys.len(), created, "{fault:?}: {applied:?}");
            created_count += created;
            if !tenant_keys.is_empty() {
                let delete =
                    Change::Delete(tenant_keys.into_iter().map(|tenant_key| tenant_key.id).collect());
                account.apply(&delete).await.expect("the next round starts empty");
            }
        }
    }
    assert!(created_count > 0, "a lost response after the effect is no failure");
}

#[tokio::test]
async fn an_unconfirmed_tenant_key_is_removed_with_its_api_key() {
    let (local, account) = start_account().await;
    let before = account.inventory().await;
    local.faults().script(Fault::on("TransactWriteItems", Answer::Cut).after().always());
    let create = create_change(&account.siloed_plan, "web", 1);
    let applied = ops::apply(&account.aws, &before, &create, &silent_run()).await;
    local.faults().clear();
    let failure = applied.expect_err("the outcome is unknown");
    assert!(matches!(failure, Failure::Unreachable { .. }), "{failure}");
    assert!(consistent_tenant_keys(&account).await.is_empty());
    assert_eq!(account.inventory().await.api_keys(), before.api_keys());
}

#[tokio::test]
async fn a_denied_change_does_not_report_a_remnant() {
    let (local, account) = start_account().await;
    let tenant_key = account.create_key(&account.siloed_plan, "web").await;
    for operation in ["UpdateApiKey", "TransactWriteItems", "DeleteItem"] {
        local.faults().script(Fault::on(operation, Answer::AccessDenied { action: None }).always());
    }
    let edit = Edit { name: Some("app".into()), ..Edit::default() };
    for change in [
        Change::Edit { tenant_key: tenant_key.id.clone(), edit },
        create_change(&account.siloed_plan, "more", 1),
    ] {
        let failure = account.apply(&change).await.expect_err("denied");
        assert!(matches!(failure, Failure::Denied { .. }), "{failure:?}");
    }
    local.faults().clear();
    assert_eq!(consistent_tenant_keys(&account).await, [tenant_key]);
}

#[tokio::test]
async fn an_api_key_that_cannot_be_deleted_is_disabled_and_named() {
    let (local, account) = start_account().await;
    local.faults().script(Fault::on("TransactWriteItems", Answer::AccessDenied { action: None }));
    local.faults().script(Fault::on("DeleteApiKey", Answer::ServerError { status: 500 }));
    let failure = account.apply(&create_change(&account.siloed_plan, "web", 1)).await.expect_err("both fail");
    let inventory = account.inventory().await;
    let orphan = inventory
        .listed_api_keys()
        .iter()
        .find(|key| !account.pool_keys.contains(&key.id))
        .expect("the orphan");
    let Failure::UndoFailed { remnant, failure: cause, .. } = &failure else { panic!("{failure:?}") };
    assert_eq!(*remnant, format!("disabled API key {}", orphan.id));
    assert!(!orphan.enabled, "the orphan is disabled");
    assert!(matches!(**cause, Failure::Denied { .. }), "{cause:?}");
    assert_eq!(failure.exit_code(), 4);
    assert!(failure.hint().is_some_and(|hint| hint.contains(orphan.id.as_str())));
}

#[tokio::test]
async fn keys_created_before_a_failure_stay_and_the_error_names_the_failed_key() {
    let (local, account) = start_account().await;
    let denied = Answer::AccessDenied { action: None };
    local.faults().script(Fault::on("CreateUsagePlanKey", denied).skip(2).always());
    let failure =
        account.apply(&create_change(&account.siloed_plan, "web", 5)).await.expect_err("the third fails");
    let Failure::Partial { done: 2, total: 5, subject, failure } = &failure else { panic!("{failure:?}") };
    assert_eq!(subject, "acme · web-3");
    assert!(matches!(**failure, Failure::Denied { .. }), "{failure:?}");
    assert_eq!(consistent_tenant_keys(&account).await.len(), 2);
}

#[tokio::test]
async fn a_failed_delete_leaves_no_usable_key_and_can_be_repeated() {
    let (local, account) = start_account().await;
    for (plan, operation) in [
        (&account.siloed_plan, "UpdateApiKey"),
        (&account.siloed_plan, "DeleteApiKey"),
        (&account.siloed_plan, "DeleteItem"),
        (&account.pooled_plan, "TransactWriteItems"),
    ] {
        for fault in possible_faults(operation) {
            let tenant_key = account.create_key(plan, "web").await;
            let delete = Change::Delete(vec![tenant_key.id.clone()]);
            local.faults().script(fault.clone());
            let applied = account.apply(&delete).await;
            local.faults().clear();
            let inventory = account.inventory().await;
            if ["DeleteApiKey", "DeleteItem"].contains(&operation) {
                let usable = inventory
                    .api_key(&tenant_key.require_api_key().expect("known"))
                    .key()
                    .is_some_and(|key| key.enabled);
                assert!(!usable, "{fault:?}: {applied:?}");
            }
            match inventory.tenant_key(&tenant_key.id) {
                Some(_) => drop(
                    account.apply(&delete).await.unwrap_or_else(|error| panic!("{fault:?}, then {error:?}")),
                ),
                None => fix_all(&account).await,
            }
            assert!(consistent_tenant_keys(&account).await.is_empty(), "{fault:?}: {applied:?}");
        }
    }
}

async fn fix_all(account: &TestAccount) {
    let fixes = ops::diagnose(&account.aws, &silent_run()).await.expect("a diagnosis").bulk_fixes();
    ops::fix_confirmed(&account.aws, &fixes, &|_| (), &silent_run()).await.expect("fixes");
}

#[tokio::test]
async fn an_edit_that_fails_at_the_table_is_undone_unless_only_its_response_was_lost() {
    let (local, account) = start_account().await;
    for fault in possible_faults("UpdateItem") {
        let fault = Fault { path: Some(KEYS_TABLE.to_owned()), ..fault };
        let tenant_key = account.create_key(&account.siloed_plan, "web").await;
        local.faults().script(fault.clone());
        let edit = Edit { name: Some("app".into()), enabled: Some(false), ..Edit::default() };
        let edited = account.apply(&Change::Edit { tenant_key: tenant_key.id.clone(), edit }).await;
        local.faults().clear();
        let inventory = account.inventory().await;
        let edited_key = inventory.tenant_key(&tenant_key.id).expect("the tenant key");
        let api_key =
            inventory.api_key(&tenant_key.require_api_key().expect("known")).key().expect("its API key");
        let expected = if fault.when == When::After { ("app", false) } else { ("web", true) };
        assert_eq!(
            (edited_key.name.as_str(), edited_key.enabled.is_known_to_be(&true)),
            expected,
            "{fault:?}: {edited:?}"
        );
        assert_eq!((api_key.name.as_str(), api_key.enabled), expected, "{fault:?}: {edited:?}");
        assert_eq!(edited.is_ok(), fault.when == When::After, "{fault:?}: {edited:?}");
    }
}

#[tokio::test]
async fn an_edit_that_fails_at_api_gateway_changes_nothing() {
    let (local, account) = start_account().await;
    let tenant_key = account.create_key(&account.siloed_plan, "web").await;
    for fault in possible_faults("UpdateApiKey") {
        local.faults().script(fault.clone());
        let edit = Edit { name: Some("app".into()), enabled: Some(false), ..Edit::default() };
        let edited = account.apply(&Change::Edit { tenant_key: tenant_key.id.clone(), edit }).await;
        local.faults().clear();
        assert!(edited.is_err(), "{fault:?}");
        let inventory = account.inventory().await;
        assert_eq!(inventory.tenant_key(&tenant_key.id), Some(&tenant_key), "{fault:?}: {edited:?}");
        let api_key =
            inventory.api_key(&tenant_key.require_api_key().expect("known")).key().expect("its API key");
        assert_eq!((api_key.name.as_str(), api_key.enabled), ("web", true), "{fault:?}: {edited:?}");
    }
}

#[tokio::test]
async fn only_concurrent_modification_conflicts_are_retried() {
    let (local, account) = start_account().await;
    let with_retries = Target { retries: Retries::Standard, ..target(&local.endpoint()) };
    let aws = Aws::connect(&with_retries).await.expect("a connection");
    let inventory = account.inventory().await;
    local.calls().clear();
    local.faults().script(Fault::on("CreateUsagePlanKey", Answer::ConcurrentModification).times(1));
    ops::apply(&aws, &inventory, &create_change(&account.siloed_plan, "web", 1), &silent_run())
        .await
        .expect("the retry succeeds");
    assert_eq!(local.calls().count("CreateUsagePlanKey"), 2);

    local.calls().clear();
    let conflict = Answer::Error { status: 409, code: "ConflictException".into(), message: "Another".into() };
    local.faults().script(Fault::on("CreateUsagePlanKey", conflict).always());
    let failed =
        ops::apply(&aws, &inventory, &create_change(&account.siloed_plan, "web", 1), &silent_run()).await;
    assert!(matches!(failed, Err(Failure::Unexpected { .. })), "{failed:?}");
    assert_eq!(local.calls().count("CreateUsagePlanKey"), 1);
    local.faults().clear();
    assert_eq!(consistent_tenant_keys(&account).await.len(), 1);
}

#[tokio::test]
async fn a_plan_is_not_taken_for_absent_while_the_list_has_one_that_cannot_be_read() {
    let (local, account) = start_account().await;
    let before = account.inventory().await;
    let body = r#"{"item":[{"id":"p","name":"New","quota":{"limit":"many","period":"DAY"}}]}"#.to_owned();
    local.faults().script(Fault::on("CreateUsagePlan", Answer::Cut).after());
    local.faults().script(Fault::on("GetUsagePlans", Answer::Body { status: 200, body }).always());
    let create = PlanChange::Create(Plan::new("", "New")).into();
    let failure =
        ops::apply(&account.aws, &before, &create, &silent_run()).await.expect_err("a lost response");
    let Failure::UndoFailed { remnant, .. } = &failure else { panic!("{failure:?}") };
    assert_eq!(remnant, "perhaps a usage plan named \"New\"");
}

#[tokio::test]
async fn a_call_is_in_flight_between_its_attempts() {
    let (local, _) = start_account().await;
    let with_retries = Target { retries: Retries::Standard, ..target(&local.endpoint()) };
    let aws = Aws::connect(&with_retries).await.expect("a connection");
    local.faults().script(Fault::on("GetApiKey", Answer::ServerError { status: 500 }).times(2));
    let id = "no-key".into();
    let call = ops::read_api_key(&aws, &id);
    let mut is_in_flight = Vec::new();
    let watch = async {
        loop {
            is_in_flight.push(aws.longest_wait().is_some());
            tokio::task::yield_now().await;
        }
    };
    tokio::select! {
        biased;
        result = call => assert_eq!(result.expect("a response"), None),
        _ = watch => {}
    }
    assert_eq!(local.calls().count("GetApiKey"), 3);
    let since_start: Vec<_> = is_in_flight.into_iter().skip_while(|is| !is).collect();
    assert!(!since_start.is_empty() && since_start.iter().all(|is| *is), "it was not, between two attempts");
}

#[tokio::test]
async fn retries_honour_the_retry_after_header() {
    let (local, account) = start_account().await;
    let with_retries = Target { retries: Retries::Standard, ..target(&local.endpoint()) };
    let aws = Aws::connect(&with_retries).await.expect("a connection");
    local.calls().clear();
    local.faults().script(Fault::on("GetApiKeys", Answer::Throttled { retry_after: Some(0) }).times(4));
    ops::read_inventory(&aws, &silent_run()).await.expect("the fifth attempt answers");
    assert_eq!(local.calls().count("GetApiKeys"), 5);
    drop(account);
}
