//! Each error that AWS or the way to it can give, and the remedy it stands for.

use aws_sdk_apigateway::operation::get_api_keys::GetApiKeysError;
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::http::StatusCode;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::error::ErrorMetadata;

use super::*;
use crate::aws::Endpoints;

type Answer = SdkError<GetApiKeysError, HttpResponse>;

fn context() -> Context {
    Context {
        profile: Some("prod".into()),
        region: "eu-west-1".into(),
        endpoints: Endpoints::at_aws("eu-west-1").into(),
        renewal: Renewal::Sso("prod".into()),
    }
}

fn failed(service: Service, operation: &'static str, error: Answer) -> Failure {
    let context = context();
    Call { context: &context, service, operation, subject: "API key abc".into() }.failed(error)
}

fn answer(status: u16, code: Option<&str>, message: &str) -> Answer {
    let mut metadata = ErrorMetadata::builder().message(message);
    if let Some(code) = code {
        metadata = metadata.code(code);
    }
    let status = StatusCode::try_from(status).expect("a status");
    Answer::service_error(
        GetApiKeysError::generic(metadata.build()),
        HttpResponse::new(status, SdkBody::empty()),
    )
}

fn of(status: u16, code: Option<&str>, message: &str) -> Failure {
    failed(Service::ApiGateway, "GetApiKeys", answer(status, code, message))
}

#[test]
fn a_refusal_names_action_and_resource_as_aws_does() {
    let said = "User: arn:aws:iam::1:user/x is not authorized to perform: apigateway:GET on resource: \
                arn:aws:apigateway:eu-west-1::/apikeys because no identity-based policy allows it";
    let denied = of(403, Some("AccessDeniedException"), said);
    let resource = "arn:aws:apigateway:eu-west-1::/apikeys".to_owned();
    assert_eq!(denied, Failure::Denied { action: "apigateway:GET".into(), resource });
    assert_eq!(denied.hint().expect("a hint"), "ask for the IAM action apigateway:GET on this resource");
}

#[test]
fn a_refusal_without_words_names_the_action_by_its_rule() {
    for (service, operation, action) in [
        (Service::ApiGateway, "GetApiKeys", "apigateway:GET"),
        (Service::ApiGateway, "CreateUsagePlanKey", "apigateway:POST"),
        (Service::ApiGateway, "UpdateApiKey", "apigateway:PATCH"),
        (Service::ApiGateway, "DeleteApiKey", "apigateway:DELETE"),
        (Service::DynamoDb, "Scan", "dynamodb:Scan"),
        (
            Service::DynamoDb,
            "TransactWriteItems",
            "dynamodb:PutItem, dynamodb:UpdateItem and dynamodb:DeleteItem",
        ),
    ] {
        let denied = failed(service, operation, answer(403, Some("AccessDeniedException"), "no"));
        assert_eq!(denied, Failure::Denied { action: action.into(), resource: "API key abc".into() });
    }
}

#[test]
fn every_code_has_its_remedy() {
    let sign_in =
        |message: &str| Failure::SignIn { renewal: Renewal::Sso("prod".into()), message: message.into() };
    let operation = || "GetApiKeys".to_owned();
    let unsupported =
        || Failure::Unsupported("apigateway.eu-west-1.amazonaws.com does not support GetApiKeys".to_owned());
    for (status, code, expected) in [
        (403, Some("ExpiredTokenException"), sign_in("said")),
        (403, Some("UnrecognizedClientException"), sign_in("said")),
        (403, Some("InvalidSignatureException"), sign_in("said")),
        (400, Some("com.amazon.coral.service#ExpiredTokenException"), sign_in("said")),
        (429, Some("TooManyRequestsException"), Failure::TooManyRequests { operation: operation() }),
        (400, Some("ThrottlingException"), Failure::TooManyRequests { operation: operation() }),
        (
            429,
            Some("LimitExceededException"),
            Failure::Limit { operation: operation(), message: "said".into() },
        ),
        (404, Some("NotFoundException"), Failure::Gone("API key abc".into())),
        (404, None, unsupported()),
        (501, None, unsupported()),
        (400, Some("UnknownOperationException"), unsupported()),
        (
            409,
            Some("ConflictException"),
            Failure::Unexpected { operation: operation(), message: "said".into() },
        ),
        (500, None, Failure::Unexpected { operation: operation(), message: "said".into() }),
    ] {
        assert_eq!(of(status, code, "said"), expected, "{status} {code:?}");
    }
    let busy = of(409, Some("ConflictException"), "Unable to complete: concurrent modification. Try later.");
    assert_eq!((&busy, busy.exit_code()), (&Failure::Busy { operation: operation() }, 6));
    assert!(busy.hint().is_some_and(|hint| hint.contains("retry")));
    for (said, stage) in [
        ("Invalid API Stage {api: abc, stage: prod} specified for usageplan xyz", "the stage abc:prod"),
        ("API Stage not found: abc:prod", "the stage abc:prod"),
        ("Invalid method GET specified for API Stage", "API key abc"),
    ] {
        assert_eq!(of(404, Some("NotFoundException"), said), Failure::Gone(stage.into()));
    }
    let tables = of(400, Some("ResourceNotFoundException"), "said");
    assert!(matches!(tables, Failure::Tables(said) if said.contains("keypool setup tables")));
}

#[test]
fn a_broken_way_names_the_endpoint_and_the_innermost_cause() {
    let refused = || std::io::Error::new(std::io::ErrorKind::ConnectionRefused, "connection refused");
    let lost =
        failed(Service::DynamoDb, "Scan", Answer::dispatch_failure(ConnectorError::io(Box::new(refused()))));
    let endpoint = "dynamodb.eu-west-1.amazonaws.com".to_owned();
    assert_eq!(lost, Failure::Unreachable { endpoint, why: "connection refused".into() });
    let late = failed(Service::ApiGateway, "GetApiKeys", Answer::timeout_error("too late"));
    assert!(
        matches!(late, Failure::Unreachable { endpoint, .. } if endpoint.starts_with("apigateway.eu-west-1"))
    );
}

#[test]
fn credentials_that_fail_on_the_way_are_told_from_the_network() {
    let lost = |why: CredentialsError| {
        let error = ConnectorError::other(Box::new(why), None);
        failed(Service::ApiGateway, "GetApiKeys", Answer::dispatch_failure(error))
    };
    assert!(matches!(lost(CredentialsError::not_loaded("nothing there")), Failure::NoCredentials(_)));
    let expired = lost(CredentialsError::provider_error("the SSO session is over"));
    let message = "the SSO session is over".to_owned();
    assert_eq!(expired, Failure::SignIn { renewal: Renewal::Sso("prod".into()), message });
    assert!(expired.hint().is_some_and(|hint| hint.contains("aws sso login --profile prod")));
}

#[test]
fn an_answer_that_came_and_cannot_be_read_is_in_doubt_and_a_refusal_is_not() {
    assert!(is_in_doubt(&answer(200, None, "")));
    assert!(is_in_doubt(&answer(503, None, "")));
    assert!(is_in_doubt(&Answer::timeout_error("too late")));
    assert!(!is_in_doubt(&answer(403, Some("AccessDeniedException"), "")));
    assert!(!is_in_doubt(&answer(429, Some("TooManyRequestsException"), "")));
    assert!(
        matches!(of(200, None, ""), Failure::Unexpected { message, .. } if message.contains("cannot be read"))
    );
}

#[test]
fn a_clock_that_is_wrong_is_told_in_minutes_and_not_as_credentials() {
    let said = "Signature expired: 20261128T100000Z is now earlier than 20261128T101200Z (20261128T101700Z - 5 min.)";
    for code in ["InvalidSignatureException", "SignatureDoesNotMatch"] {
        let failure = of(403, Some(code), said);
        assert_eq!(failure, Failure::ClockSkew { minutes_fast: -17 });
        assert!(failure.to_string().contains("17 minutes behind AWS's"), "{failure}");
        assert_eq!(failure.exit_code(), 3);
    }
}

#[test]
fn only_on_this_machine_somebody_is_asked_to_start_what_listens() {
    for (endpoint, is_local) in [
        ("http://127.0.0.1:4599", true),
        ("https://localhost:4566/base", true),
        ("http://[::1]:80", true),
        ("https://dynamodb.eu-west-1.amazonaws.com", false),
        ("http://10.0.0.1:4599", false),
    ] {
        let failure = Failure::Unreachable {
            endpoint: endpoint.into(),
            why: "Connection refused (os error 111)".into(),
        };
        let hint = failure.hint().expect("a hint");
        assert_eq!(hint.contains("start it"), is_local, "{endpoint}: {hint}");
    }
}
