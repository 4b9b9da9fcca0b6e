//! Explains refused calls with everything that can be read of the key and the API.

use keypool_domain::call::ActualResponse;
use keypool_domain::call::diagnosis::Diagnosis;
use keypool_domain::{CallContext, GatewayResponse, Inventory, Verdict};

use super::CallResults;
use crate::aws::Failure;
use crate::cli::session::Session;
use crate::ops::{self, ExplainRequest, Sample};

/// Returns the explanation of a sample, one sentence each. Reads the API only if the call was refused.
pub(super) async fn explain_sample(
    session: &Session,
    results: &CallResults<'_>,
    sample: &Sample,
) -> Result<Vec<String>, Failure> {
    let method = format!("{} {}", results.request.method, results.request.path);
    let context = CallContext {
        inventory: results.inventory,
        tenant_key: &results.tenant_key.id,
        stage: &results.stage,
        method: &method,
        now: session.aws.now(),
    };
    let sentences = || context.explain(sample.verdict, sample.error_type.as_deref());
    let meaning = || context.describe_meaning(sample.verdict, sample.error_type.as_deref());
    if !is_refused_by_gateway(sample) {
        return Ok(sentences());
    }
    let request = ExplainRequest {
        key_or_tenant: results.tenant_key.id.to_string(),
        stage: Some(results.stage.clone()),
        method: Some(method.clone()),
        verdict: Some(sample.verdict),
        error_type: sample.error_type.clone(),
        refusals: None,
    };
    let diagnoses = ops::explain(&session.aws, results.inventory, &request, &session.run).await?;
    let Some(diagnosis) = diagnoses.first() else { return Ok(sentences()) };
    // The inventory's causes and limits are among the checks.
    Ok(meaning().into_iter().chain(describe(diagnosis, results.inventory)).collect())
}

/// Whether the gateway answered instead of the backend, for a reason that is neither the quota nor unknown.
fn is_refused_by_gateway(sample: &Sample) -> bool {
    match sample.verdict {
        Verdict::Forbidden | Verdict::Throttled => true,
        Verdict::Other => sample.error_type.as_deref().is_some_and(GatewayResponse::can_explain),
        Verdict::Ok | Verdict::QuotaExhausted => false,
    }
}

/// The check that decides the response and its fix, or what was not checked.
fn describe(diagnosis: &Diagnosis, inventory: &Inventory) -> Vec<String> {
    let Some(check) = diagnosis.failed_check() else {
        return diagnosis.unexplained_message().into_iter().collect();
    };
    let response = check.actual_response().map(ActualResponse::describe).unwrap_or_default();
    let fix = check.fix.as_ref().map(|fix| format!("fix: {}", fix.describe(inventory)));
    [format!("{response}: {}", check.summary)].into_iter().chain(fix).collect()
}
