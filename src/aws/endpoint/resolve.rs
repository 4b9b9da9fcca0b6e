//! Resolves endpoints from settings, in the order of the AWS CLI.

use aws_config::profile::ProfileSet;
use aws_runtime::env_config::property::PropertiesKey;

use super::{Endpoint, EndpointOrigin, Endpoints, Service};
use crate::aws::{Failure, Target};

/// The variable that sets the endpoint of all services.
const ENDPOINT_URL_VARIABLE: &str = "AWS_ENDPOINT_URL";
/// The variable and profile setting that disable endpoints from variables and files.
const IGNORE_CONFIGURED_ENDPOINTS: (&str, &str) =
    ("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "ignore_configured_endpoint_urls");

/// The sources of AWS configuration: keypool's settings, environment variables and the profile.
pub(in crate::aws) struct ConfigSources<'a> {
    pub(in crate::aws) target: &'a Target,
    pub(in crate::aws) variable: &'a (dyn Fn(&str) -> Option<String> + Sync),
    pub(in crate::aws) profiles: &'a ProfileSet,
}

impl ConfigSources<'_> {
    pub(in crate::aws) fn endpoints(&self, region: &str) -> Result<Endpoints, Failure> {
        let ignores_configured_endpoints = self.ignores_configured_endpoints()?;
        let endpoint = |service| self.endpoint(service, region, ignores_configured_endpoints);
        Ok(Endpoints {
            api_gateway: endpoint(Service::ApiGateway)?,
            dynamodb: endpoint(Service::DynamoDb)?,
            logs: endpoint(Service::Logs)?,
            sts: endpoint(Service::Sts)?,
            ssm: endpoint(Service::Ssm)?,
        })
    }

    fn endpoint(
        &self,
        service: Service,
        region: &str,
        ignores_configured_endpoints: bool,
    ) -> Result<Endpoint, Failure> {
        let (setting, variables_override) = (self.keypool_setting(), self.target.variables_override_endpoint);
        let first = setting.clone().filter(|_| !variables_override);
        let variables = || self.url_in_variables(service).filter(|_| !ignores_configured_endpoints);
        let files = || self.url_in_profile(service).filter(|_| !ignores_configured_endpoints);
        match first.or_else(variables).or(setting).or_else(files) {
            Some((url, origin)) => Endpoint::from_url(&url, origin),
            None => Ok(Endpoint::for_aws(service, region)),
        }
    }

    fn keypool_setting(&self) -> Option<(String, EndpointOrigin)> {
        let url = self.target.endpoint_url.clone()?;
        let origin = self.target.endpoint_origin.clone().unwrap_or_else(|| "--endpoint-url".to_owned());
        Some((url, EndpointOrigin::Setting(origin)))
    }

    fn url_in_variables(&self, service: Service) -> Option<(String, EndpointOrigin)> {
        let names = [service.variable(), ENDPOINT_URL_VARIABLE];
        names.into_iter().find_map(|name| Some((self.variable(name)?, EndpointOrigin::Variable(name))))
    }

    fn url_in_profile(&self, service: Service) -> Option<(String, EndpointOrigin)> {
        let profile = || self.profiles.selected_profile().to_owned();
        let from_services_section = || {
            let section = self.profile_setting("services")?;
            let url = self.services_section_url(section, service.key())?;
            let origin = EndpointOrigin::Services { profile: profile(), section: section.to_owned() };
            Some((url.to_owned(), origin))
        };
        let from_endpoint_url =
            || Some((self.profile_setting("endpoint_url")?.to_owned(), EndpointOrigin::Profile(profile())));
        from_services_section().or_else(from_endpoint_url)
    }

    /// Returns a service's endpoint URL from a `services` section.
    fn services_section_url(&self, section: &str, service: &str) -> Option<&str> {
        let key = PropertiesKey::builder()
            .section_key("services")
            .section_name(section)
            .property_name(service)
            .sub_property_name("endpoint_url")
            .build()
            .ok()?;
        self.profiles.other_sections().get(&key).map(|line| line.trim()).filter(|line| !line.is_empty())
    }

    /// Whether endpoints from variables and files are ignored.
    pub(in crate::aws) fn ignores_configured_endpoints(&self) -> Result<bool, Failure> {
        let (variable, key) = IGNORE_CONFIGURED_ENDPOINTS;
        let found = match self.variable(variable) {
            Some(text) => Some((text, variable.to_owned())),
            None => {
                self.profile_setting(key).map(|text| (text.to_owned(), self.describe_profile_setting(key)))
            }
        };
        found.map_or(Ok(false), |(text, origin)| parse_bool(&text, &origin))
    }

    /// Returns an environment variable; empty and blank ones count as unset.
    pub(in crate::aws) fn variable(&self, name: &str) -> Option<String> {
        (self.variable)(name).filter(|text| !text.trim().is_empty())
    }

    /// Returns a setting of the selected profile; empty ones count as unset.
    pub(in crate::aws) fn profile_setting(&self, key: &str) -> Option<&str> {
        self.profiles.get(key).filter(|text| !text.trim().is_empty())
    }

    /// Names a setting of the selected profile in error messages.
    pub(in crate::aws) fn describe_profile_setting(&self, key: &str) -> String {
        format!("{key} of profile {}", self.profiles.selected_profile())
    }
}

/// Parses `true` or `false` as the AWS SDKs do.
fn parse_bool(text: &str, origin: &str) -> Result<bool, Failure> {
    match text.trim().to_ascii_lowercase().as_str() {
        "true" => Ok(true),
        "false" => Ok(false),
        _ => Err(Failure::Setting(format!("{origin}: `{}` is neither true nor false", text.escape_debug()))),
    }
}
