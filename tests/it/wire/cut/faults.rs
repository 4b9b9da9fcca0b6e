//! Each write of each operation is answered with each kind of fault: one that says that nothing happened, one that leaves
//! it open where nothing did, and one where it did happen.

use std::sync::Arc;

use keypool::ops::{self, Diagnosis};
use keypool_local_aws::{Answer, When};

use super::operations::ALL;
use super::{Scene, Set, Write, all_hold};
use crate::wire::support::unwatched;

/// What a write is answered with: of answers that mean the same, one or the other by turns. A lost answer after the effect
/// is what a timeout is, too.
fn answers(at: usize, operation: &str) -> [(Answer, When); 3] {
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

type Point = (Arc<Set>, Write, Answer, When);

async fn points(operation: &'static str) -> Vec<Point> {
    let set = Set::of(operation).await;
    let scene = set.scene().await;
    scene.stage.apply(&scene.asked.change).await.unwrap_or_else(|why| panic!("{operation}: {why}"));
    let writes = scene.writes();
    scene.is_sound(operation).await;
    let faulty = |(at, write): (usize, Write)| {
        let answers = answers(at, &write.operation);
        let set = &set;
        answers.into_iter().map(move |(answer, when)| (Arc::clone(set), write.clone(), answer, when))
    };
    writes.into_iter().enumerate().flat_map(faulty).collect()
}

async fn struck((set, write, answer, when): Point) {
    let operation = set.operation;
    let cut = format!("{operation}, {answer:?} {when:?} {} {}", write.operation, write.before + 1);
    let scene = set.scene().await;
    scene.local.faults().script(write.fault(answer, when));
    let first = scene.stage.apply(&scene.asked.change).await;
    assert_eq!(scene.local.faults().struck(), 1, "{cut}: {first:?}");
    scene.local.faults().clear();
    let cut = format!("{cut}: {first:?}");
    scene.holds(&cut).await;
    scene.stage.let_marks_expire().await;
    let again = match first.is_err() && scene.can_be_asked_again() {
        true => scene.stage.apply(&scene.asked.change).await.err(),
        false => None,
    };
    let cut = format!("{cut}, then {again:?}");
    scene.is_sound_in(&scene.fixed().await, &cut);
    scene.leaves_the_foreign_alone(&cut).await;
}

impl Scene {
    /// The doctor fixes once what one yes includes; what it sees then.
    pub(super) async fn fixed(&self) -> Diagnosis {
        let diagnosis = ops::diagnose(&self.stage.aws, &unwatched()).await.expect("a diagnosis");
        let fixes = diagnosis.fixes_with_all();
        ops::fix_confirmed(&self.stage.aws, &fixes, &|_| (), &unwatched()).await.expect("fixes")
    }
}

#[test]
fn every_operation_survives_every_fault_at_every_write() {
    let points = all_hold(ALL, points).concat();
    assert!(points.len() > 300, "{} faults", points.len());
    all_hold(&points, struck);
}
