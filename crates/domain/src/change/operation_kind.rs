//! The kinds of operations, and what must have been read before one can be planned. A screen asks this before there is a
//! change, so that it offers only what will not be refused.

use crate::Inventory;
use crate::inventory::{AccountPart, PartiallyRead};

/// One for each row of the table of operations.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OperationKind {
    Create,
    Import,
    Edit,
    SetCustomer,
    SetEnabled,
    Delete,
    Restore,
    Rotate,
    RotatePoolKey,
    Retire,
    Isolate,
    Consolidate,
    ChangePlan,
    Rebalance,
    CreatePool,
    DissolvePool,
    SetPool,
    Grow,
    Drain,
    Extend,
    Fix,
    CreatePlan,
    EditPlan,
    DeletePlan,
    AdoptPlan,
    ReleasePlan,
    RequireKeys,
    Deploy,
    SetLogRole,
    SetStageLogging,
    SetUpTables,
}

/// What must have been read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum RequiredParts {
    /// The plans alone.
    Plans,
    /// The tenant keys that the operation names, their API keys, and whether tenants share those.
    NamedKeys,
    /// As [`Self::NamedKeys`] for tenant keys that refer to pool keys, where tenant keys are read on demand; otherwise
    /// everything.
    References,
    /// The room in the account and in pools, which is counted. Where tenant keys are read on demand, the counters decide.
    Room,
    /// Most operations announce every affected tenant and look for other users of an API key.
    Everything,
}

const NOTHING: &[AccountPart] = &[];
const KEYS_AND_POOLS: &[AccountPart] = &[AccountPart::ApiKeys, AccountPart::Pools];

impl OperationKind {
    pub(super) const fn required_parts(self) -> RequiredParts {
        match self {
            Self::CreatePlan
            | Self::RequireKeys
            | Self::SetLogRole
            | Self::SetStageLogging
            | Self::SetUpTables => RequiredParts::Plans,
            Self::Edit | Self::SetEnabled => RequiredParts::NamedKeys,
            Self::Create => RequiredParts::Room,
            Self::Delete => RequiredParts::References,
            Self::Import
            | Self::SetCustomer
            | Self::Restore
            | Self::Rotate
            | Self::RotatePoolKey
            | Self::Retire
            | Self::Isolate
            | Self::Consolidate
            | Self::ChangePlan
            | Self::Rebalance
            | Self::CreatePool
            | Self::DissolvePool
            | Self::SetPool
            | Self::Grow
            | Self::Drain
            | Self::Extend
            | Self::Fix
            | Self::EditPlan
            | Self::DeletePlan
            | Self::AdoptPlan
            | Self::ReleasePlan
            | Self::Deploy => RequiredParts::Everything,
        }
    }

    /// The lists that such an operation needs to their end, if the tenant keys that it names were read.
    pub(super) const fn required_lists(self, inventory: &Inventory) -> &'static [AccountPart] {
        match self.required_parts() {
            RequiredParts::Plans => NOTHING,
            RequiredParts::NamedKeys => KEYS_AND_POOLS,
            RequiredParts::Room | RequiredParts::References if inventory.lists_on_demand() => KEYS_AND_POOLS,
            RequiredParts::Room | RequiredParts::References | RequiredParts::Everything => &AccountPart::ALL,
        }
    }

    /// The part of the account that such an operation needs, on tenant keys that were read, and that was not read to
    /// its end.
    pub fn find_unread_part(self, inventory: &Inventory) -> Option<PartiallyRead> {
        inventory.find_partially_read(self.required_lists(inventory))
    }
}
