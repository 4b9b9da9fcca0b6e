//! The single writes that an operation is made of, known before the first one runs.

mod describe;
mod key_origin;
mod setup;

pub use describe::format_duration;
pub use key_origin::{ExpectedApiKey, KeyOrigin};
pub use setup::SetupStep;

use std::collections::BTreeMap;

use crate::change::{BalanceChange, Edit, NewTenantKey};
use crate::key_file::ImportedKey;
use crate::{ApiKeyId, PlanId, PoolKey, PoolKeyState, Secret, Strategy, Tenant, TenantKeyId};

/// What is done for one tenant key or pool key: its steps run in order, and a failed one is compensated within the
/// unit as long as nobody depends on what the steps before it made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unit {
    /// Whom it is about, for example "acme · web".
    pub subject: String,
    /// The writes, in order.
    pub steps: Vec<Step>,
}

/// An API key to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewApiKey {
    /// Its name.
    pub name: String,
    /// What its owner wrote about it.
    pub description: String,
    /// Whether the gateway accepts it at once.
    pub enabled: bool,
    /// The plan it is for.
    pub plan: PlanId,
    /// Whose it is; nobody's alone where it is for a pool.
    pub tenant: Option<Tenant>,
    /// The API key whose place it takes.
    pub replaces: Option<ApiKeyId>,
    /// The value it gets; a random one where none is given.
    pub value: Option<Secret>,
    /// The customer of AWS Marketplace whose key it is.
    pub customer_id: Option<String>,
    /// Tags besides keypool's own; an owner among them goes before the tenant.
    pub tags: BTreeMap<String, String>,
    /// What of it is taken from another API key.
    pub origin: KeyOrigin,
}

/// An API key that a step is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyRef {
    /// The one that an earlier step of the unit makes.
    New,
    /// One that is there.
    Existing(ApiKeyId),
}

/// A pool to be made of API keys that are in its plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewPool {
    /// The plan.
    pub plan: PlanId,
    /// How a new tenant gets its key.
    pub strategy: Strategy,
    /// The most tenant keys behind one API key.
    pub capacity: u32,
    /// Its keys, each with the tenant keys that are behind it already.
    pub keys: Vec<(ApiKeyId, u32)>,
}

/// One write to API Gateway or to a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// CreateApiKey with a random value and our request tag.
    CreateApiKey(NewApiKey),
    /// ImportApiKeys: API keys and the plans they join, in one call.
    ImportApiKeys(Vec<ImportedKey>),
    /// PutItem of the row of an imported key, on condition that there is none.
    WriteImportedTenantKey(ImportedKey),
    /// CreateUsagePlanKey.
    AttachApiKey {
        /// the API key
        api_key: KeyRef,
        /// the plan it joins
        plan: PlanId,
    },
    /// DeleteUsagePlanKey.
    DetachApiKey {
        /// the API key
        api_key: ApiKeyId,
        /// the plan it leaves
        plan: PlanId,
    },
    /// Calls of the plan's API with the new API key until it is let in.
    WaitUntilKeyWorks(PlanId),
    /// PutItem of the row, on condition that there is none.
    WriteTenantKey(NewTenantKey),
    /// One transaction: the row that refers to a pool key, and one tenant more on that key's counter.
    WritePooledTenantKey(NewTenantKey),
    /// One transaction: the row under the id of the new API key, and the old row gone.
    ReplaceTenantKey(TenantKeyId),
    /// One transaction: the row under the id of the new API key, the reference gone, one tenant less on its pool key.
    IsolateTenantKey {
        /// the row that refers
        tenant_key: TenantKeyId,
        /// the pool key it refers to
        from: ApiKeyId,
        /// the plan it is in from now on
        plan: PlanId,
    },
    /// One transaction: the row refers to a key of the plan's pool, one tenant more there, one less where it was.
    JoinPool {
        /// the row
        tenant_key: TenantKeyId,
        /// the plan it is in from now on
        plan: PlanId,
        /// the pool key it refers to until now
        from: Option<ApiKeyId>,
    },
    /// One transaction: rows refer to another pool key, and both counters follow.
    Repoint {
        /// the rows, at most [`MAX_TENANT_KEYS_PER_REPOINT`]
        tenant_keys: Vec<TenantKeyId>,
        /// the pool key they leave
        from: ApiKeyId,
        /// the pool key they go to
        to: KeyRef,
        /// whether that is the successor of the one they leave, which takes all of them whatever its capacity
        to_successor: bool,
    },
    /// UpdateApiKey enabled=false.
    DisableApiKey(ApiKeyId),
    /// DeleteApiKey, which detaches it from its plans.
    DeleteApiKey(ApiKeyId),
    /// TagResource: when the API key may go.
    TagRetirement {
        /// the API key that was replaced
        api_key: ApiKeyId,
        /// how long it still works, in seconds
        grace: u64,
    },
    /// TagResource: the API key is being deleted, so that whoever finds it half-way finishes that.
    TagDeletion(ApiKeyId),
    /// DeleteItem of the row.
    DeleteTenantKey(TenantKeyId),
    /// One transaction: the row goes, and one tenant less on the pool key's counter.
    DeletePooledTenantKey {
        /// the row that refers
        tenant_key: TenantKeyId,
        /// the pool key it refers to
        api_key: ApiKeyId,
    },
    /// UpdateApiKey with the fields that change.
    UpdateApiKey {
        /// the API key
        api_key: ApiKeyId,
        /// what changes
        edit: Edit,
    },
    /// UpdateApiKey with the customer of AWS Marketplace.
    SetCustomer {
        /// the API key
        api_key: ApiKeyId,
        /// the customer; nobody where it is empty
        customer: String,
    },
    /// UpdateItem of the row, on condition of its revision.
    UpdateTenantKey {
        /// the row
        tenant_key: TenantKeyId,
        /// the revision that was read; `None` for rows that others wrote
        revision: Option<u64>,
        /// what changes
        edit: Edit,
    },
    /// UpdateItem of the row's plan, on condition of its revision.
    SetTenantKeyPlan {
        /// the row
        tenant_key: TenantKeyId,
        /// the revision that was read; `None` for rows that others wrote
        revision: Option<u64>,
        /// the plan it is in from now on
        plan: PlanId,
    },
    /// PutItem of the item by which a pool key stands in the Keys table, on condition that there is none.
    WritePoolItem {
        /// the plan of the pool
        plan: PlanId,
        /// the pool key
        api_key: KeyRef,
    },
    /// UpdateItem of that item: whoever reads it is given the value of the successor.
    ForwardPoolItem {
        /// the pool key that goes
        api_key: ApiKeyId,
        /// its successor
        to: KeyRef,
    },
    /// DeleteItem of that item, and of no tenant's.
    DeletePoolItem(ApiKeyId),
    /// One transaction: the pool and the counters of its keys, on condition that there is no pool.
    PutPool(NewPool),
    /// One transaction: the new API key joins the pool, and the one it replaces takes no new tenants.
    AddPoolKey {
        /// the plan of the pool
        plan: PlanId,
        /// the most tenant keys it takes
        capacity: u32,
        /// the pool key whose place it takes
        replaces: Option<ApiKeyId>,
    },
    /// UpdateItem of a pool key's counter.
    SetPoolKeyState {
        /// the pool key
        api_key: ApiKeyId,
        /// its state from now on
        state: PoolKeyState,
    },
    /// One transaction: the pool key leaves the pool, on condition that no tenant is left behind it.
    RemovePoolKey {
        /// the plan of the pool
        plan: PlanId,
        /// the pool key
        api_key: ApiKeyId,
    },
    /// One transaction: strategy and capacity of the pool, and the capacity of its keys.
    UpdatePool {
        /// the plan of the pool
        plan: PlanId,
        /// the new strategy
        strategy: Option<Strategy>,
        /// the new capacity
        capacity: Option<u32>,
    },
    /// UpdateItem of a row's value, from what its API key has.
    WriteValue {
        /// the row
        tenant_key: TenantKeyId,
        /// the API key
        api_key: ApiKeyId,
    },
    /// One transaction: a row that is lost refers to a key of the plan's pool, one tenant more there, and one less where
    /// another pool counted it.
    ReassignPoolKey {
        /// the row
        tenant_key: TenantKeyId,
        /// its plan
        plan: PlanId,
    },
    /// One transaction: the counter of a pool key follows the tenant keys that refer to it, on condition that none has
    /// come or gone since they were counted.
    SetCounter {
        /// the plan of the pool
        plan: PlanId,
        /// the pool key
        api_key: ApiKeyId,
        /// how many refer to it as it was read
        tenants: u32,
    },
    /// DeleteItem of the counter of an API key that is in no pool, on condition that it is as it was read.
    DeleteCounter(PoolKey),
    /// UpdateUsage, after GetUsage where what is left counts.
    SetBalance {
        /// the plan
        plan: PlanId,
        /// the API key
        api_key: ApiKeyId,
        /// what becomes of its balance
        balance: BalanceChange,
    },
    /// UpdateItem of the Plans table with what the plan enforces.
    WritePriceListEntry(PlanId),
    /// DeleteItem of the Plans table.
    DeletePriceListEntry(PlanId),
    /// DeleteItem of a pool that has no keys any more.
    DeletePool(PlanId),
    /// A write to a usage plan, an API or the account.
    Setup(SetupStep),
}

/// Rows that one transaction repoints: DynamoDB takes 100 writes, and two are the counters.
pub const MAX_TENANT_KEYS_PER_REPOINT: usize = 98;

impl NewApiKey {
    /// The API key of one tenant key.
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
