//! Each check alone, and the diagnosis of a whole call.

mod access;
mod deletion;
mod expiry;
mod limits;
mod seen;

use std::collections::BTreeMap;

use super::*;
use crate::api_access::Authorization;
use crate::testing::{self, at, members, parts, stage};
use crate::{ApiKey, InventoryParts, Known, MethodRef, Period, Quota};

fn key(id: &str, enabled: bool) -> ApiKey {
    ApiKey { enabled, ..ApiKey::new(id, id) }
}

fn tenant_key(id: &str, pool_key: Option<&str>, plan: &str) -> TenantKey {
    testing::tenant_key(id, plan, "acme", pool_key)
}

fn plan(id: &str, stages: &[&str]) -> Plan {
    Plan {
        throttle: Some(Throttle { rate: 10.0, burst: 5 }),
        quota: Some(Quota { limit: 20, period: Period::Day, offset: 0 }),
        stages: stages.iter().map(|name| stage(name)).collect(),
        ..Plan::new(id, format!("{id} plan"))
    }
}

fn inventory() -> Inventory {
    let disabled = tenant_key("mute", None, "basic").with_attributes(|its| its.enabled = false.into());
    let custom =
        BTreeMap::from([((stage("gamma"), MethodRef::new("GET", "/api")), Throttle { rate: 0.5, burst: 2 })]);
    let narrow = Plan { method_throttles: custom, ..plan("narrow", &["gamma"]) };
    Inventory::new(InventoryParts {
        plans: vec![plan("basic", &["prod"]), plan("other", &["beta"]), plan("bare", &[]), narrow],
        api_keys: [
            ("own", true),
            ("off", false),
            ("mute", false),
            ("loose", true),
            ("bare1", true),
            ("strange", true),
            ("narrow1", true),
        ]
        .map(|(id, enabled)| key(id, enabled))
        .to_vec()
        .into(),
        members: members(&[
            ("basic", &["own", "off", "mute"]),
            ("other", &["strange"]),
            ("bare", &["bare1"]),
            ("narrow", &["narrow1"]),
        ]),
        tenant_keys: vec![
            tenant_key("own", None, "basic"),
            tenant_key("off", None, "basic"),
            disabled,
            tenant_key("loose", None, "basic"),
            tenant_key("gone", None, "basic"),
            tenant_key("bare1", None, "bare"),
            tenant_key("strange", None, "basic"),
            tenant_key("narrow1", None, "narrow"),
        ],
        ..parts()
    })
}

fn call(tenant_key: &str) -> Call {
    Call {
        api_key: tenant_key.into(),
        tenant_key: Some(tenant_key.into()),
        stage: Some(stage("prod")),
        method: Some("GET /api".into()),
        verdict: None,
        error_type: None,
    }
}

fn working_input() -> DiagnosisInput {
    let methods: BTreeMap<String, bool> =
        [("GET /api", true), ("ANY /open/{id}", false)].map(|(method, key)| (method.to_owned(), key)).into();
    DiagnosisInput {
        custom_responses: Some(CustomResponses::default()),
        is_stage_deployed: Some(true),
        is_being_deleted: false,
        methods: Some(StageMethods {
            authorizations: methods.keys().map(|method| (method.clone(), Authorization::None)).collect(),
            deployed: methods.clone(),
            edited: methods,
        }),
        access: Some(ApiAccess::default()),
        custom_url: None,
        unread_domains: None,
        web_acl: Some(WebAcl::None),
        throttles: OtherThrottles {
            account: Some(Throttle { rate: 10_000.0, burst: 5_000 }),
            ..OtherThrottles::default()
        },
        quota_use: Some(QuotaFigure::from_balance(3, 17)),
        stored_value: StoredValue::Same,
        changed_at: Some(at("2026-11-01T00:00:00Z")),
    }
}

fn now() -> Timestamp {
    at("2026-11-22T18:48:00Z")
}

/// The failed check, the response it causes, and its fix.
fn failed_check(call: Call, input: &DiagnosisInput) -> Option<(&'static str, String, String)> {
    let inventory = inventory();
    let diagnosis = Diagnosis::new(call, &inventory, input, now());
    let check = diagnosis.failed_check()?;
    let fix = check.fix.as_ref().map(|fix| fix.describe(&inventory));
    Some((check.kind.as_str(), check.response.map(GatewayResponse::describe)?, fix?))
}

#[test]
fn a_working_call_passes_every_check() {
    let diagnosis = Diagnosis::new(call("own"), &inventory(), &working_input(), now());
    assert!(
        diagnosis.checks.iter().all(|check| match check.kind {
            CheckKind::Deployment => check.state == CheckState::NotChecked,
            _ => check.state == CheckState::Passed,
        }),
        "{:#?}",
        diagnosis.checks
    );
    assert_eq!(diagnosis.checks.len(), 18);
}

#[test]
fn each_failed_key_check_gives_403_and_suggests_its_fix() {
    for (tenant_key, kind, fix) in [
        ("gone", "key", "delete this tenant key, create another and give the tenant its value"),
        ("off", "enabled", "copy the enabled state of tenant key off to its API key"),
        ("mute", "enabled", "key \"mute\" of acme: enable"),
        ("loose", "plan", "attach API key loose to basic plan"),
        ("bare1", "plan-stage", "usage plan bare plan: link api:prod"),
        ("strange", "plan", "attach API key strange to basic plan"),
    ] {
        let failed = failed_check(call(tenant_key), &working_input());
        assert_eq!(failed, Some((kind, "403 Forbidden".to_owned(), fix.to_owned())), "{tenant_key}");
    }
}

#[test]
fn a_key_in_no_plan_is_moved_to_one_and_is_unknown_while_a_plan_cannot_be_read() {
    let in_no_plan = |members: Known<Vec<ApiKeyId>>| {
        Inventory::new(InventoryParts {
            plans: vec![plan("basic", &["prod"])],
            api_keys: vec![key("free", true)].into(),
            members: BTreeMap::from([("basic".into(), members)]),
            tenant_keys: vec![tenant_key("free", None, PlanId::none().as_str())],
            ..parts()
        })
    };
    let check_of = |kind: CheckKind, inventory: &Inventory| {
        let diagnosis =
            Diagnosis::new(Call { stage: None, ..call("free") }, inventory, &working_input(), now());
        diagnosis.checks.into_iter().find(|check| check.kind == kind).expect("the check")
    };
    let known = in_no_plan(Vec::new().into());
    for limit in [CheckKind::PlanThrottle, CheckKind::Quota] {
        assert_eq!(check_of(limit, &known).state, CheckState::Skipped, "{limit:?}");
    }
    let check = check_of(CheckKind::Plan, &known);
    assert_eq!((check.state, &*check.summary), (CheckState::Failed, "API key free is in no usage plan"));
    let fix = check.fix.map(|fix| fix.describe(&known));
    let move_it = "move the key to a plan that covers the stage: `keypool keys move free --plan PLAN`";
    assert_eq!(fix.as_deref(), Some(move_it));
    let unread = in_no_plan(Known::not_allowed("apigateway:GET", "/usageplans/basic/keys"));
    let unread = check_of(CheckKind::Plan, &unread);
    assert_eq!(unread.state, CheckState::Unknown, "{}", unread.summary);
}

#[test]
fn the_deployed_methods_count_not_the_edited_ones() {
    let mut input = working_input();
    let with_method = |method: &str| Call { method: Some(method.to_owned()), ..call("own") };
    let none = failed_check(with_method("GET /none"), &input).expect("no such method");
    assert_eq!((none.0, none.1.as_str()), ("method", "403 Missing Authentication Token"));
    let open = failed_check(with_method("POST /open/7?x=1"), &input).expect("an open method");
    assert_eq!((open.0, open.1.as_str()), ("method", "the backend's response, with or without a key"));
    let methods = input.methods.as_mut().expect("methods");
    methods.deployed.insert("GET /api".to_owned(), false);
    let edited = failed_check(call("off"), &input).expect("an open method");
    assert_eq!((edited.0, edited.2.as_str()), ("method", "deploy API api to stage prod"));
    let diagnosis = Diagnosis::new(call("off"), &inventory(), &input, now());
    let performed = diagnosis.checks.iter().filter(|check| check.state != CheckState::Skipped).count();
    assert_eq!(performed, 7, "the key is not checked: {:#?}", diagnosis.checks);
}

#[test]
fn the_lowest_throttle_explains_one_429_and_an_exhausted_quota_the_other() {
    let mut input = working_input();
    let with_verdict = |verdict| Call { verdict: Some(verdict), ..call("own") };
    let fails = |verdict, input: &DiagnosisInput| {
        failed_check(with_verdict(verdict), input).map(|failed| (failed.0, failed.1))
    };
    let throttled = "429 Too Many Requests".to_owned();
    assert_eq!(fails(Verdict::Throttled, &input), Some(("plan-throttle", throttled.clone())));
    input.throttles.stage_method = Some(Throttle { rate: 1.0, burst: 2 });
    assert_eq!(fails(Verdict::Throttled, &input), Some(("stage-throttle", throttled.clone())));
    let narrow = Call { stage: Some(stage("gamma")), ..call("narrow1") };
    let narrow = Call { verdict: Some(Verdict::Throttled), ..narrow };
    assert_eq!(failed_check(narrow, &input).map(|failed| failed.0), Some("method-throttle"));
    input.throttles =
        OtherThrottles { account: Some(Throttle { rate: 1.0, burst: 1 }), ..OtherThrottles::default() };
    assert_eq!(fails(Verdict::Throttled, &input), Some(("account-throttle", throttled)));
    assert_eq!(fails(Verdict::Ok, &input), None);
    for blocking in [Throttle { rate: 5.0, burst: 0 }, Throttle { rate: 0.0, burst: 20 }] {
        let input = DiagnosisInput {
            throttles: OtherThrottles { stage_method: Some(blocking), ..OtherThrottles::default() },
            ..working_input()
        };
        assert_eq!(
            failed_check(call("own"), &input).map(|failed| failed.0),
            Some("stage-throttle"),
            "{blocking:?}"
        );
    }
    let exceeded = "429 Limit Exceeded".to_owned();
    assert_eq!(fails(Verdict::QuotaExhausted, &input), Some(("quota", exceeded.clone())));
    input.quota_use = Some(QuotaFigure::from_balance(20, 0));
    assert_eq!(fails(Verdict::Ok, &input), Some(("quota", exceeded)));
}

#[test]
fn the_quota_check_states_the_figure_of_the_key() {
    let summary = |figure: QuotaFigure| {
        let input = DiagnosisInput { quota_use: Some(figure), ..working_input() };
        let checks = Diagnosis::new(call("own"), &inventory(), &input, now()).checks;
        checks.into_iter().find(|check| check.kind == CheckKind::Quota).expect("the check").summary
    };
    for (used, balance, text) in [
        (3, 17, "3 used, 17 left of 20/day (15%)"),
        (3, 37, "3 used, 37 left of 20/day, in this period 40 (7%)"),
        (60, -40, "60 used, 0 left of 20/day (300%)"),
    ] {
        let summary = summary(QuotaFigure::from_balance(used, balance));
        assert!(summary.starts_with(text), "{summary}");
    }
}

#[test]
fn a_wrong_value_a_missing_stage_and_a_recent_change_fail() {
    let fails = |input: &DiagnosisInput| failed_check(call("own"), input).map(|failed| (failed.0, failed.1));
    let forbidden = "403 Forbidden".to_owned();
    let wrong = DiagnosisInput { stored_value: StoredValue::Different, ..working_input() };
    assert_eq!(fails(&wrong), Some(("value", forbidden.clone())));
    let gone = DiagnosisInput { is_stage_deployed: Some(false), methods: None, ..working_input() };
    assert_eq!(fails(&gone), Some(("stage", forbidden)));
    let recently_changed = DiagnosisInput { changed_at: Some(at("2026-11-22T18:47:55Z")), ..working_input() };
    assert_eq!(fails(&recently_changed), None, "only a call tells");
    let within_a_minute = DiagnosisInput { changed_at: Some(at("2026-11-22T18:47:15Z")), ..working_input() };
    let refused = || Call { verdict: Some(Verdict::Forbidden), ..call("own") };
    assert_eq!(fails(&within_a_minute), None);
    assert_eq!(failed_check(refused(), &recently_changed).map(|failed| failed.0), Some("propagation"));
    assert_eq!(failed_check(refused(), &within_a_minute).map(|failed| failed.0), Some("propagation"));
    let older = DiagnosisInput { changed_at: Some(at("2026-11-22T18:46:59Z")), ..working_input() };
    assert_eq!(failed_check(refused(), &older), None);
    let accepted = Call { verdict: Some(Verdict::Ok), ..call("own") };
    assert_eq!(failed_check(accepted, &recently_changed), None);
}

#[test]
fn unreadable_facts_leave_checks_unknown_not_failed() {
    let diagnosis = Diagnosis::new(call("own"), &inventory(), &DiagnosisInput::default(), now());
    assert_eq!(diagnosis.failed_check(), None);
    let unknown = diagnosis.checks.iter().filter(|check| check.state == CheckState::Unknown).count();
    assert_eq!(unknown, 11, "{:#?}", diagnosis.checks);
    assert_eq!(
        diagnosis.success_message(),
        "no check fails, but not checked: stage, web-acl, endpoint, resource-policy, method, key-source, \
         account-throttle, quota, authorization; a call may still be refused"
    );
    // An unknown time of the last change alone leaves no doubt.
    let certain = Diagnosis::new(
        call("own"),
        &inventory(),
        &DiagnosisInput { changed_at: None, ..working_input() },
        now(),
    );
    assert_eq!(
        certain.success_message(),
        "a call with this key should succeed, if the API's settings are deployed"
    );
    let refused = Call { verdict: Some(Verdict::Forbidden), ..call("own") };
    let diagnosis = Diagnosis::new(refused, &inventory(), &working_input(), now());
    assert!(diagnosis.unexplained_message().is_some());
}

#[test]
fn a_custom_response_counts_only_if_callers_see_a_difference() {
    let custom_responses = |kinds: &[(&str, Option<u16>, bool)]| {
        let custom = |&(kind, status, body): &(&str, _, _)| {
            (kind.to_owned(), CustomResponse { status, has_custom_body: body })
        };
        CustomResponses(kinds.iter().map(custom).collect())
    };
    let cases = [
        (
            custom_responses(&[]),
            GatewayResponse::QuotaExhausted,
            "429 Limit Exceeded",
            Some("Limit Exceeded"),
        ),
        (
            custom_responses(&[("THROTTLED", Some(503), false)]),
            GatewayResponse::QuotaExhausted,
            "429 Limit Exceeded",
            Some("Limit Exceeded"),
        ),
        // Same status, other headers.
        (
            custom_responses(&[("QUOTA_EXCEEDED", Some(429), false)]),
            GatewayResponse::QuotaExhausted,
            "429 Limit Exceeded",
            Some("Limit Exceeded"),
        ),
        (
            custom_responses(&[("QUOTA_EXCEEDED", Some(402), false), ("DEFAULT_4XX", Some(418), true)]),
            GatewayResponse::QuotaExhausted,
            "402, this API's own response instead of 429 Limit Exceeded",
            Some("Limit Exceeded"),
        ),
        (
            custom_responses(&[("DEFAULT_4XX", None, true)]),
            GatewayResponse::NoSuchMethod,
            "403, this API's own response instead of 403 Missing Authentication Token",
            None,
        ),
        (
            custom_responses(&[("INVALID_API_KEY", Some(401), true)]),
            GatewayResponse::Forbidden,
            "401, this API's own response instead of 403 Forbidden",
            None,
        ),
        (
            custom_responses(&[("DEFAULT_4XX", Some(418), true)]),
            GatewayResponse::KeyNotRequired,
            "the backend's response, with or without a key",
            None,
        ),
    ];
    for (custom, response, description, message) in cases {
        let actual = ActualResponse { response, custom: custom.get(response) };
        assert_eq!((actual.describe().as_str(), actual.message()), (description, message), "{custom:?}");
    }
    let missing_stage = Check::failed(CheckKind::Stage, "gone", GatewayResponse::Forbidden, "deploy".into());
    assert_eq!(
        missing_stage.custom_response(&custom_responses(&[("DEFAULT_4XX", Some(418), true)])),
        None,
        "without a stage, no API customises its response"
    );
}
