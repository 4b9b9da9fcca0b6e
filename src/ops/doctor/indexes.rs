//! Whether the indexes of keypool's own Keys table are there.

use keypool_domain::InventorySource;
use keypool_domain::setup::describe_undone;

use crate::aws::{Aws, Failure};

/// Says which indexes are missing or outdated, and what brings them up to date.
pub(super) async fn index_remark(aws: &Aws, source: &InventorySource) -> Result<Option<String>, Failure> {
    let keys = match source {
        InventorySource::Tables { keys, .. } => keys,
        InventorySource::ApiGateway { .. } | InventorySource::Usage => return Ok(None),
    };
    let steps = match aws.missing_index_steps(keys).await {
        Ok(steps) => steps,
        // Another index has the name of one of keypool's.
        Err(Failure::Tables(why)) => return Ok(Some(why)),
        Err(failure) => return Err(failure),
    };
    let undone = (!steps.is_empty()).then(|| describe_undone(&steps));
    Ok(undone.map(|undone| format!("{undone}: `keypool setup tables` brings the indexes up to date")))
}
