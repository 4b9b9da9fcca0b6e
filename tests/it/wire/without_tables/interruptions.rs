//! Kills the real program before the first write and after each write of an operation on keys. Afterwards no tenant
//! has lost its key, and the doctor finishes or undoes the rest.

use std::collections::BTreeSet;
use std::process::Stdio;

use aws_sdk_apigateway::types::ApiKey;
use keypool_domain::key::tag;
use keypool_local_aws::{Answer, Fault, LocalAws, When};

use crate::support::command::{Machine, field_values};
use crate::wire::support::sdk_clients;

const WRITE_PREFIXES: [&str; 4] = ["Create", "Update", "Delete", "Tag"];
const STARK: &str = "76kzof0yi2";

/// An operation on keys, as a command line.
struct Operation {
    line: &'static str,
    /// Whether the key of stark may be gone afterwards.
    deletes: bool,
}

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

/// The writes since the account was copied, each with the number of earlier ones of its kind.
fn writes(local: &LocalAws) -> Vec<(String, u32)> {
    let mut seen = std::collections::BTreeMap::<String, u32>::new();
    let calls = local.calls().all().into_iter().map(|call| call.operation);
    let writes = calls.filter(|operation| WRITE_PREFIXES.iter().any(|prefix| operation.starts_with(prefix)));
    writes
        .map(|operation| {
            let earlier = seen.entry(operation.clone()).or_default();
            *earlier += 1;
            (operation, *earlier - 1)
        })
        .collect()
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

/// The API keys of stark that are enabled and in a plan: those that it can call with.
async fn usable_keys_of_stark(local: &LocalAws) -> BTreeSet<String> {
    let (gateway, _) = sdk_clients(&local.endpoint());
    let mut usable = BTreeSet::new();
    for key in api_keys(local).await {
        let is_starks = key.tags().and_then(|tags| tags.get("ownerId")).is_some_and(|owner| owner == "stark");
        let id = key.id().expect("an id").to_owned();
        if is_starks && key.enabled() {
            let plans = gateway.get_usage_plans().key_id(&id).send().await.expect("plans");
            usable.extend((!plans.items().is_empty()).then_some(id));
        }
    }
    usable
}

/// Runs the operation to its end in a copy of the account, and returns its writes.
async fn writes_of(template: &LocalAws, line: &str) -> Vec<(String, u32)> {
    let complete = template.fork().await.expect("a copy");
    let (status, output) = run(&complete, line).await;
    assert_eq!(status, Some(0), "{line}: {output}");
    let points = writes(&complete);
    assert!(!points.is_empty(), "{line} writes nothing");
    points
}

async fn kill_at_every_write(operation: Operation) {
    let (template, _) = super::start().await;
    let line = format!("{} --yes", operation.line);
    let points = writes_of(&template, &line).await;
    let first = points[..1].iter().map(|point| (point, When::Before));
    for ((aws_operation, earlier), when) in first.chain(points.iter().map(|point| (point, When::After))) {
        let point = format!("{line}, killed {when:?} {aws_operation} {}", earlier + 1);
        let local = template.fork().await.expect("a copy");
        let fault = Fault::on(aws_operation, Answer::Hang).skip(*earlier);
        local.faults().script(if when == When::After { fault.after() } else { fault });
        let mut command = machine(&local).command(&line.split_whitespace().collect::<Vec<_>>());
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("the binary runs");
        local.faults().wait_for_hit().await;
        child.kill().expect("it is killed");
        child.wait().expect("it ends");
        local.faults().clear();
        assert_fixed_by_doctor(&local, &operation, &point).await;
    }
}

/// Refuses each write once, which the program undoes.
async fn fail_at_every_write(operation: Operation) {
    let (template, _) = super::start().await;
    let line = format!("{} --yes", operation.line);
    for (aws_operation, earlier) in writes_of(&template, &line).await {
        let point = format!("{line}, refused {aws_operation} {}", earlier + 1);
        let local = template.fork().await.expect("a copy");
        let refuse = Answer::AccessDenied { action: None };
        local.faults().script(Fault::on(&aws_operation, refuse).skip(earlier));
        let (status, output) = run(&local, &line).await;
        assert_ne!(status, Some(0), "{point}: {output}");
        local.faults().clear();
        assert_fixed_by_doctor(&local, &operation, &point).await;
    }
}

/// Asserts that stark can call, except during a move, and that after the doctor nothing usable is unlisted.
async fn assert_fixed_by_doctor(local: &LocalAws, operation: &Operation, point: &str) {
    let is_moving = operation.line.starts_with("keys move");
    let usable = usable_keys_of_stark(local).await;
    assert!(!usable.is_empty() || operation.deletes || is_moving, "{point}: stark cannot call");
    expire_marks(local).await;
    let (status, fixed) = run(local, "doctor --fix --yes").await;
    assert!(matches!(status, Some(0 | 1)), "{point}: {fixed}");
    let (status, after) = run(local, "doctor").await;
    assert_eq!(status, Some(0), "{point}, fixed ({fixed}): {after}");
    let usable = usable_keys_of_stark(local).await;
    assert!(!usable.is_empty() || operation.deletes, "{point}, fixed: stark lost its key: {fixed}");
    let (_, listed) = run(local, "keys list --tenant stark -o json").await;
    let listed: serde_json::Value =
        serde_json::from_str(&listed).unwrap_or_else(|why| panic!("{point}: {why}: {listed}"));
    let ids: BTreeSet<String> = field_values(&listed, "id").into_iter().collect();
    let keys = api_keys(local).await;
    let retiring: BTreeSet<&str> =
        keys.iter().filter(|key| has_tag(key, tag::RETIRES_AT)).filter_map(|key| key.id()).collect();
    let untracked: Vec<_> =
        usable.iter().filter(|id| !ids.contains(*id) && !retiring.contains(id.as_str())).collect();
    assert!(untracked.is_empty(), "{point}: usable but not listed: {untracked:?}");
    let most = if operation.line.starts_with("keys create") { 2 } else { 1 };
    assert!(ids.len() <= most, "{point}: {ids:?}");
}

#[tokio::test]
async fn a_creation_survives_a_kill_at_every_write() {
    let line = "keys create --plan TestPlan --tenant stark --name second";
    kill_at_every_write(Operation { line, deletes: false }).await;
}

#[tokio::test]
async fn a_deletion_survives_a_kill_at_every_write() {
    kill_at_every_write(Operation { line: "keys delete 76kzof0yi2", deletes: true }).await;
}

#[tokio::test]
async fn a_rotation_survives_a_kill_at_every_write() {
    kill_at_every_write(Operation { line: "keys rotate 76kzof0yi2 --grace 0", deletes: false }).await;
}

#[tokio::test]
async fn a_rotation_with_a_grace_period_survives_a_kill_at_every_write() {
    kill_at_every_write(Operation { line: "keys rotate 76kzof0yi2 --grace 1h", deletes: false }).await;
}

#[tokio::test]
async fn a_move_survives_a_kill_at_every_write() {
    kill_at_every_write(Operation { line: "keys move 76kzof0yi2 --plan TestPlan", deletes: false }).await;
}

#[tokio::test]
async fn an_edit_survives_a_kill_at_every_write() {
    kill_at_every_write(Operation { line: "keys edit 76kzof0yi2 --name other", deletes: false }).await;
}

#[tokio::test]
async fn a_refused_write_is_undone_in_every_operation() {
    let operations = [
        ("keys create --plan TestPlan --tenant stark --name second", false),
        ("keys edit 76kzof0yi2 --name other", false),
        ("keys delete 76kzof0yi2", true),
        ("keys rotate 76kzof0yi2 --grace 0", false),
        ("keys rotate 76kzof0yi2 --grace 1h", false),
        ("keys move 76kzof0yi2 --plan TestPlan", false),
    ];
    for (line, deletes) in operations {
        fail_at_every_write(Operation { line, deletes }).await;
    }
}

#[tokio::test]
async fn a_started_deletion_is_finished_by_the_doctor() {
    let (local, _) = super::start().await;
    local.faults().script(Fault::on("DeleteApiKey", Answer::Hang));
    let mut command = machine(&local).command(&["keys", "delete", STARK, "--yes"]);
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("the binary runs");
    local.faults().wait_for_hit().await;
    child.kill().expect("it is killed");
    child.wait().expect("it ends");
    local.faults().clear();
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
