//! The address of a deployed stage, and which addresses may receive an API key.

use http::Uri;
use keypool_domain::StageRef;

use crate::aws::endpoint::{dns_suffix, is_loopback};
use crate::aws::{Endpoint, Failure, Site};

/// Returns a stage's address without a path: AWS's own, or the one emulators serve below their
/// endpoint.
///
/// A configured AWS endpoint (VPC endpoint, FIPS, dual stack) serves only the control plane.
pub fn invoke_url(endpoint: &Endpoint, region: &str, stage: &StageRef) -> String {
    let StageRef { api, stage } = stage;
    match &endpoint.url {
        Some(url) if endpoint.site != Site::Aws => {
            format!("{}/_aws/execute-api/{api}/{stage}", url.trim_end_matches('/'))
        }
        _ => format!("https://{}/{stage}", execute_api_host(api, region)),
    }
}

/// Returns an API's host at AWS.
pub(super) fn execute_api_host(api: &str, region: &str) -> String {
    format!("{api}.execute-api.{region}.{}", dns_suffix(region))
}

/// Returns the full address of a path in a stage.
///
/// Fails if the path could lead to another host, still has a placeholder, or would send the key
/// unencrypted over a network without permission.
pub(super) fn resolve_uri(invoke_url: &str, path: &str, allow_http: bool) -> Result<Uri, Failure> {
    let base = parse_uri(invoke_url)?;
    let uri = parse_uri(&format!("{}{}", invoke_url.trim_end_matches('/'), check_path(path)?))?;
    if uri.authority() != base.authority() {
        return refuse(format!("the path `{path}` leads to another host: it must begin with `/`"));
    }
    match uri.scheme_str() {
        Some("https") => Ok(uri),
        Some("http") if is_local(&uri) || allow_http => Ok(uri),
        Some("http") => refuse(format!(
            "the API key would be sent unencrypted to {}: use https, or allow plain http for this request \
             (--allow-http)",
            uri.host().unwrap_or_default()
        )),
        _ => refuse(format!("`{invoke_url}` is neither an http nor an https address")),
    }
}

/// Whether the address is on this machine, so that no traffic leaves it.
pub(super) fn is_local(uri: &Uri) -> bool {
    is_loopback(uri.host().unwrap_or_default())
}

fn parse_uri(address: &str) -> Result<Uri, Failure> {
    let uri: Uri = address.parse().map_err(|error| {
        Failure::InvalidCall(format!(
            "`{address}` is not an address ({error}): percent-encode spaces and special characters"
        ))
    })?;
    match uri.authority() {
        Some(authority) if authority.as_str().contains('@') => {
            refuse(format!("the address of {} must not contain a user name", authority.host()))
        }
        Some(_) if uri.scheme().is_some() => Ok(uri),
        _ => refuse(format!("`{address}` has no host: write it as https://HOST/STAGE")),
    }
}

fn check_path(path: &str) -> Result<String, Failure> {
    if path.contains('#') {
        return refuse(format!("the path `{path}` contains `#`, which is never sent: write %23"));
    }
    if let Some((_, rest)) = path.split_once('{') {
        let name = rest.split('}').next().unwrap_or(rest);
        return refuse(format!("the path `{path}` still contains {{{name}}}: replace it with a value"));
    }
    Ok(if path.is_empty() || path.starts_with('/') { path.to_owned() } else { format!("/{path}") })
}

fn refuse<T>(error: String) -> Result<T, Failure> {
    Err(Failure::InvalidCall(error))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::{EndpointOrigin, Service};

    fn stage() -> StageRef {
        StageRef { api: "abc123defg".into(), stage: "prod".into() }
    }

    fn resolve_to_text(invoke: &str, path: &str) -> String {
        match resolve_uri(invoke, path, false) {
            Ok(uri) => uri.to_string(),
            Err(failure) => failure.to_string(),
        }
    }

    #[test]
    fn invoke_url_is_at_aws_or_below_the_endpoint() {
        let url_at = |url: Option<&str>, region: &str| {
            let endpoint = match url {
                Some(url) => Endpoint::from_url(url, EndpointOrigin::Aws).expect("an endpoint"),
                None => Endpoint::for_aws(Service::ApiGateway, region),
            };
            invoke_url(&endpoint, region, &stage())
        };
        assert_eq!(url_at(None, "us-east-1"), "https://abc123defg.execute-api.us-east-1.amazonaws.com/prod");
        assert_eq!(
            url_at(None, "cn-north-1"),
            "https://abc123defg.execute-api.cn-north-1.amazonaws.com.cn/prod"
        );
        let vpc = "https://vpce-1.apigateway.us-east-1.vpce.amazonaws.com";
        assert_eq!(
            url_at(Some(vpc), "us-east-1"),
            "https://abc123defg.execute-api.us-east-1.amazonaws.com/prod"
        );
        assert_eq!(
            url_at(Some("http://127.0.0.1:4599/"), "us-east-1"),
            "http://127.0.0.1:4599/_aws/execute-api/abc123defg/prod"
        );
    }

    #[test]
    fn paths_cannot_change_the_host() {
        let base = "https://api.example/prod";
        assert_eq!(resolve_to_text(base, "/pets?limit=1"), "https://api.example/prod/pets?limit=1");
        assert_eq!(resolve_to_text(base, "pets"), "https://api.example/prod/pets");
        assert_eq!(resolve_to_text(base, ""), "https://api.example/prod");
        assert_eq!(resolve_to_text(base, "//evil.example/x"), "https://api.example/prod//evil.example/x");
        assert_eq!(
            resolve_to_text("https://api.example", "@evil.example/"),
            "https://api.example/@evil.example/"
        );
        assert_eq!(
            resolve_to_text("https://api.example", ".evil.example/"),
            "https://api.example/.evil.example/"
        );
        assert!(resolve_to_text("https://me@api.example/prod", "/").contains("must not contain a user name"));
    }

    #[test]
    fn invalid_paths_are_explained() {
        let base = "https://api.example/prod";
        assert!(resolve_to_text(base, "/pets/{petId}/name").contains("still contains {petId}"));
        assert!(resolve_to_text(base, "/a#b").contains("%23"));
        assert!(resolve_to_text(base, "/a b").contains("percent-encode"));
        assert!(resolve_to_text(base, "/a\r\nx-api-key: b").contains("percent-encode"));
        assert!(resolve_to_text("ftp://api.example", "/").contains("neither an http nor an https address"));
        assert!(resolve_to_text("prod", "/").contains("has no host"));
    }

    #[test]
    fn plain_http_needs_loopback_or_permission() {
        for local in
            ["http://127.0.0.1:1/p", "http://127.8.8.8/p", "http://[::1]:8080/p", "http://LocalHost/p"]
        {
            assert_eq!(resolve_uri(local, "/", false).expect(local).scheme_str(), Some("http"));
        }
        for remote in ["http://api.example/p", "http://10.0.0.1/p", "http://localhost.evil.example/p"] {
            let failure = resolve_uri(remote, "/", false).expect_err(remote);
            assert!(failure.to_string().contains("unencrypted"), "{failure}");
            assert!(resolve_uri(remote, "/", true).is_ok());
        }
    }
}
