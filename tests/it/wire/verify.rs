//! Cancelling `verify`.

use std::sync::Arc;

use keypool::aws::Failure;
use keypool::ops::{self, Run};
use keypool_local_aws::World;
use tokio_util::sync::CancellationToken;

use super::support::{read_inventory, start_local_aws};

#[tokio::test]
async fn a_cancelled_verify_removes_what_it_created() {
    let (local, aws) = start_local_aws(World::Sample).await;
    let before = read_inventory(&aws).await;
    let cancel = CancellationToken::new();
    let stop = cancel.clone();
    let progress = move |progress: ops::Progress| {
        if progress.doing.contains("verify") && progress.done == 3 {
            stop.cancel();
        }
    };
    let run = Run { progress: Arc::new(progress), cancel, trail: None };
    let stopped = ops::verify(&aws, 5, &run).await.expect_err("it was cancelled");
    assert_eq!(stopped.exit_code(), Failure::Cancelled.exit_code());
    assert!(local.calls().count("CreateApiKey") > 0, "it had started");
    let after = read_inventory(&aws).await;
    assert_eq!(
        (after.tenant_keys(), after.api_keys(), after.pools()),
        (before.tenant_keys(), before.api_keys(), before.pools())
    );
}
