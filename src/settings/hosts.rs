//! The hosts of each REST API that may be sent its tenants' keys, besides its own: those of custom domains.

use std::collections::BTreeMap;

use http::uri::Authority;
use toml::de::{DeTable, DeValue};

use super::config_error::{ConfigError, ConfigOrigin};
use super::document::{SourceFile, TomlValue, describe_value};

/// The table within `[call]`.
pub(super) const HOSTS_TABLE: &str = "call.hosts";

/// What a list of hosts looks like.
const HOSTS_HINT: &str = "write a list of hosts, as in [\"api.example.com\"]";

/// The hosts of one REST API.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiHosts {
    /// Host names, in small letters and without a port.
    pub hosts: Vec<String>,
    /// Where they are written.
    pub origin: ConfigOrigin,
}

/// The hosts of a file, by the id of a REST API.
pub(super) fn hosts(
    root: &DeTable<'_>,
    source: &SourceFile,
    mistakes: &mut Vec<ConfigError>,
) -> BTreeMap<String, ApiHosts> {
    let Some(apis) = get(root, "call").and_then(as_table).and_then(|call| get(call, "hosts")) else {
        return BTreeMap::new();
    };
    let Some(apis) = as_table(apis) else {
        let what = format!("`{HOSTS_TABLE}` is {}: head it [{HOSTS_TABLE}]", describe_value(apis.get_ref()));
        mistakes.push(source.error(apis.span(), what));
        return BTreeMap::new();
    };
    let mut all = BTreeMap::new();
    for (api, written) in apis {
        let name = api.get_ref();
        if name.is_empty() || !name.chars().all(|c| c.is_ascii_alphanumeric()) {
            let what =
                format!("`{HOSTS_TABLE}.{}` is no id of a REST API, such as a1b2c3d4e5", name.escape_debug());
            mistakes.push(source.error(api.span(), what));
            continue;
        }
        match read_api_hosts(written) {
            Ok(hosts) => {
                let place = source.origin(written.span());
                all.insert(name.to_string(), ApiHosts { hosts, origin: place });
            }
            Err(why) => mistakes.push(source.error(written.span(), format!("`{HOSTS_TABLE}.{name}` {why}"))),
        }
    }
    all
}

fn read_api_hosts(written: &TomlValue<'_>) -> Result<Vec<String>, String> {
    let DeValue::Array(list) = written.get_ref() else {
        return Err(format!("is {}: {HOSTS_HINT}", describe_value(written.get_ref())));
    };
    if list.is_empty() {
        return Err(format!("is empty: {HOSTS_HINT}"));
    }
    let host = |one: &TomlValue<'_>| match one.get_ref() {
        DeValue::String(text) => parse_host(text)
            .ok_or_else(|| format!("has {}, which is no host: {HOSTS_HINT}", describe_value(one.get_ref()))),
        other => Err(format!("has {}: {HOSTS_HINT}", describe_value(other))),
    };
    list.iter().map(host).collect()
}

/// A host name alone: no scheme, port or path.
fn parse_host(text: &str) -> Option<String> {
    let parsed: Authority = text.parse().ok()?;
    let is_host_alone = parsed.host() == text && !text.contains(['*', '@', '[']);
    is_host_alone.then(|| text.trim_end_matches('.').to_ascii_lowercase()).filter(|host| !host.is_empty())
}

fn get<'a, 'b>(table: &'a DeTable<'b>, name: &str) -> Option<&'a TomlValue<'b>> {
    table.iter().find(|(key, _)| key.get_ref() == name).map(|(_, value)| value)
}

fn as_table<'a, 'b>(value: &'a TomlValue<'b>) -> Option<&'a DeTable<'b>> {
    match value.get_ref() {
        DeValue::Table(table) => Some(table),
        _ => None,
    }
}
