//! An operation is stopped in the middle of each write it makes, as a process that gets no time is, while the doctor
//! looks and fixes; then it goes on.

use std::collections::BTreeSet;
use std::sync::Arc;

use keypool::ops;
use keypool_domain::drift::Finding;
use keypool_local_aws::{Answer, When};

use super::operations::ALL;
use super::{Set, Write, all_hold};
use crate::wire::support::unwatched;

/// Operations on usage plans, APIs and stages, which work on no API key; and a new pool, whose API keys are orphans (a
/// question) from the moment its plan is adopted.
const LEFT_OUT: [&str; 10] = [
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
enum Mark {
    Holds,
    Expires,
}

type Point = (Arc<Set>, Write);

async fn points(operation: &'static str) -> Vec<Point> {
    let set = Set::of(operation).await;
    let scene = set.scene().await;
    scene.stage.apply(&scene.asked.change).await.unwrap_or_else(|why| panic!("{operation}: {why}"));
    scene.writes().into_iter().map(|write| (Arc::clone(&set), write)).collect()
}

fn seen(findings: &[Finding]) -> BTreeSet<String> {
    findings.iter().map(|one| format!("{:?} {}", one.kind, one.subject)).collect()
}

async fn paused((set, write): Point, mark: Mark) {
    let operation = set.operation;
    let scene = set.scene().await;
    let before = scene.fixed().await;
    let account = scene.stage.inventory().await;
    scene.local.faults().script(write.fault(Answer::Normal, When::After));
    let run = unwatched();
    let work = ops::apply(&scene.stage.aws, &account, &scene.asked.change, &run);
    tokio::pin!(work);
    tokio::select! {
        biased;
        () = scene.local.faults().met() => {}
        ended = &mut work => panic!("{operation} ended before {write:?}: {ended:?}"),
    }
    scene.local.faults().clear();
    let cut = format!("{operation}, paused after {} {}", write.operation, write.before + 1);
    scene.holds(&cut).await;
    match mark {
        Mark::Holds => {
            scene.local.calls().clear();
            let meanwhile = scene.fixed().await;
            let found = seen(&meanwhile.findings);
            let new: Vec<_> = found.difference(&seen(&before.findings)).cloned().collect();
            assert!(new.is_empty(), "{cut}: work in progress is found: {new:?}");
            assert_eq!(scene.writes().len(), 0, "{cut}: the doctor wrote {:?}", scene.writes());
            work.await.unwrap_or_else(|why| panic!("{cut}, then: {why}"));
        }
        Mark::Expires => {
            scene.stage.let_marks_expire().await;
            scene.fixed().await;
            let ended = work.await;
            let cut = format!("{cut}, taken for interrupted, then {ended:?}");
            scene.holds(&cut).await;
            scene.stage.let_marks_expire().await;
            if ended.is_err() && scene.can_be_asked_again() {
                // What the doctor has finished already is refused.
                let again = scene.stage.apply(&scene.asked.change).await;
                scene.holds(&format!("{cut}, then again {again:?}")).await;
            }
        }
    }
    scene.is_sound_in(&scene.fixed().await, &cut);
}

fn all_points() -> Vec<Point> {
    let operations: Vec<_> = ALL.iter().copied().filter(|operation| !LEFT_OUT.contains(operation)).collect();
    let points = all_hold(&operations, points).concat();
    assert!(points.len() > 60, "{} pauses", points.len());
    points
}

#[test]
fn no_doctor_touches_what_an_operation_works_on() {
    all_hold(&all_points(), |point| paused(point, Mark::Holds));
}

#[test]
fn an_operation_that_was_taken_for_interrupted_loses_nobody_and_leaves_nothing() {
    all_hold(&all_points(), |point| paused(point, Mark::Expires));
}
