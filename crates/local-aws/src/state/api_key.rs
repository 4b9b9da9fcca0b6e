//! API keys and their memberships in usage plans.

use std::borrow::Borrow;
use std::collections::BTreeMap;
use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::collection::Entity;

pub(crate) type Tags = BTreeMap<String, String>;

/// The value of an API key, which `Debug` hides.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct KeyValue(pub(crate) String);

impl Borrow<str> for KeyValue {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for KeyValue {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("••••")
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ApiKey {
    pub(crate) id: String,
    pub(crate) value: KeyValue,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) name: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) description: Option<String>,
    pub(crate) enabled: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) customer_id: Option<String>,
    /// Stages from before usage plans existed, as `apiId/stage`. They grant no access.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) stage_keys: Vec<String>,
    pub(crate) created: Timestamp,
    pub(crate) updated: Timestamp,
    /// When `enabled` last changed; the change takes effect after the propagation delay.
    #[serde(rename = "switched")]
    pub(crate) enabled_changed: Timestamp,
    #[serde(default, skip_serializing_if = "Tags::is_empty")]
    pub(crate) tags: Tags,
}

impl Entity for ApiKey {
    const KIND: &'static str = "apiKey";

    fn id(&self) -> String {
        self.id.clone()
    }
}

/// The membership of an API key in a usage plan.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct UsagePlanKey {
    pub(crate) plan_id: String,
    pub(crate) key_id: String,
    pub(crate) since: Timestamp,
}

impl UsagePlanKey {
    pub(crate) fn id_of(plan_id: &str, key_id: &str) -> String {
        format!("{plan_id}/{key_id}")
    }
}

impl Entity for UsagePlanKey {
    const KIND: &'static str = "usagePlanKey";

    fn id(&self) -> String {
        Self::id_of(&self.plan_id, &self.key_id)
    }
}
