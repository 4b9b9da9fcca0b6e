//! What is refused before anything is written, and why.

use crate::assign::AssignmentError;
use crate::secret::mask_if_value;
use crate::setup::LogRefusal;
use crate::text::group_thousands;
use crate::{ApiKeyId, Inventory, PlanId, Tenant, TenantKeyId, Unknown};

use super::{NewTenantKeys, OtherPlansRefusal, PlanRefusal, pluralize};

/// API keys that API Gateway allows in an account and region; it cannot be raised.
pub const MAX_API_KEYS: usize = 10_000;
/// Characters of an API key's name.
pub const MAX_NAME_CHARS: usize = 1_024;
/// Characters of an API key's description.
pub const MAX_DESCRIPTION_CHARS: usize = 125_000;
/// Characters of a tenant, which is also a tag's value.
pub const MAX_TENANT_CHARS: usize = 256;

/// Characters that a tag's value may hold besides letters, digits and spaces.
const TAG_PUNCTUATION: &str = "+-=._:/@";

/// Why a change has no steps.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The plan is not there.
    #[error("usage plan {} is not there any more: refresh and choose another", mask_if_value(_0.as_str()))]
    NoPlan(PlanId),
    /// The row is not there.
    #[error("there is no key {}, or not any more", mask_if_value(_0.as_str()))]
    NoTenantKey(TenantKeyId),
    /// The API key of a row is not there.
    #[error("API Gateway has no API key {} any more: delete this key and create another", mask_if_value(_0.as_str()))]
    NoApiKey(ApiKeyId),
    /// The deletion of the API key has begun.
    #[error(
        "the deletion of API key {0} has begun: `keypool doctor --fix` finishes it; create another key for a tenant who \
         is to go on"
    )]
    BeingDeleted(ApiKeyId),
    /// A field that must say something says nothing.
    #[error("the {0} is empty: give one")]
    EmptyField(&'static str),
    /// A field is longer than AWS takes.
    #[error("the {field} has {length} characters: API Gateway takes at most {most}")]
    TooLong {
        /// which field
        field: &'static str,
        /// how long it is
        length: usize,
        /// how long it may be
        most: usize,
    },
    /// A name that stands for pool keys in the Keys table.
    #[error(
        "no tenant can be named {}: keypool's items of pool keys have that owner",
        crate::key::POOL_KEY_OWNER
    )]
    ReservedTenant,
    /// A character that a field cannot hold.
    #[error("the {field} holds {character:?}: it may hold {allowed}")]
    InvalidCharacter {
        /// which field
        field: &'static str,
        /// the character
        character: char,
        /// what is allowed
        allowed: &'static str,
    },
    /// Zero keys, or more than an account can hold.
    #[error("{} keys cannot be created: ask for 1 to {}", group_thousands((*_0).into()), group_thousands(MAX_API_KEYS as u64))]
    InvalidCount(u32),
    /// The account's limit of API keys.
    #[error(
        "the account has {} of the {} that API Gateway allows, {} more do not fit: delete some, or pool the plan",
        pluralize(*have, "API key"),
        group_thousands(MAX_API_KEYS as u64),
        group_thousands((*wanted).into())
    )]
    AccountFull {
        /// keys there are
        have: usize,
        /// keys asked for
        wanted: u32,
    },
    /// The pool cannot take them.
    #[error("{plan} cannot take a new key: {why}; grow the pool or raise its capacity")]
    Unassignable {
        /// the plan's name
        plan: String,
        /// why
        why: AssignmentError,
    },
    /// The pool can take some, not all.
    #[error("{plan} has room for {}, {wanted} were asked for: grow the pool or raise its capacity", pluralize(*room as usize, "more key"))]
    NotEnoughRoom {
        /// the plan's name
        plan: String,
        /// tenant keys it still takes
        room: u32,
        /// tenant keys asked for
        wanted: u32,
    },
    /// An edit without a difference.
    #[error("nothing would change")]
    NoDifference,
    /// A tenant key that shares its API key cannot be treated as one that has its own.
    #[error("key {row} shares API key {api_key} with others: isolate it first, or rotate the pool key")]
    SharesApiKey {
        /// the tenant key
        row: TenantKeyId,
        /// the API key it shares
        api_key: ApiKeyId,
    },
    /// A tenant key that has its own API key needs none.
    #[error("key {0} has an API key of its own already")]
    HasOwnApiKey(TenantKeyId),
    /// The plan is the one it is in.
    #[error("key {row} is in {plan} already")]
    AlreadyInPlan {
        /// the tenant key
        row: TenantKeyId,
        /// the plan's name
        plan: String,
    },
    /// The plan has no pool.
    #[error("{0} has no pool: create one of its keys first")]
    NoPool(String),
    /// The plan has a pool.
    #[error("{0} has a pool already")]
    HasPool(String),
    /// No pool has this key.
    #[error("API key {} is in no pool", mask_if_value(_0.as_str()))]
    NotAPoolKey(ApiKeyId),
    /// The API key is in another plan or in none.
    #[error("API key {} is not in {plan}: attach it first", mask_if_value(api_key.as_str()))]
    NotInPlan {
        /// the API key
        api_key: ApiKeyId,
        /// the plan's name
        plan: String,
    },
    /// Tenants are behind an API key that is to go.
    #[error("API key {api_key} still has {}: move them first", pluralize(*rows, "tenant key"))]
    InUse {
        /// the API key
        api_key: ApiKeyId,
        /// how many rows refer to it
        rows: usize,
    },
    /// A pool key that takes new tenants is not one that was replaced.
    #[error("pool key {0} takes new tenants: drain it instead")]
    StillActive(ApiKeyId),
    /// Tenants are behind the keys of a pool that is to go.
    #[error("the pool of {plan} has {}: isolate them or move them to another plan first", pluralize(*tenants, "tenant key"))]
    PoolInUse {
        /// the plan's name
        plan: String,
        /// how many tenant keys
        tenants: usize,
    },
    /// A pool whose keys would take nobody.
    #[error("a capacity of 0 lets nobody in: give at least 1")]
    ZeroCapacity,
    /// A capacity that is exceeded already.
    #[error("a pool key has {tenants} tenants already: give a capacity of at least that, or rebalance first")]
    CapacityTooLow {
        /// the most tenants behind one key
        tenants: u32,
    },
    /// More keys than fit into one transaction with their pool.
    #[error("a pool of {wanted} API keys is too large: {most} are the most")]
    TooManyPoolKeys {
        /// how many it would have
        wanted: usize,
        /// how many it may have
        most: usize,
    },
    /// The plan lets its keys call as often as they like.
    #[error("{0} has no quota: there is nothing to extend")]
    NoQuota(String),
    /// Nothing shows that the API key is keypool's.
    #[error(
        "API key {} is in {}, and nothing shows that it is keypool's: no managed usage plan has it, no tenant key or \
         pool refers to it, and it has none of keypool's tags",
        mask_if_value(api_key.as_str()),
        if plans.is_empty() { "no usage plan".to_owned() } else { plans.join(", ") }
    )]
    ForeignApiKey {
        /// the API key
        api_key: ApiKeyId,
        /// the names of the plans that it is in
        plans: Vec<String>,
    },
    /// Nothing to move.
    #[error("the pool of {0} is level already")]
    AlreadyBalanced(String),
    /// What it depends on could not be read.
    #[error("{what} is not known: {why}")]
    NotKnown {
        /// what is not known
        what: String,
        /// why not
        why: Unknown,
    },
    /// The API key is in other plans, which stand in the way.
    #[error(transparent)]
    OtherPlans(#[from] OtherPlansRefusal),
    /// A usage plan cannot be like this.
    #[error(transparent)]
    Plan(#[from] PlanRefusal),
    /// Logs cannot be set like this.
    #[error(transparent)]
    Log(#[from] LogRefusal),
}

/// The question that a count answers.
pub(super) fn describe_tenant_key_count(api_key: &ApiKeyId) -> String {
    format!("how many tenant keys send API key {api_key}")
}

/// The question that the capacity of a pool answers.
pub(super) fn describe_pool_capacity(plan: &str) -> String {
    format!("the capacity of the pool of {plan}")
}

pub(super) fn validate_new_keys(new: &NewTenantKeys, inventory: &Inventory) -> Result<(), Refusal> {
    if inventory.plan(&new.template.plan).is_none() {
        return Err(Refusal::NoPlan(new.template.plan.clone()));
    }
    validate_tenant(&new.template.tenant)?;
    validate_name(&new.template.name)?;
    validate_description(&new.template.description)?;
    if new.count == 0 || new.count as usize > MAX_API_KEYS {
        return Err(Refusal::InvalidCount(new.count));
    }
    Ok(())
}

pub(crate) fn validate_name(name: &str) -> Result<(), Refusal> {
    validate_not_empty("name", name)?;
    length("name", name, MAX_NAME_CHARS)?;
    validate_printable("name", name)
}

pub(crate) fn validate_description(text: &str) -> Result<(), Refusal> {
    length("description", text, MAX_DESCRIPTION_CHARS)?;
    validate_printable("description", text)
}

pub(crate) fn validate_tenant(tenant: &Tenant) -> Result<(), Refusal> {
    let text = tenant.as_str();
    validate_not_empty("tenant", text)?;
    if text == crate::key::POOL_KEY_OWNER {
        return Err(Refusal::ReservedTenant);
    }
    length("tenant", text, MAX_TENANT_CHARS)?;
    let allowed = |c: char| c.is_alphanumeric() || c == ' ' || TAG_PUNCTUATION.contains(c);
    match text.chars().find(|&c| !allowed(c)) {
        Some(character) => Err(Refusal::InvalidCharacter {
            field: "tenant",
            character,
            allowed: "letters, digits, spaces and + - = . _ : / @, as a tag's value does",
        }),
        None => Ok(()),
    }
}

/// A customer of AWS Marketplace, or nobody.
pub(super) fn validate_customer(text: &str) -> Result<(), Refusal> {
    length("customer", text, MAX_TENANT_CHARS)?;
    validate_printable("customer", text)
}

pub(super) fn validate_not_empty(field: &'static str, text: &str) -> Result<(), Refusal> {
    if text.trim().is_empty() { Err(Refusal::EmptyField(field)) } else { Ok(()) }
}

fn length(field: &'static str, text: &str, most: usize) -> Result<(), Refusal> {
    match text.chars().count() {
        length if length > most => Err(Refusal::TooLong { field, length, most }),
        _ => Ok(()),
    }
}

fn validate_printable(field: &'static str, text: &str) -> Result<(), Refusal> {
    match text.chars().find(|c| c.is_control()) {
        Some(character) => Err(Refusal::InvalidCharacter {
            field,
            character,
            allowed: "no control characters and no line breaks",
        }),
        None => Ok(()),
    }
}
