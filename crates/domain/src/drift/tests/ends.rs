//! Keys that are past their end.

use super::*;

fn expired(change: impl FnOnce(&mut Account)) -> Vec<Finding> {
    let account = Account::consistent().with(|account| {
        account.parts.tenant_keys[0].expires_at = Some(testing::at(NOON)).into();
        change(account);
    });
    findings(&Inventory::new(account.parts), &account.observed)
}

#[test]
fn an_expired_key_is_found_until_it_is_disabled_and_the_fix_disables_it() {
    let found = expired(|_| {});
    let disable = Change::SetEnabled { tenant_keys: vec!["k1".into()], enabled: false };
    assert_eq!((found.len(), found[0].kind), (1, FindingKind::ExpiredKey));
    assert_eq!(found[0].fix, FixOffer::WithAll(disable));
    let sentence = "tenant key k1 \"web\" of acme expired at 2026-03-10T12:00:00Z but still works";
    assert_eq!(found[0].summary, sentence);
    let not_yet = expired(|account| account.observed.now = testing::at("2026-03-10T11:59:59Z"));
    assert_eq!(not_yet, []);
    let shown_as_enabled = expired(|account| account.keys()[0].enabled = false);
    let expired_key = shown_as_enabled.iter().find(|found| found.kind == FindingKind::ExpiredKey);
    let summary = expired_key.map(|found| found.summary.as_str());
    assert_eq!(summary, Some(&*sentence.replace("still works", "is still shown as enabled")));
    let disabled = expired(|account| {
        account.parts.tenant_keys[0].enabled = false.into();
        account.keys()[0].enabled = false;
    });
    assert_eq!(disabled, []);
}

#[test]
fn an_expired_key_that_shares_its_api_key_needs_a_decision() {
    let account = Account::consistent().with(|account| {
        account.parts.tenant_keys[1].expires_at = Some(testing::at(NOON)).into();
    });
    let found = findings(&Inventory::new(account.parts), &account.observed);
    assert_eq!((found[0].kind, &found[0].fix), (FindingKind::ExpiredKey, &FixOffer::Manual));
    assert!(found[0].summary.ends_with("isolate it first"), "{}", found[0].summary);
}
