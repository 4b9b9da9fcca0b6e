//! API keys that are older than the settings allow.

use super::*;

/// Kinds and summaries of an account whose API keys `k1` and `p1` are 91 days old.
fn overdue(change: impl FnOnce(&mut Account)) -> Vec<(FindingKind, String)> {
    let account = Account::consistent().with(|account| {
        account.observed.max_key_age_days = Some(90);
        for key in &mut account.keys()[..2] {
            key.created_at = Some(testing::at("2025-12-09T12:00:00Z"));
        }
        change(account);
    });
    let all = findings(&Inventory::new(account.parts), &account.observed);
    all.into_iter().map(|found| (found.kind, found.summary)).collect()
}

#[test]
fn keys_that_are_older_than_the_limit_are_reported_by_tenant_key_or_pool_key() {
    let age = "has an API key that is 91 days old (limit 90 days): rotate it with";
    let expected = [
        format!("tenant key k1 \"web\" of acme {age} `keypool keys rotate k1 --grace 7d`"),
        format!("pool key p1 of free-plan {age} `keypool pools rotate p1 --grace 7d`"),
    ];
    assert_eq!(overdue(|_| {}), expected.map(|summary| (FindingKind::RotationOverdue, summary)));
}

#[test]
fn without_a_limit_or_a_date_or_for_a_key_that_does_not_work_nothing_is_reported() {
    assert_eq!(overdue(|account| account.observed.max_key_age_days = None), []);
    assert_eq!(overdue(|account| account.observed.max_key_age_days = Some(91)), [], "exactly at the limit");
    let undated = overdue(|account| account.keys().iter_mut().for_each(|key| key.created_at = None));
    assert_eq!(undated, []);
    let disabled = overdue(|account| {
        account.keys().iter_mut().for_each(|key| key.enabled = false);
        account.parts.tenant_keys[0].enabled = false.into();
    });
    assert!(!disabled.iter().any(|(kind, _)| *kind == FindingKind::RotationOverdue), "{disabled:?}");
}

#[test]
fn no_fix_rotates_a_key() {
    let account = Account::consistent().with(|account| {
        account.observed.max_key_age_days = Some(1);
        account.keys().iter_mut().for_each(|key| key.created_at = Some(testing::at("2025-12-09T12:00:00Z")));
    });
    let found = findings(&Inventory::new(account.parts), &account.observed);
    assert_eq!(found.len(), 3);
    assert!(found.iter().all(|found| found.fix == FixOffer::Manual));
}
