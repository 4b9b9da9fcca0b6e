//! Cancelling `verify`, and what it takes for an accepted key.

use std::sync::Arc;

use aws_sdk_apigateway::types::{Op, PatchOperation};
use keypool::aws::Failure;
use keypool::ops::{self, Run};
use keypool_local_aws::World;
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

#[tokio::test]
async fn verify_does_not_take_a_refusal_of_the_resource_policy_for_an_accepted_key() {
    let (local, aws) = start_local_aws(World::Sample).await;
    let (gateway, _) = sdk_clients(&local.endpoint());
    let api = read_inventory(&aws).await.find_plan("TestPlan").expect("the plan").stages[0].clone();
    let policy = r#"{"Statement":{"Effect":"Deny","Principal":"*","Action":"*","Resource":"*"}}"#;
    let patch = PatchOperation::builder().op(Op::Replace).path("/policy").value(policy).build();
    let request = gateway.update_rest_api().rest_api_id(&api.api).patch_operations(patch);
    request.send().await.expect("a patch");
    let deploy = gateway.create_deployment().rest_api_id(&api.api).stage_name(&api.stage);
    deploy.send().await.expect("a deployment");
    let results = ops::verify(&aws, 1, &silent_run()).await.expect("results");
    let calls = results.iter().filter(|result| result.expected == "the API accepts the key");
    let calls: Vec<_> = calls.map(|result| (result.holds, result.actual.as_str())).collect();
    assert!(!calls.is_empty(), "{results:?}");
    for (holds, actual) in calls {
        assert!(!holds && actual.starts_with("403 AccessDeniedException"), "{actual}");
    }
}
