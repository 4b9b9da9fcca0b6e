//! How closely this AWS keeps to the ideal: the delays and limits of the real one, each off unless switched on.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// What can be switched; a field left out of its JSON is off.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
pub struct Switches {
    /// Seconds until the protected API knows a new, enabled or disabled API key; about 25 on AWS.
    pub propagation_seconds: u32,
    /// Seconds by which GetUsage is behind, except for a spent quota; about 1,800 on AWS.
    pub usage_lag_seconds: u32,
    /// Serves every call that is let in, without throttle or quota, as AWS does when its own check fails.
    pub fail_open: bool,
    /// Calls that a plan's bucket lets through beyond its burst, since AWS's limits are not hard.
    pub burst_slop: u32,
    /// Throttles each method of a plan by a bucket of its own instead of all by one.
    pub bucket_per_method: bool,
    /// Leaves the tags out of GetApiKeys, which AWS may do: only GetApiKey and GetTags then hold them.
    pub lists_without_tags: bool,
    /// Enforces the control plane's rates, such as ten calls a second and one UpdateUsagePlan in 20 seconds.
    pub control_plane_rates: bool,
}

impl Switches {
    /// All that can be switched as AWS itself is.
    pub fn like_aws() -> Self {
        Self {
            propagation_seconds: 25,
            usage_lag_seconds: 30 * 60,
            control_plane_rates: true,
            ..Self::default()
        }
    }

    pub(crate) fn propagation(&self) -> Duration {
        Duration::from_secs(self.propagation_seconds.into())
    }

    pub(crate) fn usage_lag(&self) -> Duration {
        Duration::from_secs(self.usage_lag_seconds.into())
    }
}
