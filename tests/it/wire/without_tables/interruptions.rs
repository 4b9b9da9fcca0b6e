//! Kills the real program at chosen writes, more than once or of an old key. `wire/interruptions` kills it at every write.

use std::process::Stdio;

use aws_sdk_apigateway::types::ApiKey;
use keypool_domain::key::tag;
use keypool_local_aws::{Answer, Fault, LocalAws};

use crate::support::command::{Machine, field_values};
use crate::wire::support::sdk_clients;

const STARK: &str = "76kzof0yi2";

fn machine(local: &LocalAws) -> Machine {
    Machine::new()
        .with_env("AWS_ENDPOINT_URL", local.endpoint())
        .with_env("KEYPOOL_TENANTS_FROM", "tag:ownerId")
        .with_credentials()
}

async fn run(local: &LocalAws, line: &str) -> (Option<i32>, String) {
    let mut command = machine(local).command(&line.split_whitespace().collect::<Vec<_>>());
    let output = tokio::task::spawn_blocking(move || command.output()).await;
    let output = output.expect("a thread").expect("the binary runs");
    let text = [output.stdout, output.stderr].concat();
    (output.status.code(), String::from_utf8_lossy(&text).into_owned())
}

async fn api_keys(local: &LocalAws) -> Vec<ApiKey> {
    let (gateway, _) = sdk_clients(&local.endpoint());
    gateway.get_api_keys().limit(500).send().await.expect("keys").items.unwrap_or_default()
}

fn has_tag(key: &ApiKey, name: &str) -> bool {
    key.tags().is_some_and(|tags| tags.contains_key(name))
}

/// Ends the marks of the killed program, as time would.
async fn expire_marks(local: &LocalAws) {
    let (gateway, _) = sdk_clients(&local.endpoint());
    for key in api_keys(local).await.iter().filter(|key| has_tag(key, tag::WORKING_UNTIL)) {
        let arn = format!("arn:aws:apigateway:us-east-1::/apikeys/{}", key.id().expect("an id"));
        let tag = gateway.tag_resource().resource_arn(arn).tags(tag::WORKING_UNTIL, "2020-01-01T00:00:00Z");
        tag.send().await.expect("a tag");
    }
}

#[tokio::test]
async fn a_started_deletion_is_finished_by_the_doctor() {
    let (local, _) = super::start().await;
    kill_at(&local, "keys delete 76kzof0yi2 --yes", Fault::on("DeleteApiKey", Answer::Hang)).await;
    let (_, output) = run(&local, "doctor").await;
    assert!(output.contains("was being deleted but still exists"), "{output}");
    assert_eq!(run(&local, "doctor --fix --yes").await.0, Some(0));
    assert!(api_keys(&local).await.iter().all(|key| key.id() != Some(STARK)));
}

/// Runs a command line until this write and kills it there.
async fn kill_at(local: &LocalAws, line: &str, fault: Fault) {
    local.faults().script(fault);
    let mut command = machine(local).command(&line.split_whitespace().collect::<Vec<_>>());
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("the binary runs");
    local.faults().wait_for_hit().await;
    child.kill().expect("it is killed");
    child.wait().expect("it ends");
    local.faults().clear();
}

async fn keys_of_stark(local: &LocalAws) -> usize {
    let is_starks =
        |key: &&ApiKey| key.tags().and_then(|tags| tags.get("ownerId")).is_some_and(|owner| owner == "stark");
    api_keys(local).await.iter().filter(is_starks).count()
}

#[tokio::test]
async fn a_rotation_after_two_killed_ones_leaves_one_key() {
    let (local, _) = super::start().await;
    let rotate = "keys rotate 76kzof0yi2 --grace 0 --yes";
    for _ in 0..2 {
        // The second run deletes what the first left, and is killed as well.
        kill_at(&local, rotate, Fault::on("CreateUsagePlanKey", Answer::Hang)).await;
        let (status, output) = run(&local, rotate).await;
        assert!(status == Some(7) && output.contains("in progress (until"), "{output}");
        expire_marks(&local).await;
        assert_eq!(keys_of_stark(&local).await, 2);
    }
    let (status, output) = run(&local, rotate).await;
    assert_eq!(status, Some(0), "{output}");
    assert_eq!(keys_of_stark(&local).await, 1);
    let (status, output) = run(&local, "doctor").await;
    assert_eq!(status, Some(0), "{output}");
}

#[tokio::test]
async fn a_killed_move_is_reported_at_once_and_finished_by_a_second_run() {
    let (local, _) = super::start().await;
    let line = "keys move 76kzof0yi2 --plan TestPlan --yes";
    kill_at(&local, line, Fault::on("DeleteUsagePlanKey", Answer::Hang).after()).await;
    let (status, output) = run(&local, "doctor").await;
    assert_eq!(status, Some(1), "{output}");
    let report = "its move from PremiumPlan is in progress, or was interrupted";
    assert!(output.contains("interrupted-move") && output.contains(report), "{output}");
    assert_eq!(run(&local, line).await.0, Some(7), "it may be in progress");
    expire_marks(&local).await;
    let (status, output) = run(&local, line).await;
    assert_eq!(status, Some(0), "{output}");
    let (_, listed) = run(&local, "keys show 76kzof0yi2 -o json").await;
    assert!(listed.contains("TestPlan"), "{listed}");
    assert_eq!(run(&local, "doctor").await.0, Some(0));
    let stark = api_keys(&local).await.into_iter().find(|key| key.id() == Some(STARK)).expect("the key");
    assert!(![tag::WORKING_UNTIL, tag::MOVES_FROM].into_iter().any(|name| has_tag(&stark, name)));
}

/// The plans of an API key, by name.
async fn plans_of(local: &LocalAws, id: &str) -> Vec<String> {
    let (gateway, _) = sdk_clients(&local.endpoint());
    let plans = gateway.get_usage_plans().key_id(id).send().await.expect("plans");
    plans.items().iter().filter_map(|plan| plan.name().map(str::to_owned)).collect()
}

#[tokio::test]
async fn an_old_key_that_a_killed_move_left_in_no_plan_is_attached_by_the_doctor() {
    let (local, _) = super::start().await;
    let (status, rotated) = run(&local, "keys rotate 76kzof0yi2 --grace 1h --yes -o json").await;
    assert_eq!(status, Some(0), "{rotated}");
    let (_, listed) = run(&local, "keys list --tenant stark -o json").await;
    let listed: serde_json::Value = serde_json::from_str(&listed).expect("JSON");
    let new = field_values(&listed, "id").remove(0);
    let line = format!("keys move {new} --plan TestPlan --yes");
    kill_at(&local, &line, Fault::on("DeleteUsagePlanKey", Answer::Hang).skip(1).after()).await;
    assert_eq!(plans_of(&local, &new).await, ["TestPlan"], "the tenant key has moved");
    assert_eq!(plans_of(&local, STARK).await, [""; 0], "the old key is in no plan");
    let (status, output) = run(&local, "doctor").await;
    assert_eq!(status, Some(1), "{output}");
    let report = format!(
        "the old key of tenant key {new}, is not in TestPlan: its move from PremiumPlan is in progress"
    );
    assert!(output.contains("interrupted-move") && output.contains(&report), "{output}");
    expire_marks(&local).await;
    let (status, output) = run(&local, "doctor --fix --yes").await;
    assert_eq!(status, Some(0), "{output}");
    assert_eq!(plans_of(&local, STARK).await, ["TestPlan"], "{output}");
    assert_eq!(run(&local, "doctor").await.0, Some(0));
}
