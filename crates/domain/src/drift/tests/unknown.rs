//! Unreadable facts cause no findings about other things.

use super::*;

#[test]
fn an_unreadable_enabled_flag_causes_no_finding() {
    for key_is_enabled in [true, false] {
        let unreadable = Account::consistent().with(|account| {
            account.keys()[0].enabled = key_is_enabled;
            account.parts.tenant_keys[0].enabled = Known::unreadable("`enabled` is missing", "item k1");
        });
        assert_eq!(unreadable.findings_and_fixes(), []);
    }
}

#[test]
fn an_unknown_reference_prevents_counter_and_pool_key_findings() {
    let unlisted = |account: &mut Account| {
        account.parts.tenant_keys[1].pool_key = Known::not_allowed("apigateway:GET", "/usageplans/free/keys");
        account.parts.members.remove(&"free".into());
    };
    assert_eq!(
        Account::consistent().with(unlisted).findings_and_fixes(),
        [],
        "two tenants, one with an unknown API key"
    );
    let gone = Account::consistent().with(unlisted).with(|account| {
        account.keys().retain(|key| key.id.as_str() != "p1");
    });
    assert_eq!(
        gone.findings_and_fixes(),
        [(FindingKind::PoolKeyMissing, "p1".to_owned(), None)],
        "the pool key is reported and stays in its pool"
    );
    let draining = Account::consistent().with(unlisted).with(|account| {
        account.pool().keys[0].state = PoolKeyState::Draining;
    });
    assert_eq!(draining.findings_and_fixes(), [], "the pool key may still have a tenant");
    let created = Account::consistent().with(unlisted).with(|account| {
        account.keys().push(api_key("x", &[(tag::REQUEST, "r")]));
    });
    assert_eq!(created.findings_and_fixes(), [], "the tenant key may use the API key");
}

#[test]
fn a_price_list_entry_is_kept_while_a_plan_cannot_be_read() {
    let account = Account::consistent().with(|account| {
        account.observed.price_list.push(("hidden".into(), entry("hidden-plan")));
    });
    let kinds = |inventory: &Inventory| {
        findings(inventory, &account.observed).iter().map(|finding| finding.kind).collect::<Vec<_>>()
    };
    let complete = Inventory::new(account.parts.clone());
    assert_eq!(kinds(&complete), [FindingKind::PriceWithoutPlan]);
    let reason = crate::Unknown::unreadable("a plan", "the list");
    assert_eq!(kinds(&complete.with_unreadable_plans(Some(reason))), [], "it may be that plan's");
}

#[test]
fn a_foreign_item_protects_the_api_keys_it_names() {
    let account = Account::consistent().with(|account| {
        account.keys().push(api_key("x", &[(tag::REQUEST, "r")]));
        account.attach("silo", "x");
        account.pool().keys[0].tenants = 2.into();
    });
    let why = || crate::Unknown::unreadable("`owner` is no text", "item x");
    let foreign = crate::ForeignItem { api_keys: vec!["x".into(), "p1".into()], reason: why() };
    let inventory = Inventory::new(account.parts).with_foreign_items([foreign]);
    assert_eq!(
        findings(&inventory, &account.observed),
        [],
        "x must not be deleted, and p1 may have a second tenant"
    );
    assert_eq!((inventory.foreign_item_count(), inventory.tenant_keys().len()), (1, 3));
    let retire = Change::Retire("x".into()).units(&inventory).expect_err("refused").to_string();
    assert_eq!(
        retire,
        "the number of tenant keys that use API key x is not known: `owner` is no text in item x; fix it there"
    );
}

#[test]
fn an_unreadable_counter_is_recounted_and_an_unreadable_capacity_left_to_the_operator() {
    let unread = || Known::unreadable("`tenants` is a text", "item key#p1 of the Pools table");
    let counter = Account::consistent().with(|account| account.pool().keys[0].tenants = unread());
    let recount = Change::Fix(Fix::Recount { plan: "free".into(), api_key: "p1".into() });
    assert_eq!(
        counter.findings_and_fixes(),
        [(FindingKind::CounterUnreadable, "p1".to_owned(), Some(recount))]
    );
    let capacity = Account::consistent().with(|account| account.pool().keys[0].capacity = unread());
    assert_eq!(capacity.findings_and_fixes(), [(FindingKind::CapacityUnreadable, "p1".to_owned(), None)]);
}

#[test]
fn unread_tags_cause_no_findings_about_the_plan() {
    let account = Account::consistent().with(|account| {
        account.parts.plans[0].price_list_entry = None;
        account.parts.plans[0].tags = Known::Unknown(crate::Unknown::NotReadYet);
        let plan = account.parts.plans[0].id.as_str().to_owned();
        account.keys().push(api_key("x", &[]));
        account.attach(&plan, "x");
    });
    let of_plan = |found: &(FindingKind, String, Option<Change>)| {
        matches!(found.0, FindingKind::PlanWithoutPrice | FindingKind::OrphanKey)
    };
    let found = account.findings_and_fixes();
    assert!(!found.iter().any(of_plan), "{found:?}");
}
