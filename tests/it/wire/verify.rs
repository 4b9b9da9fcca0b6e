//! Cancelling `verify`, and what it takes for an accepted key.

use std::sync::Arc;

use aws_sdk_apigateway::types::{Op, PatchOperation};
use keypool::aws::{Aws, Failure};
use keypool::ops::{self, Run};
use keypool_domain::StageRef;
use keypool_local_aws::{Answer, Fault, LocalAws, World};
use tokio_util::sync::CancellationToken;

use super::support::{read_inventory, sdk_clients, silent_run, start_local_aws};
use super::test_account::Account;

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
async fn verify_calls(aws: &Aws) -> Vec<(Option<bool>, String)> {
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
        assert!(holds == Some(false) && actual.starts_with("403 AccessDeniedException"), "{actual}");
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
        assert!(holds == Some(false) && actual.starts_with(words), "{actual}");
    }
    assert_eq!(local.calls().count("CreateApiKey"), 0);
    assert_eq!(local.calls().count("PutItem"), 0);
}

/// Whether each expectation holds, by its text.
async fn outcomes(aws: &Aws) -> Vec<(String, Option<bool>)> {
    let results = ops::verify(aws, 1, &silent_run()).await.expect("results");
    results.into_iter().map(|result| (result.expected, result.holds)).collect()
}

fn outcome(outcomes: &[(String, Option<bool>)], words: &str) -> Option<bool> {
    let found = outcomes.iter().find(|(expected, _)| expected.contains(words));
    found.unwrap_or_else(|| panic!("`{words}` is not in {outcomes:?}")).1
}

/// The sample without tables, of which keypool manages `plans`.
async fn start_without_tables(plans: &[&str]) -> (LocalAws, Aws) {
    let (local, _) = start_local_aws(World::SampleWithoutTables).await;
    let mut target = Account::WithoutTables.target(&local.endpoint());
    target.without_tables.managed_plans = plans.iter().map(|plan| (*plan).to_owned()).collect();
    target.without_tables.prices.clear();
    let aws = Aws::connect(&target).await.expect("a connection");
    (local, aws)
}

#[tokio::test]
async fn verify_works_without_tables_and_leaves_nothing() {
    let (_local, aws) = start_without_tables(&["TestPlan"]).await;
    let before = read_inventory(&aws).await;
    let outcomes = outcomes(&aws).await;
    assert!(outcomes.iter().all(|(_, holds)| *holds == Some(true)), "{outcomes:?}");
    let after = read_inventory(&aws).await;
    assert_eq!((after.tenant_keys(), after.api_keys()), (before.tenant_keys(), before.api_keys()));
}

#[tokio::test]
async fn verify_does_not_say_yes_where_nothing_can_be_known() {
    let (_local, aws) = start_without_tables(&[]).await;
    assert_eq!(outcome(&outcomes(&aws).await, "keypool manages a usage plan"), None);

    let (local, aws) = start_without_tables(&["TestPlan"]).await;
    let stage = read_inventory(&aws).await.find_plan("TestPlan").expect("the plan").stages[0].clone();
    open_methods(&local, &stage).await;
    assert_eq!(outcome(&outcomes(&aws).await, "the API accepts the key"), None, "it accepts any key");

    let (local, aws) = start_local_aws(World::Sample).await;
    let denied = Fault::on("GetUsagePlanKeys", Answer::AccessDenied { action: None });
    local.faults().script(denied.always());
    let outcomes = outcomes(&aws).await;
    assert_eq!(outcome(&outcomes, "nothing is left"), None);
    assert_eq!(outcome(&outcomes, "its own API key"), None);
    assert_eq!(outcome(&outcomes, "as before"), None);
}

/// Lets every method of the API be called without a key.
async fn open_methods(local: &LocalAws, stage: &StageRef) {
    let (gateway, _) = sdk_clients(&local.endpoint());
    let resources = gateway.get_resources().rest_api_id(&stage.api).embed("methods").send().await;
    for resource in resources.expect("resources").items() {
        for verb in resource.resource_methods().into_iter().flatten().map(|(verb, _)| verb) {
            let open =
                PatchOperation::builder().op(Op::Replace).path("/apiKeyRequired").value("false").build();
            let update = gateway.update_method().rest_api_id(&stage.api).http_method(verb);
            let update = update.resource_id(resource.id().expect("an id")).patch_operations(open);
            update.send().await.expect("an open method");
        }
    }
}

#[tokio::test]
async fn verify_deletes_no_key_of_another_program_that_is_named_like_its_own() {
    let (local, aws) = start_without_tables(&["TestPlan"]).await;
    let (gateway, _) = sdk_clients(&local.endpoint());
    let foreign = gateway.create_api_key().name(ops::VERIFY_TENANT).enabled(true).send().await;
    let id = foreign.expect("an API key").id.expect("its id");
    let tagged = gateway.create_api_key().name("theirs").tags("ownerId", ops::VERIFY_TENANT).send().await;
    let tagged = tagged.expect("an API key").id.expect("its id");
    outcomes(&aws).await;
    for id in [id, tagged] {
        gateway.get_api_key().api_key(id).send().await.expect("it is still there");
    }
}
