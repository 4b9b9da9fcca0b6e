//! Checks the account twice, so that a change made while the account is read is not reported as a problem.
//!
//! A check reads several lists one after the other, and an operation may start or end in between. A
//! problem counts only if both checks find it and no work mark existed between them: an operation that runs
//! during both checks holds its mark between them.

use std::collections::BTreeSet;

use keypool_domain::{InventorySource, WorkMark};

use super::{DoctorReport, examine};
use crate::aws::{Aws, Failure};
use crate::ops::Run;

/// Checks the account. Skips whatever may not be read.
pub async fn diagnose(aws: &Aws, run: &Run) -> Result<DoctorReport, Failure> {
    let first = Box::pin(examine(aws, run, Vec::new())).await?;
    if first.findings.is_empty() {
        return Ok(first);
    }
    let mut second = Box::pin(examine(aws, run, read_marks(aws, first.inventory.source()).await?)).await?;
    let found: BTreeSet<_> = first.findings.iter().map(|finding| (finding.kind, &finding.subject)).collect();
    second.findings.retain(|finding| found.contains(&(finding.kind, &finding.subject)));
    Ok(second)
}

async fn read_marks(aws: &Aws, source: &InventorySource) -> Result<Vec<WorkMark>, Failure> {
    match source {
        InventorySource::Tables { pools: Some(table), .. } => aws.work_marks(table).await,
        InventorySource::Tables { pools: None, .. }
        | InventorySource::ApiGateway { .. }
        | InventorySource::Usage => Ok(Vec::new()),
    }
}
