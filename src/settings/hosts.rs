//! The hosts of each REST API that may be sent its tenants' keys, besides its own: those of custom domains.

use std::collections::BTreeMap;

use http::uri::Authority;
use toml::de::{DeTable, DeValue};

use super::document::{Source, Written, found};
use super::mistake::{Mistake, Place};

/// The table within `[call]`.
pub(super) const HOSTS: &str = "call.hosts";

/// What a list of hosts looks like.
const EXAMPLE: &str = "write a list of hosts, as in [\"api.example.com\"]";

/// The hosts of one REST API.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiHosts {
    /// Host names, in small letters and without a port.
    pub hosts: Vec<String>,
    /// Where they are written.
    pub place: Place,
}

/// The hosts of a file, by the id of a REST API.
pub(super) fn hosts(
    root: &DeTable<'_>,
    source: &Source,
    mistakes: &mut Vec<Mistake>,
) -> BTreeMap<String, ApiHosts> {
    let Some(apis) = member(root, "call").and_then(table).and_then(|call| member(call, "hosts")) else {
        return BTreeMap::new();
    };
    let Some(apis) = table(apis) else {
        let what = format!("`{HOSTS}` is {}: head it [{HOSTS}]", found(apis.get_ref()));
        mistakes.push(source.mistake(apis.span(), what));
        return BTreeMap::new();
    };
    let mut all = BTreeMap::new();
    for (api, written) in apis {
        let name = api.get_ref();
        if name.is_empty() || !name.chars().all(|c| c.is_ascii_alphanumeric()) {
            let what =
                format!("`{HOSTS}.{}` is no id of a REST API, such as a1b2c3d4e5", name.escape_debug());
            mistakes.push(source.mistake(api.span(), what));
            continue;
        }
        match of_api(written) {
            Ok(hosts) => {
                let place = source.place(written.span());
                all.insert(name.to_string(), ApiHosts { hosts, place });
            }
            Err(why) => mistakes.push(source.mistake(written.span(), format!("`{HOSTS}.{name}` {why}"))),
        }
    }
    all
}

fn of_api(written: &Written<'_>) -> Result<Vec<String>, String> {
    let DeValue::Array(list) = written.get_ref() else {
        return Err(format!("is {}: {EXAMPLE}", found(written.get_ref())));
    };
    if list.is_empty() {
        return Err(format!("is empty: {EXAMPLE}"));
    }
    let host = |one: &Written<'_>| match one.get_ref() {
        DeValue::String(text) => {
            host(text).ok_or_else(|| format!("has {}, which is no host: {EXAMPLE}", found(one.get_ref())))
        }
        other => Err(format!("has {}: {EXAMPLE}", found(other))),
    };
    list.iter().map(host).collect()
}

/// A host name alone: no scheme, port or path.
fn host(text: &str) -> Option<String> {
    let parsed: Authority = text.parse().ok()?;
    let is_host_alone = parsed.host() == text && !text.contains(['*', '@', '[']);
    is_host_alone.then(|| text.trim_end_matches('.').to_ascii_lowercase()).filter(|host| !host.is_empty())
}

fn member<'a, 'b>(table: &'a DeTable<'b>, name: &str) -> Option<&'a Written<'b>> {
    table.iter().find(|(key, _)| key.get_ref() == name).map(|(_, value)| value)
}

fn table<'a, 'b>(value: &'a Written<'b>) -> Option<&'a DeTable<'b>> {
    match value.get_ref() {
        DeValue::Table(table) => Some(table),
        _ => None,
    }
}
