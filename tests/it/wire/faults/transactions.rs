//! Transactions that DynamoDB cancels for another reason than a condition.

use keypool::aws::{Aws, Failure, Retries, Target};
use keypool::ops;
use keypool_domain::Change;
use keypool_local_aws::{Answer, Fault};

use super::{canceled_transaction, consistent_tenant_keys, start_account};
use crate::wire::support::{plain_run, target};
use crate::wire::test_account::create_change;

fn throttled_transaction() -> Fault {
    Fault::on("TransactWriteItems", canceled_transaction("None", "ThrottlingError"))
}

#[tokio::test]
async fn a_throttled_transaction_leaves_nothing_behind() {
    let (local, stage) = start_account().await;
    let row = stage.create_key(&stage.sharded_plan, "web").await;
    local.faults().script(throttled_transaction());
    let failure = stage.apply(&Change::Isolate(vec![row.id.clone()])).await.expect_err("too much at once");
    let Failure::Limit { message, .. } = &failure else { panic!("{failure:?}") };
    assert_eq!(message, "too much at once for table keypool-keys or keypool-pools (ThrottlingError)");
    assert_eq!(consistent_tenant_keys(&stage).await, [row], "and the new API key is gone");
}

#[tokio::test]
async fn an_invalid_transaction_is_reported_as_a_table_error() {
    let (local, stage) = start_account().await;
    local.faults().script(Fault::on("TransactWriteItems", canceled_transaction("None", "ValidationError")));
    let failure =
        stage.apply(&create_change(&stage.sharded_plan, "web", 1)).await.expect_err("no such write");
    let Failure::Tables(said) = &failure else { panic!("{failure:?}") };
    assert!(said.contains("keypool-pools") && said.ends_with("ValidationError"), "{said}");
}

#[tokio::test]
async fn throttled_and_in_progress_transactions_are_retried_and_written_once() {
    let (local, stage) = start_account().await;
    let patient = Target { retries: Retries::Standard, ..target(&local.endpoint()) };
    let patient = Aws::connect(&patient).await.expect("a connection");
    let under_way = Answer::Error {
        status: 400,
        code: "TransactionInProgressException".to_owned(),
        message: "in progress".to_owned(),
    };
    let under_way = || Fault::on("TransactWriteItems", under_way.clone()).after();
    for (aws, fault) in
        [(&patient, throttled_transaction()), (&patient, under_way()), (&stage.aws, under_way())]
    {
        let before = stage.inventory().await;
        local.calls().clear();
        local.faults().script(fault.clone());
        let created =
            ops::apply(aws, &before, &create_change(&stage.sharded_plan, "web", 1), &plain_run()).await;
        assert_eq!(created.expect("it passes by itself").created.len(), 1, "{fault:?}");
        assert_eq!(local.calls().count("TransactWriteItems"), 2, "{fault:?}");
        assert_eq!(consistent_tenant_keys(&stage).await.len(), before.tenant_keys().len() + 1, "{fault:?}");
    }
}
