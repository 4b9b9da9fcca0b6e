//! What the API asks of a call besides a key.

use super::*;
use crate::api_access::{Effect, KeySource, PolicyStatement, ResourcePolicy};

#[test]
fn an_api_that_asks_for_more_than_a_key_refuses_it() {
    let with_access = |access| DiagnosisInput { access: Some(access), ..working_input() };
    let fails = |input: &DiagnosisInput, verdict| {
        failed_check(Call { verdict, ..call("own") }, input).map(|failed| (failed.0, failed.1))
    };
    let everyone_denied = ResourcePolicy {
        statements: vec![PolicyStatement::ForEveryone {
            effect: Effect::Deny,
            resources: vec!["*".to_owned()],
        }],
    };
    let cases = [
        (
            ApiAccess { is_default_endpoint_disabled: true, ..ApiAccess::default() },
            "endpoint",
            "403 Forbidden",
        ),
        (ApiAccess { is_private: true, ..ApiAccess::default() }, "endpoint", "403 Forbidden"),
        (
            ApiAccess { policy: Some(everyone_denied), ..ApiAccess::default() },
            "resource-policy",
            "403 User … is not authorized",
        ),
        (
            ApiAccess { key_source: KeySource::Authorizer, ..ApiAccess::default() },
            "key-source",
            "403 Forbidden",
        ),
    ];
    for (access, kind, response) in cases {
        let input = with_access(access);
        assert_eq!(fails(&input, None), Some((kind, response.to_owned())));
        assert_eq!(fails(&input, Some(Verdict::Ok)), None, "{kind}: the edit is not deployed");
    }
    let called_elsewhere = DiagnosisInput {
        custom_url: Some("https://api.example.com".to_owned()),
        ..with_access(ApiAccess { is_default_endpoint_disabled: true, ..ApiAccess::default() })
    };
    assert_eq!(fails(&called_elsewhere, None), None);
    let mut signed = working_input();
    let methods = signed.methods.as_mut().expect("methods");
    methods.authorizations.insert("GET /api".to_owned(), Authorization::Iam);
    let missing_token = "403 Missing Authentication Token".to_owned();
    assert_eq!(fails(&signed, None), Some(("authorization", missing_token)));
    assert_eq!(fails(&signed, Some(Verdict::Ok)), None, "the caller signs");
}

fn with_access(access: ApiAccess) -> DiagnosisInput {
    DiagnosisInput { access: Some(access), ..working_input() }
}

fn with_policy(statements: Vec<PolicyStatement>) -> DiagnosisInput {
    with_access(ApiAccess { policy: Some(ResourcePolicy { statements }), ..ApiAccess::default() })
}

fn with_authorization(input: DiagnosisInput, authorization: &Authorization) -> DiagnosisInput {
    let methods = input.methods.map(|mut methods| {
        methods.authorizations.values_mut().for_each(|other| *other = authorization.clone());
        methods
    });
    DiagnosisInput { methods, ..input }
}

fn from_authorizer() -> ApiAccess {
    ApiAccess { key_source: KeySource::Authorizer, ..ApiAccess::default() }
}

fn diagnose(call: Call, input: &DiagnosisInput) -> Diagnosis {
    Diagnosis::new(call, &inventory(), input, now())
}

fn state(diagnosis: &Diagnosis, kind: CheckKind) -> Option<CheckState> {
    diagnosis.checks.iter().find(|check| check.kind == kind).map(|check| check.state)
}

#[test]
fn a_token_is_asked_for_after_the_key_unless_the_key_comes_from_the_authorizer() {
    let fails = |access, authorization, tenant_key| {
        let input = with_authorization(with_access(access), &authorization);
        failed_check(call(tenant_key), &input).map(|failed| (failed.0, failed.1))
    };
    let unauthorized = |kind| Some((kind, "401 Unauthorized".to_owned()));
    for authorization in [Authorization::Lambda, Authorization::UserPool] {
        let forbidden = Some(("enabled", "403 Forbidden".to_owned()));
        assert_eq!(fails(ApiAccess::default(), authorization.clone(), "off"), forbidden);
        let late = fails(ApiAccess::default(), authorization.clone(), "own");
        assert_eq!(late, unauthorized("authorization"));
        assert_eq!(fails(from_authorizer(), authorization, "off"), unauthorized("authorization"));
    }
    let open = Call { method: Some("GET /open/7".to_owned()), ..call("own") };
    let input = with_authorization(working_input(), &Authorization::Iam);
    assert_eq!(failed_check(open, &input).map(|failed| failed.0), Some("authorization"));
}

#[test]
fn a_lambda_authorizer_refuses_without_a_token_and_denies_with_one() {
    let seen = |authorization: Authorization, error_type: &str| {
        let verdict = Some(Verdict::Other);
        let call = Call { verdict, error_type: Some(error_type.to_owned()), ..call("own") };
        failed_check(call, &with_authorization(working_input(), &authorization)).map(|failed| failed.0)
    };
    assert_eq!(seen(Authorization::Lambda, "UnauthorizedException"), Some("authorization"));
    assert_eq!(seen(Authorization::Lambda, "AccessDeniedException"), Some("authorization"));
    assert_eq!(seen(Authorization::UserPool, "AccessDeniedException"), None);
}

#[test]
fn no_key_is_checked_where_the_header_is_ignored() {
    let diagnosis = diagnose(call("off"), &with_access(from_authorizer()));
    assert_eq!(diagnosis.failed_check().map(|check| check.kind), Some(CheckKind::KeySource));
    for kind in [CheckKind::Enabled, CheckKind::Quota, CheckKind::Propagation] {
        assert_eq!(state(&diagnosis, kind), Some(CheckState::Skipped), "{kind}");
    }
}

#[test]
fn an_accepted_or_counted_call_shows_that_the_edit_is_not_deployed() {
    let input = with_access(ApiAccess { is_default_endpoint_disabled: true, ..ApiAccess::default() });
    for (verdict, kind) in [(Verdict::Throttled, "plan-throttle"), (Verdict::QuotaExhausted, "quota")] {
        let failed = failed_check(Call { verdict: Some(verdict), ..call("own") }, &input);
        assert_eq!(failed.map(|failed| failed.0), Some(kind));
    }
}

#[test]
fn what_is_not_judged_is_listed_and_leaves_a_doubt() {
    let acl = WebAcl::Associated("arn:aws:wafv2:us-east-1:1:regional/webacl/front/1".to_owned());
    let guarded = DiagnosisInput { web_acl: Some(acl), ..working_input() };
    let for_some_callers = with_policy(vec![PolicyStatement::Other("uses NotAction")]);
    let unnamed = Call { method: None, ..call("own") };
    for (call, input, kinds) in [
        (call("own"), guarded, "web-acl"),
        (call("own"), for_some_callers.clone(), "resource-policy"),
        (unnamed, for_some_callers, "resource-policy, method, authorization"),
    ] {
        let message = diagnose(call, &input).success_message();
        assert_eq!(message, format!("no check fails, but not checked: {kinds}; a call may still be refused"));
    }
}

#[test]
fn only_a_refusal_without_a_failed_check_is_unexplained() {
    let message = |tenant_key, verdict| {
        diagnose(Call { verdict, ..call(tenant_key) }, &working_input()).unexplained_message()
    };
    assert!(message("own", Some(Verdict::Forbidden)).is_some());
    assert_eq!(message("off", Some(Verdict::Forbidden)), None);
    assert_eq!(message("own", Some(Verdict::Ok)), None);
    assert_eq!(message("own", None), None);
}

#[test]
fn a_policy_judges_the_path_without_its_query() {
    let allowed = PolicyStatement::ForEveryone {
        effect: Effect::Allow,
        resources: vec!["api/prod/GET/api".to_owned()],
    };
    let with_query = Call { method: Some("GET /api?page=2".to_owned()), ..call("own") };
    assert_eq!(failed_check(with_query.clone(), &with_policy(vec![allowed])), None);
    let failed = failed_check(with_query, &with_policy(Vec::new()));
    assert_eq!(failed.map(|failed| failed.0), Some("resource-policy"), "no statement allows it");
}

#[test]
fn without_a_stage_the_api_is_not_checked_and_a_missing_one_skips_the_rest() {
    let nowhere = diagnose(Call { stage: None, ..call("own") }, &working_input());
    assert_eq!(state(&nowhere, CheckKind::Endpoint), None);
    let gone = DiagnosisInput { is_stage_deployed: Some(false), ..working_input() };
    let gone = diagnose(call("own"), &gone);
    assert_eq!(gone.failed_check().map(|check| check.kind), Some(CheckKind::Stage));
    for kind in [CheckKind::WebAcl, CheckKind::Endpoint, CheckKind::Method, CheckKind::KeySource] {
        assert_eq!(state(&gone, kind), Some(CheckState::Skipped), "{kind}");
    }
}

#[test]
fn a_custom_response_is_not_seen_where_no_stage_is_reached() {
    let custom = CustomResponse { status: Some(418), has_custom_body: true };
    let input = DiagnosisInput {
        custom_responses: Some(CustomResponses([("DEFAULT_4XX".to_owned(), custom)].into())),
        ..with_access(ApiAccess { is_default_endpoint_disabled: true, ..ApiAccess::default() })
    };
    let diagnosis = diagnose(call("own"), &input);
    let failed = diagnosis.failed_check().expect("a failed check");
    assert_eq!((failed.kind, failed.custom), (CheckKind::Endpoint, None));
    let refused = diagnose(call("off"), &DiagnosisInput { access: working_input().access, ..input });
    assert_eq!(refused.failed_check().and_then(|check| check.custom), Some(custom));
}
