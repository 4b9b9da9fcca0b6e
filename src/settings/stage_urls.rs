//! The addresses at which stages are called instead of their default endpoint: `[api."ID:STAGE"] url = "…"`.

use std::collections::BTreeMap;

use http::Uri;
use keypool_domain::StageRef;
use toml::de::{DeTable, DeValue};

use super::config_error::{ConfigError, ConfigOrigin};
use super::document::{SourceFile, TomlValue, describe_value};
use crate::aws::Site;

pub(super) const API_TABLE: &str = "api";

const TABLE_HINT: &str = "write it as a table, e.g. [api.\"a1b2c3d4e5:prod\"]";
const URL_HINT: &str = "write an https URL, e.g. \"https://api.example.com/v1\"";

/// The address of one stage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StageUrl {
    /// Without a trailing slash.
    pub url: String,
    pub origin: ConfigOrigin,
}

/// Reads the addresses in a table: the file's root, or a profile's section.
pub(super) fn read_stage_urls(
    table: &DeTable<'_>,
    source: &SourceFile,
    errors: &mut Vec<ConfigError>,
) -> BTreeMap<StageRef, StageUrl> {
    let mut urls = BTreeMap::new();
    let Some(apis) = table.get(API_TABLE) else { return urls };
    let Some(stages) = apis.get_ref().as_table() else {
        let message = format!("`{API_TABLE}` is {}: {TABLE_HINT}", describe_value(apis.get_ref()));
        errors.push(source.error(apis.span(), message));
        return urls;
    };
    for (name, section) in stages {
        let Some(stage) = StageRef::parse(name.get_ref()) else {
            let message =
                format!("`{API_TABLE}.{}` is not a stage: {TABLE_HINT}", name.get_ref().escape_debug());
            errors.push(source.error(name.span(), message));
            continue;
        };
        let name = format!("{API_TABLE}.\"{stage}\"");
        let Some(section) = section.get_ref().as_table() else {
            let message = format!("`{name}` is {}: {TABLE_HINT}", describe_value(section.get_ref()));
            errors.push(source.error(section.span(), message));
            continue;
        };
        let unknown = section.iter().filter(|(key, _)| key.get_ref() != "url");
        errors.extend(unknown.map(|(key, _)| source.unknown_key(key, "setting", ["url"])));
        let Some(value) = section.get("url") else { continue };
        match read_url(value) {
            Ok(url) => drop(urls.insert(stage, StageUrl { url, origin: source.origin(value.span()) })),
            Err(error) => errors.push(source.error(value.span(), format!("`{name}.url` {error}"))),
        }
    }
    urls
}

fn read_url(value: &TomlValue<'_>) -> Result<String, String> {
    let invalid = || format!("is {}: {URL_HINT}", describe_value(value.get_ref()));
    let DeValue::String(text) = value.get_ref() else { return Err(invalid()) };
    let url: Uri = text.parse().map_err(|_| invalid())?;
    let authority = url.authority().filter(|authority| !authority.as_str().contains('@'));
    let host = authority.ok_or_else(invalid)?.host();
    let is_encrypted = url.scheme_str() == Some("https");
    let is_local = url.scheme_str() == Some("http") && Site::from_host(host) == Site::Loopback;
    if (is_encrypted || is_local) && url.query().is_none() && !text.contains('#') {
        Ok(text.trim_end_matches('/').to_owned())
    } else {
        Err(invalid())
    }
}
