//! The indexes of a Keys table of earlier versions are brought up to date, whatever interrupts it.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::AttributeValue;
use keypool::aws::{Aws, Failure};
use keypool::ops::audit::read;
use keypool::ops::{self, Progress, Run, Trail};
use keypool_domain::{ApiChange, Change, TableStep};
use keypool_local_aws::{Answer, Fault, LocalAws, Switches, World};

use super::moto::Moto;
use super::support::{read_inventory, sdk_clients, silent_run, start_local_aws, target};
use crate::support::old_tables::{KEYS_TABLE, create_old_tables, indexes, put_item};

/// How long the local AWS takes for an index.
const BUILD_SECONDS: u32 = 600;

async fn start_old_account() -> (LocalAws, Aws, Client) {
    let (local, aws) = start_local_aws(World::Empty).await;
    local.set_switches(Switches { index_build_seconds: BUILD_SECONDS, ..Switches::default() });
    let (_, dynamodb) = sdk_clients(&local.endpoint());
    create_old_tables(&dynamodb).await;
    for (id, owner) in [("k1", "acme"), ("k2", "globex"), ("k3", "acme")] {
        put_item(&dynamodb, &[("id", id), ("planId", "p1"), ("owner", owner)]).await;
    }
    put_item(&dynamodb, &[("id", "no-owner"), ("planId", "p1")]).await;
    (local, aws, dynamodb)
}

/// A run during which the clock of the local AWS advances whenever keypool waits for an index. It is cancelled at this
/// report of progress.
fn advancing_run(local: &LocalAws, cancel_at: usize) -> (Run, Arc<AtomicUsize>) {
    let (clock, reports) = (local.clock().clone(), Arc::new(AtomicUsize::new(0)));
    let mut run = silent_run();
    let (counter, cancel) = (Arc::clone(&reports), run.cancel.clone());
    run.progress = Arc::new(move |progress: Progress| {
        if !progress.doing.contains("; Ctrl-C stops waiting") {
            return;
        }
        if counter.fetch_add(1, Ordering::Relaxed) + 1 == cancel_at {
            cancel.cancel();
        }
        clock.advance(Duration::from_secs(u64::from(BUILD_SECONDS) / 4));
    });
    (run, reports)
}

fn active(names: [&str; 3]) -> Vec<(String, String)> {
    names.map(|name| (name.to_owned(), "ACTIVE".to_owned())).to_vec()
}

async fn assert_up_to_date(dynamodb: &Client) {
    assert_eq!(indexes(dynamodb).await, active(["by-owner", "by-plan-owner", "by-pool-key"]));
    let query = dynamodb.query().table_name(KEYS_TABLE).index_name("by-plan-owner");
    let query = query.key_condition_expression("planId = :plan AND begins_with(#owner, :owner)");
    let query = query.expression_attribute_names("#owner", "owner");
    let text = |text: &str| AttributeValue::S(text.to_owned());
    let query = query.expression_attribute_values(":plan", text("p1"));
    let found = query.expression_attribute_values(":owner", text("ac")).send().await.expect("items");
    let mut ids: Vec<_> =
        found.items().iter().map(|item| item["id"].as_s().expect("an id").as_str()).collect();
    ids.sort_unstable();
    assert_eq!(ids, ["k1", "k3"], "a tenant prefix within a plan is one query");
}

#[tokio::test]
async fn the_old_index_is_removed_once_its_replacement_has_all_items() {
    let (local, aws, dynamodb) = start_old_account().await;
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("audit.jsonl");
    let (run, reports) = advancing_run(&local, usize::MAX);
    let run = Run { trail: Some(Trail::new(Some(path.clone()), None)), ..run };
    let setup = ops::setup_tables(&aws, &run).await.expect("indexes");
    let (table, index) = (KEYS_TABLE.to_owned(), "by-plan-owner".to_owned());
    let add = TableStep::AddIndex { table: table.clone(), index };
    let remove = TableStep::RemoveIndex { table, index: "by-plan".to_owned() };
    assert_eq!(setup.steps, [add, remove]);
    assert!(reports.load(Ordering::Relaxed) >= 8, "it waits for both");
    assert_up_to_date(&dynamodb).await;
    assert_eq!(local.calls().count("UpdateTable"), 2);
    let changes = read(&path).expect("a trail").changes;
    assert_eq!((changes.len(), changes[0].end().outcome), (1, "done"));
    assert_eq!(
        changes[0].steps(),
        [
            "add the index by-plan-owner to the DynamoDB table keypool-keys, and wait until it has all items",
            "remove the index by-plan from the DynamoDB table keypool-keys",
        ]
    );

    let again = ops::setup_tables(&aws, &run).await.expect("nothing to do");
    assert_eq!((again.steps.len(), again.existing.len()), (0, 3));
    assert_eq!((local.calls().count("UpdateTable"), read(&path).expect("a trail").changes.len()), (2, 1));
}

#[tokio::test]
async fn a_run_that_is_stopped_anywhere_is_continued_by_the_next() {
    for cancel_at in 1.. {
        let (local, aws, dynamodb) = start_old_account().await;
        let (run, _) = advancing_run(&local, cancel_at);
        let stopped = ops::setup_tables(&aws, &run).await;
        let names = indexes(&dynamodb).await;
        let can_be_read = |name: &str| names.contains(&(name.to_owned(), "ACTIVE".to_owned()));
        assert!(can_be_read("by-plan") || can_be_read("by-plan-owner"), "{cancel_at}: {names:?}");
        if stopped.is_ok() {
            assert!(cancel_at > 8, "every wait was stopped once");
            return assert_up_to_date(&dynamodb).await;
        }
        assert_eq!(stopped, Err(Failure::Cancelled), "{cancel_at}");
        let (run, _) = advancing_run(&local, usize::MAX);
        ops::setup_tables(&aws, &run).await.expect("continued");
        local.clock().advance(Duration::from_secs(u64::from(BUILD_SECONDS)));
        assert_up_to_date(&dynamodb).await;
        assert_eq!(local.calls().count("UpdateTable"), 2, "{cancel_at}: nothing is begun twice");
    }
}

#[tokio::test]
async fn a_lost_response_is_not_repeated() {
    for (skipped, answer) in [(0, Answer::Cut), (1, Answer::Cut), (0, Answer::ServerError { status: 500 })] {
        let (local, aws, dynamodb) = start_old_account().await;
        local.faults().script(Fault::on("UpdateTable", answer).after().skip(skipped));
        let (run, _) = advancing_run(&local, usize::MAX);
        ops::setup_tables(&aws, &run).await.expect("indexes");
        assert_up_to_date(&dynamodb).await;
        assert_eq!((local.faults().hit_count(), local.calls().count("UpdateTable")), (1, 2));
    }
}

#[tokio::test]
async fn two_runs_at_once_both_end_with_the_new_index() {
    let (local, aws, dynamodb) = start_old_account().await;
    let other = Aws::connect(&target(&local.endpoint())).await.expect("a connection");
    let (first, _) = advancing_run(&local, usize::MAX);
    let (second, _) = advancing_run(&local, usize::MAX);
    let both = tokio::join!(ops::setup_tables(&aws, &first), ops::setup_tables(&other, &second));
    assert!(both.0.is_ok() && both.1.is_ok(), "{both:?}");
    assert_up_to_date(&dynamodb).await;
}

#[tokio::test]
async fn setup_waits_for_an_index_of_others_that_is_being_built() {
    let (local, aws, dynamodb) = start_old_account().await;
    let (run, _) = advancing_run(&local, 1);
    // Its steps are known, but the index that is begun is not its own.
    let limit = Answer::Error {
        status: 400,
        code: "LimitExceededException".to_owned(),
        message: "Subscriber limit exceeded: Only 1 online index can be created or deleted simultaneously per table"
            .to_owned(),
    };
    local.faults().script(Fault::on("UpdateTable", limit));
    assert_eq!(ops::setup_tables(&aws, &run).await, Err(Failure::Cancelled), "it waits, and does not fail");
    assert_eq!(indexes(&dynamodb).await, active(["by-owner", "by-plan", "by-pool-key"]));
}

#[tokio::test]
async fn without_the_permission_the_old_index_stays() {
    let (local, aws, dynamodb) = start_old_account().await;
    local.faults().script(Fault::on("UpdateTable", Answer::AccessDenied { action: None }).always());
    let (run, _) = advancing_run(&local, usize::MAX);
    let refused = ops::setup_tables(&aws, &run).await.expect_err("denied");
    assert!(
        matches!(&refused, Failure::Denied { action, .. } if action == "dynamodb:UpdateTable"),
        "{refused:?}"
    );
    assert_eq!(indexes(&dynamodb).await, active(["by-owner", "by-plan", "by-pool-key"]));
}

#[tokio::test]
async fn the_console_makes_the_same_change() {
    let (local, aws, dynamodb) = start_old_account().await;
    let steps = ops::plan_tables(&aws).await.expect("a plan").steps;
    let change = Change::from(ApiChange::SetUpTables(steps));
    let (run, _) = advancing_run(&local, usize::MAX);
    let inventory = read_inventory(&aws).await;
    ops::apply(&aws, &inventory, &change, &run).await.expect("indexes");
    assert_up_to_date(&dynamodb).await;
}

#[tokio::test]
async fn the_tables_of_the_sample_application_get_no_index() {
    let (local, aws) = start_local_aws(World::Sample).await;
    let setup = ops::setup_tables(&aws, &silent_run()).await.expect("nothing to do");
    assert_eq!((setup.steps.len(), local.calls().count("UpdateTable")), (0, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn old_indexes_are_replaced_on_moto() {
    let Some(moto) = Moto::start("indexes against moto") else { return };
    let (_, dynamodb) = sdk_clients(&moto.endpoint);
    create_old_tables(&dynamodb).await;
    for (id, owner) in [("k1", "acme"), ("k2", "globex"), ("k3", "acme")] {
        put_item(&dynamodb, &[("id", id), ("planId", "p1"), ("owner", owner)]).await;
    }
    let aws = Aws::connect(&target(&moto.endpoint)).await.expect("a connection");
    ops::setup_tables(&aws, &silent_run()).await.expect("indexes");
    assert_up_to_date(&dynamodb).await;
    assert_eq!(ops::setup_tables(&aws, &silent_run()).await.expect("nothing to do").steps, []);
}
