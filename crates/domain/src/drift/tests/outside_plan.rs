//! A pool key in another plan: API Gateway allows one plan per stage.

use super::*;
use crate::refusal::OtherPlansRefusal;
use crate::{Refusal, Step};

/// `p1` is in `gold`, which covers the same stage, instead of in `free`.
fn in_another_plan() -> Account {
    Account::consistent().with(|account| {
        account.parts.plans.push(plan("gold"));
        account.parts.members.insert("gold".into(), vec!["p1".into()].into());
        account.parts.members.insert("free".into(), vec!["p2".into()].into());
    })
}

#[test]
fn moving_a_pool_key_back_to_its_plan_needs_its_own_consent() {
    let account = in_another_plan();
    let inventory = Inventory::new(account.parts);
    let found = findings(&inventory, &account.observed);
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(
        found[0].summary,
        "pool key p1 is in gold-plan instead of free-plan; 1 tenant key refers to it"
    );
    let back = Fix::ReturnToPlan { api_key: "p1".into(), plan: "free".into(), from: "gold".into() };
    let back = Change::Fix(back);
    assert_eq!(found[0].fix, FixOffer::Separate(vec![back.clone()]));
    let announcement = crate::Announcement::new(&back, &inventory).expect("an announcement");
    let plans: Vec<_> = announcement.plans.iter().map(|plan| plan.id.as_str()).collect();
    assert_eq!(
        (plans, announcement.tenants.len(), announcement.needs_confirmation),
        (vec!["free", "gold"], 1, true)
    );
    assert_eq!(announcement.summary, "move pool key p1 from gold-plan back to free-plan");
    let steps = &back.units(&inventory).expect("steps")[0].steps;
    assert!(matches!(steps[..], [Step::DetachApiKey { .. }, Step::AttachApiKey { .. }]), "{steps:?}");
}

#[test]
fn attaching_is_refused_while_another_plan_covers_the_stage() {
    let attach = Change::Fix(Fix::Attach { api_key: "p1".into(), plan: "free".into() });
    let refused = attach.units(&Inventory::new(in_another_plan().parts));
    let is_same_stage = matches!(refused, Err(Refusal::OtherPlans(OtherPlansRefusal::SameStage { .. })));
    assert!(is_same_stage, "{refused:?}");
}
