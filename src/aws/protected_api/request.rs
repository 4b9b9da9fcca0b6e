//! A request to a protected API: as entered, and after validation.

use aws_smithy_types::body::SdkBody;
use http::header::{HeaderMap, HeaderName, HeaderValue};
use http::{Method, Uri};
use keypool_domain::Secret;

use super::{CallError, address};
use crate::aws::Failure;

/// The header that carries the key.
const KEY_HEADER: &str = "x-api-key";
/// Headers that the connection sets. Other values would change the recipient or the length of the
/// request.
const RESERVED_HEADERS: [&str; 9] = [
    "host",
    "content-length",
    "transfer-encoding",
    "connection",
    "keep-alive",
    "upgrade",
    "te",
    "trailer",
    "proxy-authorization",
];

/// A request to a protected API, without the key.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CallRequest {
    /// The stage's invoke URL; the key is sent to this host only.
    pub invoke_url: String,
    /// For example `GET`.
    pub method: String,
    /// Path and query within the stage.
    pub path: String,
    /// Additional headers.
    pub headers: Vec<(String, String)>,
    /// Sends no body if empty.
    pub body: String,
    /// Whether the key may be sent unencrypted to another machine.
    pub allow_http: bool,
}

/// A valid request: address, method and headers have been checked.
#[derive(Debug, Clone)]
pub struct CheckedRequest {
    uri: Uri,
    method: Method,
    headers: HeaderMap,
    body: String,
}

impl CallRequest {
    /// Returns the address for display.
    pub fn url(&self) -> String {
        let slash = if self.path.is_empty() || self.path.starts_with('/') { "" } else { "/" };
        format!("{}{slash}{}", self.invoke_url.trim_end_matches('/'), self.path)
    }

    /// Parses a header as entered, for example `Accept: text/plain`.
    pub fn parse_header(line: &str) -> Result<(String, String), Failure> {
        let parts = line.split_once(':').filter(|(name, _)| !name.trim().is_empty());
        let (name, value) = parts.ok_or_else(|| {
            Failure::InvalidCall(
                "a header is written as `Name: value`, for example `Accept: text/plain`".to_owned(),
            )
        })?;
        Ok((name.trim().to_owned(), value.trim().to_owned()))
    }

    /// Whether the method is safe, that is, promises no change on the server (RFC 9110).
    pub fn is_safe(&self) -> bool {
        Method::from_bytes(self.method.as_bytes()).is_ok_and(|method| method.is_safe())
    }

    /// Whether the key would be sent unencrypted to another machine.
    pub fn is_unencrypted(&self) -> bool {
        let uri = self.invoke_url.parse::<Uri>();
        uri.is_ok_and(|uri| uri.scheme_str() == Some("http") && !address::is_local(&uri))
    }

    /// Validates everything that can be validated without a connection.
    pub fn check(&self) -> Result<CheckedRequest, Failure> {
        Ok(CheckedRequest {
            uri: address::resolve_uri(&self.invoke_url, &self.path, self.allow_http)?,
            method: method(&self.method)?,
            headers: self.headers.iter().map(header).collect::<Result<_, _>>()?,
            body: self.body.clone(),
        })
    }
}

impl CheckedRequest {
    /// Returns the host and explicit port that the key is sent to.
    pub fn authority(&self) -> &str {
        self.uri.authority().map_or("", |authority| authority.as_str())
    }

    pub(in crate::aws) const fn uri(&self) -> &Uri {
        &self.uri
    }

    pub(super) fn is_tls(&self) -> bool {
        self.uri.scheme_str() == Some("https")
    }

    /// Whether the address is on this machine.
    pub(super) fn is_local(&self) -> bool {
        address::is_local(&self.uri)
    }

    /// Returns the HTTP request including the key.
    pub(super) fn with_key(&self, key: &Secret) -> Result<http::Request<SdkBody>, CallError> {
        let mut value = HeaderValue::from_str(key.expose()).map_err(|_| {
            CallError::Connection("the key contains characters that are not allowed in headers".to_owned())
        })?;
        value.set_sensitive(true);
        let body = if self.body.is_empty() { SdkBody::empty() } else { SdkBody::from(self.body.as_str()) };
        let mut request = http::Request::new(body);
        *request.uri_mut() = self.uri.clone();
        *request.method_mut() = self.method.clone();
        *request.headers_mut() = self.headers.clone();
        request.headers_mut().insert(KEY_HEADER, value);
        Ok(request)
    }
}

fn method(word: &str) -> Result<Method, Failure> {
    match Method::from_bytes(word.as_bytes()) {
        Ok(method) if method != Method::CONNECT && word != "ANY" => Ok(method),
        _ => Err(Failure::InvalidCall(format!(
            "`{word}` is not a method that can be sent: use GET, POST and the like"
        ))),
    }
}

fn header((name, value): &(String, String)) -> Result<(HeaderName, HeaderValue), Failure> {
    let header = HeaderName::from_bytes(name.trim().as_bytes()).map_err(|_| {
        Failure::InvalidCall(format!(
            "`{}` is not the name of a header: use letters, digits and `-`",
            name.escape_debug()
        ))
    })?;
    if header == KEY_HEADER {
        return Err(Failure::InvalidCall(format!(
            "the header {KEY_HEADER} carries the selected tenant key: remove it, or select another key"
        )));
    }
    if RESERVED_HEADERS.contains(&header.as_str()) {
        return Err(Failure::InvalidCall(format!("the header {header} is set by the connection: remove it")));
    }
    let value = HeaderValue::from_bytes(value.trim().as_bytes()).map_err(|_| {
        Failure::InvalidCall(format!(
            "the value of the header {header} contains a line break or another control character"
        ))
    })?;
    Ok((header, value))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with_header(name: &str, value: &str) -> Result<CheckedRequest, Failure> {
        let headers = vec![(name.to_owned(), value.to_owned())];
        CallRequest {
            invoke_url: "https://api.example/prod".into(),
            method: "GET".into(),
            headers,
            ..Default::default()
        }
        .check()
    }

    #[test]
    fn reserved_and_malformed_headers_are_refused() {
        for (name, value, expected) in [
            ("X-Api-Key", "other", "carries the selected tenant key"),
            ("Host", "evil.example", "set by the connection"),
            ("content-length", "0", "set by the connection"),
            ("Transfer-Encoding", "chunked", "set by the connection"),
            ("x-note", "a\r\nx-api-key: b", "line break"),
            ("x-note\r\nx-api-key", "b", "not the name of a header"),
            ("x note", "b", "not the name of a header"),
            ("", "b", "not the name of a header"),
        ] {
            let failure = with_header(name, value).expect_err(name);
            assert!(failure.to_string().contains(expected), "{name}: {failure}");
        }
        assert!(with_header("X-Note", " été ").is_ok());
    }

    #[test]
    fn refused_headers_hide_their_value() {
        let failure = with_header("authorization", "Bearer s3cret\n x").expect_err("line break");
        assert!(!format!("{failure} {failure:?}").contains("s3cret"));
    }

    #[test]
    fn only_sendable_methods_are_accepted() {
        for word in ["", "ANY", "CONNECT", "GE T"] {
            assert!(method(word).is_err(), "{word}");
        }
        assert!(["GET", "DELETE", "PATCH"].into_iter().all(|word| method(word).is_ok()));
    }

    #[test]
    fn debug_output_hides_the_key() {
        let checked = with_header("x-note", "b").expect("fine");
        let sent = checked.with_key(&Secret::new("k".repeat(40))).expect("fine");
        assert!(!format!("{checked:?} {sent:?}").contains("kkkkk"));
        assert_eq!(sent.headers()["x-api-key"].len(), 40);
    }
}
