//! Whether the tenant keys at hand have API keys of their own, asked where the lists may not be read.

use keypool_domain::{ApiKeyId, Change, Inventory};

use crate::aws::{Aws, Failure};

/// Asks API Gateway for the usage plans of those tenant keys of the changes of which it is not known which API key they
/// send: one whose id is an API key in a plan has it for its own. No value is read; what may not be asked stays unknown.
pub async fn with_own_api_keys(
    aws: &Aws,
    inventory: Inventory,
    changes: &[Change],
) -> Result<Inventory, Failure> {
    let rows = changes.iter().flat_map(|change| change.tenant_keys(&inventory));
    let unknown: Vec<_> =
        rows.filter(|row| row.pool_key.reason().is_some()).map(|row| row.id.clone()).collect();
    let mut own = Vec::new();
    for id in unknown {
        match aws.usage_plans_of_key(&ApiKeyId::new(id.as_str())).await {
            Ok(plans) if plans.is_empty() => {}
            Ok(_) => own.push(id),
            Err(Failure::Denied { .. } | Failure::Gone(_) | Failure::Unsupported(_)) => {}
            Err(failure) => return Err(failure),
        }
    }
    Ok(if own.is_empty() { inventory } else { inventory.with_own_api_keys(&own) })
}
