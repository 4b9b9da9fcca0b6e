//! Marks by tag alone, where there is no Pools table: what an operation works on is no finding of a doctor beside it, and
//! no tag stays.

use std::collections::BTreeSet;

use aws_sdk_apigateway::types::ApiStage;
use keypool::ops;
use keypool_domain::change::OtherPlans;
use keypool_domain::key::tag;
use keypool_domain::{Change, PlanId};
use keypool_local_aws::{Answer, Fault, LocalAws};

use super::start_account;
use crate::wire::support::plain_run;
use crate::wire::test_account::{POOLS_TABLE, TestAccount, create_change};

const WRITE_PREFIXES: [&str; 8] =
    ["Import", "Create", "Update", "Delete", "Put", "TransactWrite", "Tag", "Untag"];

/// A world without a table of pools, and a second siloed plan of the same stage.
async fn start_without_pools_table() -> (LocalAws, TestAccount, PlanId) {
    let (local, stage) = start_account().await;
    stage.dynamodb.delete_table().table_name(POOLS_TABLE).send().await.expect("the table is gone");
    let first = stage.gateway.get_usage_plan().usage_plan_id(stage.siloed_plan.as_str()).send().await;
    let covered: Vec<ApiStage> = first.expect("the plan").api_stages.unwrap_or_default();
    let other = stage.gateway.create_usage_plan().name("Other").set_api_stages(Some(covered));
    let other = PlanId::new(other.send().await.expect("a plan").id.expect("its id"));
    stage.put_price_list_entry(&other, "Other").await;
    let stage = stage.connect_to(&local.endpoint()).await;
    (local, stage, other)
}

async fn finding_labels(stage: &TestAccount) -> BTreeSet<String> {
    let diagnosis = ops::diagnose(&stage.aws, &plain_run()).await.expect("a diagnosis");
    diagnosis.findings.iter().map(|one| format!("{:?} {}", one.kind, one.subject)).collect()
}

async fn count_marked_api_keys(stage: &TestAccount) -> usize {
    let seen = stage.inventory().await;
    let keys = seen.api_keys().value_to_show().expect("a list");
    keys.iter().filter(|key| key.tags.contains_key(tag::WORKING_UNTIL)).count()
}

/// Stops the change right after this call took effect, lets a doctor look and fix, and lets it go on.
async fn apply_beside_doctor((local, stage): (&LocalAws, &TestAccount), change: &Change, call: &str) {
    let before = finding_labels(stage).await;
    let account = stage.inventory().await;
    local.faults().script(Fault::on(call, Answer::Normal).after());
    let run = plain_run();
    let work = ops::apply(&stage.aws, &account, change, &run);
    tokio::pin!(work);
    tokio::select! {
        biased;
        () = local.faults().met() => {}
        ended = &mut work => panic!("{change:?} ended before {call}: {ended:?}"),
    }
    local.faults().clear();
    let during = finding_labels(stage).await;
    let new: Vec<_> = during.difference(&before).collect();
    assert!(new.is_empty(), "{change:?} at {call}: work in progress is found: {new:?}");
    local.calls().clear();
    let shown = ops::diagnose(&stage.aws, &plain_run()).await.expect("a diagnosis");
    ops::fix_confirmed(&stage.aws, &shown.bulk_fixes(), &|_| (), &plain_run()).await.expect("a look");
    let writes = local.calls().all();
    let writes: Vec<_> = writes
        .iter()
        .filter(|one| WRITE_PREFIXES.iter().any(|start| one.operation.starts_with(start)))
        .collect();
    assert!(writes.is_empty(), "{change:?} at {call}: the doctor wrote {writes:?}");
    work.await.unwrap_or_else(|why| panic!("{change:?} after a doctor at {call}: {why}"));
    assert_eq!(count_marked_api_keys(stage).await, 0, "{change:?}: a tag stays");
    let after = finding_labels(stage).await;
    let new: Vec<_> = after.difference(&before).collect();
    assert!(new.is_empty(), "{change:?} at {call}: something is left: {new:?}");
}

#[tokio::test]
async fn the_doctor_leaves_a_create_marked_by_tags_alone() {
    let (local, stage, _) = start_without_pools_table().await;
    for call in ["CreateApiKey", "CreateUsagePlanKey"] {
        apply_beside_doctor((&local, &stage), &create_change(&stage.siloed_plan, "web", 1), call).await;
    }
    assert_eq!(stage.inventory().await.tenant_keys().len(), 2);
}

#[tokio::test]
async fn the_doctor_leaves_a_rotation_marked_by_tags_alone() {
    let (local, stage, _) = start_without_pools_table().await;
    let mut row = stage.create_key(&stage.siloed_plan, "web").await;
    for call in ["CreateApiKey", "CreateUsagePlanKey"] {
        let rotate = Change::Rotate { tenant_keys: vec![row.id.clone()], grace: 0 };
        apply_beside_doctor((&local, &stage), &rotate, call).await;
        let seen = stage.inventory().await;
        let rotated = seen.tenant_keys().iter().find(|now| now.name == "web").expect("it is there").clone();
        assert_ne!(rotated.id, row.id);
        assert!(seen.is_live(&rotated.require_api_key().expect("known")));
        row = rotated;
    }
}

#[tokio::test]
async fn the_doctor_leaves_a_plan_change_marked_by_tags_alone() {
    let (local, stage, other) = start_without_pools_table().await;
    let row = stage.create_key(&stage.siloed_plan, "web").await;
    let to = |plan: &PlanId| Change::ChangePlan {
        tenant_keys: vec![row.id.clone()],
        plan: plan.clone(),
        others: OtherPlans::Refuse,
    };
    apply_beside_doctor((&local, &stage), &to(&other), "DeleteUsagePlanKey").await;
    apply_beside_doctor((&local, &stage), &to(&stage.siloed_plan), "CreateUsagePlanKey").await;
    let seen = stage.inventory().await;
    assert_eq!(seen.tenant_key(&row.id).expect("it is there").plan, stage.siloed_plan);
}
