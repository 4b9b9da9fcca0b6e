//! The operations, one row each: the name, the change, and what implements it.

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

/// What a change is called, the label of the button that runs it, and what it does.
pub(super) struct Row<'a> {
    name: &'static str,
    pub(super) verb: &'static str,
    pub(super) operation: Box<dyn Operation + 'a>,
}

/// Maps each change to its row, and lists the names of all rows. The match is exhaustive, so a change without a row does
/// not compile.
macro_rules! operations {
    ($changes:ty {
        $($name:literal, $verb:expr, $change:pat => $operation:expr;)+
        $(.. $family:pat => $changes_of_family:expr;)*
    }) => {
        impl $changes {
            const NAMES: &[&str] = &[$($name),+];

            pub(super) fn row(&self) -> Row<'_> {
                match self {
                    $($change => Row { name: $name, verb: $verb, operation: Box::new($operation) },)+
                    $($family => $changes_of_family.row(),)*
                }
            }
        }
    };
}

operations!(Change {
    "create", "Create", Self::Create(new) => Create(new);
    "import", "Import", Self::Import(keys) => Import(keys);
    "edit", "Save", Self::Edit { tenant_key, edit } => EditTenantKey { tenant_key, edit };
    "set customer", "Save",
        Self::SetCustomer { tenant_key, customer } => SetCustomer { tenant_key, customer };
    "set enabled", if *enabled { "Enable" } else { "Disable" },
        Self::SetEnabled { tenant_keys, enabled } => SetEnabled { tenant_keys, enabled: *enabled };
    "delete", "Delete", Self::Delete(tenant_keys) => Delete(tenant_keys);
    "restore", "Restore", Self::Restore(keys) => Restore(keys);
    "rotate", "Rotate", Self::Rotate { tenant_keys, grace } => Rotate { tenant_keys, grace: *grace };
    "rotate pool key", "Rotate",
        Self::RotatePoolKey { api_key, grace } => RotatePoolKey { api_key, grace: *grace };
    "retire", "Retire", Self::Retire(api_key) => Retire(api_key);
    "isolate", "Isolate", Self::Isolate(tenant_keys) => Isolate(tenant_keys);
    "consolidate", "Consolidate",
        Self::Consolidate { tenant_keys, other_plans } => Consolidate { tenant_keys, other_plans: *other_plans };
    "change plan", "Move",
        Self::ChangePlan { tenant_keys, plan, other_plans } => ChangePlan { tenant_keys, plan, other_plans: *other_plans };
    "rebalance", "Rebalance", Self::Rebalance(plan) => Rebalance(plan);
    "create pool", "Create", Self::CreatePool(request) => CreatePool(request);
    "dissolve pool", "Dissolve", Self::DissolvePool(plan) => DissolvePool(plan);
    "set pool", "Save",
        Self::SetPool { plan, strategy, capacity } => SetPool { plan, strategy: *strategy, capacity: *capacity };
    "grow", "Grow", Self::Grow { plan, count } => Grow { plan, count: *count };
    "drain", "Drain", Self::Drain(api_key) => Drain(api_key);
    "extend", extend::verb(extension), Self::Extend(extension) => Extend(extension);
    "fix", "Fix", Self::Fix(fix) => ApplyFix(fix);
    .. Self::Plan(change) => change;
    .. Self::Api(change) => change;
});

operations!(PlanChange {
    "create plan", "Create", Self::Create(plan) => CreatePlan(plan);
    "edit plan", "Save", Self::Edit { plan, edit } => EditPlan { plan, edit };
    "delete plan", "Delete", Self::Delete(plan) => DeletePlan(plan);
    "adopt plan", "Adopt", Self::Adopt { plan, entry } => AdoptPlan { plan, entry: entry.as_ref() };
    "release plan", "Release", Self::Release(plan) => ReleasePlan(plan);
});

operations!(ApiChange {
    "require keys", "Save",
        Self::RequireKeys { api, methods, required } => RequireKeys { api, methods, required: *required };
    "deploy", "Deploy", Self::Deploy(stage) => Deploy(stage);
    "set log role", "Save", Self::SetLogRole { role, replaces } => SetLogRole { role, replaces };
    "set stage logging", "Save",
        Self::SetStageLogging { stage, logging, replaces } => SetStageLogging { stage, logging, replaces: replaces.as_ref() };
    "set up tables", "Set up", Self::SetUpTables(steps) => SetUpTables(steps);
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
}
