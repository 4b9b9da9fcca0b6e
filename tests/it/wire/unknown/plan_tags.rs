//! Tags of usage plans, which the inventory omits if there are many plans: no decision is made without them, and a
//! change reads the tags of its plan.

use keypool::ops;
use keypool_domain::drift::FindingKind;
use keypool_domain::managed::is_managed;
use keypool_domain::{Change, Known, PlanChange, PlanId, Refusal, Unknown};
use keypool_local_aws::{Answer, Fault, LocalAws};

use super::start_account;
use crate::wire::support::silent_run;
use crate::wire::test_account::{TestAccount, create_change};

/// More plans than the inventory reads tags for.
const MANY_PLANS: usize = 31;

/// Creates a plan with these tags and no price-list entry, among many others.
async fn create_plan_among_many(account: &TestAccount, tags: &[(&str, &str)]) -> PlanId {
    let request = account.gateway.create_usage_plan().name("Tagged");
    let request = tags.iter().fold(request, |request, (name, value)| request.tags(*name, *value));
    let id = request.send().await.expect("a plan").id.expect("its id");
    for n in 0..MANY_PLANS {
        account.gateway.create_usage_plan().name(format!("Theirs-{n}")).send().await.expect("a plan");
    }
    PlanId::new(id)
}

fn count_calls(local: &LocalAws, operation: &str) -> usize {
    local.calls().all().iter().filter(|call| call.operation == operation).count()
}

#[tokio::test]
async fn a_plan_with_unread_tags_is_neither_managed_nor_foreign() {
    let (local, account) = start_account().await;
    let plan = create_plan_among_many(&account, &[("keypool:request", "r")]).await;
    let inventory = account.inventory().await;
    assert_eq!(count_calls(&local, "GetUsagePlan"), 0, "the inventory is read without tags");
    let is_managed_plan = is_managed(&plan, &inventory);
    assert_eq!(is_managed_plan, Known::Unknown(Unknown::NotReadYet));
    let changes = [PlanChange::Delete(plan.clone()).into(), create_change(&plan, "web", 1)];
    for change in changes {
        assert!(matches!(change.units(&inventory), Err(Refusal::Unknown { .. })), "{change:?}");
        let before = count_calls(&local, "GetUsagePlan");
        let slice = std::slice::from_ref(&change);
        let inventory =
            ops::with_change_details(&account.aws, inventory.clone(), slice).await.expect("they are read");
        assert_eq!(count_calls(&local, "GetUsagePlan") - before, 1, "only the tags of this plan");
        assert!(change.units(&inventory).is_ok(), "keypool created the plan: {:?}", change.units(&inventory));
    }
    let denied = Answer::AccessDenied { action: None };
    local.faults().script(Fault::on("GetUsagePlan", denied).always());
    let change: Change = PlanChange::Delete(plan).into();
    let inventory = ops::with_change_details(&account.aws, inventory, std::slice::from_ref(&change))
        .await
        .expect("they are not read");
    let refused = change.units(&inventory).expect_err("refused").to_string();
    assert!(refused.contains("::/usageplans/"), "{refused}");
}

#[tokio::test]
async fn the_doctor_reports_no_plan_whose_tags_cannot_be_read() {
    let (local, account) = start_account().await;
    let plan = create_plan_among_many(&account, &[("keypool:request", "r")]).await;
    let has_finding = |kind| {
        let (aws, plan) = (account.aws.clone(), plan.clone());
        async move {
            let findings = ops::diagnose(&aws, &silent_run()).await.expect("a diagnosis").findings;
            findings.iter().any(|finding| finding.kind == kind && finding.subject == plan.as_str())
        }
    };
    assert!(has_finding(FindingKind::PlanWithoutPrice).await, "an interrupted plan creation");
    let denied = Answer::AccessDenied { action: None };
    local.faults().script(Fault::on("GetUsagePlan", denied).always());
    assert!(!has_finding(FindingKind::PlanWithoutPrice).await);
}
