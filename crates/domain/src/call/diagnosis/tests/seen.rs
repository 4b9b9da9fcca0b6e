//! A check explains a seen response only if it causes that response.

use super::*;
use crate::Verdict;
use crate::api_access::{PolicyStatement, ResourcePolicy};

fn explains(error_type: Option<&str>, verdict: Verdict, input: &DiagnosisInput) -> Diagnosis {
    let call = Call { verdict: Some(verdict), error_type: error_type.map(str::to_owned), ..call("own") };
    Diagnosis::new(call, &inventory(), input, now())
}

fn with_spent_quota() -> DiagnosisInput {
    DiagnosisInput { quota_use: Some(QuotaFigure::from_balance(20, 0)), ..working_input() }
}

#[test]
fn a_spent_quota_explains_no_403_and_no_500() {
    for (error_type, verdict, status) in [
        (Some("AccessDeniedException"), Verdict::Other, "this 403;"),
        (Some("AuthorizerConfigurationException"), Verdict::Other, "this response;"),
        (Some("ForbiddenException"), Verdict::Forbidden, "this 403;"),
        (None, Verdict::Forbidden, "this 403;"),
        (None, Verdict::Other, "this response;"),
        (None, Verdict::Throttled, "429 Too Many Requests"),
    ] {
        let diagnosis = explains(error_type, verdict, &with_spent_quota());
        let message = match diagnosis.failed_check() {
            Some(check) => check.response.expect("a response").describe(),
            None => diagnosis.unexplained_message().expect("a message"),
        };
        assert!(message.contains(status), "{error_type:?} {verdict}: {message}");
    }
    let accepted = explains(None, Verdict::Ok, &with_spent_quota());
    assert_eq!(accepted.failed_check().map(|check| check.kind), Some(CheckKind::Quota), "the next call");
}

#[test]
fn an_authorizer_that_cannot_run_is_not_a_missing_token() {
    let mut input = working_input();
    let methods = input.methods.as_mut().expect("methods");
    methods.authorizations.insert("GET /api".to_owned(), Authorization::Lambda);
    let broken = explains(Some("AuthorizerConfigurationException"), Verdict::Other, &input);
    assert_eq!(broken.failed_check(), None);
    let refused = explains(Some("UnauthorizedException"), Verdict::Other, &input);
    assert_eq!(refused.failed_check().map(|check| check.kind), Some(CheckKind::Authorization));
}

#[test]
fn a_recent_change_explains_a_403_even_if_the_quota_is_spent() {
    let input = DiagnosisInput { changed_at: Some(at("2026-11-22T18:47:55Z")), ..with_spent_quota() };
    let diagnosis = explains(None, Verdict::Forbidden, &input);
    assert_eq!(diagnosis.failed_check().map(|check| check.kind), Some(CheckKind::Propagation));
}

#[test]
fn an_unexplained_refusal_names_what_was_not_checked_and_the_deployment() {
    let policy = ResourcePolicy { statements: vec![PolicyStatement::Other("uses NotAction")] };
    let access = ApiAccess { policy: Some(policy), ..ApiAccess::default() };
    let input = DiagnosisInput { access: Some(access), ..working_input() };
    assert_eq!(
        explains(Some("AccessDeniedException"), Verdict::Other, &input).unexplained_message().as_deref(),
        Some(
            "no check explains this 403; not checked: resource-policy; recent edits of the API might not be deployed yet: \
             `keypool setup deploy --api api --stage prod`"
        )
    );
}

#[test]
fn an_accepted_call_leaves_no_doubt_about_the_deployment() {
    let accepted = explains(None, Verdict::Ok, &working_input());
    assert_eq!(accepted.success_message(), "a call with this key should succeed");
}
