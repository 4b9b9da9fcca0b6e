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
        (call("own"), "2026-11-22T18:47:31Z", CheckState::Failed),
        (call("own"), "2026-11-22T18:47:30Z", CheckState::Passed),
        (refused(), "2026-11-22T18:47:01Z", CheckState::Failed),
        (refused(), "2026-11-22T18:47:00Z", CheckState::Passed),
    ] {
        assert_eq!(check(call, &changed(changed_at), CheckKind::Propagation).state, state, "{changed_at}");
    }
    let recent = changed("2026-11-22T18:47:55Z");
    assert_eq!(check(call("off"), &recent, CheckKind::Propagation).state, CheckState::Unknown);
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
