//! Deletions that were cut, and API keys in their grace.

use super::*;
use crate::drift::Consent;

fn with_tags(id: &'static str, tags: &[(&str, &str)]) -> Account {
    let tags: Vec<_> = tags.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    Account::sound().with(|account| {
        let key = account.keys().iter_mut().find(|key| key.id.as_str() == id).expect("the key");
        key.tags.extend(tags);
    })
}

#[test]
fn a_cut_deletion_is_finished_and_not_undone() {
    let cut = with_tags("k1", &[(tag::DELETING, NOON)]).with(|account| account.keys()[0].enabled = false);
    let delete = Some(Change::Delete(vec!["k1".into()]));
    assert_eq!(cut.found(), [(Kind::InterruptedDelete, "k1".to_owned(), delete)]);
    let without_row = with_tags("k1", &[(tag::DELETING, NOON)]).with(|account| {
        account.parts.rows.remove(0);
    });
    assert_eq!(without_row.found(), [(Kind::InterruptedDelete, "k1".to_owned(), retire("k1"))]);
}

#[test]
fn the_grace_of_a_predecessor_is_kept_whatever_became_of_its_successor() {
    let left = |due: &str| {
        let tags = [(tag::RETIRES_AT, due), (tag::REQUEST, "r"), (tag::OWNER, "acme")];
        let key = api_key("old", &tags);
        Account::sound().with(|account| {
            account.keys().push(key);
            account.attach("silo", "old");
        })
    };
    assert_eq!(left("2026-03-10T12:00:01Z").found(), []);
    assert_eq!(left(NOON).found(), [(Kind::SupersededKey, "old".to_owned(), retire("old"))]);
    // A deletion that was begun goes before the grace.
    let begun = left("2026-03-11T12:00:00Z").with(|account| {
        let old = account.keys().last_mut().expect("the key");
        old.tags.insert(tag::DELETING.to_owned(), NOON.to_owned());
    });
    assert_eq!(begun.found(), [(Kind::InterruptedDelete, "old".to_owned(), retire("old"))]);
}

#[test]
fn nothing_is_fixed_as_long_as_the_tags_of_an_api_key_may_not_be_read() {
    for tags in [&[][..], &[(tag::REQUEST, "r")]] {
        let unread = Account::sound().with(|account| {
            account.keys().push(api_key("x", tags));
            account.attach("silo", "x");
            account.observed.unread_api_keys.insert("x".into());
        });
        let found = findings(&Inventory::new(unread.parts), &unread.observed);
        let consents: Vec<Option<Consent>> = found.iter().map(|one| one.fix.consent()).collect();
        assert_eq!(consents, [None], "{tags:?}");
    }
}

#[test]
fn api_keys_are_asked_for_where_their_tags_decide_and_nowhere_else() {
    let asked = |change: fn(&mut Account)| {
        let account = Account::sound().with(change);
        api_keys_to_ask_for(&Inventory::new(account.parts))
    };
    assert_eq!(asked(|_| {}), []);
    assert_eq!(
        asked(|account| account.keys().push(api_key("x", &[("team", "t")]))),
        [],
        "it is in no plan of ours"
    );
    assert_eq!(asked(|account| account.keys().push(api_key("x", &[(tag::PLAN, "silo")]))), ["x".into()]);
    let unused = Account::sound().with(|account| {
        account.keys().push(api_key("x", &[]));
        account.attach("silo", "x");
    });
    assert_eq!(api_keys_to_ask_for(&Inventory::new(unused.parts)), ["x".into()]);
    let leaving = |account: &mut Account| account.pool().keys[0].state = PoolKeyState::Draining;
    assert_eq!(asked(leaving), ["p1".into()]);
}
