//! Each write of each operation is answered with each kind of fault: one that says that nothing happened, one that leaves
//! it open where nothing did, and one where it did happen.

use std::sync::Arc;

use keypool::ops::{self, DoctorReport};
use keypool_local_aws::{Answer, When};

use super::operations::OPERATIONS;
use super::{Trial, TrialTemplate, WriteCall, run_trials};
use crate::wire::support::plain_run;

/// What a write is answered with: of answers that mean the same, one or the other by turns. A lost answer after the effect
/// is what a timeout is, too.
fn faulty_answers(at: usize, operation: &str) -> [(Answer, When); 3] {
    let canceled =
        |why: &str| Answer::TransactionCanceled { reasons: vec!["None".to_owned(), why.to_owned()] };
    let refused = match (operation, at % 4) {
        ("CreateUsagePlanKey", 0 | 2) => Answer::ConcurrentModification,
        ("TransactWriteItems", 0) => canceled("TransactionConflict"),
        ("TransactWriteItems", 2) => canceled("ThrottlingError"),
        (_, 0) => Answer::Throttled { retry_after: None },
        (_, 2) => Answer::Throttled { retry_after: Some(1) },
        _ => Answer::AccessDenied { action: None },
    };
    let open = if at.is_multiple_of(2) { Answer::Cut } else { Answer::ServerError { status: 500 } };
    [(refused, When::Before), (open, When::Before), (Answer::Cut, When::After)]
}

type FaultPoint = (Arc<TrialTemplate>, WriteCall, Answer, When);

async fn fault_points(operation: &'static str) -> Vec<FaultPoint> {
    let set = TrialTemplate::prepare(operation).await;
    let scene = set.scene().await;
    scene.account.apply(&scene.operation.change).await.unwrap_or_else(|why| panic!("{operation}: {why}"));
    let writes = scene.writes();
    scene.assert_sound(operation).await;
    let faulty = |(at, write): (usize, WriteCall)| {
        let answers = faulty_answers(at, &write.operation);
        let set = &set;
        answers.into_iter().map(move |(answer, when)| (Arc::clone(set), write.clone(), answer, when))
    };
    writes.into_iter().enumerate().flat_map(faulty).collect()
}

async fn run_with_fault((set, write, answer, when): FaultPoint) {
    let operation = set.name;
    let cut = format!("{operation}, {answer:?} {when:?} {} {}", write.operation, write.preceding + 1);
    let scene = set.scene().await;
    scene.local.faults().script(write.fault(answer, when));
    let first = scene.account.apply(&scene.operation.change).await;
    assert_eq!(scene.local.faults().struck(), 1, "{cut}: {first:?}");
    scene.local.faults().clear();
    let cut = format!("{cut}: {first:?}");
    scene.assert_invariants(&cut).await;
    scene.account.expire_work_marks().await;
    let again = match first.is_err() && scene.is_repeatable() {
        true => scene.account.apply(&scene.operation.change).await.err(),
        false => None,
    };
    let cut = format!("{cut}, then {again:?}");
    scene.assert_sound_in(&scene.fix_all().await, &cut);
    scene.assert_foreign_unchanged(&cut).await;
}

impl Trial {
    /// The doctor fixes once what one yes includes; what it sees then.
    pub(super) async fn fix_all(&self) -> DoctorReport {
        let diagnosis = ops::diagnose(&self.account.aws, &plain_run()).await.expect("a diagnosis");
        let fixes = diagnosis.bulk_fixes();
        ops::fix_confirmed(&self.account.aws, &fixes, &|_| (), &plain_run()).await.expect("fixes")
    }
}

#[test]
fn every_operation_survives_every_fault_at_every_write() {
    let points = run_trials(OPERATIONS, fault_points).concat();
    assert!(points.len() > 300, "{} faults", points.len());
    run_trials(&points, run_with_fault);
}
