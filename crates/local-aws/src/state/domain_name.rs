//! Custom domain names, and the stages behind their base paths.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::api_key::Tags;
use super::collection::Entity;

/// The base path of the mapping that has none.
pub(crate) const NO_BASE_PATH: &str = "(none)";

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct DomainName {
    pub(crate) name: String,
    pub(crate) created: Timestamp,
    /// Other members of the create request, unchanged.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub(crate) settings: Map<String, Value>,
    #[serde(default, skip_serializing_if = "Tags::is_empty")]
    pub(crate) tags: Tags,
    /// By base path, one segment without slashes; [`NO_BASE_PATH`] is the mapping without one.
    #[serde(default)]
    pub(crate) mappings: BTreeMap<String, BasePathMapping>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct BasePathMapping {
    pub(crate) rest_api_id: String,
    /// `None` if callers name the stage after the base path.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) stage: Option<String>,
}

impl Entity for DomainName {
    const KIND: &'static str = "domainName";

    fn id(&self) -> String {
        self.name.clone()
    }
}
