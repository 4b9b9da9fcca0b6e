//! The operations, one row each: the kind, the name, the change, and what implements it.

use super::api::deploy::Deploy;
use super::api::require_keys::RequireKeys;
use super::api::set_log_role::SetLogRole;
use super::api::set_stage_logging::SetStageLogging;
use super::api::set_up_tables::SetUpTables;
use super::change_plan::ChangePlan;
use super::consolidate::Consolidate;
use super::create::Create;
use super::create_pool::CreatePool;
use super::delete::Delete;
use super::dissolve_pool::DissolvePool;
use super::drain::Drain;
use super::edit::EditTenantKey;
use super::extend::{self, Extend};
use super::fix::ApplyFix;
use super::grow::Grow;
use super::import::Import;
use super::isolate::Isolate;
use super::kinds::{ApiChange, Change, PlanChange};
use super::operation::Operation;
use super::operation_kind::OperationKind;
use super::plans::adopt::AdoptPlan;
use super::plans::create::CreatePlan;
use super::plans::delete::DeletePlan;
use super::plans::edit::EditPlan;
use super::plans::release::ReleasePlan;
use super::rebalance::Rebalance;
use super::restore::Restore;
use super::retire::Retire;
use super::rotate::Rotate;
use super::rotate_pool_key::RotatePoolKey;
use super::set_customer::SetCustomer;
use super::set_enabled::SetEnabled;
use super::set_pool::SetPool;

/// The kind of a change, what it is called, the label of the button that runs it, and what it does.
pub(super) struct Row<'a> {
    kind: OperationKind,
    name: &'static str,
    pub(super) verb: &'static str,
    pub(super) operation: Box<dyn Operation + 'a>,
}

/// Maps each change to its row, and lists the names of all rows. The match is exhaustive, so a change without a row does
/// not compile.
macro_rules! operations {
    ($changes:ty {
        $($kind:ident $name:literal, $verb:expr, $change:pat => $operation:expr;)+
        $(.. $family:pat => $changes_of_family:expr;)*
    }) => {
        impl $changes {
            const NAMES: &[&str] = &[$($name),+];

            pub(super) fn row(&self) -> Row<'_> {
                match self {
                    $($change => Row { kind: OperationKind::$kind, name: $name, verb: $verb, operation: Box::new($operation) },)+
                    $($family => $changes_of_family.row(),)*
                }
            }
        }
    };
}

operations!(Change {
    Create "create", "Create", Self::Create(new) => Create(new);
    Import "import", "Import", Self::Import(keys) => Import(keys);
    Edit "edit", "Save", Self::Edit { tenant_key, edit } => EditTenantKey { tenant_key, edit };
    SetCustomer "set customer", "Save",
        Self::SetCustomer { tenant_key, customer } => SetCustomer { tenant_key, customer };
    SetEnabled "set enabled", if *enabled { "Enable" } else { "Disable" },
        Self::SetEnabled { tenant_keys, enabled } => SetEnabled { tenant_keys, enabled: *enabled };
    Delete "delete", "Delete", Self::Delete(tenant_keys) => Delete(tenant_keys);
    Restore "restore", "Restore", Self::Restore(keys) => Restore(keys);
    Rotate "rotate", "Rotate", Self::Rotate { tenant_keys, grace } => Rotate { tenant_keys, grace: *grace };
    RotatePoolKey "rotate pool key", "Rotate",
        Self::RotatePoolKey { api_key, grace } => RotatePoolKey { api_key, grace: *grace };
    Retire "retire", "Retire", Self::Retire(api_key) => Retire(api_key);
    Isolate "isolate", "Isolate", Self::Isolate(tenant_keys) => Isolate(tenant_keys);
    Consolidate "consolidate", "Consolidate",
        Self::Consolidate { tenant_keys, other_plans } => Consolidate { tenant_keys, other_plans: *other_plans };
    ChangePlan "change plan", "Move",
        Self::ChangePlan { tenant_keys, plan, other_plans } => ChangePlan { tenant_keys, plan, other_plans: *other_plans };
    Rebalance "rebalance", "Rebalance", Self::Rebalance(plan) => Rebalance(plan);
    CreatePool "create pool", "Create", Self::CreatePool(request) => CreatePool(request);
    DissolvePool "dissolve pool", "Dissolve", Self::DissolvePool(plan) => DissolvePool(plan);
    SetPool "set pool", "Save",
        Self::SetPool { plan, strategy, capacity } => SetPool { plan, strategy: *strategy, capacity: *capacity };
    Grow "grow", "Grow", Self::Grow { plan, count } => Grow { plan, count: *count };
    Drain "drain", "Drain", Self::Drain(api_key) => Drain(api_key);
    Extend "extend", extend::verb(extension), Self::Extend(extension) => Extend(extension);
    Fix "fix", "Fix", Self::Fix(fix) => ApplyFix(fix);
    .. Self::Plan(change) => change;
    .. Self::Api(change) => change;
});

operations!(PlanChange {
    CreatePlan "create plan", "Create", Self::Create(plan) => CreatePlan(plan);
    EditPlan "edit plan", "Save", Self::Edit { plan, edit } => EditPlan { plan, edit };
    DeletePlan "delete plan", "Delete", Self::Delete(plan) => DeletePlan(plan);
    AdoptPlan "adopt plan", "Adopt", Self::Adopt { plan, entry } => AdoptPlan { plan, entry: entry.as_ref() };
    ReleasePlan "release plan", "Release", Self::Release(plan) => ReleasePlan(plan);
});

operations!(ApiChange {
    RequireKeys "require keys", "Save",
        Self::RequireKeys { api, methods, required } => RequireKeys { api, methods, required: *required };
    Deploy "deploy", "Deploy", Self::Deploy(stage) => Deploy(stage);
    SetLogRole "set log role", "Save", Self::SetLogRole { role, replaces } => SetLogRole { role, replaces };
    SetStageLogging "set stage logging", "Save",
        Self::SetStageLogging { stage, logging, replaces } => SetStageLogging { stage, logging, replaces: replaces.as_ref() };
    SetUpTables "set up tables", "Set up", Self::SetUpTables(steps) => SetUpTables(steps);
});

impl Change {
    /// The names of all operations.
    pub fn operation_names() -> impl Iterator<Item = &'static str> {
        [Self::NAMES, PlanChange::NAMES, ApiChange::NAMES].into_iter().flatten().copied()
    }

    /// The name of the operation that makes this change; one of [`Self::operation_names`].
    pub fn operation_name(&self) -> &'static str {
        self.row().name
    }

    pub fn kind(&self) -> OperationKind {
        self.row().kind
    }
}
