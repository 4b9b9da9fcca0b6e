//! What could not be read is no finding about something else.

use super::*;

#[test]
fn an_enabled_that_cannot_be_read_does_not_disable_a_key() {
    for key_is_enabled in [true, false] {
        let odd = Account::sound().with(|account| {
            account.keys()[0].enabled = key_is_enabled;
            account.parts.rows[0].enabled = Known::unreadable("`enabled` is missing", "item k1");
        });
        assert_eq!(odd.found(), []);
    }
}

#[test]
fn no_counter_is_wrong_and_no_pool_key_unused_while_a_reference_is_unknown() {
    let unlisted = |account: &mut Account| {
        account.parts.rows[1].pool_key = Known::not_allowed("apigateway:GET", "/usageplans/free/keys");
        account.parts.members.remove(&"free".into());
    };
    assert_eq!(Account::sound().with(unlisted).found(), [], "two tenants, and one of them cannot be told");
    let gone = Account::sound().with(unlisted).with(|account| {
        account.keys().retain(|key| key.id.as_str() != "p1");
    });
    assert_eq!(gone.found(), [(Kind::PoolKeyMissing, "p1".to_owned(), None)], "found, and not taken out");
    let draining = Account::sound().with(unlisted).with(|account| {
        account.pool().keys[0].state = PoolKeyState::Draining;
    });
    assert_eq!(draining.found(), [], "it may still have a tenant");
    let made = Account::sound().with(unlisted).with(|account| {
        account.keys().push(api_key("x", &[(tag::REQUEST, "r")]));
    });
    assert_eq!(made.found(), [], "the tenant key may send it");
}

#[test]
fn a_foreign_item_is_no_finding_and_protects_the_api_keys_that_it_names() {
    let account = Account::sound().with(|account| {
        account.keys().push(api_key("x", &[(tag::REQUEST, "r")]));
        account.attach("silo", "x");
        account.pool().keys[0].tenants = 2.into();
    });
    let why = || crate::Unknown::Unreadable { what: "`owner` is no text".into(), place: "item x".into() };
    let foreign = crate::ForeignItem { may_send: vec!["x".into(), "p1".into()], why: why() };
    let seen = Inventory::new(account.parts).with_foreign_items([foreign]);
    assert_eq!(
        findings(&seen, &account.observed),
        [],
        "x is nobody's to delete, and p1 may have its second tenant"
    );
    assert_eq!((seen.foreign_items(), seen.rows().len()), (1, 3));
    let retire = Change::Retire("x".into()).units(&seen).expect_err("refused").to_string();
    assert_eq!(
        retire,
        "how many tenant keys send API key x is not known: `owner` is no text in item x; correct it there"
    );
}

#[test]
fn a_counter_that_cannot_be_read_is_counted_and_a_capacity_that_cannot_be_read_is_left_to_the_user() {
    let unread = || Known::unreadable("`tenants` is a text", "item key#p1 of the Pools table");
    let counter = Account::sound().with(|account| account.pool().keys[0].tenants = unread());
    let recount = Change::Mend(Mend::Recount { plan: "free".into(), api_key: "p1".into() });
    assert_eq!(counter.found(), [(Kind::CounterUnreadable, "p1".to_owned(), Some(recount))]);
    let capacity = Account::sound().with(|account| account.pool().keys[0].capacity = unread());
    assert_eq!(capacity.found(), [(Kind::CapacityUnreadable, "p1".to_owned(), None)]);
}

#[test]
fn a_plan_whose_tags_were_not_read_is_neither_managed_nor_foreign() {
    let account = Account::sound().with(|account| {
        account.parts.plans[0].shop_window = None;
        account.parts.plans[0].tags = Known::Unknown(crate::Unknown::NotReadYet);
        let plan = account.parts.plans[0].id.as_str().to_owned();
        account.keys().push(api_key("x", &[]));
        account.attach(&plan, "x");
    });
    let of_plan =
        |found: &(Kind, String, Option<Change>)| matches!(found.0, Kind::PlanWithoutPrice | Kind::OrphanKey);
    let found = account.found();
    assert!(!found.iter().any(of_plan), "{found:?}");
}
