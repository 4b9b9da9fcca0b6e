//! Another program uses up the rate of the control plane: calls get 429 for a while.

use keypool::aws::{Aws, Retries, Target};
use keypool::ops;
use keypool_local_aws::{Answer, Fault, LocalAws};

use super::start_account;
use crate::wire::support::{silent_run, target};
use crate::wire::test_account::create_change;

/// More refusals than a call has attempts.
const REFUSALS: u32 = 6;

async fn connect_with_retries(local: &LocalAws) -> Aws {
    let with_retries = Target { retries: Retries::Standard, ..target(&local.endpoint()) };
    Aws::connect(&with_retries).await.expect("a connection")
}

fn refuse(local: &LocalAws, operation: &str) {
    local.calls().clear();
    local.faults().script(Fault::on(operation, Answer::Throttled { retry_after: None }).times(REFUSALS));
}

#[tokio::test]
async fn a_read_that_is_refused_for_a_while_slows_down_and_finishes() {
    let (local, account) = start_account().await;
    let expected = account.inventory().await;
    let aws = connect_with_retries(&local).await;
    refuse(&local, "GetApiKeys");
    let inventory = ops::read_inventory(&aws, &silent_run()).await.expect("the inventory");
    assert_eq!(local.calls().count("GetApiKeys"), REFUSALS as usize + 1);
    assert_eq!(inventory.api_keys(), expected.api_keys());
}

#[tokio::test]
async fn a_write_that_is_refused_for_a_while_is_made_once() {
    let (local, account) = start_account().await;
    let aws = connect_with_retries(&local).await;
    let before = account.inventory().await;
    refuse(&local, "CreateApiKey");
    let create = create_change(&account.siloed_plan, "web", 1);
    ops::apply(&aws, &before, &create, &silent_run()).await.expect("a key");
    assert_eq!(local.calls().count("CreateApiKey"), REFUSALS as usize + 1);
    let after = account.assert_consistent().await;
    assert_eq!(after.tenant_keys().len(), before.tenant_keys().len() + 1);
    let count = |inventory: &keypool_domain::Inventory| inventory.api_keys().value_to_show().map(Vec::len);
    assert_eq!(count(&after), count(&before).map(|keys| keys + 1));
}

#[tokio::test]
async fn refusals_leave_the_attempts_for_other_faults() {
    let (local, account) = start_account().await;
    let aws = connect_with_retries(&local).await;
    refuse(&local, "GetApiKeys");
    local.faults().script(Fault::on("GetApiKeys", Answer::ServerError { status: 503 }).times(2));
    ops::read_inventory(&aws, &silent_run()).await.expect("the inventory");
    assert_eq!(local.calls().count("GetApiKeys"), REFUSALS as usize + 3);
    drop(account);
}
