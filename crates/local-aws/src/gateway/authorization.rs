//! Checks a method's authorization type.
//!
//! No authorizer is run and no signature is verified. A Lambda authorizer behaves like one whose function cannot be
//! invoked, a user pool like one that issued none of the tokens.

use axum::http::{HeaderMap, header};

use super::refusal::Refusal;
use super::route::RouteMatch;

const SIGNATURE_PREFIX: &str = "AWS4-HMAC-SHA256";

pub(super) fn check(route: &RouteMatch<'_>, headers: &HeaderMap) -> Result<(), Refusal> {
    let authorization = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    match (route.method.authorization_type.as_str(), authorization) {
        ("" | "NONE", _) => Ok(()),
        ("AWS_IAM", Some(signature)) if signature.starts_with(SIGNATURE_PREFIX) => Ok(()),
        ("AWS_IAM", _) => Err(Refusal::MissingAuthenticationToken),
        ("CUSTOM", Some(_)) => Err(Refusal::AuthorizerConfiguration),
        _ => Err(Refusal::Unauthorized),
    }
}
