//! Delays and limits of the real AWS, each off by default.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// Which delays and limits of the real AWS to reproduce. In JSON, a missing field is off.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
pub struct Switches {
    /// Seconds until creating, enabling or disabling an API key takes effect; about 25 on AWS.
    pub propagation_seconds: u32,
    /// Seconds until GetUsage reports a call; about 1,800 on AWS. An exhausted quota is reported immediately.
    pub usage_lag_seconds: u32,
    /// Seconds that DynamoDB takes to add an index to a table or to remove one; minutes to hours on AWS.
    pub index_build_seconds: u32,
    /// Accepts every call with a valid key, without throttle or quota, as AWS does when its own check fails.
    pub fail_open: bool,
    /// Calls that a plan's bucket accepts beyond its burst, since AWS applies limits on a best-effort basis.
    pub burst_slop: u32,
    /// Uses one bucket per method of a plan instead of one for all.
    pub bucket_per_method: bool,
    /// Omits tags from GetApiKeys, as AWS may do; only GetApiKey and GetTags then return them.
    pub lists_without_tags: bool,
    /// Enforces the control plane's rates, such as 10 calls per second and one UpdateUsagePlan per 20 seconds.
    pub control_plane_rates: bool,
}

impl Switches {
    /// Returns the delays and rates of the real AWS.
    pub fn like_aws() -> Self {
        Self {
            propagation_seconds: 25,
            usage_lag_seconds: 30 * 60,
            index_build_seconds: 5 * 60,
            control_plane_rates: true,
            ..Self::default()
        }
    }

    pub(crate) fn propagation(&self) -> Duration {
        Duration::from_secs(self.propagation_seconds.into())
    }

    pub(crate) fn index_build(&self) -> Duration {
        Duration::from_secs(self.index_build_seconds.into())
    }

    pub(crate) fn usage_lag(&self) -> Duration {
        Duration::from_secs(self.usage_lag_seconds.into())
    }
}
