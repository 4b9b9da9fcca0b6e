//! Work marks as tags of API keys, used where there is no Pools table: the doctor ignores work in progress, and
//! finished operations remove the tag.

use std::collections::BTreeSet;

use aws_sdk_apigateway::types::ApiStage;
use keypool::ops;
use keypool_domain::change::OtherPlans;
use keypool_domain::key::tag;
use keypool_domain::{Change, PlanId};
use keypool_local_aws::{Answer, Fault, LocalAws};

use super::start_account;
use crate::wire::support::silent_run;
use crate::wire::test_account::{POOLS_TABLE, TestAccount, create_change};

const WRITE_PREFIXES: [&str; 8] =
    ["Import", "Create", "Update", "Delete", "Put", "TransactWrite", "Tag", "Untag"];

/// An account without a Pools table, with a second siloed plan for the same stage.
async fn start_without_pools_table() -> (LocalAws, TestAccount, PlanId) {
    let (local, account) = start_account().await;
    account.dynamodb.delete_table().table_name(POOLS_TABLE).send().await.expect("the table is gone");
    let first = account.gateway.get_usage_plan().usage_plan_id(account.siloed_plan.as_str()).send().await;
    let covered: Vec<ApiStage> = first.expect("the plan").api_stages.unwrap_or_default();
    let other = account.gateway.create_usage_plan().name("Other").set_api_stages(Some(covered));
    let other = PlanId::new(other.send().await.expect("a plan").id.expect("its id"));
    account.put_price_list_entry(&other, "Other").await;
    let account = account.connect_to(&local.endpoint()).await;
    (local, account, other)
}

async fn finding_labels(account: &TestAccount) -> BTreeSet<String> {
    let diagnosis = ops::diagnose(&account.aws, &silent_run()).await.expect("a diagnosis");
    diagnosis.findings.iter().map(|finding| format!("{:?} {}", finding.kind, finding.subject)).collect()
}

async fn count_marked_api_keys(account: &TestAccount) -> usize {
    let inventory = account.inventory().await;
    let keys = inventory.api_keys().value_to_show().expect("a list");
    keys.iter().filter(|key| key.tags.contains_key(tag::WORKING_UNTIL)).count()
}

/// Pauses the change right after this call takes effect, runs the doctor with fixes, and resumes.
async fn apply_beside_doctor((local, account): (&LocalAws, &TestAccount), change: &Change, call: &str) {
    let before = finding_labels(account).await;
    let inventory = account.inventory().await;
    local.faults().script(Fault::on(call, Answer::Normal).after());
    let run = silent_run();
    let work = ops::apply(&account.aws, &inventory, change, &run);
    tokio::pin!(work);
    tokio::select! {
        biased;
        () = local.faults().wait_for_hit() => {}
        ended = &mut work => panic!("{change:?} ended before {call}: {ended:?}"),
    }
    local.faults().clear();
    let during = finding_labels(account).await;
    let new: Vec<_> = during.difference(&before).collect();
    assert!(new.is_empty(), "{change:?} at {call}: the doctor reports work in progress: {new:?}");
    local.calls().clear();
    let report = ops::diagnose(&account.aws, &silent_run()).await.expect("a diagnosis");
    ops::fix_confirmed(&account.aws, &report.bulk_fixes(), &|_| (), &silent_run()).await.expect("fixes");
    let writes = local.calls().all();
    let writes: Vec<_> = writes
        .iter()
        .filter(|call| WRITE_PREFIXES.iter().any(|prefix| call.operation.starts_with(prefix)))
        .collect();
    assert!(writes.is_empty(), "{change:?} at {call}: the doctor wrote {writes:?}");
    work.await.unwrap_or_else(|error| panic!("{change:?} after a doctor at {call}: {error}"));
    assert_eq!(count_marked_api_keys(account).await, 0, "{change:?}: a tag is left");
    let after = finding_labels(account).await;
    let new: Vec<_> = after.difference(&before).collect();
    assert!(new.is_empty(), "{change:?} at {call}: new findings afterwards: {new:?}");
}

#[tokio::test]
async fn the_doctor_leaves_a_create_marked_by_tags_alone() {
    let (local, account, _) = start_without_pools_table().await;
    for call in ["CreateApiKey", "CreateUsagePlanKey"] {
        apply_beside_doctor((&local, &account), &create_change(&account.siloed_plan, "web", 1), call).await;
    }
    assert_eq!(account.inventory().await.tenant_keys().len(), 2);
}

#[tokio::test]
async fn the_doctor_leaves_a_rotation_marked_by_tags_alone() {
    let (local, account, _) = start_without_pools_table().await;
    let mut tenant_key = account.create_key(&account.siloed_plan, "web").await;
    for call in ["CreateApiKey", "CreateUsagePlanKey"] {
        let rotate = Change::Rotate { tenant_keys: vec![tenant_key.id.clone()], grace: 0 };
        apply_beside_doctor((&local, &account), &rotate, call).await;
        let inventory = account.inventory().await;
        let rotated = inventory
            .tenant_keys()
            .iter()
            .find(|candidate| candidate.name == "web")
            .expect("the tenant key")
            .clone();
        assert_ne!(rotated.id, tenant_key.id);
        assert!(inventory.is_live(&rotated.require_api_key().expect("known")));
        tenant_key = rotated;
    }
}

#[tokio::test]
async fn the_doctor_leaves_a_plan_change_marked_by_tags_alone() {
    let (local, account, other) = start_without_pools_table().await;
    let tenant_key = account.create_key(&account.siloed_plan, "web").await;
    let move_to = |plan: &PlanId| Change::ChangePlan {
        tenant_keys: vec![tenant_key.id.clone()],
        plan: plan.clone(),
        other_plans: OtherPlans::Refuse,
    };
    apply_beside_doctor((&local, &account), &move_to(&other), "DeleteUsagePlanKey").await;
    apply_beside_doctor((&local, &account), &move_to(&account.siloed_plan), "CreateUsagePlanKey").await;
    let inventory = account.inventory().await;
    assert_eq!(inventory.tenant_key(&tenant_key.id).expect("the tenant key").plan, account.siloed_plan);
}
