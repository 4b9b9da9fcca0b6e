//! The Security Token Service: only GetCallerIdentity.

use axum::body::{Body, Bytes};
use axum::http::{Request, header};
use axum::response::Response;

use crate::state::ACCOUNT_ID;

pub(crate) const GET_CALLER_IDENTITY: &str = "GetCallerIdentity";

/// Returns the operation of a form, if it is supported.
pub(crate) fn operation_name(form: &[u8]) -> Option<&'static str> {
    let form = std::str::from_utf8(form).ok()?;
    form.split('&').any(|field| field == "Action=GetCallerIdentity").then_some(GET_CALLER_IDENTITY)
}

/// Identifies every caller as the root user of the account.
pub(crate) fn handle(_: &Request<Bytes>) -> Response {
    let id = uuid::Uuid::new_v4();
    let body = format!(
        "<GetCallerIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\">\
         <GetCallerIdentityResult><Arn>arn:aws:iam::{ACCOUNT_ID}:root</Arn><UserId>{ACCOUNT_ID}</UserId>\
         <Account>{ACCOUNT_ID}</Account></GetCallerIdentityResult>\
         <ResponseMetadata><RequestId>{id}</RequestId></ResponseMetadata></GetCallerIdentityResponse>"
    );
    let mut response = Response::new(Body::from(body));
    response.headers_mut().insert(header::CONTENT_TYPE, header::HeaderValue::from_static("text/xml"));
    response
}
