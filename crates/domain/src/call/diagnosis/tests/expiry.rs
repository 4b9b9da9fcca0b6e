//! Keys that were disabled because they expired.

use super::*;

/// The failed check and its fix of the disabled key `id`, whose tenant key expires at this time.
fn failed(id: &str, expires_at: Timestamp) -> (String, String) {
    let before = inventory();
    let mut tenant_keys = before.tenant_keys().to_vec();
    for tenant_key in tenant_keys.iter_mut().filter(|key| key.id.as_str() == id) {
        tenant_key.expires_at = Some(expires_at).into();
    }
    let account = Inventory::new(InventoryParts {
        plans: before.plans().to_vec(),
        api_keys: before.listed_api_keys().to_vec().into(),
        members: members(&[("basic", &["own", "off", "mute"])]),
        tenant_keys,
        ..parts()
    });
    let diagnosis = Diagnosis::new(call(id), &account, &working_input(), now());
    let check = diagnosis.failed_check().expect("a failed check");
    let fix = check.fix.as_ref().map(|fix| fix.describe(&account)).unwrap_or_default();
    (check.summary.clone(), fix)
}

#[test]
fn a_key_that_is_off_because_it_expired_says_so_and_needs_a_later_end() {
    for id in ["mute", "off"] {
        let (summary, fix) = failed(id, at("2026-01-01T00:00:00Z"));
        assert_eq!(
            summary,
            format!("API key {id} is disabled: its tenant key expired at 2026-01-01T00:00:00Z")
        );
        assert_eq!(fix, format!("`keypool keys edit {id} --enable --expires TIME` gives it a later end"));
    }
}

#[test]
fn a_disabled_key_whose_end_is_to_come_is_only_disabled() {
    let (summary, _) = failed("mute", at("2199-01-01T00:00:00Z"));
    assert_eq!(summary, "API key mute is disabled");
}
