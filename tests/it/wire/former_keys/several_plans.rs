//! Keys that move twice at a time, and keys in two plans: each plan has a note of its own.

use aws_sdk_apigateway::types::{ApiStage, Op, PatchOperation};

use super::*;

#[tokio::test(flavor = "multi_thread")]
async fn two_moves_at_the_same_time_have_a_note_each() {
    let mut october_account = OctoberAccount::start().await;
    let [siloed, pooled] =
        [&october_account.account.siloed_plan, &october_account.account.pooled_plan].map(Clone::clone);
    let key = october_account.create_key(&siloed, "acme").await;
    october_account.call(&key, 7).await;
    for plan in [pooled, siloed] {
        let tenant_keys = vec![key.id.clone()];
        let change = Change::ChangePlan { tenant_keys, plan, other_plans: OtherPlans::Refuse };
        october_account.account.apply(&change).await.expect("moved");
    }
    assert_eq!(october_account.notes().await.len(), 2);
    let charges = october_account.report(&silent_run()).await;
    // keypool calls once with the new API key, until it is accepted.
    let own = expected(&[("acme", "Siloed", Some(4_900), 7 + 1)]);
    assert_eq!(lines(&charges), own, "{:?}", charges.remarks);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_in_two_plans_keeps_the_calls_in_both_when_it_is_deleted() {
    let mut october_account = OctoberAccount::start().await;
    let plan = october_account.account.siloed_plan.clone();
    let key = october_account.create_key(&plan, "acme").await;
    october_account.call(&key, 4).await;
    let gateway = &october_account.account.gateway;
    let inventory = october_account.account.inventory().await;
    let stage = inventory.plan(&plan).expect("the plan").stages[0].clone();
    let unlink = PatchOperation::builder().op(Op::Remove).path("/apiStages");
    let unlink = unlink.value(format!("{}:{}", stage.api, stage.stage)).build();
    let unlinked = gateway.update_usage_plan().usage_plan_id(plan.as_str()).patch_operations(unlink);
    unlinked.send().await.expect("unlinked");
    let stage = ApiStage::builder().api_id(&stage.api).stage(&stage.stage).build();
    let extra = gateway.create_usage_plan().name("Extra").api_stages(stage).send().await.expect("a plan");
    let extra = PlanId::new(extra.id().expect("an id"));
    let attach = gateway.create_usage_plan_key().usage_plan_id(extra.as_str()).key_id(key.id.as_str());
    attach.key_type("API_KEY").send().await.expect("attached");
    october_account.call(&TenantKey { plan: extra, ..key.clone() }, 7).await;
    let both = expected(&[("acme", "Extra", None, 7), ("acme", "Siloed", Some(4_900), 4)]);
    assert_eq!(lines(&october_account.report(&silent_run()).await), both);
    october_account.set_time("2026-10-30T12:00:00Z");
    october_account.account.apply(&Change::Delete(vec![key.id.clone()])).await.expect("deleted");
    let charges = october_account.report(&silent_run()).await;
    assert_eq!(lines(&charges), both, "{:?}", charges.remarks);
}
