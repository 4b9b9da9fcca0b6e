//! The doctor over the drifted sample: every fault that is in it, and an account that is sound when all is mended.

use std::collections::BTreeSet;
use std::sync::Mutex;

use keypool::aws::Aws;
use keypool::ops::{self, ConfirmedFix, Diagnosis, FixOutcome, FixReport};
use keypool_domain::drift::{Finding, Kind};
use keypool_domain::{Mode, TenantKey};
use keypool_local_aws::{Answer, Fault, World};

use super::support::{clients, started, unwatched};
use crate::support::writes::writes;

async fn diagnosis(aws: &Aws) -> Diagnosis {
    ops::diagnose(aws, &unwatched()).await.expect("a diagnosis")
}

async fn findings(aws: &Aws) -> Vec<Finding> {
    diagnosis(aws).await.findings
}

/// Carries out fixes; what became of each, and what there is afterwards.
async fn fixed(aws: &Aws, fixes: &[ConfirmedFix]) -> (Vec<FixReport>, Diagnosis) {
    let reports = Mutex::new(Vec::new());
    let report = |one: FixReport| reports.lock().expect("no panic").push(one);
    let after = ops::fix_confirmed(aws, fixes, &report, &unwatched()).await.expect("looks");
    (reports.into_inner().expect("no panic"), after)
}

async fn fix(aws: &Aws, fixes: &[ConfirmedFix]) -> Vec<FixReport> {
    fixed(aws, fixes).await.0
}

fn outcomes(reports: &[FixReport]) -> Vec<FixOutcome> {
    reports.iter().map(|one| one.outcome.clone()).collect()
}

fn told(findings: &[Finding]) -> Vec<(&'static str, &str)> {
    findings.iter().map(|one| (one.kind.as_str(), one.subject.as_str())).collect()
}

/// What the doctor can only name: it takes a decision, or a deployment.
const NOT_OURS: [(&str, &str); 3] =
    [("no-stage", "n6r4gy"), ("not-deployed", "w4k8t2m7xq:prod"), ("no-log-role", "account")];

#[tokio::test]
async fn every_fault_of_the_drifted_sample_is_found_and_mended() {
    let (local, aws) = started(World::SampleDrifted).await;
    let found = findings(&aws).await;
    let expected = [
        ("counter-missing", "3efr4edt2s"),
        ("counter-differs", "5v2seh60kv"),
        ("counter-differs", "j50ce9uvw5"),
        ("counter-differs", "ywb3wkh5dn"),
        ("pool-key-disabled", "9ri19r0wyo"),
        ("lost-reference", "ounii5wcer"),
        ("value-differs", "b5ayyaeffh"),
        ("enabled-differs", "g2tjf8cz2k"),
        ("dangling-row", "4g9dpmrcg6"),
        ("interrupted-create", "i8j76b2laj"),
        ("orphan-key", "q80idw3706"),
        ("shop-window-differs", "b7m3xj"),
        ("shop-window-differs", "h3v9qk"),
        ("shop-window-differs", "p9ts4e"),
        ("shop-window-differs", "u5cq7z"),
        ("plan-without-row", "n6r4gy"),
        ("row-without-plan", "s2w8nd"),
    ];
    assert_eq!(told(&found), [&expected[..], &NOT_OURS].concat());

    let fixes = diagnosis(&aws).await.fixes_with_all();
    assert_eq!(outcomes(&fix(&aws, &fixes).await), vec![FixOutcome::Fixed; fixes.len()]);
    // Somebody may call with a key that was attached by hand: it is a question of its own.
    let asked = [("dangling-row", "4g9dpmrcg6"), ("orphan-key", "q80idw3706")];
    assert_eq!(told(&findings(&aws).await), [&asked[..], &NOT_OURS].concat());

    let writes_before = writes(&local);
    assert_eq!(outcomes(&fix(&aws, &diagnosis(&aws).await.fixes_with_all()).await), []);
    assert_eq!(writes(&local), writes_before, "a second fix writes nothing");

    let left = diagnosis(&aws).await;
    let orphan = left.findings.iter().find(|one| one.kind == Kind::OrphanKey).expect("the orphan");
    let change = orphan.fix.only_change().expect("one way");
    let one = ConfirmedFix::new(orphan, change, &left.inventory);
    assert_eq!(outcomes(&fix(&aws, &[one]).await), [FixOutcome::Fixed]);
    assert_eq!(told(&findings(&aws).await), NOT_OURS, "it is gone wholly");
}

#[tokio::test]
async fn the_sample_as_it_should_be_is_sound() {
    let (_local, aws) = started(World::Sample).await;
    assert_eq!(told(&findings(&aws).await), []);
}

#[tokio::test]
async fn a_counter_that_moves_meanwhile_is_left_alone() {
    let (local, aws) = started(World::SampleDrifted).await;
    let diagnosis = ops::diagnose(&aws, &unwatched()).await.expect("a diagnosis");
    let fixes: Vec<_> = diagnosis.fixes_with_all();
    let of = |subject: &str| fixes.iter().find(|one| one.finding.subject == subject).expect("a fix").clone();
    let moved = keypool_domain::Change::Delete(
        diagnosis.inventory.rows_behind(&"j50ce9uvw5".into()).map(|row| row.id.clone()).collect(),
    );
    ops::apply(&aws, &diagnosis.inventory, &moved, &unwatched()).await.expect("somebody else is at work");
    let before = writes(&local);
    assert_eq!(outcomes(&fix(&aws, &[of("j50ce9uvw5")]).await), [FixOutcome::Changed]);
    assert_eq!(writes(&local), before, "what was shown is no longer true: nothing is written");
    assert_eq!(outcomes(&fix(&aws, &[of("ywb3wkh5dn")]).await), [FixOutcome::Fixed]);
    assert_eq!(outcomes(&fix(&aws, &[of("ywb3wkh5dn")]).await), [FixOutcome::NoLongerThere]);
}

#[tokio::test]
async fn what_only_a_later_look_brings_is_reported_and_not_fixed() {
    let (local, aws) = started(World::SampleDrifted).await;
    let shown = diagnosis(&aws).await;
    let fixes: Vec<_> =
        shown.fixes_with_all().into_iter().filter(|one| one.finding.kind == Kind::CounterMissing).collect();
    let siloed = |row: &&TenantKey| {
        row.mode().is_known_to_be(&Mode::Siloed)
            && row.enabled.is_known_to_be(&true)
            && shown.inventory.is_live(&row.require_api_key().expect("known"))
    };
    let victim =
        shown.inventory.rows().iter().find(siloed).expect("a siloed key").require_api_key().expect("known");
    let (gateway, _) = clients(&local.endpoint());
    gateway.delete_api_key().api_key(victim.as_str()).send().await.expect("somebody deletes it");
    let (_, after) = fixed(&aws, &fixes).await;
    let new: Vec<_> = after.new_since(&shown).map(|one| one.kind).collect();
    assert_eq!(new, [Kind::DanglingRow]);
    assert!(after.findings.iter().any(|one| one.kind == Kind::DanglingRow), "it is still there");
}

#[tokio::test]
async fn what_may_not_be_read_is_left_out() {
    let (local, aws) = started(World::SampleDrifted).await;
    let denied = |operation| Fault::on(operation, Answer::AccessDenied { action: None }).always();
    for operation in ["GetApiKeys", "GetUsagePlanKeys", "GetAccount", "GetResources", "GetStage"] {
        local.faults().script(denied(operation));
    }
    let diagnosis = ops::diagnose(&aws, &unwatched()).await.expect("a diagnosis");
    let remarks = diagnosis.remarks.join("\n");
    for (action, of) in [
        ("::/apikeys (IAM action apigateway:GET is missing)", "the list"),
        ("apigateway:GET on their keys", "the members"),
        ("::/account (IAM action apigateway:GET is missing)", "the role for logs"),
        ("::/restapis/w4k8t2m7xq/resources (IAM action apigateway:GET is missing)", "the methods"),
        ("::/restapis/w4k8t2m7xq/stages/prod (IAM action apigateway:GET is missing)", "the stage"),
    ] {
        assert!(remarks.contains(action), "{of}: {remarks}");
    }
    let found = diagnosis.findings;
    let kinds: BTreeSet<&str> = found.iter().map(|one| one.kind.as_str()).collect();
    // A reference that holds only a value may be to any pool key: no counter is known to be wrong.
    let unknown =
        ["counter-differs", "pool-key-disabled", "dangling-row", "orphan-key", "no-log-role", "not-deployed"];
    for unknown in unknown {
        assert!(!kinds.contains(unknown), "{unknown}: {kinds:?}");
    }
    assert!(kinds.contains("shop-window-differs"));
}
