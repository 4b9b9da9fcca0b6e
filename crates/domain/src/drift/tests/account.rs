//! Findings about stages and the limits of the account.

use super::*;

#[test]
fn unprotected_and_undeployed_stages_are_found() {
    let set = |deployed: bool, edited: bool| {
        Account::consistent().with(|account| {
            for methods in account.observed.stages.values_mut() {
                methods.deployed.insert("GET /api".to_owned(), deployed);
                methods.edited.insert("GET /api".to_owned(), edited);
            }
        })
    };
    let stage = || "api:prod".to_owned();
    assert_eq!(set(false, false).findings_and_fixes(), [(FindingKind::ProtectsNothing, stage(), None)]);
    assert_eq!(set(true, false).findings_and_fixes(), [(FindingKind::NotDeployed, stage(), None)]);
}

#[test]
fn account_limits_are_reported_from_ninety_percent() {
    let with_keys = |count: usize| {
        Account::consistent().with(|account| {
            let existing = account.keys().len();
            let more = (existing..count).map(|n| api_key(&format!("other{n}"), &[]));
            account.keys().extend(more.collect::<Vec<_>>());
        })
    };
    assert_eq!(with_keys(8_999).findings_and_fixes(), []);
    assert_eq!(
        with_keys(9_000).findings_and_fixes(),
        [(FindingKind::NearLimit, "API keys".to_owned(), None)]
    );
}
