//! The doctor over the drifted sample: every fault that is in it, and an account that is sound when all is mended.

use std::collections::BTreeSet;
use std::sync::Mutex;

use keypool::aws::Aws;
use keypool::ops::{self, ConfirmedFix, DoctorReport, FixOutcome, FixReport};
use keypool_domain::drift::{Finding, FixOffer, Kind, Source};
use keypool_domain::{ApiKeyId, Change, Mode, TenantKey, TenantKeyId};
use keypool_local_aws::{Answer, Fault, LocalAws, Options, Switches, World};

use super::support::{plain_run, sdk_clients, start_local_aws};
use super::test_account::{Backend, KEYS_TABLE, TestAccount};
use crate::support::writes::write_operations;

async fn diagnose(aws: &Aws) -> DoctorReport {
    Box::pin(ops::diagnose(aws, &plain_run())).await.expect("a diagnosis")
}

async fn findings(aws: &Aws) -> Vec<Finding> {
    diagnose(aws).await.findings
}

/// Carries out fixes; what became of each, and what there is afterwards.
async fn fix_and_diagnose(aws: &Aws, fixes: &[ConfirmedFix]) -> (Vec<FixReport>, DoctorReport) {
    let reports = Mutex::new(Vec::new());
    let report = |one: FixReport| reports.lock().expect("no panic").push(one);
    let after = Box::pin(ops::fix_confirmed(aws, fixes, &report, &plain_run())).await.expect("looks");
    (reports.into_inner().expect("no panic"), after)
}

async fn apply_fixes(aws: &Aws, fixes: &[ConfirmedFix]) -> Vec<FixReport> {
    fix_and_diagnose(aws, fixes).await.0
}

fn outcomes(reports: &[FixReport]) -> Vec<FixOutcome> {
    reports.iter().map(|one| one.outcome.clone()).collect()
}

fn labels(findings: &[Finding]) -> Vec<(&'static str, &str)> {
    findings.iter().map(|one| (one.kind.as_str(), one.subject.as_str())).collect()
}

/// What the doctor can only name: it takes a decision, or a deployment.
const UNFIXABLE: [(&str, &str); 3] =
    [("no-stage", "n6r4gy"), ("not-deployed", "w4k8t2m7xq:prod"), ("no-log-role", "account")];

#[tokio::test]
async fn every_problem_of_the_drifted_sample_is_found_and_fixed() {
    let (local, aws) = start_local_aws(World::SampleDrifted).await;
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
        ("tenant-key-without-api-key", "4g9dpmrcg6"),
        ("interrupted-create", "i8j76b2laj"),
        ("orphan-key", "q80idw3706"),
        ("price-list-differs", "b7m3xj"),
        ("price-list-differs", "h3v9qk"),
        ("price-list-differs", "p9ts4e"),
        ("price-list-differs", "u5cq7z"),
        ("plan-without-price", "n6r4gy"),
        ("price-without-plan", "s2w8nd"),
    ];
    assert_eq!(labels(&found), [&expected[..], &UNFIXABLE].concat());

    // A yes to all leaves what is a question of its own.
    let fixes = diagnose(&aws).await.bulk_fixes();
    assert_eq!(outcomes(&apply_fixes(&aws, &fixes).await), vec![FixOutcome::Fixed; fixes.len()]);
    let asked: Vec<_> =
        expected.into_iter().filter(|(kind, _)| CONFIRMED_SEPARATELY.contains(kind)).collect();
    assert_eq!(labels(&findings(&aws).await), [&asked[..], &UNFIXABLE].concat());
    let nothing = fixes_preferring(&diagnose(&aws).await, None);
    let writes_before = write_operations(&local);
    assert_eq!(outcomes(&apply_fixes(&aws, &nothing).await), []);
    assert_eq!(write_operations(&local), writes_before, "a second fix writes nothing");

    // The tables say what a shared API key cannot be made to say, so that of its value API Gateway is right.
    let chosen = fixes_preferring(&diagnose(&aws).await, Some(Source::Tables));
    assert_eq!(outcomes(&apply_fixes(&aws, &chosen).await), vec![FixOutcome::Fixed; asked.len() - 3]);
    let value = fixes_preferring(&diagnose(&aws).await, Some(Source::ApiGateway));
    assert_eq!(outcomes(&apply_fixes(&aws, &value).await), [FixOutcome::Fixed]);
    assert_eq!(
        labels(&findings(&aws).await),
        [&[("tenant-key-without-api-key", "4g9dpmrcg6"), ("orphan-key", "q80idw3706")][..], &UNFIXABLE]
            .concat()
    );
    let writes_before = write_operations(&local);
    apply_fixes(&aws, &fixes_preferring(&diagnose(&aws).await, Some(Source::Tables))).await;
    apply_fixes(&aws, &fixes_preferring(&diagnose(&aws).await, Some(Source::ApiGateway))).await;
    assert_eq!(write_operations(&local), writes_before, "both sources agree now");

    let left = diagnose(&aws).await;
    let orphan = left.findings.iter().find(|one| one.kind == Kind::OrphanKey).expect("the orphan");
    let change = orphan.fix.only_change().expect("one way");
    let one = ConfirmedFix::new(orphan, change, &left.inventory);
    assert_eq!(outcomes(&apply_fixes(&aws, &[one]).await), [FixOutcome::Fixed]);
    let asked = [("tenant-key-without-api-key", "4g9dpmrcg6")];
    assert_eq!(labels(&findings(&aws).await), [&asked[..], &UNFIXABLE].concat(), "it is gone wholly");
}

#[tokio::test]
async fn the_clean_sample_has_no_problems() {
    let (_local, aws) = start_local_aws(World::Sample).await;
    assert_eq!(labels(&findings(&aws).await), []);
}

#[tokio::test]
async fn a_fix_is_skipped_if_the_counter_has_changed() {
    let (local, aws) = start_local_aws(World::SampleDrifted).await;
    let diagnosis = ops::diagnose(&aws, &plain_run()).await.expect("a diagnosis");
    let fixes: Vec<_> = diagnosis.bulk_fixes();
    let of = |subject: &str| fixes.iter().find(|one| one.finding.subject == subject).expect("a fix").clone();
    let moved = Change::Delete(
        diagnosis.inventory.tenant_keys_of_api_key(&"j50ce9uvw5".into()).map(|row| row.id.clone()).collect(),
    );
    ops::apply(&aws, &diagnosis.inventory, &moved, &plain_run()).await.expect("somebody else is at work");
    let before = write_operations(&local);
    assert_eq!(outcomes(&apply_fixes(&aws, &[of("j50ce9uvw5")]).await), [FixOutcome::Changed]);
    assert_eq!(write_operations(&local), before, "what was shown is no longer true: nothing is written");
    assert_eq!(outcomes(&apply_fixes(&aws, &[of("ywb3wkh5dn")]).await), [FixOutcome::Fixed]);
    assert_eq!(outcomes(&apply_fixes(&aws, &[of("ywb3wkh5dn")]).await), [FixOutcome::AlreadyGone]);
}

#[tokio::test]
async fn problems_that_appear_while_fixing_are_reported_not_fixed() {
    let (local, aws) = start_local_aws(World::SampleDrifted).await;
    let shown = diagnose(&aws).await;
    let fixes: Vec<_> =
        shown.bulk_fixes().into_iter().filter(|one| one.finding.kind == Kind::CounterMissing).collect();
    let siloed = |row: &&TenantKey| {
        row.mode().is_known_to_be(&Mode::Siloed)
            && row.enabled.is_known_to_be(&true)
            && shown.inventory.is_live(&row.require_api_key().expect("known"))
    };
    let victim = shown
        .inventory
        .tenant_keys()
        .iter()
        .find(siloed)
        .expect("a siloed key")
        .require_api_key()
        .expect("known");
    let (gateway, _) = sdk_clients(&local.endpoint());
    gateway.delete_api_key().api_key(victim.as_str()).send().await.expect("somebody deletes it");
    let (_, after) = fix_and_diagnose(&aws, &fixes).await;
    let new: Vec<_> = after.new_findings_since(&shown).map(|one| one.kind).collect();
    assert_eq!(new, [Kind::TenantKeyWithoutApiKey]);
    assert!(after.findings.iter().any(|one| one.kind == Kind::TenantKeyWithoutApiKey), "it is still there");
}

#[tokio::test]
async fn denied_reads_give_remarks_not_findings() {
    let (local, aws) = start_local_aws(World::SampleDrifted).await;
    let denied = |operation| Fault::on(operation, Answer::AccessDenied { action: None }).always();
    for operation in ["GetApiKeys", "GetUsagePlanKeys", "GetAccount", "GetResources", "GetStage"] {
        local.faults().script(denied(operation));
    }
    let diagnosis = ops::diagnose(&aws, &plain_run()).await.expect("a diagnosis");
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
    let unknown = [
        "counter-differs",
        "pool-key-disabled",
        "tenant-key-without-api-key",
        "orphan-key",
        "no-log-role",
        "not-deployed",
    ];
    for unknown in unknown {
        assert!(!kinds.contains(unknown), "{unknown}: {kinds:?}");
    }
    assert!(kinds.contains("price-list-differs"));
}

/// The kinds that a yes to all leaves.
const CONFIRMED_SEPARATELY: [&str; 6] = [
    "tenant-key-without-api-key",
    "value-differs",
    "name-differs",
    "enabled-differs",
    "orphan-key",
    "price-list-differs",
];

/// What one yes includes, and of each choice the side of the source that is right.
pub(super) fn fixes_preferring(seen: &DoctorReport, right: Option<Source>) -> Vec<ConfirmedFix> {
    let chosen = seen.findings.iter().filter_map(|one| match &one.fix {
        FixOffer::Choice(choice) => Some(ConfirmedFix::new(one, choice.change_for(right?)?, &seen.inventory)),
        FixOffer::Manual | FixOffer::WithAll(_) | FixOffer::Asked(_) => None,
    });
    seen.bulk_fixes().into_iter().chain(chosen).collect()
}

#[tokio::test]
async fn fixes_can_prefer_api_gateway() {
    let (_local, aws) = start_local_aws(World::SampleDrifted).await;
    let chosen = fixes_preferring(&diagnose(&aws).await, Some(Source::ApiGateway));
    assert_eq!(outcomes(&apply_fixes(&aws, &chosen).await), vec![FixOutcome::Fixed; chosen.len()]);
    let left = labels(&findings(&aws).await).into_iter().map(|(kind, _)| kind).collect::<BTreeSet<_>>();
    assert!(left.contains("orphan-key") && !left.contains("enabled-differs"), "{left:?}");
    assert!(fixes_preferring(&diagnose(&aws).await, Some(Source::Tables)).is_empty(), "both agree now");
}

/// What a change can fix.
fn fixable_labels(seen: &DoctorReport) -> Vec<(&'static str, &str)> {
    let fixable = seen.findings.iter().filter(|one| one.fix.is_possible());
    fixable.map(|one| (one.kind.as_str(), one.subject.as_str())).collect()
}

/// A world of our own with one siloed key.
async fn start_account() -> (LocalAws, TestAccount) {
    let local =
        LocalAws::start(Options { world: World::Empty, ..Options::default() }).await.expect("local AWS");
    let stage = TestAccount::build(Backend::LocalAws, &local.endpoint()).await;
    (local, stage)
}

async fn fix_all(aws: &Aws) -> DoctorReport {
    let fixes = diagnose(aws).await.bulk_fixes();
    fix_and_diagnose(aws, &fixes).await.1
}

async fn rotate(stage: &TestAccount, row: &TenantKeyId, grace: u64) -> TenantKeyId {
    let rotation = Change::Rotate { tenant_keys: vec![row.clone()], grace };
    stage.apply(&rotation).await.expect("it is rotated").moved.remove(0)
}

#[tokio::test]
async fn a_grace_survives_a_second_rotation() {
    let (_local, stage) = start_account().await;
    let first = stage.create_key(&stage.siloed_plan, "web").await;
    let own = ApiKeyId::new(first.id.as_str());
    let second = rotate(&stage, &first.id, 24 * 60 * 60).await;
    let third = rotate(&stage, &second, 0).await;
    fix_all(&stage.aws).await;
    let seen = stage.inventory().await;
    assert!(seen.is_live(&own), "its 24 hours are kept");
    assert_eq!(seen.api_key(&second.as_str().into()).key(), None);

    // Deleting the tenant key names the predecessor, and ends it, too.
    let delete = Change::Delete(vec![third]);
    let caution = delete.cautions(&seen).remove(0);
    assert!(caution.starts_with(&format!("API key {}", first.id)), "{caution}");
    stage.apply(&delete).await.expect("it is deleted");
    let seen = stage.inventory().await;
    assert_eq!(seen.api_key(&own).key(), None);
    assert_eq!(fixable_labels(&diagnose(&stage.aws).await), [] as [(&str, &str); 0]);
}

#[tokio::test]
async fn tags_missing_from_the_list_are_read_from_the_api_key() {
    let (local, stage) = start_account().await;
    local.set_switches(Switches { lists_without_tags: true, ..local.switches() });
    let first = stage.create_key(&stage.siloed_plan, "web").await;
    let grace = stage.create_key(&stage.siloed_plan, "graceful").await;
    rotate(&stage, &grace.id, 60 * 60).await;
    // A create that was cut: the API key has our tags, and no row.
    let (gateway, dynamodb) = sdk_clients(&stage.endpoint);
    let row = aws_sdk_dynamodb::types::AttributeValue::S(first.id.to_string());
    dynamodb.delete_item().table_name(KEYS_TABLE).key("id", row).send().await.expect("the row goes");
    let made = gateway.create_api_key().name("theirs").enabled(true).send().await.expect("a key");
    let theirs = made.id().expect("an id").to_owned();
    gateway
        .create_usage_plan_key()
        .usage_plan_id(stage.siloed_plan.as_str())
        .key_id(&theirs)
        .key_type("API_KEY")
        .send()
        .await
        .expect("attached");
    let expected = [("interrupted-create", first.id.as_str()), ("orphan-key", theirs.as_str())];
    assert_eq!(fixable_labels(&diagnose(&stage.aws).await), expected, "the one in its grace is no finding");
    let after = fix_all(&stage.aws).await;
    assert_eq!(fixable_labels(&after), [("orphan-key", theirs.as_str())]);
    assert!(stage.inventory().await.is_live(&grace.id.as_str().into()), "the grace is kept");

    // Who may not ask for single keys is not offered a fix.
    let denied = Answer::AccessDenied { action: None };
    local.faults().script(Fault::on("GetApiKey", denied).always());
    let blind = diagnose(&stage.aws).await;
    assert!(blind.findings.iter().all(|one| !one.fix.is_possible()), "{:?}", blind.findings);
    assert!(blind.remarks.iter().any(|remark| remark.contains("/apikeys/")), "{:?}", blind.remarks);
}
