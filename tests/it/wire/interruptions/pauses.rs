//! An operation is stopped in the middle of each write it makes, as a process that gets no time is, while the doctor
//! looks and fixes; then it goes on.

use std::collections::BTreeSet;
use std::sync::Arc;

use keypool::ops;
use keypool_domain::drift::Finding;
use keypool_local_aws::{Answer, When};

use super::operations::OPERATIONS;
use super::{TrialTemplate, WriteCall, run_trials};
use crate::wire::support::plain_run;

/// Operations on usage plans, APIs and stages, which work on no API key; and a new pool, whose API keys are orphans (a
/// question) from the moment its plan is adopted.
const EXCLUDED_OPERATIONS: [&str; 10] = [
    "create pool",
    "create plan",
    "edit plan",
    "unlink stage",
    "delete plan",
    "open method",
    "deploy",
    "set log role",
    "log stage",
    "extend",
];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum MarkState {
    Valid,
    Expired,
}

type PausePoint = (Arc<TrialTemplate>, WriteCall);

async fn pause_points(operation: &'static str) -> Vec<PausePoint> {
    let set = TrialTemplate::prepare(operation).await;
    let scene = set.scene().await;
    scene.account.apply(&scene.operation.change).await.unwrap_or_else(|why| panic!("{operation}: {why}"));
    scene.writes().into_iter().map(|write| (Arc::clone(&set), write)).collect()
}

fn finding_labels(findings: &[Finding]) -> BTreeSet<String> {
    findings.iter().map(|one| format!("{:?} {}", one.kind, one.subject)).collect()
}

async fn run_with_pause((set, write): PausePoint, mark: MarkState) {
    let operation = set.name;
    let scene = set.scene().await;
    let before = scene.fix_all().await;
    let account = scene.account.inventory().await;
    scene.local.faults().script(write.fault(Answer::Normal, When::After));
    let run = plain_run();
    let work = ops::apply(&scene.account.aws, &account, &scene.operation.change, &run);
    tokio::pin!(work);
    tokio::select! {
        biased;
        () = scene.local.faults().met() => {}
        ended = &mut work => panic!("{operation} ended before {write:?}: {ended:?}"),
    }
    scene.local.faults().clear();
    let cut = format!("{operation}, paused after {} {}", write.operation, write.preceding + 1);
    scene.assert_invariants(&cut).await;
    match mark {
        MarkState::Valid => {
            scene.local.calls().clear();
            let meanwhile = scene.fix_all().await;
            let found = finding_labels(&meanwhile.findings);
            let new: Vec<_> = found.difference(&finding_labels(&before.findings)).cloned().collect();
            assert!(new.is_empty(), "{cut}: work in progress is found: {new:?}");
            assert_eq!(scene.writes().len(), 0, "{cut}: the doctor wrote {:?}", scene.writes());
            work.await.unwrap_or_else(|why| panic!("{cut}, then: {why}"));
        }
        MarkState::Expired => {
            scene.account.expire_work_marks().await;
            scene.fix_all().await;
            let ended = work.await;
            let cut = format!("{cut}, taken for interrupted, then {ended:?}");
            scene.assert_invariants(&cut).await;
            scene.account.expire_work_marks().await;
            if ended.is_err() && scene.is_repeatable() {
                // What the doctor has finished already is refused.
                let again = scene.account.apply(&scene.operation.change).await;
                scene.assert_invariants(&format!("{cut}, then again {again:?}")).await;
            }
        }
    }
    scene.assert_sound_in(&scene.fix_all().await, &cut);
}

fn all_pause_points() -> Vec<PausePoint> {
    let operations: Vec<_> =
        OPERATIONS.iter().copied().filter(|operation| !EXCLUDED_OPERATIONS.contains(operation)).collect();
    let points = run_trials(&operations, pause_points).concat();
    assert!(points.len() > 60, "{} pauses", points.len());
    points
}

#[test]
fn the_doctor_leaves_running_operations_alone() {
    run_trials(&all_pause_points(), |point| run_with_pause(point, MarkState::Valid));
}

#[test]
fn a_running_operation_treated_as_interrupted_loses_no_tenant_key() {
    run_trials(&all_pause_points(), |point| run_with_pause(point, MarkState::Expired));
}
