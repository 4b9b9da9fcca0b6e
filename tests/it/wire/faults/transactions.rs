//! Transactions that DynamoDB cancels for a reason other than a failed condition.

use keypool::aws::{Aws, Failure, Retries, Target};
use keypool::ops;
use keypool_domain::Change;
use keypool_local_aws::{Answer, Fault};

use super::{canceled_transaction, consistent_tenant_keys, start_account};
use crate::wire::support::{silent_run, target};
use crate::wire::test_account::create_change;

fn throttled_transaction() -> Fault {
    Fault::on("TransactWriteItems", canceled_transaction("None", "ThrottlingError"))
}

#[tokio::test]
async fn a_throttled_transaction_leaves_nothing_behind() {
    let (local, account) = start_account().await;
    let tenant_key = account.create_key(&account.pooled_plan, "web").await;
    local.faults().script(throttled_transaction());
    let failure = account.apply(&Change::Isolate(vec![tenant_key.id.clone()])).await.expect_err("throttled");
    let Failure::Limit { message, .. } = &failure else { panic!("{failure:?}") };
    assert_eq!(message, "too many requests to table keypool-keys or keypool-pools (ThrottlingError)");
    assert_eq!(consistent_tenant_keys(&account).await, [tenant_key], "the new API key is deleted");
}

#[tokio::test]
async fn an_invalid_transaction_is_reported_as_a_table_error() {
    let (local, account) = start_account().await;
    local.faults().script(Fault::on("TransactWriteItems", canceled_transaction("None", "ValidationError")));
    let failure = account.apply(&create_change(&account.pooled_plan, "web", 1)).await.expect_err("invalid");
    let Failure::Tables(message) = &failure else { panic!("{failure:?}") };
    assert!(message.contains("keypool-pools") && message.ends_with("ValidationError"), "{message}");
}

#[tokio::test]
async fn throttled_and_in_progress_transactions_are_retried_and_written_once() {
    let (local, account) = start_account().await;
    let with_retries = Target { retries: Retries::Standard, ..target(&local.endpoint()) };
    let retrying_aws = Aws::connect(&with_retries).await.expect("a connection");
    let in_progress = Answer::Error {
        status: 400,
        code: "TransactionInProgressException".to_owned(),
        message: "in progress".to_owned(),
    };
    let in_progress = || Fault::on("TransactWriteItems", in_progress.clone()).after();
    for (aws, fault) in [
        (&retrying_aws, throttled_transaction()),
        (&retrying_aws, in_progress()),
        (&account.aws, in_progress()),
    ] {
        let before = account.inventory().await;
        local.calls().clear();
        local.faults().script(fault.clone());
        let created =
            ops::apply(aws, &before, &create_change(&account.pooled_plan, "web", 1), &silent_run()).await;
        assert_eq!(created.expect("the retry succeeds").created.len(), 1, "{fault:?}");
        assert_eq!(local.calls().count("TransactWriteItems"), 2, "{fault:?}");
        assert_eq!(consistent_tenant_keys(&account).await.len(), before.tenant_keys().len() + 1, "{fault:?}");
    }
}
