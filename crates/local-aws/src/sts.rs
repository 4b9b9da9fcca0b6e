//! The Security Token Service: only GetCallerIdentity. Its errors are XML, as in all services with forms.

use axum::body::{Body, Bytes};
use axum::http::{Request, Response as HttpResponse, header};
use axum::response::Response;

use crate::state::ACCOUNT_ID;

pub(crate) const GET_CALLER_IDENTITY: &str = "GetCallerIdentity";

/// Returns the operation of a form, served or not; `None` if the body is no form of an operation.
pub(crate) fn operation_name(form: &[u8]) -> Option<&str> {
    let fields = std::str::from_utf8(form).ok()?.split('&');
    let name = fields.filter_map(|field| field.strip_prefix("Action=")).next()?;
    (!name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric())).then_some(name)
}

/// Identifies every caller as the root user of the account.
pub(crate) fn handle(operation: &str, _: &Request<Bytes>) -> Response {
    if operation != GET_CALLER_IDENTITY {
        let message = format!("Could not find operation {operation} for version 2011-06-15");
        return error(400, "InvalidAction", &message);
    }
    let id = uuid::Uuid::new_v4();
    let body = format!(
        "<GetCallerIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\">\
         <GetCallerIdentityResult><Arn>arn:aws:iam::{ACCOUNT_ID}:root</Arn><UserId>{ACCOUNT_ID}</UserId>\
         <Account>{ACCOUNT_ID}</Account></GetCallerIdentityResult>\
         <ResponseMetadata><RequestId>{id}</RequestId></ResponseMetadata></GetCallerIdentityResponse>"
    );
    xml(200, body)
}

/// Returns an error in the format of services with forms.
pub(crate) fn error(status: u16, code: &str, message: &str) -> Response {
    let (id, sender) = (uuid::Uuid::new_v4(), if status < 500 { "Sender" } else { "Receiver" });
    let (code, message) = (escape(code), escape(message));
    let body = format!(
        "<ErrorResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><Error><Type>{sender}</Type>\
         <Code>{code}</Code><Message>{message}</Message></Error><RequestId>{id}</RequestId></ErrorResponse>"
    );
    xml(status, body)
}

fn xml(status: u16, body: String) -> Response {
    let response = HttpResponse::builder().status(status).header(header::CONTENT_TYPE, "text/xml");
    // Statuses of scripted faults may be invalid; the caller then gets an empty 200, which no SDK accepts.
    response.body(Body::from(body)).unwrap_or_default()
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_form_with_a_word_as_its_action_names_an_operation() {
        assert_eq!(operation_name(b"Version=1&Action=AssumeRole"), Some("AssumeRole"));
        for form in ["", "Action=", "Action=<b>", "Version=1", "XAction=AssumeRole"] {
            assert_eq!(operation_name(form.as_bytes()), None, "{form}");
        }
    }
}
