//! Keys whose deletion has started.

use super::*;

#[test]
fn no_change_is_suggested_for_an_api_key_under_deletion() {
    let tagged = |mut key: ApiKey| {
        key.tags =
            BTreeMap::from([(crate::key::tag::DELETING.to_owned(), "2026-11-22T18:00:00Z".to_owned())]);
        key
    };
    for (tenant_key, enabled) in [("off", false), ("mute", false), ("loose", true)] {
        let account =
            inventory().with_api_keys([(tenant_key.into(), Some(tagged(key(tenant_key, enabled))))]);
        let listed_without_tags = DiagnosisInput { is_being_deleted: true, ..working_input() };
        for (account, input) in [(&account, &working_input()), (&inventory(), &listed_without_tags)] {
            let diagnosis = Diagnosis::new(call(tenant_key), account, input, now());
            let changes =
                diagnosis.checks.iter().filter(|check| matches!(check.fix, Some(SuggestedFix::Change(_))));
            assert_eq!(changes.count(), 0, "{tenant_key}: {:#?}", diagnosis.checks);
            let failed = diagnosis.failed_check().expect("a failed check");
            assert!(failed.summary.contains("deletion has started"), "{tenant_key}: {}", failed.summary);
            let fix = failed.fix.as_ref().map(|fix| fix.describe(account)).unwrap_or_default();
            assert!(fix.contains("keypool doctor --fix"), "{tenant_key}: {fix}");
        }
    }
    let account = inventory().with_api_keys([("own".into(), Some(tagged(key("own", true))))]);
    let diagnosis = Diagnosis::new(call("own"), &account, &working_input(), now());
    assert_eq!(diagnosis.failed_check(), None, "the key works until it is disabled");
    let enabled = diagnosis.checks.iter().find(|check| check.kind == CheckKind::Enabled).expect("the check");
    assert!(enabled.summary.contains("until its deletion"), "{}", enabled.summary);
}

#[test]
fn an_api_key_under_deletion_cannot_be_enabled() {
    let mut off = key("mute", false);
    off.tags = BTreeMap::from([(crate::key::tag::DELETING.to_owned(), "now".to_owned())]);
    let account = inventory().with_api_keys([("mute".into(), Some(off))]);
    let edit = crate::Edit { enabled: Some(true), ..crate::Edit::default() };
    let enable = Change::Edit { tenant_key: "mute".into(), edit };
    for change in [enable, Change::SetEnabled { tenant_keys: vec!["mute".into()], enabled: true }] {
        let refused = change.units(&account).expect_err("the key is being deleted");
        assert_eq!(refused, crate::Refusal::BeingDeleted("mute".into()));
    }
}
