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

#[test]
fn an_api_key_from_before_the_tables_is_not_deleted_with_all_problems() {
    let consent = |oldest: Option<&str>, created: Option<&str>, is_table_empty: bool| {
        let account = Account::consistent().with(|account| {
            let time = |text: &str| text.parse().expect("a time");
            let mut key = api_key("x", &[(tag::REQUEST, "r"), (tag::OWNER, "acme")]);
            key.created_at = created.map(time);
            account.keys().push(key);
            account.attach("silo", "x");
            for tenant_key in &mut account.parts.tenant_keys {
                tenant_key.created_at = oldest.map(|oldest| time(oldest).into());
            }
            if is_table_empty {
                account.parts.tenant_keys.clear();
            }
        });
        let found = kinds_and_consents(account);
        let created = found.into_iter().find(|(kind, _)| *kind == FindingKind::InterruptedCreate);
        created.expect("a finding").1
    };
    let (before, table, after) =
        (Some("2026-01-01T00:00:00Z"), Some("2026-02-01T00:00:00Z"), Some("2026-02-02T00:00:00Z"));
    assert_eq!(consent(table, after, false), Some(Consent::WithAll));
    for (oldest, created, is_empty) in [(table, before, false), (table, None, false), (table, after, true)] {
        assert_eq!(
            consent(oldest, created, is_empty),
            Some(Consent::Separate),
            "{oldest:?} {created:?} {is_empty}"
        );
    }
    assert_eq!(consent(None, before, false), Some(Consent::WithAll), "another program had tables before");
}
