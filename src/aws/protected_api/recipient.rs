//! Checks which hosts may receive an API key: only those of its own API.

use http::Uri;

use super::address::execute_api_host;
use crate::aws::endpoint::strip_port;
use crate::aws::{Endpoint, Failure, Site};

/// The hosts that may receive the keys of some APIs.
#[derive(Debug)]
pub(in crate::aws) struct AllowedHosts<'a> {
    /// The control plane that the APIs were read from.
    pub(in crate::aws) control_plane: &'a Endpoint,
    pub(in crate::aws) region: &'a str,
    /// The APIs that the key's plan covers.
    pub(in crate::aws) apis: &'a [&'a str],
    /// Hosts of these APIs' domain mappings, and configured ones.
    pub(in crate::aws) hosts: &'a [String],
    /// Configured addresses of these APIs' stages. They are the user's word, wherever they lead.
    pub(in crate::aws) urls: &'a [&'a str],
}

impl AllowedHosts<'_> {
    /// Refuses any other host.
    pub(in crate::aws) fn check(&self, uri: &Uri) -> Result<(), Failure> {
        let host = uri.host().unwrap_or_default().trim_end_matches('.').to_ascii_lowercase();
        if self.is_configured_url(uri) {
            return Ok(());
        }
        let is_local = Site::from_host(&host) == Site::Loopback;
        let control_plane_host = strip_port(&self.control_plane.authority);
        match self.control_plane.site {
            Site::Loopback if is_local => Ok(()),
            Site::Loopback => refuse(&host, &format!("keys of {control_plane_host} stay on this machine")),
            Site::Aws if is_local => refuse(&host, "keys of AWS are not sent to this machine"),
            Site::Aws if self.is_execute_api_host(&host) || self.is_configured(&host) => Ok(()),
            Site::Elsewhere if host.eq_ignore_ascii_case(control_plane_host) || self.is_configured(&host) => {
                Ok(())
            }
            Site::Aws | Site::Elsewhere => refuse(
                &host,
                "it is not a host of an API that the key's plan covers; add others to [call.hosts] in \
                 config.toml",
            ),
        }
    }

    /// Whether the host is an API's own, or that of the API behind a VPC endpoint.
    fn is_execute_api_host(&self, host: &str) -> bool {
        self.apis.iter().any(|api| {
            let api_host = execute_api_host(api, self.region);
            let (_, domain) = api_host.split_once('.').unwrap_or_default();
            let label = host.strip_suffix(domain).and_then(|label| label.strip_suffix('.'));
            let vpc_endpoint = label.and_then(|label| label.strip_prefix(api)?.strip_prefix("-vpce-"));
            host == api_host || vpc_endpoint.is_some_and(|id| !id.contains('.'))
        })
    }

    /// Whether scheme, host and port are those of a configured address.
    fn is_configured_url(&self, uri: &Uri) -> bool {
        self.urls.iter().filter_map(|url| url.parse::<Uri>().ok()).any(|configured| {
            let is_same_authority = match (configured.authority(), uri.authority()) {
                (Some(one), Some(other)) => one.as_str().eq_ignore_ascii_case(other.as_str()),
                _ => false,
            };
            is_same_authority && configured.scheme() == uri.scheme()
        })
    }

    fn is_configured(&self, host: &str) -> bool {
        self.hosts.iter().any(|configured| configured.eq_ignore_ascii_case(host))
    }
}

fn refuse(host: &str, reason: &str) -> Result<(), Failure> {
    Err(Failure::InvalidCall(format!("the API key is not sent to {host}: {reason}")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::{EndpointOrigin, Service};

    fn is_allowed(endpoint: Option<&str>, url: &str) -> bool {
        let control_plane = match endpoint {
            Some(url) => Endpoint::from_url(url, EndpointOrigin::Aws).expect(url),
            None => Endpoint::for_aws(Service::ApiGateway, "eu-west-1"),
        };
        let hosts = ["api.customer.example".to_owned()];
        let apis = ["abc123"];
        let recipients = AllowedHosts {
            control_plane: &control_plane,
            region: "eu-west-1",
            apis: &apis,
            hosts: &hosts,
            urls: &["https://configured.example/v1", "http://127.0.0.1:7777/v1"],
        };
        recipients.check(&url.parse().expect(url)).is_ok()
    }

    #[test]
    fn aws_keys_go_only_to_their_api_and_configured_hosts() {
        for (url, expected) in [
            ("https://abc123.execute-api.eu-west-1.amazonaws.com/prod", true),
            ("https://ABC123.execute-api.eu-west-1.amazonaws.com./prod", true),
            ("https://abc123-vpce-0a1b.execute-api.eu-west-1.amazonaws.com/prod", true),
            ("https://api.customer.example/v1", true),
            ("https://configured.example/v1/pets", true),
            ("https://CONFIGURED.example/other", true),
            ("http://configured.example/v1", false),
            ("https://configured.example:8443/v1", false),
            ("https://configured.example.evil.example/v1", false),
            ("http://127.0.0.1:7777/v1", true),
            ("http://127.0.0.1:7778/v1", false),
            ("https://other9.execute-api.eu-west-1.amazonaws.com/prod", false),
            ("https://abc123.execute-api.us-east-1.amazonaws.com/prod", false),
            ("https://abc123-vpce-0.evil.execute-api.eu-west-1.amazonaws.com/prod", false),
            ("https://abc123.execute-api.eu-west-1.amazonaws.com.evil.example/prod", false),
            ("https://evil.example/prod", false),
            ("http://127.0.0.1:8080/prod", false),
            ("http://localhost/prod", false),
        ] {
            assert_eq!(is_allowed(None, url), expected, "{url}");
            let vpc = "https://vpce-1.apigateway.eu-west-1.vpce.amazonaws.com";
            assert_eq!(is_allowed(Some(vpc), url), expected, "{url}");
        }
    }

    #[test]
    fn local_keys_stay_on_this_machine() {
        let local = Some("http://127.0.0.1:4566");
        for (url, expected) in [
            ("http://127.0.0.1:4566/_aws/execute-api/abc123/prod", true),
            ("http://localhost:9000/prod", true),
            ("http://[::1]/prod", true),
            ("https://abc123.execute-api.eu-west-1.amazonaws.com/prod", false),
            ("https://api.customer.example/v1", false),
        ] {
            assert_eq!(is_allowed(local, url), expected, "{url}");
        }
    }

    #[test]
    fn keys_of_other_endpoints_go_only_to_that_host() {
        let other = Some("http://localstack.corp.example:4566");
        assert!(is_allowed(other, "http://localstack.corp.example:4566/_aws/execute-api/abc123/prod"));
        assert!(!is_allowed(other, "https://abc123.execute-api.eu-west-1.amazonaws.com/prod"));
        assert!(!is_allowed(other, "http://127.0.0.1/prod"));
    }
}
