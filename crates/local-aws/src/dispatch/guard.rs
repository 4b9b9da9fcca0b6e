//! Rejects requests from web pages.
//!
//! Invariant: every request that a browser sends on behalf of a web page is rejected. Such a request has an `Origin` or
//! `Sec-Fetch-Site` header, or (DNS rebinding) the `Host` of the page's own domain.

use std::net::{IpAddr, SocketAddr};

use axum::http::{HeaderMap, Request, header};

use crate::apigateway::ApiError;

/// Returns a 403 error for a request from a web page or to another host.
pub(super) fn admit<B>(request: &Request<B>, address: SocketAddr) -> Result<(), ApiError> {
    if is_from_web_page(request.headers()) {
        return Err(access_denied("Requests from web pages are rejected."));
    }
    let host = request.uri().host().map(str::to_owned).or_else(|| host(request.headers()));
    match host {
        Some(host) if is_allowed_host(&host, address.ip()) => Ok(()),
        _ => Err(access_denied("The Host header must be the address this server listens on.")),
    }
}

fn access_denied(message: &str) -> ApiError {
    ApiError::new(403, "AccessDeniedException", message)
}

fn is_from_web_page(headers: &HeaderMap) -> bool {
    let site = headers.get("sec-fetch-site");
    headers.contains_key(header::ORIGIN) || site.is_some_and(|site| site != "none")
}

fn host(headers: &HeaderMap) -> Option<String> {
    let authority: axum::http::uri::Authority = headers.get(header::HOST)?.to_str().ok()?.parse().ok()?;
    Some(authority.host().to_owned())
}

/// Whether callers of a server that listens on `listen_ip` may use this host.
fn is_allowed_host(host: &str, listen_ip: IpAddr) -> bool {
    let host = host.trim_end_matches('.').to_ascii_lowercase();
    if host == "localhost" || host.ends_with(".localhost") {
        return true;
    }
    let literal = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    // DNS rebinding needs a host name, so on 0.0.0.0 any IP literal is safe.
    literal.is_ok_and(|ip| ip.is_loopback() || ip == listen_ip || listen_ip.is_unspecified())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use axum::response::Response;

    use super::*;

    fn status(headers: &[(&str, &str)], listen_ip: &str) -> u16 {
        let mut request = Request::builder().uri("/apikeys");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let address = SocketAddr::new(listen_ip.parse().unwrap(), 4599);
        let result = admit(&request.body(()).unwrap(), address);
        result.map_or_else(|error| Response::from(error).status().as_u16(), |()| 200)
    }

    #[test]
    fn only_loopback_hosts_are_accepted() {
        for host in
            ["127.0.0.1:4599", "127.0.0.1", "localhost:4599", "aws.localhost", "[::1]:4599", "LocalHost."]
        {
            assert_eq!(status(&[("host", host)], "127.0.0.1"), 200, "{host}");
        }
        for host in
            ["evil.example", "127.0.0.1.evil.example", "10.0.0.7:4599", "localhost.evil.example", "", "a b"]
        {
            assert_eq!(status(&[("host", host)], "127.0.0.1"), 403, "{host}");
        }
        assert_eq!(status(&[], "127.0.0.1"), 403, "no host at all");
    }

    #[test]
    fn the_listening_address_is_accepted_as_host() {
        assert_eq!(status(&[("host", "10.0.0.7:4599")], "10.0.0.7"), 200);
        assert_eq!(status(&[("host", "10.0.0.8:4599")], "10.0.0.7"), 403);
        assert_eq!(status(&[("host", "10.0.0.8:4599")], "0.0.0.0"), 200);
        assert_eq!(status(&[("host", "evil.example")], "0.0.0.0"), 403);
    }

    #[test]
    fn web_pages_are_rejected_even_from_loopback() {
        let host = ("host", "127.0.0.1:4599");
        for origin in ["http://127.0.0.1:4599", "https://evil.example", "null"] {
            assert_eq!(status(&[host, ("origin", origin)], "127.0.0.1"), 403, "{origin}");
        }
        assert_eq!(status(&[host, ("sec-fetch-site", "cross-site")], "127.0.0.1"), 403);
        assert_eq!(status(&[host, ("sec-fetch-site", "none")], "127.0.0.1"), 200);
    }
}
