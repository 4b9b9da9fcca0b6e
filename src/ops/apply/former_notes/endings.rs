//! What ends by a step.

use keypool_domain::{ApiKeyId, InfrastructureStep, PlanId, Step, TenantKeyId};

pub(super) enum Ending<'a> {
    TenantKey(&'a TenantKeyId),
    /// It leaves all its plans.
    ApiKey(&'a ApiKeyId),
    Membership {
        api_key: &'a ApiKeyId,
        plan: &'a PlanId,
    },
    /// All its keys leave it.
    Plan(&'a PlanId),
}

pub(super) const fn ending(step: &Step) -> Option<Ending<'_>> {
    match step {
        Step::DeleteTenantKey(tenant_key)
        | Step::DeletePooledTenantKey { tenant_key, .. }
        | Step::ReplaceTenantKey(tenant_key)
        | Step::IsolateTenantKey { tenant_key, .. }
        | Step::JoinPool { tenant_key, .. }
        | Step::SetTenantKeyPlan { tenant_key, .. } => Some(Ending::TenantKey(tenant_key)),
        Step::DeleteApiKey(api_key) => Some(Ending::ApiKey(api_key)),
        Step::DetachApiKey { api_key, plan } => Some(Ending::Membership { api_key, plan }),
        Step::Infrastructure(step) => plan_ending(step),
        // The tenant key stays in its plan, or nothing ends.
        Step::Repoint { .. }
        | Step::ReassignPoolKey { .. }
        | Step::CreateApiKey(_)
        | Step::ImportApiKeys(_)
        | Step::WriteImportedTenantKey(_)
        | Step::AttachApiKey { .. }
        | Step::WaitUntilKeyWorks(_)
        | Step::WriteTenantKey(_)
        | Step::WritePooledTenantKey(_)
        | Step::DisableApiKey(_)
        | Step::TagRetirement { .. }
        | Step::TagExpiry { .. }
        | Step::TagPlan { .. }
        | Step::TagDeletion(_)
        | Step::UpdateApiKey { .. }
        | Step::SetCustomer { .. }
        | Step::UpdateTenantKey { .. }
        | Step::WritePoolItem { .. }
        | Step::ForwardPoolItem { .. }
        | Step::DeletePoolItem(_)
        | Step::PutPool(_)
        | Step::AddPoolKey { .. }
        | Step::SetPoolKeyState { .. }
        | Step::RemovePoolKey { .. }
        | Step::UpdatePool { .. }
        | Step::WriteValue { .. }
        | Step::SetCounter { .. }
        | Step::DeleteCounter(_)
        | Step::SetBalance { .. }
        | Step::WritePriceListEntry(_)
        | Step::DeletePriceListEntry(_)
        | Step::DeletePool(_) => None,
    }
}

const fn plan_ending(step: &InfrastructureStep) -> Option<Ending<'_>> {
    match step {
        InfrastructureStep::DeletePlan(plan) => Some(Ending::Plan(plan)),
        InfrastructureStep::CreatePlan(_)
        | InfrastructureStep::UpdatePlan { .. }
        | InfrastructureStep::UntagPlan(_)
        | InfrastructureStep::SetPriceListEntry { .. }
        | InfrastructureStep::RequireKey { .. }
        | InfrastructureStep::Deploy(_)
        | InfrastructureStep::SetLogRole(_)
        | InfrastructureStep::SetStageLogging { .. }
        | InfrastructureStep::SetUpTable(_) => None,
    }
}
