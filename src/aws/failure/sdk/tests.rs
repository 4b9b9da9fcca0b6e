//! How errors of AWS and of the network map to failures.

use aws_sdk_apigateway::operation::get_api_keys::GetApiKeysError;
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::http::StatusCode;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::error::ErrorMetadata;

use super::*;
use crate::aws::Endpoints;

type GetKeysError = SdkError<GetApiKeysError, HttpResponse>;

fn context() -> Context {
    Context {
        profile: Some("prod".into()),
        region: "eu-west-1".into(),
        endpoints: Endpoints::for_aws("eu-west-1").into(),
        renewal: Renewal::Sso("prod".into()),
    }
}

fn failure(service: Service, operation: &'static str, error: GetKeysError) -> Failure {
    let context = context();
    AwsCall { context: &context, service, operation, subject: "API key abc".into() }.failure(error)
}

fn service_error(status: u16, code: Option<&str>, message: &str) -> GetKeysError {
    let mut metadata = ErrorMetadata::builder().message(message);
    if let Some(code) = code {
        metadata = metadata.code(code);
    }
    let status = StatusCode::try_from(status).expect("a status");
    GetKeysError::service_error(
        GetApiKeysError::generic(metadata.build()),
        HttpResponse::new(status, SdkBody::empty()),
    )
}

fn gateway_failure(status: u16, code: Option<&str>, message: &str) -> Failure {
    failure(Service::ApiGateway, "GetApiKeys", service_error(status, code, message))
}

#[test]
fn access_denied_keeps_action_and_resource_from_aws() {
    let message = "User: arn:aws:iam::1:user/x is not authorized to perform: apigateway:GET on resource: \
                arn:aws:apigateway:eu-west-1::/apikeys because no identity-based policy allows it";
    let denied = gateway_failure(403, Some("AccessDeniedException"), message);
    let resource = "arn:aws:apigateway:eu-west-1::/apikeys".to_owned();
    assert_eq!(denied, Failure::Denied { action: "apigateway:GET".into(), resource });
    assert_eq!(denied.hint().expect("a hint"), "ask for the IAM action apigateway:GET on this resource");
}

#[test]
fn access_denied_without_details_derives_the_iam_action() {
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
        let denied = failure(service, operation, service_error(403, Some("AccessDeniedException"), "no"));
        assert_eq!(denied, Failure::Denied { action: action.into(), resource: "API key abc".into() });
    }
}

#[test]
fn error_codes_map_to_failures() {
    let sign_in =
        |message: &str| Failure::SignIn { renewal: Renewal::Sso("prod".into()), message: message.into() };
    let operation = || "GetApiKeys".to_owned();
    let unsupported =
        || Failure::Unsupported("apigateway.eu-west-1.amazonaws.com does not support GetApiKeys".to_owned());
    for (status, code, expected) in [
        (403, Some("ExpiredTokenException"), sign_in("text")),
        (403, Some("UnrecognizedClientException"), sign_in("text")),
        (403, Some("InvalidSignatureException"), sign_in("text")),
        (400, Some("com.amazon.coral.service#ExpiredTokenException"), sign_in("text")),
        (429, Some("TooManyRequestsException"), Failure::TooManyRequests { operation: operation() }),
        (400, Some("ThrottlingException"), Failure::TooManyRequests { operation: operation() }),
        (
            429,
            Some("LimitExceededException"),
            Failure::Limit { operation: operation(), message: "text".into() },
        ),
        (404, Some("NotFoundException"), Failure::Gone("API key abc".into())),
        (404, None, unsupported()),
        (501, None, unsupported()),
        (400, Some("UnknownOperationException"), unsupported()),
        (
            409,
            Some("ConflictException"),
            Failure::Unexpected { operation: operation(), message: "text".into() },
        ),
        (500, None, Failure::Unexpected { operation: operation(), message: "text".into() }),
    ] {
        assert_eq!(gateway_failure(status, code, "text"), expected, "{status} {code:?}");
    }
    let busy = gateway_failure(
        409,
        Some("ConflictException"),
        "Unable to complete: concurrent modification. Try later.",
    );
    assert_eq!((&busy, busy.exit_code()), (&Failure::Busy { operation: operation() }, 6));
    assert!(busy.hint().is_some_and(|hint| hint.contains("retry")));
    for (message, stage) in [
        ("Invalid API Stage {api: abc, stage: prod} specified for usageplan xyz", "the stage abc:prod"),
        ("API Stage not found: abc:prod", "the stage abc:prod"),
        ("Invalid method GET specified for API Stage", "API key abc"),
    ] {
        assert_eq!(gateway_failure(404, Some("NotFoundException"), message), Failure::Gone(stage.into()));
    }
    let tables = gateway_failure(400, Some("ResourceNotFoundException"), "text");
    assert!(matches!(tables, Failure::Tables(message) if message.contains("keypool setup tables")));
}

#[test]
fn connection_errors_name_endpoint_and_root_cause() {
    let refused = || std::io::Error::new(std::io::ErrorKind::ConnectionRefused, "connection refused");
    let unreachable = failure(
        Service::DynamoDb,
        "Scan",
        GetKeysError::dispatch_failure(ConnectorError::io(Box::new(refused()))),
    );
    let endpoint = "dynamodb.eu-west-1.amazonaws.com".to_owned();
    assert_eq!(unreachable, Failure::Unreachable { endpoint, cause: "connection refused".into() });
    let timed_out = failure(Service::ApiGateway, "GetApiKeys", GetKeysError::timeout_error("too late"));
    assert!(
        matches!(timed_out, Failure::Unreachable { endpoint, .. } if endpoint.starts_with("apigateway.eu-west-1"))
    );
}

#[test]
fn credential_errors_are_not_reported_as_network_errors() {
    let convert = |error: CredentialsError| {
        let error = ConnectorError::other(Box::new(error), None);
        failure(Service::ApiGateway, "GetApiKeys", GetKeysError::dispatch_failure(error))
    };
    assert!(matches!(convert(CredentialsError::not_loaded("nothing there")), Failure::NoCredentials(_)));
    let expired = convert(CredentialsError::provider_error("the SSO session is over"));
    let message = "the SSO session is over".to_owned();
    assert_eq!(expired, Failure::SignIn { renewal: Renewal::Sso("prod".into()), message });
    assert!(expired.hint().is_some_and(|hint| hint.contains("aws sso login --profile prod")));
}

#[test]
fn unreadable_responses_are_in_doubt_but_refusals_are_not() {
    assert!(is_in_doubt(&service_error(200, None, "")));
    assert!(is_in_doubt(&service_error(503, None, "")));
    assert!(is_in_doubt(&GetKeysError::timeout_error("too late")));
    assert!(!is_in_doubt(&service_error(403, Some("AccessDeniedException"), "")));
    assert!(!is_in_doubt(&service_error(429, Some("TooManyRequestsException"), "")));
    assert!(
        matches!(gateway_failure(200, None, ""), Failure::Unexpected { message, .. } if message.contains("cannot be parsed"))
    );
}

#[test]
fn clock_skew_is_reported_in_minutes_instead_of_as_bad_credentials() {
    let message = "Signature expired: 20261128T100000Z is now earlier than 20261128T101200Z (20261128T101700Z - 5 min.)";
    for code in ["InvalidSignatureException", "SignatureDoesNotMatch"] {
        let failure = gateway_failure(403, Some(code), message);
        assert_eq!(failure, Failure::ClockSkew { minutes_ahead: -17 });
        assert!(failure.to_string().contains("17 minutes behind AWS's"), "{failure}");
        assert_eq!(failure.exit_code(), 3);
    }
}

#[test]
fn only_loopback_endpoints_get_the_hint_to_start_the_server() {
    for (endpoint, is_local) in [
        ("http://127.0.0.1:4599", true),
        ("https://localhost:4566/base", true),
        ("http://[::1]:80", true),
        ("https://dynamodb.eu-west-1.amazonaws.com", false),
        ("http://10.0.0.1:4599", false),
    ] {
        let failure = Failure::Unreachable {
            endpoint: endpoint.into(),
            cause: "Connection refused (os error 111)".into(),
        };
        let hint = failure.hint().expect("a hint");
        assert_eq!(hint.contains("start it"), is_local, "{endpoint}: {hint}");
    }
}
