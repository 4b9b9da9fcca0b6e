//! Which consent each fix needs, and that fixes are complete.

use super::*;
use crate::drift::{Consent, Finding};

fn findings_of(account: Account) -> Vec<Finding> {
    findings(&Inventory::new(account.parts), &account.observed)
}

fn account_with_orphan(tags: &[(&str, &str)], enabled: bool) -> Account {
    Account::consistent().with(|account| {
        account.keys().push(ApiKey { enabled, ..api_key("x", tags) });
        account.attach("silo", "x");
    })
}

fn kinds_and_consents(account: Account) -> Vec<(FindingKind, Option<Consent>)> {
    findings_of(account).into_iter().map(|found| (found.kind, found.fix.consent())).collect()
}

#[test]
fn only_an_api_key_with_our_request_tag_is_fixed_with_fix_all() {
    let ours = account_with_orphan(&[(tag::REQUEST, "r")], true);
    assert_eq!(kinds_and_consents(ours), [(FindingKind::InterruptedCreate, Some(Consent::WithAll))]);
    for tags in [&[][..], &[("team", "billing")], &[(tag::OWNER, "acme")], &[(tag::PLAN, "silo")]] {
        assert_eq!(
            kinds_and_consents(account_with_orphan(tags, true)),
            [(FindingKind::OrphanKey, Some(Consent::Separate))],
            "{tags:?}"
        );
    }
}

#[test]
fn fixing_an_orphan_lists_every_step() {
    let steps = |account: Account| {
        let inventory = Inventory::new(account.parts);
        let found = findings(&inventory, &account.observed);
        let units = found[0].fix.only_change().expect("a change").units(&inventory).expect("units");
        units.iter().flat_map(|unit| &unit.steps).map(|step| step.describe(&inventory)).collect::<Vec<_>>()
    };
    let tag = "tag API key x as being deleted";
    assert_eq!(steps(account_with_orphan(&[], true)), [tag, "disable API key x", "delete API key x"]);
    assert_eq!(steps(account_with_orphan(&[], false)), [tag, "delete API key x"]);
}

#[test]
fn rebalancing_changes_values_and_needs_its_own_consent() {
    let crowded = Account::consistent().with(|account| {
        account.parts.tenant_keys.extend((3..=6).map(|n| tenant_key(&format!("r{n}"), "free", Some("p1"))));
        account.pool().keys[0].tenants = 5.into();
        account.pool().keys[0].capacity = 4.into();
    });
    let separate = Some(Consent::Separate);
    assert_eq!(
        kinds_and_consents(crowded),
        [(FindingKind::OverCapacity, separate), (FindingKind::Skewed, separate)]
    );
}

#[test]
fn a_wrong_counter_does_not_hide_an_overfull_key() {
    let crowded = Account::consistent().with(|account| {
        account.parts.tenant_keys.extend((3..=6).map(|n| tenant_key(&format!("r{n}"), "free", Some("p1"))));
        account.pool().keys[0].capacity = 4.into();
    });
    let kinds: Vec<_> = findings_of(crowded).iter().map(|found| found.kind).collect();
    assert_eq!(kinds, [FindingKind::CounterDiffers, FindingKind::OverCapacity, FindingKind::Skewed]);
}
