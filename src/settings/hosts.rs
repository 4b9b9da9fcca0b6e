//! Additional hosts that may receive the keys of an API, besides the API's own host; for example custom
//! domains.

use std::collections::BTreeMap;

use http::uri::Authority;
use toml::de::{DeTable, DeValue};

use super::config_error::{ConfigError, ConfigOrigin};
use super::document::{SourceFile, TomlValue, describe_value};

pub(super) const HOSTS_TABLE: &str = "call.hosts";

const HOSTS_HINT: &str = "write a list of hosts, e.g. [\"api.example.com\"]";

/// The additional hosts of one REST API.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiHosts {
    /// Lower-case host names without a port.
    pub hosts: Vec<String>,
    pub origin: ConfigOrigin,
}

/// Reads the additional hosts in a file, by REST API id.
pub(super) fn read_hosts(
    root: &DeTable<'_>,
    source: &SourceFile,
    errors: &mut Vec<ConfigError>,
) -> BTreeMap<String, ApiHosts> {
    let apis = source.find_table(root, HOSTS_TABLE, &format!("write it as a table [{HOSTS_TABLE}]"), errors);
    let mut hosts_by_api = BTreeMap::new();
    for (api, value) in apis.into_iter().flatten() {
        let name = api.get_ref();
        if name.is_empty() || !name.chars().all(|c| c.is_ascii_alphanumeric()) {
            let message = format!(
                "`{HOSTS_TABLE}.{}` is not the id of a REST API, e.g. a1b2c3d4e5",
                name.escape_debug()
            );
            errors.push(source.error(api.span(), message));
            continue;
        }
        match read_api_hosts(value) {
            Ok(hosts) => {
                let origin = source.origin(value.span());
                hosts_by_api.insert(name.to_string(), ApiHosts { hosts, origin });
            }
            Err(error) => errors.push(source.error(value.span(), format!("`{HOSTS_TABLE}.{name}` {error}"))),
        }
    }
    hosts_by_api
}

fn read_api_hosts(value: &TomlValue<'_>) -> Result<Vec<String>, String> {
    let DeValue::Array(list) = value.get_ref() else {
        return Err(format!("is {}: {HOSTS_HINT}", describe_value(value.get_ref())));
    };
    if list.is_empty() {
        return Err(format!("is empty: {HOSTS_HINT}"));
    }
    let read_host = |item: &TomlValue<'_>| match item.get_ref() {
        DeValue::String(text) => parse_host(text).ok_or_else(|| {
            format!("has {}, which is not a host: {HOSTS_HINT}", describe_value(item.get_ref()))
        }),
        other => Err(format!("has {}: {HOSTS_HINT}", describe_value(other))),
    };
    list.iter().map(read_host).collect()
}

/// Returns a host name in lower case; `None` if it has a scheme, port or path.
fn parse_host(text: &str) -> Option<String> {
    let parsed: Authority = text.parse().ok()?;
    let is_host_alone = parsed.host() == text && !text.contains(['*', '@', '[']);
    is_host_alone.then(|| text.trim_end_matches('.').to_ascii_lowercase()).filter(|host| !host.is_empty())
}
