//! Operations that are cancelled or fail partway through the work on one key.

use std::sync::Arc;

use keypool::aws::Failure;
use keypool::ops::{self, Progress, Run};
use keypool_domain::Change;
use keypool_domain::key::tag;
use keypool_local_aws::{Answer, Fault, LocalAws};
use tokio_util::sync::CancellationToken;

use super::{consistent_tenant_keys, start_account};
use crate::wire::support::silent_run;
use crate::wire::test_account::{TestAccount, create_change};

#[tokio::test]
async fn a_cancelled_create_leaves_no_partial_key() {
    let (_local, account) = start_account().await;
    let cancel = CancellationToken::new();
    let stop = cancel.clone();
    let progress = Arc::new(move |progress: Progress| {
        if progress.done == 2 {
            stop.cancel()
        }
    });
    let before = account.inventory().await;
    let run = Run { progress, cancel, trail: None };
    let stopped =
        ops::apply(&account.aws, &before, &create_change(&account.siloed_plan, "web", 4), &run).await;
    let failure = stopped.expect_err("it was cancelled");
    assert!(
        matches!(&failure, Failure::Partial { done: 2, total: 4, failure, .. } if **failure == Failure::Cancelled)
    );
    assert_eq!(failure.exit_code(), 130);
    assert_eq!(consistent_tenant_keys(&account).await.len(), 2);
}

/// Applies a change and cancels it as soon as a call of this AWS operation has taken effect.
async fn apply_and_cancel_after(
    local: &LocalAws,
    account: &TestAccount,
    operation: &str,
    change: &Change,
) -> Result<(), Failure> {
    let before = account.inventory().await;
    let run = silent_run();
    local.faults().script(Fault::on(operation, Answer::Normal).after());
    // `join!` polls this future first, so the operation sees the cancellation before the response of the call.
    let cancel = async {
        local.faults().wait_for_hit().await;
        run.cancel.cancel();
    };
    let (_, applied) = tokio::join!(cancel, ops::apply(&account.aws, &before, change, &run));
    local.faults().clear();
    applied.map(drop)
}

#[tokio::test]
async fn a_cancelled_delete_finishes_only_the_key_it_has_started() {
    let (local, account) = start_account().await;
    let mut tenant_keys = account.create_keys(&account.siloed_plan, "web", 2).await;
    let delete = Change::Delete(tenant_keys.iter().map(|tenant_key| tenant_key.id.clone()).collect());
    let stopped = apply_and_cancel_after(&local, &account, "UpdateApiKey", &delete).await;
    assert!(matches!(&stopped, Err(Failure::Partial { done: 1, .. })), "{stopped:?}");
    tenant_keys.remove(0);
    assert_eq!(consistent_tenant_keys(&account).await, tenant_keys);
    let inventory = account.inventory().await;
    assert!(
        inventory.is_live(&tenant_keys[0].require_api_key().expect("known")),
        "the other key still works"
    );
}

#[tokio::test]
async fn a_delete_that_fails_after_disabling_is_reported_as_unfinished() {
    let (local, account) = start_account().await;
    let tenant_key = account.create_key(&account.siloed_plan, "web").await;
    local.faults().script(Fault::on("DeleteApiKey", Answer::AccessDenied { action: None }));
    let failure = account.apply(&Change::Delete(vec![tenant_key.id.clone()])).await.expect_err("denied");
    let Failure::Unfinished { subject, failure } = &failure else { panic!("{failure:?}") };
    assert_eq!((subject.as_str(), failure.exit_code()), ("acme \u{b7} web", 4));
    assert!(!account.inventory().await.is_live(&tenant_key.require_api_key().expect("known")));
}

#[tokio::test]
async fn a_failed_rotation_restores_the_retirement_tag_of_the_old_key() {
    let (local, account) = start_account().await;
    let tenant_key = account.create_key(&account.siloed_plan, "web").await;
    let retirement_tag = async || {
        let inventory = account.inventory().await;
        let key =
            inventory.api_key(&tenant_key.require_api_key().expect("known")).key().expect("the old key");
        key.tags.get(tag::RETIRES_AT).cloned()
    };
    let rotate = |grace| Change::Rotate { tenant_keys: vec![tenant_key.id.clone()], grace };
    let denied = || Fault::on("TransactWriteItems", Answer::AccessDenied { action: None });
    local.faults().script(denied());
    account.apply(&rotate(3_600)).await.expect_err("denied");
    assert_eq!(retirement_tag().await, None);

    let retires_at = "2027-01-01T00:00:00Z";
    let arn = format!("arn:aws:apigateway:us-east-1::/apikeys/{}", tenant_key.id);
    let request = account.gateway.tag_resource().resource_arn(arn);
    request.tags(tag::RETIRES_AT, retires_at).send().await.expect("a tag");
    local.faults().script(denied());
    account.apply(&rotate(3_600)).await.expect_err("denied");
    assert_eq!(retirement_tag().await.as_deref(), Some(retires_at));
}
