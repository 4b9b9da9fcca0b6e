//! Why a change is refused before anything is written.

mod other_plans;
mod plan;

pub use other_plans::OtherPlansRefusal;
pub use plan::PlanRefusal;

use crate::assign::AssignmentError;
use crate::inventory::PartiallyRead;
use crate::known::NotKnown;
use crate::limits::MAX_API_KEYS;
use crate::secret::mask_if_value;
use crate::stage_logging::LogRefusal;
use crate::text::{group_thousands, pluralize};
use crate::{ApiKeyId, PlanId, Tenant, TenantKeyId};

/// Why a change is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error("usage plan {} does not exist: refresh and choose another", mask_if_value(_0.as_str()))]
    NoPlan(PlanId),
    #[error("tenant key {} does not exist", mask_if_value(_0.as_str()))]
    NoTenantKey(TenantKeyId),
    /// A replaced API key is no tenant key of its own.
    #[error(
        "API key {api_key} is the old key of tenant key {tenant_key} of {tenant}{}: give {tenant_key} instead, or end the \
         old key now with `keypool pools retire {api_key}`",
        until.as_ref().map(|at| format!(" and works until {at}")).unwrap_or_default()
    )]
    OldKey { api_key: ApiKeyId, tenant_key: TenantKeyId, tenant: Tenant, until: Option<String> },
    /// A copy that no tenant has.
    #[error(
        "API key {api_key} was left by an interrupted rotation of tenant key {tenant_key}, and no tenant has it: rotate \
         {tenant_key} again, or delete the copy with `keypool doctor --fix`"
    )]
    UnfinishedCopy { api_key: ApiKeyId, tenant_key: ApiKeyId },
    #[error("API key {} does not exist: delete its tenant key, if any, and create another", mask_if_value(_0.as_str()))]
    NoApiKey(ApiKeyId),
    /// A deletion of the API key has started and cannot be undone.
    #[error(
        "API key {0} is being deleted: run `keypool doctor --fix` to finish; create another key for a tenant that keeps \
         access"
    )]
    BeingDeleted(ApiKeyId),
    #[error("{0} is required")]
    EmptyField(&'static str),
    #[error("{field} is too long: {length} characters, the maximum is {max}")]
    TooLong { field: &'static str, length: usize, max: usize },
    #[error("tenant name {} is reserved for keypool's pool keys: choose another", crate::key::POOL_KEY_OWNER)]
    ReservedTenant,
    #[error("{field} contains {character:?}: {hint}")]
    InvalidCharacter { field: &'static str, character: char, hint: &'static str },
    #[error("{0} begins or ends with a space: remove it")]
    SpaceAtEnd(&'static str),
    #[error(
        "cannot create {} keys: give a number from 1 to {}",
        group_thousands((*_0).into()),
        group_thousands(MAX_API_KEYS as u64)
    )]
    InvalidCount(u32),
    #[error(
        "the account has {} of {}, no room for {} more: delete some, or pool the plan",
        group_thousands(*existing as u64),
        pluralize(MAX_API_KEYS, "API key"),
        group_thousands((*requested).into())
    )]
    AccountFull { existing: usize, requested: u32 },
    #[error("{plan} cannot take a new key: {reason}; grow the pool or raise its capacity")]
    NoPoolKey { plan: String, reason: AssignmentError },
    #[error(
        "{plan} has room for {}, not {requested}: grow the pool or raise its capacity",
        pluralize(*room as usize, "more key")
    )]
    NotEnoughRoom {
        plan: String,
        /// Tenant keys that the pool can still take.
        room: u32,
        requested: u32,
    },
    #[error("nothing would change")]
    NoDifference,
    #[error(
        "tenant key {tenant_key} shares API key {api_key} with other tenants: isolate it first, or rotate the pool key"
    )]
    SharesApiKey { tenant_key: TenantKeyId, api_key: ApiKeyId },
    #[error(
        "tenant key {0} shares its API key with other tenants, so an expiry would not stop its calls: isolate it first \
         with `keypool keys isolate {0}`"
    )]
    SharedKeyCannotExpire(TenantKeyId),
    #[error(
        "the keys of {0} share API keys, so an expiry would not stop their calls: create the key without one, isolate it \
         with `keypool keys isolate`, and set its expiry with `keypool keys edit`"
    )]
    PooledPlanCannotExpire(String),
    #[error(
        "tenant key {0} has an expiry, which would not stop its calls with a shared API key: remove it first with \
         `keypool keys edit {0} --expires never`"
    )]
    HasExpiry(TenantKeyId),
    #[error("tenant key {0} already has its own API key")]
    HasOwnApiKey(TenantKeyId),
    #[error("tenant key {tenant_key} is already in {plan}")]
    AlreadyInPlan { tenant_key: TenantKeyId, plan: String },
    #[error("{0} has no pool: create one first")]
    NoPool(String),
    #[error("{0} already has a pool")]
    HasPool(String),
    #[error("API key {} is in no pool", mask_if_value(_0.as_str()))]
    NotAPoolKey(ApiKeyId),
    #[error("API key {} is not in {plan}: attach it first", mask_if_value(api_key.as_str()))]
    NotInPlan { api_key: ApiKeyId, plan: String },
    #[error("API key {api_key} still has {}: move them first", pluralize(*tenant_keys, "tenant key"))]
    InUse { api_key: ApiKeyId, tenant_keys: usize },
    /// A pool key that takes new tenants cannot be retired.
    #[error("pool key {0} still takes new tenants: drain it instead")]
    StillActive(ApiKeyId),
    #[error(
        "the pool of {plan} has {}: isolate them or move them to another plan first",
        pluralize(*tenants, "tenant key")
    )]
    PoolInUse { plan: String, tenants: usize },
    #[error("capacity must be at least 1")]
    ZeroCapacity,
    #[error("a pool key already has {tenants} tenants: give at least that capacity, or rebalance first")]
    CapacityTooLow {
        /// Tenants of the fullest key.
        tenants: u32,
    },
    /// More keys than fit in one transaction with their pool.
    #[error("a pool can have at most {max} API keys, not {requested}")]
    TooManyPoolKeys { requested: usize, max: usize },
    #[error("{0} has no quota: nothing to extend")]
    NoQuota(String),
    #[error(
        "API key {} is in {} and not managed by keypool: it is in no managed usage plan, no tenant key or pool refers \
         to it, and it has none of keypool's tags",
        mask_if_value(api_key.as_str()),
        if plans.is_empty() { "no usage plan".to_owned() } else { plans.join(", ") }
    )]
    ForeignApiKey { api_key: ApiKeyId, plans: Vec<String> },
    /// Without tables, the config says where a key's tenant is.
    #[error(
        "nothing can be written before config.toml says where a key's tenant is: add a line such as from = \
         [\"tag:ownerId\", \"customerId\"] under [tenants]; `keypool setup tenants` proposes one"
    )]
    TenantsNotConfigured,
    #[error(
        "a tenant cannot be written to \"{0}\", the first of `from` under [tenants] in config.toml: put a tag of your \
         own or \"customerId\" first"
    )]
    TenantNotWritable(String),
    #[error("{0} needs tables, and this account has none: create them with `keypool setup tables`")]
    NeedsTables(&'static str),
    #[error(
        "API key {id} names no tenant, so its copy would be another tenant's: name it first, for example `keypool keys \
         edit {id} --name TENANT`",
        id = mask_if_value(_0.as_str())
    )]
    TenantIsId(TenantKeyId),
    #[error(
        "nothing can be written while API keys may not be listed: the role needs apigateway:GET on /apikeys"
    )]
    KeysNotListed,
    #[error("the pool of {0} is already balanced")]
    AlreadyBalanced(String),
    /// The change depends on a list that was not read to its end.
    #[error("{part}: {remedy}", part = _0, remedy = _0.remedy())]
    NotReadYet(PartiallyRead),
    /// The change depends on something that could not be read.
    #[error(transparent)]
    Unknown(#[from] NotKnown),
    #[error(transparent)]
    OtherPlans(#[from] OtherPlansRefusal),
    #[error(transparent)]
    Plan(#[from] PlanRefusal),
    #[error(transparent)]
    Log(#[from] LogRefusal),
}

/// The `what` of [`NotKnown`].
pub(crate) fn describe_tenant_key_count(api_key: &ApiKeyId) -> String {
    format!("the number of tenant keys that use API key {api_key}")
}

pub(crate) fn describe_pool_capacity(plan: &str) -> String {
    format!("the capacity of the pool of {plan}")
}
