//! Interrupted deletions, and API keys in their grace period.

use super::*;
use crate::drift::Consent;

fn with_tags(id: &'static str, tags: &[(&str, &str)]) -> Account {
    let tags: Vec<_> = tags.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    Account::consistent().with(|account| {
        let key = account.keys().iter_mut().find(|key| key.id.as_str() == id).expect("the key");
        key.tags.extend(tags);
    })
}

#[test]
fn an_interrupted_deletion_is_finished_not_undone() {
    let interrupted =
        with_tags("k1", &[(tag::DELETING, NOON)]).with(|account| account.keys()[0].enabled = false);
    let delete = Some(Change::Delete(vec!["k1".into()]));
    assert_eq!(interrupted.findings_and_fixes(), [(FindingKind::InterruptedDelete, "k1".to_owned(), delete)]);
    let without_tenant_key = with_tags("k1", &[(tag::DELETING, NOON)]).with(|account| {
        account.parts.tenant_keys.remove(0);
    });
    assert_eq!(
        without_tenant_key.findings_and_fixes(),
        [(FindingKind::InterruptedDelete, "k1".to_owned(), retire("k1"))]
    );
}

#[test]
fn a_predecessor_keeps_its_grace_period_even_without_its_successor() {
    let replaced = |due: &str| {
        let tags = [(tag::RETIRES_AT, due), (tag::REQUEST, "r"), (tag::OWNER, "acme")];
        let key = api_key("old", &tags);
        Account::consistent().with(|account| {
            account.keys().push(key);
            account.attach("silo", "old");
        })
    };
    assert_eq!(replaced("2026-03-10T12:00:01Z").findings_and_fixes(), []);
    assert_eq!(
        replaced(NOON).findings_and_fixes(),
        [(FindingKind::SupersededKey, "old".to_owned(), retire("old"))]
    );
    // A started deletion takes precedence over the grace period.
    let deleting = replaced("2026-03-11T12:00:00Z").with(|account| {
        let old = account.keys().last_mut().expect("the key");
        old.tags.insert(tag::DELETING.to_owned(), NOON.to_owned());
    });
    assert_eq!(
        deleting.findings_and_fixes(),
        [(FindingKind::InterruptedDelete, "old".to_owned(), retire("old"))]
    );
}

#[test]
fn unreadable_tags_prevent_fixes() {
    for tags in [&[][..], &[(tag::REQUEST, "r")]] {
        let unread = Account::consistent().with(|account| {
            account.keys().push(api_key("x", tags));
            account.attach("silo", "x");
            account.observed.unread_api_keys.insert("x".into());
        });
        let found = findings(&Inventory::new(unread.parts), &unread.observed);
        let consents: Vec<Option<Consent>> = found.iter().map(|found| found.fix.consent()).collect();
        assert_eq!(consents, [None], "{tags:?}");
    }
}

#[test]
fn only_api_keys_whose_tags_decide_about_a_finding_are_fetched() {
    let to_fetch = |change: fn(&mut Account)| {
        let account = Account::consistent().with(change);
        api_keys_to_fetch(&Inventory::new(account.parts))
    };
    assert_eq!(to_fetch(|_| {}), []);
    assert_eq!(
        to_fetch(|account| account.keys().push(api_key("x", &[("team", "t")]))),
        [],
        "it is in no plan of ours"
    );
    assert_eq!(to_fetch(|account| account.keys().push(api_key("x", &[(tag::PLAN, "silo")]))), ["x".into()]);
    let unused = Account::consistent().with(|account| {
        account.keys().push(api_key("x", &[]));
        account.attach("silo", "x");
    });
    assert_eq!(api_keys_to_fetch(&Inventory::new(unused.parts)), ["x".into()]);
    let leaving = |account: &mut Account| account.pool().keys[0].state = PoolKeyState::Draining;
    assert_eq!(to_fetch(leaving), ["p1".into()]);
}
