//! Account-wide settings and limits.

use serde::{Deserialize, Serialize};

use super::collection::Entity;
use super::usage_plan::Throttle;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Settings {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) cloudwatch_role_arn: Option<String>,
    /// Shared by all calls to all APIs.
    pub(crate) throttle: Throttle,
    pub(crate) features: Vec<String>,
    pub(crate) limits: Limits,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            cloudwatch_role_arn: None,
            throttle: Throttle { rate_limit: 10_000.0, burst_limit: 5_000 },
            features: vec!["UsagePlans".to_owned()],
            limits: Limits::default(),
        }
    }
}

impl Entity for Settings {
    const KIND: &'static str = "settings";

    fn id(&self) -> String {
        Self::ID.to_owned()
    }
}

impl Settings {
    /// The id of the only settings entity.
    pub(crate) const ID: &'static str = "account";
}

/// Maximum numbers of entities, by default those of AWS.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Limits {
    pub(crate) api_keys: usize,
    pub(crate) usage_plans: usize,
    pub(crate) plans_per_key: usize,
    /// Per stage of a usage plan.
    pub(crate) method_throttles: usize,
    pub(crate) stages_per_api: usize,
    pub(crate) resources_per_api: usize,
    /// Per tagged API key, usage plan, REST API or stage.
    pub(crate) tags: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            api_keys: 10_000,
            usage_plans: 300,
            plans_per_key: 10,
            method_throttles: 20,
            stages_per_api: 10,
            resources_per_api: 300,
            tags: 50,
        }
    }
}
