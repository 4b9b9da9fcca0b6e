//! Unmanaged plans: adopted, released, or defined by a CloudFormation stack.

use super::*;
use crate::key::tag;

#[test]
fn changing_an_unmanaged_plan_is_refused_with_the_adopt_command() {
    let inventory = inventory();
    let link = PlanEdit { link: vec![stage("gamma")], ..PlanEdit::default() };
    let priced = PlanEdit { price: Some(crate::Price::from_cents(1)), ..PlanEdit::default() };
    for change in [
        edit_limits("theirs", 1.0, 1),
        PlanChange::Edit { plan: "theirs".into(), edit: link }.into(),
        PlanChange::Edit { plan: "theirs".into(), edit: priced }.into(),
        PlanChange::Delete("theirs".into()).into(),
        Change::Extend(Extension {
            plan: "theirs".into(),
            keys: vec![("x1".into(), BalanceChange::Add(1))],
            reason: "why".into(),
        }),
    ] {
        let why = Announcement::new(&change, &inventory).expect_err("a refusal").to_string();
        let expected = "usage plan theirs-plan is not managed by keypool: adopt it first with `keypool plans adopt \
                        theirs-plan`";
        assert_eq!(why, expected, "{change:?}");
    }
}

#[test]
fn tenant_keys_in_an_unmanaged_plan_can_be_changed() {
    let inventory = Inventory::new(InventoryParts {
        tenant_keys: vec![tenant_key("x1", "theirs", "acme", None)],
        ..parts()
    });
    let balance = vec![("x1".into(), BalanceChange::Add(1))];
    for change in [
        edit("x1", false),
        Change::Delete(vec!["x1".into()]),
        Change::Rotate { tenant_keys: vec!["x1".into()], grace: 0 },
        Change::Extend(Extension { plan: "theirs".into(), keys: balance, reason: "why".into() }),
    ] {
        let announcement = Announcement::new(&change, &inventory).expect("an announcement");
        let writes_price_list =
            announcement.units.iter().flat_map(|unit| &unit.steps).any(|step| step.contains("Plans table"));
        assert!(!writes_price_list, "{announcement:?}");
    }
}

#[test]
fn adopting_lists_the_api_keys_and_writes_a_price_list_entry() {
    let adopt = PlanChange::Adopt { plan: "theirs".into(), entry: None };
    let announcement = Announcement::new(&adopt.into(), &inventory()).expect("an announcement");
    assert_eq!(announcement.summary, "adopt usage plan theirs-plan");
    assert_eq!(
        announcement.units[0].steps,
        ["write \"theirs-plan\" to the Plans table: no price, 1000 per DAY, 10 TPS"]
    );
    assert!(
        announcement.cautions.contains(&"theirs-plan has 1 API key: x1 \"name of x1\"".to_owned()),
        "{announcement:?}"
    );
    assert!(announcement.needs_confirmation);
    let again = PlanChange::Adopt { plan: "silo".into(), entry: None };
    let why = Announcement::new(&again.into(), &inventory()).expect_err("a refusal");
    assert_eq!(why.to_string(), "usage plan silo-plan is already managed");
}

#[test]
fn releasing_removes_the_tag_and_then_the_price_list_entry() {
    let tag_as_created = |parts: &mut InventoryParts| {
        parts.plans[0].tags = BTreeMap::from([(tag::REQUEST.to_owned(), "r".to_owned())]).into();
    };
    let mut parts = parts();
    tag_as_created(&mut parts);
    let inventory = Inventory::new(parts);
    let release = |plan: &str| Announcement::new(&PlanChange::Release(plan.into()).into(), &inventory);
    let announcement = release("silo").expect("an announcement");
    assert_eq!(
        announcement.units[0].steps,
        ["remove keypool's tag from usage plan silo-plan", "delete silo from the Plans table"]
    );
    assert_eq!(
        announcement.cautions,
        ["keypool still lists and fixes 1 tenant key of the plan; charges reports show calls but no price"]
    );
    let refused = |plan: &str| release(plan).expect_err("a refusal").to_string();
    assert!(refused("free").starts_with("free-plan has a pool of shared keys"), "{}", refused("free"));
    assert_eq!(refused("theirs"), "usage plan theirs-plan is not managed by keypool");
}

#[test]
fn adding_a_tenant_key_or_pool_to_an_unmanaged_plan_adopts_it_with_a_caution() {
    let inventory = inventory();
    let change_plan = Change::ChangePlan {
        tenant_keys: vec!["k1".into()],
        plan: "theirs".into(),
        other_plans: OtherPlans::Keep,
    };
    for change in [create("theirs"), import("theirs"), change_plan, create_pool("theirs", "x1")] {
        let announcement = Announcement::new(&change, &inventory).expect("an announcement");
        assert_eq!(announcement.units[0].subject, "usage plan theirs-plan", "{change:?}");
        assert!(
            announcement.units[0].steps[0].starts_with("write \"theirs-plan\" to the Plans table"),
            "{announcement:?}"
        );
        assert!(
            announcement.cautions[0].starts_with("this adopts usage plan theirs-plan"),
            "{announcement:?}"
        );
        assert!(announcement.needs_confirmation, "{change:?}");
    }
}

#[test]
fn changing_resources_of_a_cloudformation_stack_has_a_caution() {
    let mut parts = parts();
    let tags = || BTreeMap::from([("aws:cloudformation:stack-name".to_owned(), "shop".to_owned())]);
    for plan in [0, 4] {
        parts.plans[plan].tags = tags().into();
    }
    parts.api_keys = vec![ApiKey { tags: tags(), ..api_key("k1") }].into();
    let inventory = Inventory::new(parts.clone());
    let cautions = |change: Change| Announcement::new(&change, &inventory).expect("an announcement").cautions;
    let plan_caution =
        "the CloudFormation stack shop manages usage plan silo-plan: its next deployment may undo this";
    assert!(cautions(edit_limits("silo", 11.0, 1_001)).contains(&plan_caution.to_owned()));
    let mut unread = parts.clone();
    unread.plans[0].tags = crate::Known::not_allowed("apigateway:GET", "/usageplans/silo");
    let announcement = Announcement::new(&edit_limits("silo", 11.0, 1_001), &Inventory::new(unread))
        .expect("an announcement");
    let not_known = "whether a CloudFormation stack manages usage plan silo-plan is not known: IAM permission \
                     apigateway:GET on /usageplans/silo is missing";
    assert!(announcement.cautions.contains(&not_known.to_owned()), "{:?}", announcement.cautions);
    let key_caution = "the CloudFormation stack shop manages API key k1: its next deployment may undo this";
    for change in [
        edit("k1", false),
        Change::Delete(vec!["k1".into()]),
        Change::Rotate { tenant_keys: vec!["k1".into()], grace: 0 },
    ] {
        assert!(cautions(change.clone()).contains(&key_caution.to_owned()), "{change:?}");
    }
    let adopted_plan_caution =
        "the CloudFormation stack shop manages usage plan theirs-plan: its next deployment may undo this";
    assert!(cautions(create("theirs")).contains(&adopted_plan_caution.to_owned()), "the change adopts it");
    assert!(cautions(create("silo")).is_empty(), "a new API key does not belong to the stack");
    assert_eq!(cautions(edit("r2", false)).len(), 1, "the shared key is not changed");
}
