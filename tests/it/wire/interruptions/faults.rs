//! Injects three kinds of fault at each write of each operation: a definite refusal, an ambiguous failure without
//! effect, and a lost response after the effect.

use std::sync::Arc;

use keypool::ops::{self, DoctorReport};
use keypool_local_aws::{Answer, When};

use super::scenarios::{ScenarioIn, scenarios};
use super::{Trial, TrialTemplate, WriteCall, run_trials};
use crate::wire::support::silent_run;

/// The three faults for a write. Equivalent answers alternate with the index of the write. A lost
/// response also stands for a timeout.
fn faulty_answers(index: usize, operation: &str) -> [(Answer, When); 3] {
    let canceled =
        |reason: &str| Answer::TransactionCanceled { reasons: vec!["None".to_owned(), reason.to_owned()] };
    let refusal = match (operation, index % 4) {
        ("CreateUsagePlanKey", 0 | 2) => Answer::ConcurrentModification,
        ("TransactWriteItems", 0) => canceled("TransactionConflict"),
        ("TransactWriteItems", 2) => canceled("ThrottlingError"),
        (_, 0) => Answer::Throttled { retry_after: None },
        (_, 2) => Answer::Throttled { retry_after: Some(1) },
        _ => Answer::AccessDenied { action: None },
    };
    let ambiguous = if index.is_multiple_of(2) { Answer::Cut } else { Answer::ServerError { status: 500 } };
    [(refusal, When::Before), (ambiguous, When::Before), (Answer::Cut, When::After)]
}

type FaultPoint = (Arc<TrialTemplate>, WriteCall, Answer, When);

async fn fault_points(scenario: ScenarioIn) -> Vec<FaultPoint> {
    let template = TrialTemplate::prepare(scenario).await;
    let operation = template.describe();
    let trial = template.start_trial().await;
    trial.account.apply(&trial.operation.change).await.unwrap_or_else(|error| panic!("{operation}: {error}"));
    let writes = trial.writes();
    trial.assert_sound(&operation).await;
    let with_faults = |(index, write): (usize, WriteCall)| {
        let answers = faulty_answers(index, &write.aws_operation);
        let template = &template;
        answers.into_iter().map(move |(answer, when)| (Arc::clone(template), write.clone(), answer, when))
    };
    writes.into_iter().enumerate().flat_map(with_faults).collect()
}

async fn run_with_fault((template, write, answer, when): FaultPoint) {
    let operation = template.describe();
    let point =
        format!("{operation}, {answer:?} {when:?} {} {}", write.aws_operation, write.earlier_calls + 1);
    let trial = template.start_trial().await;
    trial.local.faults().script(write.fault(answer, when));
    let first = trial.account.apply(&trial.operation.change).await;
    assert_eq!(trial.local.faults().hit_count(), 1, "{point}: {first:?}");
    trial.local.faults().clear();
    let point = format!("{point}: {first:?}");
    trial.assert_invariants(&point).await;
    trial.account.expire_work_marks().await;
    let second = match first.is_err() && trial.is_repeatable() {
        true => trial.account.apply(&trial.operation.change).await.err(),
        false => None,
    };
    let point = format!("{point}, then {second:?}");
    trial.assert_sound_in(&trial.fix_all().await, &point);
    trial.assert_foreign_resources_unchanged(&point).await;
}

impl Trial {
    /// Runs the doctor once with all fixes that need no separate confirmation; returns its new diagnosis.
    pub(super) async fn fix_all(&self) -> DoctorReport {
        let diagnosis = ops::diagnose(&self.account.aws, &silent_run()).await.expect("a diagnosis");
        let fixes = diagnosis.bulk_fixes();
        ops::fix_confirmed(&self.account.aws, &fixes, &|_| (), &silent_run()).await.expect("fixes")
    }
}

#[test]
fn every_operation_survives_every_fault_at_every_write() {
    let points = run_trials(&scenarios().collect::<Vec<_>>(), fault_points).concat();
    assert!(points.len() > 300, "{} faults", points.len());
    run_trials(&points, run_with_fault);
}
