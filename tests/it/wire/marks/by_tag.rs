//! Marks by tag alone, where there is no Pools table: what an operation works on is no finding of a doctor beside it, and
//! no tag stays.

use std::collections::BTreeSet;

use aws_sdk_apigateway::types::ApiStage;
use keypool::ops;
use keypool_domain::change::OtherPlans;
use keypool_domain::key::tag;
use keypool_domain::{Change, PlanId};
use keypool_local_aws::{Answer, Fault, LocalAws};

use super::staged;
use crate::wire::stage::{POOLS, Stage, new_keys};
use crate::wire::support::unwatched;

const WRITES: [&str; 8] = ["Import", "Create", "Update", "Delete", "Put", "TransactWrite", "Tag", "Untag"];

/// A world without a table of pools, and a second siloed plan of the same stage.
async fn without_pools() -> (LocalAws, Stage, PlanId) {
    let (local, stage) = staged().await;
    stage.dynamodb.delete_table().table_name(POOLS).send().await.expect("the table is gone");
    let first = stage.gateway.get_usage_plan().usage_plan_id(stage.siloed.as_str()).send().await;
    let covered: Vec<ApiStage> = first.expect("the plan").api_stages.unwrap_or_default();
    let other = stage.gateway.create_usage_plan().name("Other").set_api_stages(Some(covered));
    let other = PlanId::new(other.send().await.expect("a plan").id.expect("its id"));
    stage.priced(&other, "Other").await;
    let stage = stage.moved_to(&local.endpoint()).await;
    (local, stage, other)
}

async fn found(stage: &Stage) -> BTreeSet<String> {
    let diagnosis = ops::diagnose(&stage.aws, &unwatched()).await.expect("a diagnosis");
    diagnosis.findings.iter().map(|one| format!("{:?} {}", one.kind, one.subject)).collect()
}

async fn marked_by_tag(stage: &Stage) -> usize {
    let seen = stage.inventory().await;
    let keys = seen.api_keys().value_to_show().expect("a list");
    keys.iter().filter(|key| key.tags.contains_key(tag::WORKING_UNTIL)).count()
}

/// Stops the change right after this call took effect, lets a doctor look and fix, and lets it go on.
async fn beside_a_doctor((local, stage): (&LocalAws, &Stage), change: &Change, call: &str) {
    let before = found(stage).await;
    let account = stage.inventory().await;
    local.faults().script(Fault::on(call, Answer::Normal).after());
    let run = unwatched();
    let work = ops::apply(&stage.aws, &account, change, &run);
    tokio::pin!(work);
    tokio::select! {
        biased;
        () = local.faults().met() => {}
        ended = &mut work => panic!("{change:?} ended before {call}: {ended:?}"),
    }
    local.faults().clear();
    let during = found(stage).await;
    let new: Vec<_> = during.difference(&before).collect();
    assert!(new.is_empty(), "{change:?} at {call}: work in progress is found: {new:?}");
    local.calls().clear();
    let shown = ops::diagnose(&stage.aws, &unwatched()).await.expect("a diagnosis");
    ops::fix_confirmed(&stage.aws, &shown.fixes_with_all(), &|_| (), &unwatched()).await.expect("a look");
    let writes = local.calls().all();
    let writes: Vec<_> =
        writes.iter().filter(|one| WRITES.iter().any(|start| one.operation.starts_with(start))).collect();
    assert!(writes.is_empty(), "{change:?} at {call}: the doctor wrote {writes:?}");
    work.await.unwrap_or_else(|why| panic!("{change:?} after a doctor at {call}: {why}"));
    assert_eq!(marked_by_tag(stage).await, 0, "{change:?}: a tag stays");
    let after = found(stage).await;
    let new: Vec<_> = after.difference(&before).collect();
    assert!(new.is_empty(), "{change:?} at {call}: something is left: {new:?}");
}

#[tokio::test]
async fn a_create_by_tags_alone_goes_on_beside_a_doctor() {
    let (local, stage, _) = without_pools().await;
    for call in ["CreateApiKey", "CreateUsagePlanKey"] {
        beside_a_doctor((&local, &stage), &new_keys(&stage.siloed, "web", 1), call).await;
    }
    assert_eq!(stage.inventory().await.rows().len(), 2);
}

#[tokio::test]
async fn a_rotation_by_tags_alone_goes_on_beside_a_doctor() {
    let (local, stage, _) = without_pools().await;
    let mut row = stage.one(&stage.siloed, "web").await;
    for call in ["CreateApiKey", "CreateUsagePlanKey"] {
        let rotate = Change::Rotate { rows: vec![row.id.clone()], grace: 0 };
        beside_a_doctor((&local, &stage), &rotate, call).await;
        let seen = stage.inventory().await;
        let rotated = seen.rows().iter().find(|now| now.name == "web").expect("it is there").clone();
        assert_ne!(rotated.id, row.id);
        assert!(seen.is_live(&rotated.require_api_key().expect("known")));
        row = rotated;
    }
}

#[tokio::test]
async fn a_move_by_tags_alone_goes_on_beside_a_doctor() {
    let (local, stage, other) = without_pools().await;
    let row = stage.one(&stage.siloed, "web").await;
    let to = |plan: &PlanId| Change::ChangePlan {
        rows: vec![row.id.clone()],
        plan: plan.clone(),
        others: OtherPlans::Refuse,
    };
    beside_a_doctor((&local, &stage), &to(&other), "DeleteUsagePlanKey").await;
    beside_a_doctor((&local, &stage), &to(&stage.siloed), "CreateUsagePlanKey").await;
    let seen = stage.inventory().await;
    assert_eq!(seen.row(&row.id).expect("it is there").plan, stage.siloed);
}
