//! Without tables: an old key in its grace period that a killed move left outside its plan, and one whose end only tags
//! say.

use super::*;
use crate::change::OtherPlans;
use crate::source::tenant_keys_of_api_keys;
use crate::{InventorySource, TenantRules};

const END: &str = "2026-03-11T12:00:00Z";
const LATER: &str = "2026-03-10T12:03:00Z";

/// `k1` of acme replaced `k0`, and moved from Basic to `to`; `k0` was marked until then for a move to Gold.
fn moved(to: &str, marked_until: &str, old_is_in: Option<&str>) -> Vec<Finding> {
    let old = api_key(
        "k0",
        &[
            ("ownerId", "acme"),
            (tag::RETIRES_AT, END),
            (tag::REPLACED_BY, "k1"),
            (tag::PLAN, "gold"),
            (tag::MOVES_FROM, "basic"),
            (tag::WORKING_UNTIL, marked_until),
        ],
    );
    let new = api_key("k1", &[("ownerId", "acme"), (tag::REPLACES, "k0"), (tag::PLAN, to)]);
    let mut account = Account::consistent();
    let api_keys = vec![old, new];
    let plans: Vec<_> = ["basic", "gold"].map(plan).into();
    let mut members = testing::members(&[("basic", &[]), ("gold", &[])]);
    for (plan, key) in old_is_in.map(|plan| (plan, "k0")).into_iter().chain([(to, "k1")]) {
        members.get_mut(&plan.into()).and_then(Known::value_mut).expect("the plan").push(key.into());
    }
    let tenants = TenantRules::configured(vec!["tag:ownerId".parse().expect("a rule")]);
    let tenant_keys = tenant_keys_of_api_keys(&api_keys, &plans, &members, &tenants);
    let source = InventorySource::ApiGateway { tenants, managed_plans: vec!["*".to_owned()] };
    account.observed.price_list.clear();
    let (taken_at, api_keys) = (testing::at(NOON), api_keys.into());
    let parts =
        InventoryParts { source, plans, api_keys, members, tenant_keys, taken_at, ..testing::parts() };
    let mut found = findings(&Inventory::new(parts), &account.observed);
    found.retain(|finding| finding.kind == FindingKind::InterruptedMove);
    found
}

#[test]
fn an_old_key_between_two_plans_is_attached_to_the_one_of_its_tenant_key() {
    let found = moved("gold", NOON, None);
    let [finding] = &found[..] else { panic!("{found:?}") };
    assert_eq!(
        finding.summary,
        "API key k0 \"name of k0\", the old key of tenant key k1, is not in gold-plan: its move from basic-plan was \
         interrupted"
    );
    let finish = Change::ChangePlan {
        tenant_keys: vec!["k1".into()],
        plan: "gold".into(),
        other_plans: OtherPlans::Keep,
    };
    assert_eq!((finding.subject.as_str(), &finding.fix), ("k0", &FixOffer::WithAll(finish)));
}

#[test]
fn it_is_reported_while_its_move_may_be_in_progress_and_not_once_it_is_in_the_plan() {
    let found = moved("gold", LATER, None);
    assert!(matches!(&found[..], [Finding { fix: FixOffer::Manual, .. }]), "{found:?}");
    assert!(found[0].summary.contains("can be finished from 12:03:00 UTC on"), "{}", found[0].summary);
    assert_eq!(moved("gold", NOON, Some("gold")), []);
}

#[test]
fn a_tenant_key_in_another_plan_is_not_moved_for_its_old_key() {
    let found = moved("basic", NOON, None);
    assert!(matches!(&found[..], [Finding { fix: FixOffer::Manual, .. }]), "{found:?}");
}

/// What the doctor finds of `k0`, which ended an hour ago and which `k1` says that it replaced.
fn ended(edit: impl Fn(&mut ApiKey, &mut ApiKey)) -> Finding {
    let ended_at = [(tag::RETIRES_AT, "2026-03-10T11:00:00Z"), (tag::REPLACED_BY, "k1"), ("ownerId", "acme")];
    let mut old = api_key("k0", &ended_at);
    let mut new = api_key("k1", &[(tag::REPLACES, "k0"), (tag::REQUEST, "rotation"), ("ownerId", "acme")]);
    old.created_at = Some(testing::at("2026-03-01T11:00:00Z"));
    new.created_at = Some(testing::at("2026-03-09T11:00:00Z"));
    edit(&mut old, &mut new);
    let (mut account, api_keys, plans) = (Account::consistent(), vec![old, new], vec![plan("basic")]);
    let members = testing::members(&[("basic", &["k0", "k1"])]);
    let tenants = TenantRules::configured(vec!["tag:ownerId".parse().expect("a rule")]);
    let tenant_keys = tenant_keys_of_api_keys(&api_keys, &plans, &members, &tenants);
    let source = InventorySource::ApiGateway { tenants, managed_plans: vec!["*".to_owned()] };
    account.observed.price_list.clear();
    let (taken_at, api_keys) = (testing::at(NOON), api_keys.into());
    let parts =
        InventoryParts { source, plans, api_keys, members, tenant_keys, taken_at, ..testing::parts() };
    let found = findings(&Inventory::new(parts), &account.observed);
    found.into_iter().find(|finding| finding.kind == FindingKind::SupersededKey).expect("the old key")
}

/// Changes the old key and its successor.
type ChangeOfKeys<'a> = &'a dyn Fn(&mut ApiKey, &mut ApiKey);

#[test]
fn an_end_that_only_tags_say_is_never_a_part_of_fix_all() {
    let retire = || Change::Retire("k0".into());
    assert_eq!(ended(|_, _| {}).fix, FixOffer::WithAll(retire()));
    let set = |key: &mut ApiKey, name: &str, value: &str| drop(key.tags.insert(name.into(), value.into()));
    let doubted: [(&str, ChangeOfKeys<'_>); 4] = [
        ("is another tenant's", &|_, new| set(new, "ownerId", "globex")),
        ("has no tag of the rotation that created it", &|_, new| drop(new.tags.remove(tag::REQUEST))),
        ("is older", &|old, _| old.created_at = Some(testing::at("2026-03-09T12:00:00Z"))),
        ("was created after that", &|old, _| set(old, tag::RETIRES_AT, "2026-03-08T11:00:00Z")),
    ];
    for (doubt, edit) in doubted {
        let finding = ended(edit);
        assert_eq!(finding.fix, FixOffer::Separate(vec![retire()]), "{doubt}");
        let expected =
            format!("its grace period is over; only its tags say so: API key k1, which replaced it, {doubt}");
        assert!(finding.summary.ends_with(&expected), "{}", finding.summary);
    }
}
