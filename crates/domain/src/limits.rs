//! API Gateway's limits on an account and its usage plans.

/// API keys per account and region; AWS does not raise this limit.
pub const MAX_API_KEYS: usize = 10_000;
/// Usage plans per account and region, unless AWS raised this limit.
pub const MAX_PLANS: usize = 300;
/// Usage plans per API key, unless AWS raised this limit.
pub const MAX_PLANS_PER_KEY: usize = 10;
/// Method throttles per stage of a plan.
pub const MAX_METHOD_THROTTLES: usize = 20;
/// The largest quota and burst.
pub(crate) const MAX_QUOTA_OR_BURST: u64 = i32::MAX as u64;
