//! The doctor on the drifted sample: finds every problem, fixes it, and skips fixes that no longer apply.

use std::collections::BTreeSet;
use std::sync::Mutex;

use keypool::aws::Aws;
use keypool::ops::{self, ConfirmedFix, DoctorReport, FixOutcome, FixReport};
use keypool_domain::drift::{Finding, FindingKind, FixOffer, Source};
use keypool_domain::{ApiKeyId, Change, Mode, TenantKey, TenantKeyId};
use keypool_local_aws::{Answer, Fault, LocalAws, Options, Switches, World};

use super::support::{sdk_clients, silent_run, start_local_aws};
use super::test_account::{Backend, KEYS_TABLE, TestAccount};
use crate::support::writes::write_operations;

async fn diagnose(aws: &Aws) -> DoctorReport {
    Box::pin(ops::diagnose(aws, &silent_run())).await.expect("a diagnosis")
}

async fn findings(aws: &Aws) -> Vec<Finding> {
    diagnose(aws).await.findings
}

/// Applies fixes; returns the outcome of each and a new diagnosis.
async fn fix_and_diagnose(aws: &Aws, fixes: &[ConfirmedFix]) -> (Vec<FixReport>, DoctorReport) {
    let reports = Mutex::new(Vec::new());
    let report = |report: FixReport| reports.lock().expect("no panic").push(report);
    let after = Box::pin(ops::fix_confirmed(aws, fixes, &report, &silent_run())).await.expect("a diagnosis");
    (reports.into_inner().expect("no panic"), after)
}

async fn apply_fixes(aws: &Aws, fixes: &[ConfirmedFix]) -> Vec<FixReport> {
    fix_and_diagnose(aws, fixes).await.0
}

fn outcomes(reports: &[FixReport]) -> Vec<FixOutcome> {
    reports.iter().map(|report| report.outcome.clone()).collect()
}

fn labels(findings: &[Finding]) -> Vec<(&'static str, &str)> {
    findings.iter().map(|finding| (finding.kind.as_str(), finding.subject.as_str())).collect()
}

/// Problems that the doctor cannot fix.
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

    // Fixing all leaves what needs a separate confirmation.
    let fixes = diagnose(&aws).await.bulk_fixes();
    assert_eq!(outcomes(&apply_fixes(&aws, &fixes).await), vec![FixOutcome::Fixed; fixes.len()]);
    let remaining: Vec<_> =
        expected.into_iter().filter(|(kind, _)| SEPARATELY_CONFIRMED_KINDS.contains(kind)).collect();
    assert_eq!(labels(&findings(&aws).await), [&remaining[..], &UNFIXABLE].concat());
    let no_fixes = fixes_preferring(&diagnose(&aws).await, None);
    let writes_before = write_operations(&local);
    assert_eq!(outcomes(&apply_fixes(&aws, &no_fixes).await), []);
    assert_eq!(write_operations(&local), writes_before, "fixing again writes nothing");

    // The value of a shared API key can only be taken from API Gateway.
    let table_fixes = fixes_preferring(&diagnose(&aws).await, Some(Source::Tables));
    assert_eq!(
        outcomes(&apply_fixes(&aws, &table_fixes).await),
        vec![FixOutcome::Fixed; remaining.len() - 3]
    );
    let value_fixes = fixes_preferring(&diagnose(&aws).await, Some(Source::ApiGateway));
    assert_eq!(outcomes(&apply_fixes(&aws, &value_fixes).await), [FixOutcome::Fixed]);
    assert_eq!(
        labels(&findings(&aws).await),
        [&[("tenant-key-without-api-key", "4g9dpmrcg6"), ("orphan-key", "q80idw3706")][..], &UNFIXABLE]
            .concat()
    );
    let writes_before = write_operations(&local);
    apply_fixes(&aws, &fixes_preferring(&diagnose(&aws).await, Some(Source::Tables))).await;
    apply_fixes(&aws, &fixes_preferring(&diagnose(&aws).await, Some(Source::ApiGateway))).await;
    assert_eq!(write_operations(&local), writes_before, "both sources agree");

    let report = diagnose(&aws).await;
    let orphan =
        report.findings.iter().find(|finding| finding.kind == FindingKind::OrphanKey).expect("the orphan");
    let change = orphan.fix.only_change().expect("one fix");
    let fix = ConfirmedFix::new(orphan, change, &report.inventory);
    assert_eq!(outcomes(&apply_fixes(&aws, &[fix]).await), [FixOutcome::Fixed]);
    let remaining = [("tenant-key-without-api-key", "4g9dpmrcg6")];
    assert_eq!(labels(&findings(&aws).await), [&remaining[..], &UNFIXABLE].concat(), "the orphan is deleted");
}

#[tokio::test]
async fn the_clean_sample_has_no_problems() {
    let (_local, aws) = start_local_aws(World::Sample).await;
    assert_eq!(labels(&findings(&aws).await), []);
}

#[tokio::test]
async fn a_fix_is_skipped_if_the_counter_has_changed() {
    let (local, aws) = start_local_aws(World::SampleDrifted).await;
    let diagnosis = ops::diagnose(&aws, &silent_run()).await.expect("a diagnosis");
    let fixes: Vec<_> = diagnosis.bulk_fixes();
    let fix_of =
        |subject: &str| fixes.iter().find(|fix| fix.finding.subject == subject).expect("a fix").clone();
    let delete = Change::Delete(
        diagnosis
            .inventory
            .tenant_keys_of_api_key(&"j50ce9uvw5".into())
            .map(|tenant_key| tenant_key.id.clone())
            .collect(),
    );
    ops::apply(&aws, &diagnosis.inventory, &delete, &silent_run())
        .await
        .expect("another writer changes the pool");
    let before = write_operations(&local);
    assert_eq!(outcomes(&apply_fixes(&aws, &[fix_of("j50ce9uvw5")]).await), [FixOutcome::Changed]);
    assert_eq!(write_operations(&local), before, "the finding no longer holds: no write");
    assert_eq!(outcomes(&apply_fixes(&aws, &[fix_of("ywb3wkh5dn")]).await), [FixOutcome::Fixed]);
    assert_eq!(outcomes(&apply_fixes(&aws, &[fix_of("ywb3wkh5dn")]).await), [FixOutcome::AlreadyGone]);
}

#[tokio::test]
async fn problems_that_appear_while_fixing_are_reported_not_fixed() {
    let (local, aws) = start_local_aws(World::SampleDrifted).await;
    let report = diagnose(&aws).await;
    let fixes: Vec<_> = report
        .bulk_fixes()
        .into_iter()
        .filter(|fix| fix.finding.kind == FindingKind::CounterMissing)
        .collect();
    let is_live_and_siloed = |tenant_key: &&TenantKey| {
        tenant_key.mode().is_known_to_be(&Mode::Siloed)
            && tenant_key.enabled.is_known_to_be(&true)
            && report.inventory.is_live(&tenant_key.require_api_key().expect("known"))
    };
    let victim = report
        .inventory
        .tenant_keys()
        .iter()
        .find(is_live_and_siloed)
        .expect("a siloed key")
        .require_api_key()
        .expect("known");
    let (gateway, _) = sdk_clients(&local.endpoint());
    gateway
        .delete_api_key()
        .api_key(victim.as_str())
        .send()
        .await
        .expect("another writer deletes the API key");
    let (_, after) = fix_and_diagnose(&aws, &fixes).await;
    let new_kinds: Vec<_> = after.new_findings_since(&report).map(|finding| finding.kind).collect();
    assert_eq!(new_kinds, [FindingKind::TenantKeyWithoutApiKey]);
    assert!(
        after.findings.iter().any(|finding| finding.kind == FindingKind::TenantKeyWithoutApiKey),
        "the new problem is not fixed"
    );
}

#[tokio::test]
async fn denied_reads_give_remarks_not_findings() {
    let (local, aws) = start_local_aws(World::SampleDrifted).await;
    let denied = |operation| Fault::on(operation, Answer::AccessDenied { action: None }).always();
    for operation in ["GetApiKeys", "GetUsagePlanKeys", "GetAccount", "GetResources", "GetStage"] {
        local.faults().script(denied(operation));
    }
    let diagnosis = ops::diagnose(&aws, &silent_run()).await.expect("a diagnosis");
    let remarks = diagnosis.remarks.join("\n");
    for (action, subject) in [
        ("::/apikeys (IAM action apigateway:GET is missing)", "the list"),
        ("apigateway:GET on their keys", "the members"),
        ("::/account (IAM action apigateway:GET is missing)", "the role for logs"),
        ("::/restapis/w4k8t2m7xq/resources (IAM action apigateway:GET is missing)", "the methods"),
        ("::/restapis/w4k8t2m7xq/stages/prod (IAM action apigateway:GET is missing)", "the stage"),
    ] {
        assert!(remarks.contains(action), "{subject}: {remarks}");
    }
    let findings = diagnosis.findings;
    let kinds: BTreeSet<&str> = findings.iter().map(|finding| finding.kind.as_str()).collect();
    // A tenant key with only a value may belong to any pool key, so no counter can be called wrong.
    let undetermined_kinds = [
        "counter-differs",
        "pool-key-disabled",
        "tenant-key-without-api-key",
        "orphan-key",
        "no-log-role",
        "not-deployed",
    ];
    for kind in undetermined_kinds {
        assert!(!kinds.contains(kind), "{kind}: {kinds:?}");
    }
    assert!(kinds.contains("price-list-differs"));
}

/// Kinds that are fixed only after a separate confirmation.
const SEPARATELY_CONFIRMED_KINDS: [&str; 6] = [
    "tenant-key-without-api-key",
    "value-differs",
    "name-differs",
    "enabled-differs",
    "orphan-key",
    "price-list-differs",
];

/// All fixes that need no separate confirmation and, if a source is given, each choice in favour of that source.
pub(super) fn fixes_preferring(report: &DoctorReport, source: Option<Source>) -> Vec<ConfirmedFix> {
    let choices = report.findings.iter().filter_map(|finding| match &finding.fix {
        FixOffer::Choice(choice) => {
            Some(ConfirmedFix::new(finding, choice.change_for(source?)?, &report.inventory))
        }
        FixOffer::Manual | FixOffer::WithAll(_) | FixOffer::Separate(_) => None,
    });
    report.bulk_fixes().into_iter().chain(choices).collect()
}

#[tokio::test]
async fn fixes_can_prefer_api_gateway() {
    let (_local, aws) = start_local_aws(World::SampleDrifted).await;
    let fixes = fixes_preferring(&diagnose(&aws).await, Some(Source::ApiGateway));
    assert_eq!(outcomes(&apply_fixes(&aws, &fixes).await), vec![FixOutcome::Fixed; fixes.len()]);
    let kinds = labels(&findings(&aws).await).into_iter().map(|(kind, _)| kind).collect::<BTreeSet<_>>();
    assert!(kinds.contains("orphan-key") && !kinds.contains("enabled-differs"), "{kinds:?}");
    assert!(fixes_preferring(&diagnose(&aws).await, Some(Source::Tables)).is_empty(), "both sources agree");
}

/// Kind and subject of each finding that can be fixed.
fn fixable_labels(report: &DoctorReport) -> Vec<(&'static str, &str)> {
    let fixable = report.findings.iter().filter(|finding| finding.fix.is_possible());
    fixable.map(|finding| (finding.kind.as_str(), finding.subject.as_str())).collect()
}

async fn start_account() -> (LocalAws, TestAccount) {
    let local =
        LocalAws::start(Options { world: World::Empty, ..Options::default() }).await.expect("local AWS");
    let account = TestAccount::build(Backend::LocalAws, &local.endpoint()).await;
    (local, account)
}

async fn fix_all(aws: &Aws) -> DoctorReport {
    let fixes = diagnose(aws).await.bulk_fixes();
    fix_and_diagnose(aws, &fixes).await.1
}

async fn rotate(account: &TestAccount, tenant_key: &TenantKeyId, grace: u64) -> TenantKeyId {
    let rotation = Change::Rotate { tenant_keys: vec![tenant_key.clone()], grace };
    account.apply(&rotation).await.expect("it is rotated").moved.remove(0)
}

#[tokio::test]
async fn a_grace_period_survives_a_second_rotation() {
    let (_local, account) = start_account().await;
    let first = account.create_key(&account.siloed_plan, "web").await;
    let first_api_key = ApiKeyId::new(first.id.as_str());
    let second = rotate(&account, &first.id, 24 * 60 * 60).await;
    let third = rotate(&account, &second, 0).await;
    fix_all(&account.aws).await;
    let inventory = account.inventory().await;
    assert!(inventory.is_live(&first_api_key), "the grace period of 24 h still runs");
    assert_eq!(inventory.api_key(&second.as_str().into()).key(), None);

    // Deleting the tenant key also deletes its former API key, which the caution names.
    let delete = Change::Delete(vec![third]);
    let caution = delete.cautions(&inventory).remove(0);
    assert!(caution.starts_with(&format!("API key {}", first.id)), "{caution}");
    account.apply(&delete).await.expect("it is deleted");
    let inventory = account.inventory().await;
    assert_eq!(inventory.api_key(&first_api_key).key(), None);
    assert_eq!(fixable_labels(&diagnose(&account.aws).await), [] as [(&str, &str); 0]);
}

#[tokio::test]
async fn tags_missing_from_the_list_are_read_from_the_api_key() {
    let (local, account) = start_account().await;
    local.set_switches(Switches { lists_without_tags: true, ..local.switches() });
    // First: an API key that is older than every tenant key may be older than the tables.
    let retiring = account.create_key(&account.siloed_plan, "graceful").await;
    let first = account.create_key(&account.siloed_plan, "web").await;
    rotate(&account, &retiring.id, 60 * 60).await;
    // An interrupted create: the API key has keypool's tags, but no tenant key.
    let (gateway, dynamodb) = sdk_clients(&account.endpoint);
    let tenant_key = aws_sdk_dynamodb::types::AttributeValue::S(first.id.to_string());
    dynamodb
        .delete_item()
        .table_name(KEYS_TABLE)
        .key("id", tenant_key)
        .send()
        .await
        .expect("the tenant key is deleted");
    let created = gateway.create_api_key().name("theirs").enabled(true).send().await.expect("a key");
    let orphan = created.id().expect("an id").to_owned();
    gateway
        .create_usage_plan_key()
        .usage_plan_id(account.siloed_plan.as_str())
        .key_id(&orphan)
        .key_type("API_KEY")
        .send()
        .await
        .expect("attached");
    let expected = [("interrupted-create", first.id.as_str()), ("orphan-key", orphan.as_str())];
    assert_eq!(
        fixable_labels(&diagnose(&account.aws).await),
        expected,
        "a key in its grace period is no problem"
    );
    let after = fix_all(&account.aws).await;
    assert_eq!(fixable_labels(&after), [("orphan-key", orphan.as_str())]);
    assert!(account.inventory().await.is_live(&retiring.id.as_str().into()), "the grace period still runs");

    // Without permission to read single API keys no fix is offered.
    let denied = Answer::AccessDenied { action: None };
    local.faults().script(Fault::on("GetApiKey", denied).always());
    let report = diagnose(&account.aws).await;
    assert!(report.findings.iter().all(|finding| !finding.fix.is_possible()), "{:?}", report.findings);
    assert!(report.remarks.iter().any(|remark| remark.contains("/apikeys/")), "{:?}", report.remarks);
}
