//! Quotas, throttles and recent changes at their bounds.

use super::*;

fn check(call: Call, input: &DiagnosisInput, kind: CheckKind) -> Check {
    let checks = Diagnosis::new(call, &inventory(), input, now()).checks;
    checks.into_iter().find(|check| check.kind == kind).expect("the check")
}

#[test]
fn a_change_is_recent_for_30_s_and_explains_a_403_for_60_s() {
    let changed = |at_time| DiagnosisInput { changed_at: Some(at(at_time)), ..working_input() };
    let refused = || Call { verdict: Some(Verdict::Forbidden), ..call("own") };
    for (call, changed_at, state) in [
        (call("own"), "2026-11-22T18:47:31Z", CheckState::Unknown),
        (call("own"), "2026-11-22T18:47:30Z", CheckState::Passed),
        (refused(), "2026-11-22T18:47:01Z", CheckState::Failed),
        (refused(), "2026-11-22T18:47:00Z", CheckState::Passed),
    ] {
        assert_eq!(check(call, &changed(changed_at), CheckKind::Propagation).state, state, "{changed_at}");
    }
    let answered = |verdict| Call { verdict: Some(verdict), ..call("own") };
    for (verdict, state) in [
        (Verdict::Ok, CheckState::Passed),
        (Verdict::Throttled, CheckState::Passed),
        (Verdict::Other, CheckState::Unknown),
    ] {
        let recent = changed("2026-11-22T18:47:55Z");
        assert_eq!(check(answered(verdict), &recent, CheckKind::Propagation).state, state, "{verdict}");
    }
    let recent = changed("2026-11-22T18:47:55Z");
    assert_eq!(check(call("off"), &recent, CheckKind::Propagation).state, CheckState::Unknown);
}

#[test]
fn without_a_call_a_recent_change_is_a_doubt_but_no_failure() {
    let recent = DiagnosisInput { changed_at: Some(at("2026-11-22T18:47:55Z")), ..working_input() };
    let diagnosis = Diagnosis::new(call("own"), &inventory(), &recent, now());
    assert_eq!(diagnosis.failed_check(), None, "the key may have been accepted a second ago");
    assert_eq!(
        diagnosis.success_message(),
        "no check fails, but not checked: propagation; a call may still be refused"
    );
}

#[test]
fn a_balance_that_was_just_changed_is_a_doubt() {
    let settling = QuotaFigure::from_balance(3, 17).settling();
    let input = DiagnosisInput { quota_use: Some(settling), ..working_input() };
    assert_eq!(check(call("own"), &input, CheckKind::Quota).state, CheckState::Unknown);
    let diagnosis = Diagnosis::new(call("own"), &inventory(), &input, now());
    assert_eq!(
        diagnosis.success_message(),
        "no check fails, but not checked: quota; a call may still be refused"
    );
}

#[test]
fn a_value_that_cannot_be_compared_is_a_doubt_unless_the_tenant_key_stores_none() {
    let stored = |stored_value| DiagnosisInput { stored_value, ..working_input() };
    let not_compared = stored(StoredValue::NotCompared);
    assert_eq!(check(call("own"), &not_compared, CheckKind::Value).state, CheckState::Unknown);
    let diagnosis = Diagnosis::new(call("own"), &inventory(), &stored(StoredValue::Absent), now());
    assert!(diagnosis.checks.iter().all(|check| check.kind != CheckKind::Value));
    assert!(diagnosis.success_message().starts_with("a call with this key should succeed"));
}

#[test]
fn a_quota_of_0_is_not_a_spent_one() {
    let plans = vec![Plan {
        quota: Some(Quota { limit: 0, period: Period::Day, offset: 0 }),
        ..plan("basic", &["prod"])
    }];
    let inventory = Inventory::new(InventoryParts {
        plans,
        api_keys: vec![key("own", true)].into(),
        members: members(&[("basic", &["own"])]),
        tenant_keys: vec![tenant_key("own", None, "basic")],
        ..parts()
    });
    let quota_check = |figure: Option<QuotaFigure>| {
        let input = DiagnosisInput { quota_use: figure, ..working_input() };
        let checks = Diagnosis::new(call("own"), &inventory, &input, now()).checks;
        checks.into_iter().find(|check| check.kind == CheckKind::Quota).expect("the check")
    };
    for figure in [None, Some(QuotaFigure::from_balance(0, 0))] {
        let check = quota_check(figure);
        let summary =
            "basic plan has a quota of 0 calls per day: every call gets 429, and no reset changes that";
        assert_eq!((check.state, check.summary.as_str()), (CheckState::Failed, summary));
        let fix = check.fix.map(|fix| fix.describe(&inventory));
        let raise = "give the plan a quota above 0: `keypool plans edit basic --quota N/day`";
        assert_eq!(fix.as_deref(), Some(raise));
    }
    let extended = quota_check(Some(QuotaFigure::from_balance(3, 47)));
    assert_eq!(extended.state, CheckState::Passed, "{}", extended.summary);
}

#[test]
fn the_throttle_of_a_method_is_raised_for_the_method() {
    let narrow = Call { stage: Some(stage("gamma")), verdict: Some(Verdict::Throttled), ..call("narrow1") };
    let check = check(narrow, &working_input(), CheckKind::PlanMethodThrottle);
    let fix = check.fix.map(|fix| fix.describe(&inventory()));
    let expected = "raise the plan's throttle for this method: \
                    `keypool plans throttle narrow GET /api --rate R --burst B`";
    assert_eq!(fix.as_deref(), Some(expected));
}

#[test]
fn the_throttle_of_a_stage_is_raised_in_the_settings_of_the_stage() {
    let throttled = Call { verdict: Some(Verdict::Throttled), ..call("own") };
    let stage_method = Some(Throttle { rate: 0.5, burst: 1 });
    let throttles = OtherThrottles { stage_method, ..working_input().throttles };
    let input = DiagnosisInput { throttles, ..working_input() };
    let check = check(throttled, &input, CheckKind::StageThrottle);
    assert_eq!(check.state, CheckState::Failed, "{}", check.summary);
    let fix = check.fix.map(|fix| fix.describe(&inventory()));
    assert_eq!(fix.as_deref(), Some("raise the throttle of GET /api in the settings of stage api:prod"));
}

#[test]
fn a_key_of_one_tenant_is_not_called_shared() {
    let exhausted = Call { verdict: Some(Verdict::QuotaExhausted), ..call("own") };
    let check = check(exhausted, &working_input(), CheckKind::Quota);
    assert!(!check.summary.contains("shared"), "{}", check.summary);
    let fix = check.fix.map(|fix| fix.describe(&inventory()));
    assert_eq!(fix.as_deref(), Some("wait for the reset, or extend the remaining quota"));
}
