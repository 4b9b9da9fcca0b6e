//! API keys, and which usage plans they are in.

use std::borrow::Borrow;
use std::collections::BTreeMap;
use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::collection::Entity;

/// Names and values somebody put on a resource.
pub(crate) type Tags = BTreeMap<String, String>;

/// The value of an API key; `Debug` does not show it.
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

/// Who calls.
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
    /// Stages of the time before usage plans, as `apiId/stage`; they give no access.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) stage_keys: Vec<String>,
    pub(crate) created: Timestamp,
    pub(crate) updated: Timestamp,
    /// When `enabled` took its present value, for the switch that delays its effect.
    pub(crate) switched: Timestamp,
    #[serde(default, skip_serializing_if = "Tags::is_empty")]
    pub(crate) tags: Tags,
}

impl Entity for ApiKey {
    const KIND: &'static str = "apiKey";

    fn id(&self) -> String {
        self.id.clone()
    }
}

/// An API key's membership of a usage plan.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PlanKey {
    pub(crate) plan_id: String,
    pub(crate) key_id: String,
    pub(crate) since: Timestamp,
}

impl PlanKey {
    pub(crate) fn id_of(plan_id: &str, key_id: &str) -> String {
        format!("{plan_id}/{key_id}")
    }
}

impl Entity for PlanKey {
    const KIND: &'static str = "usagePlanKey";

    fn id(&self) -> String {
        Self::id_of(&self.plan_id, &self.key_id)
    }
}
