//! Pauses an operation after each of its writes, like a suspended process, runs the doctor with fixes, and resumes. With
//! tables only: tags are no fence against a process that goes on after its mark has expired.

use std::collections::BTreeSet;
use std::sync::Arc;

use keypool::ops;
use keypool_domain::drift::Finding;
use keypool_local_aws::{Answer, When};

use super::scenarios::{ScenarioIn, scenarios};
use super::{TrialTemplate, WriteCall, run_trials};
use crate::wire::support::silent_run;
use crate::wire::test_account::Account;

/// Operations on usage plans, APIs and stages, which touch no API key; and creating a pool, whose API keys are orphans
/// (fixed only after a separate confirmation) once its plan is adopted. What is due
/// is ended by the doctor, too.
const EXCLUDED_OPERATIONS: [&str; 13] = [
    "end grace period",
    "end grace period of pool key",
    "end expired key",
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

async fn pause_points(scenario: ScenarioIn) -> Vec<PausePoint> {
    let template = TrialTemplate::prepare(scenario).await;
    let operation = template.describe();
    let trial = template.start_trial().await;
    trial.account.apply(&trial.operation.change).await.unwrap_or_else(|error| panic!("{operation}: {error}"));
    trial.writes().into_iter().map(|write| (Arc::clone(&template), write)).collect()
}

fn finding_labels(findings: &[Finding]) -> BTreeSet<String> {
    findings.iter().map(|finding| format!("{:?} {}", finding.kind, finding.subject)).collect()
}

async fn run_with_pause((template, write): PausePoint, mark: MarkState) {
    let operation = template.describe();
    let trial = template.start_trial().await;
    let before = trial.fix_all().await;
    let inventory = trial.account.inventory().await;
    trial.local.faults().script(write.fault(Answer::Normal, When::After));
    let run = silent_run();
    let work = ops::apply(&trial.account.aws, &inventory, &trial.operation.change, &run);
    tokio::pin!(work);
    tokio::select! {
        biased;
        () = trial.local.faults().wait_for_hit() => {}
        result = &mut work => panic!("{operation} ended before {write:?}: {result:?}"),
    }
    trial.local.faults().clear();
    let point = format!("{operation}, paused after {} {}", write.aws_operation, write.earlier_calls + 1);
    trial.assert_invariants(&point).await;
    match mark {
        MarkState::Valid => {
            trial.local.calls().clear();
            let diagnosis = trial.fix_all().await;
            let labels = finding_labels(&diagnosis.findings);
            let new: Vec<_> = labels.difference(&finding_labels(&before.findings)).cloned().collect();
            assert!(new.is_empty(), "{point}: the doctor reports work in progress: {new:?}");
            assert_eq!(trial.writes().len(), 0, "{point}: the doctor wrote {:?}", trial.writes());
            work.await.unwrap_or_else(|error| panic!("{point}, then: {error}"));
        }
        MarkState::Expired => {
            trial.account.expire_work_marks().await;
            trial.fix_all().await;
            let result = work.await;
            let point = format!("{point}, mark expired, then {result:?}");
            trial.assert_invariants(&point).await;
            trial.account.expire_work_marks().await;
            if result.is_err() && trial.is_repeatable() {
                // Refused where the doctor has finished the operation.
                let second = trial.account.apply(&trial.operation.change).await;
                trial.assert_invariants(&format!("{point}, then again {second:?}")).await;
            }
        }
    }
    trial.assert_sound_in(&trial.fix_all().await, &point);
}

fn all_pause_points() -> Vec<PausePoint> {
    let is_paused = |(scenario, account): &ScenarioIn| {
        *account == Account::WithTables && !EXCLUDED_OPERATIONS.contains(scenario)
    };
    let operations: Vec<_> = scenarios().filter(is_paused).collect();
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
