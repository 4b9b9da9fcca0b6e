//! The audit trail of changes that fail, that are stopped, and that nobody can put a name to.

use std::path::Path;

use keypool::aws::{Aws, Failure};
use keypool::ops::audit::{PastChange, read};
use keypool::ops::{self, Run, Trail};
use keypool_domain::{Change, Inventory};
use keypool_local_aws::{Answer, Fault, LocalAws, Options, World};

use super::stage::{Backend, Stage, new_keys};
use super::support::{target, unwatched};

async fn staged() -> (LocalAws, Stage) {
    let options = Options { world: World::Empty, ..Options::default() };
    let local = LocalAws::start(options).await.expect("local AWS");
    let stage = Stage::build(Backend::LocalAws, &local.endpoint()).await;
    (local, stage)
}

fn kept_in(folder: &Path) -> Run {
    Run { trail: Some(Trail::new(Some(folder.join("deep/audit.jsonl")), None)), ..unwatched() }
}

fn past(folder: &Path) -> Vec<PastChange> {
    read(&folder.join("deep/audit.jsonl")).expect("a trail").changes
}

async fn apply(stage: &Stage, change: &Change, run: &Run) -> bool {
    let seen: Inventory = stage.inventory().await;
    ops::apply(&stage.aws, &seen, change, run).await.is_ok()
}

#[tokio::test]
async fn who_makes_the_changes_is_asked_once_and_only_when_one_is_made() {
    let (local, stage) = staged().await;
    let folder = tempfile::tempdir().expect("a folder");
    local.calls().clear();
    stage.inventory().await;
    assert_eq!(local.calls().count("GetCallerIdentity"), 0);
    for name in ["a", "b"] {
        assert!(apply(&stage, &new_keys(&stage.siloed, name, 1), &kept_in(folder.path())).await);
    }
    assert_eq!(local.calls().count("GetCallerIdentity"), 1);
    let past = past(folder.path());
    assert!(
        past.len() == 2 && past.iter().all(|change| change.who() == Some("arn:aws:iam::000000000000:root"))
    );
}

#[tokio::test]
async fn a_deletion_says_what_the_api_key_was_but_for_its_value() {
    let (_local, stage) = staged().await;
    let folder = tempfile::tempdir().expect("a folder");
    let key = stage.one(&stage.siloed, "web").await;
    let plans = stage.services(&[&key.id.as_str().into()]).await;
    stage.dress(&key.id.as_str().into()).await;
    assert!(apply(&stage, &Change::Delete(vec![key.id.clone()]), &kept_in(folder.path())).await);
    let past = past(folder.path());
    let was = past[0].before()[0].get("apiKey").expect("the API key").clone();
    assert_eq!(
        (&was["customerId"], &was["enabled"], &was["tags"]["team"]),
        (&"cust-1".into(), &true.into(), &"blue".into())
    );
    let ids: Vec<_> =
        was["usagePlanIds"].as_array().expect("plans").iter().filter_map(|id| id.as_str()).collect();
    assert!(ids.len() == 3 && plans.iter().all(|plan| ids.contains(&plan.as_str())), "{ids:?}");
    let text = std::fs::read_to_string(folder.path().join("deep/audit.jsonl")).expect("the trail");
    assert!(!text.contains(key.stored_value().expect("its value").expose()));
}

#[tokio::test]
async fn a_name_that_cannot_be_had_hinders_no_change() {
    let (local, stage) = staged().await;
    let folder = tempfile::tempdir().expect("a folder");
    local.faults().script(Fault::on("GetCallerIdentity", Answer::AccessDenied { action: None }));
    assert!(apply(&stage, &new_keys(&stage.siloed, "a", 1), &kept_in(folder.path())).await);
    let past = past(folder.path());
    assert_eq!((past[0].who(), past[0].end().outcome), (None, "done"));
}

#[tokio::test]
async fn what_was_done_before_a_failure_is_in_the_trail_and_so_is_the_failure() {
    let (local, stage) = staged().await;
    let folder = tempfile::tempdir().expect("a folder");
    let fault = Fault::on("TransactWriteItems", Answer::AccessDenied { action: None });
    local.faults().script(Fault { skip: 1, ..fault });
    assert!(!apply(&stage, &new_keys(&stage.siloed, "a", 3), &kept_in(folder.path())).await);
    let past = past(folder.path());
    let end = past[0].end();
    assert_eq!((end.outcome, past[0].rows()[0].len()), ("failed", 1));
    assert!(
        end.error.is_some_and(|why| why.contains("1 of 3 done") && why.contains("not allowed")),
        "{end:?}"
    );
}

#[tokio::test]
async fn what_a_person_stopped_is_in_the_trail_as_stopped() {
    let (_local, stage) = staged().await;
    let folder = tempfile::tempdir().expect("a folder");
    let run = kept_in(folder.path());
    run.cancel.cancel();
    assert!(!apply(&stage, &new_keys(&stage.siloed, "a", 1), &run).await);
    assert_eq!(past(folder.path())[0].end().outcome, "stopped");
}

#[tokio::test]
async fn without_a_place_for_the_trail_nothing_is_changed() {
    let (local, stage) = staged().await;
    local.calls().clear();
    let run = Run { trail: Some(Trail::new(None, None)), ..unwatched() };
    assert!(!apply(&stage, &new_keys(&stage.siloed, "a", 1), &run).await);
    assert_eq!(local.calls().count("CreateApiKey"), 0);
}

#[tokio::test]
async fn tables_that_are_made_are_in_the_trail_and_none_is_made_without_it() {
    let options = Options { world: World::Empty, ..Options::default() };
    let local = LocalAws::start(options).await.expect("local AWS");
    let aws = Aws::connect(&target(&local.endpoint())).await.expect("a connection");
    let nowhere = Run { trail: Some(Trail::new(None, None)), ..unwatched() };
    let refused = ops::setup_tables(&aws, &nowhere).await;
    assert!(matches!(refused, Err(Failure::Audit(_))), "{refused:?}");
    assert_eq!(local.calls().count("CreateTable"), 0);

    let folder = tempfile::tempdir().expect("a folder");
    for _ in 0..2 {
        ops::setup_tables(&aws, &kept_in(folder.path())).await.expect("tables");
    }
    let past = past(folder.path());
    assert_eq!(past.len(), 1, "what stands already is no change");
    assert_eq!((past[0].operation(), past[0].end().outcome), ("set up tables", "done"));
    let steps = ["plans", "keys", "pools"].map(|table| format!("create the DynamoDB table keypool-{table}"));
    assert_eq!(past[0].steps(), steps);
}
