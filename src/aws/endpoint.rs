//! Where each service is called, and which setting says so.
//!
//! keypool resolves every endpoint itself and passes it to the SDK's client: in a `services` section
//! the SDK reads a key that differs from the documented one, and it does not say which setting it used.

mod host;
mod resolve;

use std::fmt;

use http::Uri;

pub use host::Site;
pub(super) use host::{dns_suffix, is_loopback, strip_port};
pub(super) use resolve::ConfigSources;

use super::Failure;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Service {
    ApiGateway,
    DynamoDb,
    /// CloudWatch Logs: the access logs of stages.
    Logs,
    Sts,
    /// Used if a parameter stores the pools.
    Ssm,
}

impl Service {
    pub const ALL: [Self; 5] = [Self::ApiGateway, Self::DynamoDb, Self::Logs, Self::Sts, Self::Ssm];

    /// Returns the service's name as AWS writes it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::ApiGateway => "API Gateway",
            Self::DynamoDb => "DynamoDB",
            Self::Logs => "CloudWatch Logs",
            Self::Sts => "STS",
            Self::Ssm => "SSM",
        }
    }

    /// Returns the service's key in a `services` section of the AWS config file.
    pub const fn key(self) -> &'static str {
        match self {
            Self::ApiGateway => "api_gateway",
            Self::DynamoDb => "dynamodb",
            Self::Logs => "cloudwatch_logs",
            Self::Sts => "sts",
            Self::Ssm => "ssm",
        }
    }

    /// Returns the environment variable for this service's endpoint.
    pub(super) const fn variable(self) -> &'static str {
        match self {
            Self::ApiGateway => "AWS_ENDPOINT_URL_API_GATEWAY",
            Self::DynamoDb => "AWS_ENDPOINT_URL_DYNAMODB",
            Self::Logs => "AWS_ENDPOINT_URL_CLOUDWATCH_LOGS",
            Self::Sts => "AWS_ENDPOINT_URL_STS",
            Self::Ssm => "AWS_ENDPOINT_URL_SSM",
        }
    }

    /// Returns the first label of the service's host name at AWS.
    const fn host_prefix(self) -> &'static str {
        match self {
            Self::ApiGateway => "apigateway",
            Self::DynamoDb => "dynamodb",
            Self::Logs => "logs",
            Self::Sts => "sts",
            Self::Ssm => "ssm",
        }
    }
}

/// Which setting an endpoint comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EndpointOrigin {
    /// No setting: AWS's own endpoint.
    Aws,
    /// A setting of keypool: a flag, a variable, or a position in `config.toml`.
    Setting(String),
    /// An environment variable of the AWS SDKs.
    Variable(&'static str),
    /// The `services` section that a profile names.
    Services { profile: String, section: String },
    /// `endpoint_url` of a profile.
    Profile(String),
}

impl fmt::Display for EndpointOrigin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Aws => f.write_str("AWS's own"),
            Self::Setting(origin) => f.write_str(origin),
            Self::Variable(name) => f.write_str(name),
            Self::Services { profile, section } => {
                write!(f, "[services {section}] of profile {profile}")
            }
            Self::Profile(name) => write!(f, "endpoint_url of profile {name}"),
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    /// `None` for AWS's own endpoint.
    pub url: Option<String>,
    /// The host, and the port if one is given.
    pub authority: String,
    pub site: Site,
    pub origin: EndpointOrigin,
    is_tls: bool,
}

impl Endpoint {
    /// Returns AWS's own endpoint of a service in a region.
    pub fn for_aws(service: Service, region: &str) -> Self {
        let authority = format!("{}.{region}.{}", service.host_prefix(), dns_suffix(region));
        Self { url: None, authority, site: Site::Aws, origin: EndpointOrigin::Aws, is_tls: true }
    }

    /// Parses a URL; the error says what is wrong with it and where it is set.
    pub fn from_url(url: &str, origin: EndpointOrigin) -> Result<Self, Failure> {
        let (is_tls, authority) = parse_url(url)
            .map_err(|error| Failure::Setting(format!("{origin}: {} {error}", quote_url(url))))?;
        let site = Site::from_host(strip_port(&authority));
        Ok(Self { url: Some(url.to_owned()), authority, site, origin, is_tls })
    }

    pub const fn is_tls(&self) -> bool {
        self.is_tls
    }

    /// Returns the host without its port.
    pub fn host(&self) -> &str {
        strip_port(&self.authority)
    }

    /// Returns the host for display: "AWS" for AWS's own endpoint.
    pub fn label(&self) -> &str {
        if self.url.is_none() { "AWS" } else { &self.authority }
    }
}

/// Quotes a URL, without its password.
fn quote_url(url: &str) -> String {
    match url.rsplit_once('@') {
        Some((_, rest)) => format!("`…@{}`", rest.escape_debug()),
        None => format!("`{}`", url.escape_debug()),
    }
}

/// Returns whether a URL is https, and its host and port.
fn parse_url(url: &str) -> Result<(bool, String), &'static str> {
    const WRONG_FORM: &str = "is not an endpoint: write http:// or https://, a host and optionally a port";
    if url.contains(char::is_whitespace) {
        return Err("is not an endpoint: it contains a space");
    }
    let uri: Uri = url.parse().map_err(|_| WRONG_FORM)?;
    let is_tls = match uri.scheme_str() {
        Some("https") => true,
        Some("http") => false,
        _ => return Err(WRONG_FORM),
    };
    let authority = uri.authority().filter(|authority| !authority.host().is_empty()).ok_or(WRONG_FORM)?;
    if authority.as_str().contains('@') {
        return Err("is not an endpoint: it contains a user name");
    }
    let has_port = authority.as_str().len() > authority.host().len();
    if has_port && authority.port_u16().is_none_or(|port| port == 0) {
        return Err("is not an endpoint: its port is not a number from 1 to 65535");
    }
    if uri.query().is_some() || url.contains('#') {
        return Err("is not an endpoint: it contains `?` or `#`");
    }
    Ok((is_tls, authority.as_str().to_owned()))
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoints {
    pub api_gateway: Endpoint,
    pub dynamodb: Endpoint,
    pub logs: Endpoint,
    pub sts: Endpoint,
    pub ssm: Endpoint,
}

impl Endpoints {
    /// Uses one endpoint for all services.
    pub fn for_all(endpoint: &Endpoint) -> Self {
        let [api_gateway, dynamodb, logs, sts, ssm] = Service::ALL.map(|_| endpoint.clone());
        Self { api_gateway, dynamodb, logs, sts, ssm }
    }

    /// Returns AWS's own endpoints in a region.
    pub fn for_aws(region: &str) -> Self {
        let [api_gateway, dynamodb, logs, sts, ssm] =
            Service::ALL.map(|service| Endpoint::for_aws(service, region));
        Self { api_gateway, dynamodb, logs, sts, ssm }
    }

    pub const fn get(&self, service: Service) -> &Endpoint {
        match service {
            Service::ApiGateway => &self.api_gateway,
            Service::DynamoDb => &self.dynamodb,
            Service::Logs => &self.logs,
            Service::Sts => &self.sts,
            Service::Ssm => &self.ssm,
        }
    }

    /// Whether API keys and tables are at different hosts.
    pub fn has_different_hosts(&self) -> bool {
        let [api_gateway, dynamodb] = [&self.api_gateway, &self.dynamodb].map(Endpoint::label);
        api_gateway != dynamodb
    }

    /// If API keys and tables are at different hosts, returns both hosts and the settings they come
    /// from.
    pub fn describe_difference(&self) -> Option<String> {
        self.has_different_hosts().then(|| self.describe_pair(Service::DynamoDb))
    }

    /// Refuses writes if API keys are at AWS and tables on this machine, or the reverse.
    pub fn check_writable(&self) -> Result<(), Failure> {
        self.check_same_aws(Service::DynamoDb)
    }

    /// Refuses if the control plane is at AWS and this service on this machine, or the reverse.
    pub(super) fn check_same_aws(&self, service: Service) -> Result<(), Failure> {
        let sites = (self.api_gateway.site, self.get(service).site);
        if matches!(sites, (Site::Aws, Site::Loopback) | (Site::Loopback, Site::Aws)) {
            return Err(Failure::MixedEndpoints(self.describe_pair(service)));
        }
        Ok(())
    }

    fn describe_pair(&self, service: Service) -> String {
        let describe = |service: Service| {
            let endpoint = self.get(service);
            format!("{} is {} ({})", service.name(), endpoint.authority, endpoint.origin)
        };
        format!("{}, {}", describe(Service::ApiGateway), describe(service))
    }
}

#[cfg(test)]
mod tests;
