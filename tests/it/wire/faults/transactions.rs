//! Transactions that DynamoDB cancels for another reason than a condition.

use keypool::aws::{Aws, Failure, Retries, Target};
use keypool::ops;
use keypool_domain::Change;
use keypool_local_aws::{Answer, Fault};

use super::{canceled, rows, staged};
use crate::wire::stage::new_keys;
use crate::wire::support::{target, unwatched};

fn throttled() -> Fault {
    Fault::on("TransactWriteItems", canceled("None", "ThrottlingError"))
}

#[tokio::test]
async fn a_transaction_that_was_throttled_has_written_nothing_and_nothing_of_it_is_left() {
    let (local, stage) = staged().await;
    let row = stage.one(&stage.sharded, "web").await;
    local.faults().script(throttled());
    let failure = stage.apply(&Change::Isolate(vec![row.id.clone()])).await.expect_err("too much at once");
    let Failure::Limit { message, .. } = &failure else { panic!("{failure:?}") };
    assert_eq!(message, "too much at once for table keypool-keys or keypool-pools (ThrottlingError)");
    assert_eq!(rows(&stage).await, [row], "and the new API key is gone");
}

#[tokio::test]
async fn a_transaction_that_cannot_be_is_said_to_be_refused_by_the_tables() {
    let (local, stage) = staged().await;
    local.faults().script(Fault::on("TransactWriteItems", canceled("None", "ValidationError")));
    let failure = stage.apply(&new_keys(&stage.sharded, "web", 1)).await.expect_err("no such write");
    let Failure::Tables(said) = &failure else { panic!("{failure:?}") };
    assert!(said.contains("keypool-pools") && said.ends_with("ValidationError"), "{said}");
}

#[tokio::test]
async fn a_transaction_that_was_throttled_or_is_under_way_is_asked_for_again_and_written_once() {
    let (local, stage) = staged().await;
    let patient = Target { retries: Retries::Standard, ..target(&local.endpoint()) };
    let patient = Aws::connect(&patient).await.expect("a connection");
    let under_way = Answer::Error {
        status: 400,
        code: "TransactionInProgressException".to_owned(),
        message: "in progress".to_owned(),
    };
    let under_way = || Fault::on("TransactWriteItems", under_way.clone()).after();
    for (aws, fault) in [(&patient, throttled()), (&patient, under_way()), (&stage.aws, under_way())] {
        let before = stage.inventory().await;
        local.calls().clear();
        local.faults().script(fault.clone());
        let created = ops::apply(aws, &before, &new_keys(&stage.sharded, "web", 1), &unwatched()).await;
        assert_eq!(created.expect("it passes by itself").created.len(), 1, "{fault:?}");
        assert_eq!(local.calls().count("TransactWriteItems"), 2, "{fault:?}");
        assert_eq!(rows(&stage).await.len(), before.rows().len() + 1, "{fault:?}");
    }
}
