//! Findings where either source may be right: both fixes are offered and neither is chosen.

use super::*;
use crate::Edit;
use crate::PlanEdit;
use crate::change::PlanChange;
use crate::drift::{Consent, Source};

/// The only finding, with the fix for each source.
fn choice(account: Account) -> (FindingKind, Option<Change>, Option<Change>) {
    let found = findings(&Inventory::new(account.parts), &account.observed);
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0].fix.consent(), Some(Consent::Choice));
    let FixOffer::Choice(choice) = &found[0].fix else { panic!("no choice") };
    (
        found[0].kind,
        choice.change_for(Source::Tables).cloned(),
        choice.change_for(Source::ApiGateway).cloned(),
    )
}

fn edit(name: Option<&str>, enabled: Option<bool>) -> Edit {
    Edit { name: name.map(str::to_owned), enabled, ..Edit::default() }
}

#[test]
fn a_differing_state_is_fixed_from_the_chosen_source() {
    let off = Account::consistent().with(|account| account.parts.tenant_keys[0].enabled = false.into());
    let tables = fix(Fix::ApplyEnabled("k1".into()));
    let gateway = fix(Fix::EditTenantKey { tenant_key: "k1".into(), edit: edit(None, Some(true)) });
    assert_eq!(choice(off), (FindingKind::EnabledDiffers, tables, gateway));
}

#[test]
fn a_differing_name_is_fixed_from_the_chosen_source_unless_empty() {
    let named = |tenant_key: &'static str, key: &'static str| {
        choice(Account::consistent().with(|account| {
            account.parts.tenant_keys[0].name = tenant_key.into();
            account.keys()[0].name = key.to_owned();
        }))
    };
    let tables = |name| fix(Fix::EditApiKey { tenant_key: "k1".into(), edit: edit(Some(name), None) });
    let gateway = |name| fix(Fix::EditTenantKey { tenant_key: "k1".into(), edit: edit(Some(name), None) });
    assert_eq!(named("ours", "theirs"), (FindingKind::NameDiffers, tables("ours"), gateway("theirs")));
    assert_eq!(named("ours", ""), (FindingKind::NameDiffers, tables("ours"), None));
    assert_eq!(named("", "theirs"), (FindingKind::NameDiffers, None, gateway("theirs")));
}

#[test]
fn a_differing_value_can_be_issued_if_the_key_is_not_shared_and_the_value_is_valid() {
    let differs = |tenant_key: usize, key: &'static str, value: &'static str| {
        choice(Account::consistent().with(|account| {
            account.parts.tenant_keys[tenant_key].value = Some(Secret::new(value)).into();
            account.observed.values.insert(key.into(), Secret::new("w"));
        }))
    };
    let correct = |id: &str| fix(Fix::CorrectValue(id.into()));
    let issue = fix(Fix::ReplaceWithStoredValue("k1".into()));
    assert_eq!(
        differs(0, "k1", "a-value-of-twenty-characters"),
        (FindingKind::ValueDiffers, issue, correct("k1"))
    );
    assert_eq!(differs(0, "k1", "short"), (FindingKind::ValueDiffers, None, correct("k1")));
    assert_eq!(
        differs(1, "p1", "a-value-of-twenty-characters"),
        (FindingKind::ValueDiffers, None, correct("r1"))
    );
}

#[test]
fn issuing_the_stored_value_works_like_a_rotation() {
    let value = "a-value-of-twenty-characters";
    let account = Account::consistent()
        .with(|account| account.parts.tenant_keys[0].value = Some(Secret::new(value)).into());
    let inventory = Inventory::new(account.parts);
    let units = Change::Fix(Fix::ReplaceWithStoredValue("k1".into())).units(&inventory).expect("units");
    let issued = units[0].steps.iter().find_map(|step| match step {
        crate::Step::CreateApiKey(new) => Some(new.value.clone()),
        _ => None,
    });
    assert_eq!(issued, Some(Some(Secret::new(value))));
    let steps: Vec<_> = units[0].steps.iter().map(|step| step.describe(&inventory)).collect();
    assert_eq!(steps.last().map(String::as_str), Some("delete API key k1"), "{steps:?}");
}

#[test]
fn price_list_formatting_is_ignored_and_other_differences_offer_a_choice() {
    let with_quota_text = |quota: &'static str| {
        Account::consistent().with(|account| {
            if let Some(entry) = &mut account.parts.plans[0].price_list_entry {
                entry.quota = quota.to_owned();
            }
        })
    };
    assert_eq!(with_quota_text(" 2,000 per day ").findings_and_fixes(), []);
    let write = fix(Fix::WritePriceListEntry("silo".into()));
    let enforced = |limit, period| {
        let quota = Some(Some(Quota { limit, period, offset: 0 }));
        Some(Change::from(PlanChange::Edit {
            plan: "silo".into(),
            edit: PlanEdit { quota, ..PlanEdit::default() },
        }))
    };
    for (text, limits) in [
        ("2000 per MONTH", enforced(2_000, crate::Period::Month)),
        ("200 per DAY", enforced(200, crate::Period::Day)),
        ("", None),
        ("as much as you like", None),
    ] {
        assert_eq!(
            choice(with_quota_text(text)),
            (FindingKind::PriceListDiffers, limits, write.clone()),
            "{text}"
        );
    }
}
