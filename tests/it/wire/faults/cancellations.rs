//! Operations that a person stops, or that fail, where only a part of a key is done.

use std::sync::Arc;

use keypool::aws::Failure;
use keypool::ops::{self, Progress, Run};
use keypool_domain::Change;
use keypool_domain::key::tag;
use keypool_local_aws::{Answer, Fault, LocalAws};
use tokio_util::sync::CancellationToken;

use super::{consistent_tenant_keys, start_account};
use crate::wire::support::plain_run;
use crate::wire::test_account::{TestAccount, create_change};

#[tokio::test]
async fn a_cancelled_create_leaves_no_partial_key() {
    let (_local, stage) = start_account().await;
    let cancel = CancellationToken::new();
    let stop = cancel.clone();
    let progress = Arc::new(move |progress: Progress| {
        if progress.done == 2 {
            stop.cancel()
        }
    });
    let before = stage.inventory().await;
    let run = Run { progress, cancel, trail: None };
    let stopped = ops::apply(&stage.aws, &before, &create_change(&stage.siloed_plan, "web", 4), &run).await;
    let failure = stopped.expect_err("it was stopped");
    assert!(
        matches!(&failure, Failure::Partial { done: 2, total: 4, failure, .. } if **failure == Failure::Cancelled)
    );
    assert_eq!(failure.exit_code(), 130);
    assert_eq!(consistent_tenant_keys(&stage).await.len(), 2);
}

/// Stops as soon as a call of this operation has had its effect.
async fn apply_and_cancel_after(
    local: &LocalAws,
    stage: &TestAccount,
    operation: &str,
    change: &Change,
) -> Result<(), Failure> {
    let before = stage.inventory().await;
    let run = plain_run();
    local.faults().script(Fault::on(operation, Answer::Normal).after());
    // Looked at first whenever anything happens: the stop is known before the call's answer is read.
    let stop = async {
        local.faults().met().await;
        run.cancel.cancel();
    };
    let (_, applied) = tokio::join!(stop, ops::apply(&stage.aws, &before, change, &run));
    local.faults().clear();
    applied.map(drop)
}

#[tokio::test]
async fn a_cancelled_delete_finishes_only_the_key_it_has_started() {
    let (local, stage) = start_account().await;
    let mut left = stage.create_keys(&stage.siloed_plan, "web", 2).await;
    let delete = Change::Delete(left.iter().map(|row| row.id.clone()).collect());
    let stopped = apply_and_cancel_after(&local, &stage, "UpdateApiKey", &delete).await;
    assert!(matches!(&stopped, Err(Failure::Partial { done: 1, .. })), "{stopped:?}");
    left.remove(0);
    assert_eq!(consistent_tenant_keys(&stage).await, left);
    let seen = stage.inventory().await;
    assert!(seen.is_live(&left[0].require_api_key().expect("known")), "and the other still works");
}

#[tokio::test]
async fn a_delete_that_fails_after_disabling_is_reported_as_unfinished() {
    let (local, stage) = start_account().await;
    let row = stage.create_key(&stage.siloed_plan, "web").await;
    local.faults().script(Fault::on("DeleteApiKey", Answer::AccessDenied { action: None }));
    let failure = stage.apply(&Change::Delete(vec![row.id.clone()])).await.expect_err("denied");
    let Failure::Unfinished { subject, failure } = &failure else { panic!("{failure:?}") };
    assert_eq!((subject.as_str(), failure.exit_code()), ("acme \u{b7} web", 4));
    assert!(!stage.inventory().await.is_live(&row.require_api_key().expect("known")));
}

#[tokio::test]
async fn a_failed_rotation_restores_the_retirement_tag_of_the_old_key() {
    let (local, stage) = start_account().await;
    let row = stage.create_key(&stage.siloed_plan, "web").await;
    let told = async || {
        let seen = stage.inventory().await;
        let key = seen.api_key(&row.require_api_key().expect("known")).key().expect("the old key");
        key.tags.get(tag::RETIRES_AT).cloned()
    };
    let rotate = |grace| Change::Rotate { tenant_keys: vec![row.id.clone()], grace };
    let denied = || Fault::on("TransactWriteItems", Answer::AccessDenied { action: None });
    local.faults().script(denied());
    stage.apply(&rotate(3_600)).await.expect_err("denied");
    assert_eq!(told().await, None);

    let at = "2027-01-01T00:00:00Z";
    let arn = format!("arn:aws:apigateway:us-east-1::/apikeys/{}", row.id);
    let tag = stage.gateway.tag_resource().resource_arn(arn);
    tag.tags(tag::RETIRES_AT, at).send().await.expect("a tag");
    local.faults().script(denied());
    stage.apply(&rotate(3_600)).await.expect_err("denied");
    assert_eq!(told().await.as_deref(), Some(at));
}
