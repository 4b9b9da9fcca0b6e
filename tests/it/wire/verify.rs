//! Cancelling `verify`, and what it takes for an accepted key.

use std::sync::Arc;

use aws_sdk_apigateway::types::{Op, PatchOperation};
use keypool::aws::{Aws, Failure};
use keypool::ops::{self, Run};
use keypool_domain::StageRef;
use keypool_local_aws::{LocalAws, World};
use tokio_util::sync::CancellationToken;

use super::support::{read_inventory, sdk_clients, silent_run, start_local_aws};

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

/// Sets a resource policy of the sample's API, and may deploy it.
async fn set_policy(local: &LocalAws, stage: &StageRef, effect: &str, deploys: bool) {
    let (gateway, _) = sdk_clients(&local.endpoint());
    let policy =
        format!(r#"{{"Statement":{{"Effect":"{effect}","Principal":"*","Action":"*","Resource":"*"}}}}"#);
    let patch = PatchOperation::builder().op(Op::Replace).path("/policy").value(policy).build();
    let request = gateway.update_rest_api().rest_api_id(&stage.api).patch_operations(patch);
    request.send().await.expect("a patch");
    if deploys {
        let deploy = gateway.create_deployment().rest_api_id(&stage.api).stage_name(&stage.stage);
        deploy.send().await.expect("a deployment");
    }
}

/// Whether each plan's call was as expected, and what was observed.
async fn verify_calls(aws: &Aws) -> Vec<(bool, String)> {
    let results = ops::verify(aws, 1, &silent_run()).await.expect("results");
    let calls = results.into_iter().filter(|result| result.expected == "the API accepts the key");
    let calls: Vec<_> = calls.map(|result| (result.holds, result.actual)).collect();
    assert!(!calls.is_empty());
    calls
}

#[tokio::test]
async fn verify_does_not_take_a_refusal_of_the_resource_policy_for_an_accepted_key() {
    let (local, aws) = start_local_aws(World::Sample).await;
    let stage = read_inventory(&aws).await.find_plan("TestPlan").expect("the plan").stages[0].clone();
    set_policy(&local, &stage, "Deny", true).await;
    // What is deployed cannot be read, so the keys are created and called.
    set_policy(&local, &stage, "Allow", false).await;
    for (holds, actual) in verify_calls(&aws).await {
        assert!(!holds && actual.starts_with("403 AccessDeniedException"), "{actual}");
    }
}

#[tokio::test]
async fn verify_creates_no_key_for_an_api_that_refuses_every_key() {
    let (local, aws) = start_local_aws(World::Sample).await;
    let stage = read_inventory(&aws).await.find_plan("TestPlan").expect("the plan").stages[0].clone();
    let (gateway, _) = sdk_clients(&local.endpoint());
    let disable = PatchOperation::builder().op(Op::Replace).path("/disableExecuteApiEndpoint").value("true");
    let request = gateway.update_rest_api().rest_api_id(&stage.api).patch_operations(disable.build());
    request.send().await.expect("a patch");
    for (holds, actual) in verify_calls(&aws).await {
        let words = "no key was created: 403 Forbidden: the default endpoint (execute-api) is disabled";
        assert!(!holds && actual.starts_with(words), "{actual}");
    }
    assert_eq!(local.calls().count("CreateApiKey"), 0);
    assert_eq!(local.calls().count("PutItem"), 0);
}
