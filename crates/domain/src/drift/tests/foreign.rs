//! Plans of other teams: only their tenant keys can be findings.

use super::sentences::attach_key;
use super::*;

/// Makes "silo" another team's plan, with everything that would be a finding in a managed plan.
fn foreign_plan(account: &mut Account) {
    let stage = StageRef { api: "theirs".into(), stage: "prod".into() };
    let first = &mut account.parts.plans[0];
    first.price_list_entry = None;
    first.stages.clear();
    let second = Plan { price_list_entry: None, stages: vec![stage.clone()], ..plan("second") };
    account.parts.plans.push(second);
    let methods = BTreeMap::from([("GET /".to_owned(), false)]);
    let edited = BTreeMap::from([("GET /".to_owned(), true)]);
    account
        .observed
        .stages
        .insert(stage, StageMethods { deployed: methods, edited, ..StageMethods::default() });
    account.keys().push(api_key("theirs", &[]));
    account.keys().push(ApiKey { enabled: false, ..api_key("off", &[]) });
    (0..10).for_each(|n| {
        let stage = StageRef { api: "theirs".into(), stage: "prod".into() };
        account.parts.plans.push(Plan {
            price_list_entry: None,
            stages: vec![stage],
            ..plan(&format!("more{n}"))
        });
        attach_key(account, &format!("more{n}"), "theirs");
    });
    attach_key(account, "silo", "theirs");
    attach_key(account, "silo", "off");
}

#[test]
fn a_foreign_plan_causes_no_findings() {
    assert_eq!(Account::consistent().with(foreign_plan).findings_and_fixes(), []);
}

#[test]
fn a_tenant_key_in_a_foreign_plan_is_still_checked() {
    let account = Account::consistent().with(|account| {
        foreign_plan(account);
        account.keys()[0].enabled = false;
    });
    let kinds: Vec<_> =
        account.findings_and_fixes().into_iter().map(|(kind, subject, _)| (kind, subject)).collect();
    assert_eq!(kinds, [(FindingKind::EnabledDiffers, "k1".to_owned())]);
}

#[test]
fn what_only_tags_show_is_never_fixed_with_all_in_a_foreign_plan() {
    let fix_of = |plan: Option<&str>| {
        let account = Account::consistent().with(|account| {
            foreign_plan(account);
            account.keys().push(api_key("tagged", &[(tag::RETIRES_AT, NOON)]));
            if let Some(plan) = plan {
                attach_key(account, plan, "tagged");
            }
        });
        let found = findings(&Inventory::new(account.parts), &account.observed);
        let finding = found.into_iter().find(|finding| finding.subject == "tagged").expect("a finding");
        (finding.kind, finding.fix)
    };
    let remove = || Change::Retire("tagged".into());
    let alone = FixOffer::Separate(vec![remove()]);
    assert_eq!(fix_of(Some("silo")), (FindingKind::SupersededKey, alone));
    for plan in [None, Some("free")] {
        assert_eq!(fix_of(plan), (FindingKind::SupersededKey, FixOffer::WithAll(remove())), "{plan:?}");
    }
}
