//! Tags of usage plans, which of many plans are not read with the account: nothing is decided without them, and a change
//! reads those of the plan at hand.

use keypool::ops;
use keypool_domain::drift::Kind;
use keypool_domain::managed::{TenantSource, is_managed};
use keypool_domain::{Change, Known, PlanChange, PlanId, Refusal, Unknown};
use keypool_local_aws::{Answer, Fault, LocalAws};

use super::start_account;
use crate::wire::support::plain_run;
use crate::wire::test_account::{TestAccount, create_change};

/// More plans than the tags are read of with the account.
const MANY_PLANS: usize = 31;

/// A plan without a price-list entry among many, with these tags.
async fn plan_among_many(stage: &TestAccount, tags: &[(&str, &str)]) -> PlanId {
    let asked = stage.gateway.create_usage_plan().name("Tagged");
    let asked = tags.iter().fold(asked, |asked, (name, value)| asked.tags(*name, *value));
    let id = asked.send().await.expect("a plan").id.expect("its id");
    for n in 0..MANY_PLANS {
        stage.gateway.create_usage_plan().name(format!("Theirs-{n}")).send().await.expect("a plan");
    }
    PlanId::new(id)
}

fn count_calls(local: &LocalAws, operation: &str) -> usize {
    local.calls().all().iter().filter(|call| call.operation == operation).count()
}

#[tokio::test]
async fn a_plan_with_unread_tags_is_neither_managed_nor_foreign() {
    let (local, stage) = start_account().await;
    let plan = plan_among_many(&stage, &[("keypool:request", "r")]).await;
    let seen = stage.inventory().await;
    assert_eq!(count_calls(&local, "GetUsagePlan"), 0, "of many plans no tags are read with the account");
    let is_it = is_managed(&plan, &seen, TenantSource::Tables);
    assert_eq!(is_it, Known::Unknown(Unknown::NotReadYet));
    let changes = [PlanChange::Delete(plan.clone()).into(), create_change(&plan, "web", 1)];
    for change in changes {
        assert!(matches!(change.units(&seen), Err(Refusal::NotKnown { .. })), "{change:?}");
        let before = count_calls(&local, "GetUsagePlan");
        let one = std::slice::from_ref(&change);
        let seen = ops::with_change_details(&stage.aws, seen.clone(), one).await.expect("they are read");
        assert_eq!(count_calls(&local, "GetUsagePlan") - before, 1, "the plan at hand alone");
        assert!(change.units(&seen).is_ok(), "keypool made it: {:?}", change.units(&seen));
    }
    let denied = Answer::AccessDenied { action: None };
    local.faults().script(Fault::on("GetUsagePlan", denied).always());
    let change: Change = PlanChange::Delete(plan).into();
    let seen = ops::with_change_details(&stage.aws, seen, std::slice::from_ref(&change))
        .await
        .expect("they are not read");
    let refused = change.units(&seen).expect_err("refused").to_string();
    assert!(refused.contains("::/usageplans/"), "{refused}");
}

#[tokio::test]
async fn the_doctor_reports_no_plan_whose_tags_cannot_be_read() {
    let (local, stage) = start_account().await;
    let plan = plan_among_many(&stage, &[("keypool:request", "r")]).await;
    let found = |kind| {
        let (aws, plan) = (stage.aws.clone(), plan.clone());
        async move {
            let found = ops::diagnose(&aws, &plain_run()).await.expect("a diagnosis").findings;
            found.iter().any(|one| one.kind == kind && one.subject == plan.as_str())
        }
    };
    assert!(found(Kind::PlanWithoutPrice).await, "a plan whose creation was cut");
    let denied = Answer::AccessDenied { action: None };
    local.faults().script(Fault::on("GetUsagePlan", denied).always());
    assert!(!found(Kind::PlanWithoutPrice).await);
}
