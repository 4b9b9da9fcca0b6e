//! Usage plans, and the usage of each API key under them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::api_key::Tags;
use super::collection::Entity;
use crate::quota::{Meter, Quota};

#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Throttle {
    /// Sustained calls per second.
    pub(crate) rate_limit: f64,
    /// Bucket size: the most calls at once.
    pub(crate) burst_limit: i32,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ApiStage {
    pub(crate) api_id: String,
    pub(crate) stage: String,
    /// By `path/VERB`, such as `/pets/GET`; `//GET` for the root.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) throttle: BTreeMap<String, Throttle>,
}

impl ApiStage {
    /// The name in patches: `API:STAGE`.
    pub(crate) fn name(&self) -> String {
        format!("{}:{}", self.api_id, self.stage)
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct UsagePlan {
    pub(crate) id: String,
    pub(crate) name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) description: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) api_stages: Vec<ApiStage>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) throttle: Option<Throttle>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) quota: Option<Quota>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) product_code: Option<String>,
    #[serde(default, skip_serializing_if = "Tags::is_empty")]
    pub(crate) tags: Tags,
}

impl UsagePlan {
    pub(crate) fn stage(&self, api_id: &str, stage: &str) -> Option<&ApiStage> {
        self.api_stages.iter().find(|entry| entry.api_id == api_id && entry.stage == stage)
    }
}

impl Entity for UsagePlan {
    const KIND: &'static str = "usagePlan";

    fn id(&self) -> String {
        self.id.clone()
    }
}

/// Usage of one API key under one usage plan.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Usage {
    pub(crate) plan_id: String,
    pub(crate) key_id: String,
    pub(crate) meter: Meter,
}

impl Entity for Usage {
    const KIND: &'static str = "usage";

    fn id(&self) -> String {
        super::UsagePlanKey::id_of(&self.plan_id, &self.key_id)
    }
}
