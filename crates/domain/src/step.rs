//! The steps of an operation: single writes, all known before the first one runs.

mod describe;
mod infrastructure;
mod key_origin;

pub(crate) use describe::describe_expiry;
pub use infrastructure::InfrastructureStep;
pub use key_origin::{ExpectedApiKey, KeyOrigin};

use std::collections::BTreeMap;

use crate::balance::BalanceChange;
use crate::key_file::ImportedKey;
use crate::{
    ApiKeyId, Edit, Expiry, NewTenantKey, PlanId, PoolKey, PoolKeyState, Secret, Strategy, Tenant,
    TenantKeyId,
};

/// The steps for one tenant key or pool key, run in order. If one fails, the unit undoes the earlier ones as long as no
/// tenant can depend on them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unit {
    /// For example "acme · web".
    pub subject: String,
    pub steps: Vec<Step>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewApiKey {
    pub name: String,
    pub description: String,
    /// Whether API Gateway accepts the key at once.
    pub enabled: bool,
    /// Stored in keypool's tag. Separate steps attach the key to its usage plans.
    pub plan: PlanId,
    /// `None` for a pool key.
    pub tenant: Option<Tenant>,
    /// The API key it replaces.
    pub replaces: Option<ApiKeyId>,
    /// `None` for a random value.
    pub value: Option<Secret>,
    /// AWS Marketplace customer.
    pub customer_id: Option<String>,
    /// Tags besides keypool's own; an owner tag among them wins over `tenant`.
    pub tags: BTreeMap<String, String>,
    pub origin: KeyOrigin,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyRef {
    /// The key created by an earlier step of the unit.
    New,
    Existing(ApiKeyId),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewPool {
    pub plan: PlanId,
    pub strategy: Strategy,
    /// Maximum number of tenant keys per API key.
    pub capacity: u32,
    /// Each API key with the number of tenant keys that already refer to it.
    pub keys: Vec<(ApiKeyId, u32)>,
}

/// One write to API Gateway or to a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// CreateApiKey with keypool's request tag.
    CreateApiKey(NewApiKey),
    /// ImportApiKeys: API keys and their plans in one call.
    ImportApiKeys(Vec<ImportedKey>),
    /// PutItem of the tenant key of an imported API key; must not exist yet.
    WriteImportedTenantKey(ImportedKey),
    /// CreateUsagePlanKey.
    AttachApiKey {
        api_key: KeyRef,
        plan: PlanId,
    },
    /// DeleteUsagePlanKey.
    DetachApiKey {
        api_key: ApiKeyId,
        plan: PlanId,
    },
    /// Calls an API of the plan with the new API key until it is accepted.
    WaitUntilKeyWorks(PlanId),
    /// PutItem of the tenant key; must not exist yet.
    WriteTenantKey(NewTenantKey),
    /// One transaction: writes a tenant key that refers to a pool key, and increments that key's counter.
    WritePooledTenantKey(NewTenantKey),
    /// One transaction: writes the tenant key under the id of the new API key and deletes the old one.
    ReplaceTenantKey(TenantKeyId),
    /// One transaction: replaces the reference with a tenant key that has the id of the new API key, and decrements
    /// the counter.
    IsolateTenantKey {
        tenant_key: TenantKeyId,
        from: ApiKeyId,
        /// The new plan.
        plan: PlanId,
    },
    /// One transaction: points the tenant key at a key of the plan's pool and updates the counters of both pool keys.
    JoinPool {
        tenant_key: TenantKeyId,
        /// The new plan.
        plan: PlanId,
        /// The current pool key, if any.
        from: Option<ApiKeyId>,
    },
    /// One transaction: points tenant keys at another pool key and updates both counters.
    Repoint {
        tenant_keys: Vec<TenantKeyId>,
        from: ApiKeyId,
        to: KeyRef,
        /// A successor takes all tenant keys, whatever its capacity.
        to_successor: bool,
    },
    /// UpdateApiKey enabled=false.
    DisableApiKey(ApiKeyId),
    /// DeleteApiKey, which also detaches the key from its plans.
    DeleteApiKey(ApiKeyId),
    /// TagResource with the time at which the API key may be deleted.
    TagRetirement {
        api_key: ApiKeyId,
        /// Seconds that the key keeps working.
        grace: u64,
        /// The API key that takes its place, where no table says so.
        successor: Option<KeyRef>,
    },
    /// TagResource with the plans that the API key moves to and leaves, where no table has them.
    TagPlan {
        api_key: ApiKeyId,
        plan: PlanId,
        /// [`PlanId::none`] if it is in no plan.
        from: PlanId,
    },
    /// TagResource with the expiry of the tenant key, or UntagResource.
    TagExpiry {
        api_key: ApiKeyId,
        expiry: Expiry,
    },
    /// TagResource: marks the API key as being deleted, so that an interrupted deletion is finished.
    TagDeletion(ApiKeyId),
    /// DeleteItem of the tenant key.
    DeleteTenantKey(TenantKeyId),
    /// One transaction: deletes the tenant key and decrements its pool key's counter.
    DeletePooledTenantKey {
        tenant_key: TenantKeyId,
        api_key: ApiKeyId,
    },
    UpdateApiKey {
        api_key: ApiKeyId,
        edit: Edit,
    },
    /// UpdateApiKey with the AWS Marketplace customer.
    SetCustomer {
        api_key: ApiKeyId,
        /// Empty removes the customer.
        customer: String,
    },
    /// UpdateItem of the tenant key, conditional on its revision.
    UpdateTenantKey {
        tenant_key: TenantKeyId,
        /// The revision as read; `None` if another program wrote the tenant key.
        revision: Option<u64>,
        edit: Edit,
    },
    /// UpdateItem of the tenant key's plan, conditional on its revision.
    SetTenantKeyPlan {
        tenant_key: TenantKeyId,
        /// The revision as read; `None` if another program wrote the tenant key.
        revision: Option<u64>,
        /// The new plan.
        plan: PlanId,
    },
    /// PutItem of a pool key's item in the Keys table; must not exist yet.
    WritePoolItem {
        plan: PlanId,
        api_key: KeyRef,
    },
    /// UpdateItem of a replaced pool key's item in the Keys table, with the value of the successor.
    ForwardPoolItem {
        /// The replaced pool key.
        api_key: ApiKeyId,
        to: KeyRef,
    },
    /// DeleteItem of a pool key's item in the Keys table; fails if it is a tenant key.
    DeletePoolItem(ApiKeyId),
    /// One transaction: the pool and the counters of its keys; the plan must not have a pool yet.
    PutPool(NewPool),
    /// One transaction: adds the new API key to the pool and sets the one it replaces to draining.
    AddPoolKey {
        plan: PlanId,
        /// Maximum number of tenant keys.
        capacity: u32,
        replaces: Option<ApiKeyId>,
    },
    /// UpdateItem of a pool key's counter.
    SetPoolKeyState {
        api_key: ApiKeyId,
        state: PoolKeyState,
    },
    /// One transaction: removes the pool key from the pool; fails while tenant keys refer to it.
    RemovePoolKey {
        plan: PlanId,
        api_key: ApiKeyId,
    },
    /// One transaction: sets strategy and capacity of the pool, and the capacity of its keys.
    UpdatePool {
        plan: PlanId,
        strategy: Option<Strategy>,
        capacity: Option<u32>,
    },
    /// UpdateItem of a tenant key with the value of its API key.
    WriteValue {
        tenant_key: TenantKeyId,
        api_key: ApiKeyId,
    },
    /// One transaction: points a tenant key without a valid pool key at a key of the plan's pool and increments
    /// that key's counter.
    ReassignPoolKey {
        tenant_key: TenantKeyId,
        plan: PlanId,
    },
    /// One transaction: sets the counter of a pool key to the number of tenant keys that refer to it. They are
    /// counted again if one comes or leaves meanwhile.
    SetCounter {
        plan: PlanId,
        api_key: ApiKeyId,
        /// Number of referring tenant keys, as read.
        tenants: u32,
    },
    /// DeleteItem of the counter of an API key that is in no pool; must be unchanged since it was read.
    DeleteCounter(PoolKey),
    /// UpdateUsage, after GetUsage unless the balance is set to a fixed number.
    SetBalance {
        plan: PlanId,
        api_key: ApiKeyId,
        balance: BalanceChange,
    },
    /// UpdateItem of the Plans table with the limits that the plan enforces.
    WritePriceListEntry(PlanId),
    /// DeleteItem of the Plans table.
    DeletePriceListEntry(PlanId),
    /// DeleteItem of a pool without keys.
    DeletePool(PlanId),
    /// A write to a usage plan, the price list, an API, the account's settings or the tables themselves.
    Infrastructure(InfrastructureStep),
}

/// DynamoDB allows 100 writes per transaction; two of them update the counters.
pub const MAX_TENANT_KEYS_PER_REPOINT: usize = 98;

impl NewApiKey {
    pub fn for_tenant_key(key: &NewTenantKey) -> Self {
        Self {
            name: key.name.clone(),
            description: key.description.clone(),
            enabled: key.enabled,
            plan: key.plan.clone(),
            tenant: Some(key.tenant.clone()),
            replaces: None,
            value: None,
            customer_id: None,
            tags: BTreeMap::new(),
            origin: KeyOrigin::New,
        }
    }
}
