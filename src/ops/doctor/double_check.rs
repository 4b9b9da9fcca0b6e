//! Two looks at the account: what an operation changed while it was read is no finding.
//!
//! A look reads several lists one after the other, and an operation may begin or end between two of them. What one look
//! finds counts only where a second one finds it too and no mark stood there between the two: an operation that
//! was under way through both has its mark then.

use std::collections::BTreeSet;

use keypool_domain::WorkMark;

use super::{DoctorReport, examine};
use crate::aws::{Aws, Failure};
use crate::ops::Run;

/// Reads the account and what else the findings depend on; what may not be read is left out.
pub async fn diagnose(aws: &Aws, run: &Run) -> Result<DoctorReport, Failure> {
    let first = Box::pin(examine(aws, run, Vec::new())).await?;
    if first.findings.is_empty() {
        return Ok(first);
    }
    let mut second = Box::pin(examine(aws, run, read_marks(aws).await?)).await?;
    let found: BTreeSet<_> = first.findings.iter().map(|one| (one.kind, &one.subject)).collect();
    second.findings.retain(|one| found.contains(&(one.kind, &one.subject)));
    Ok(second)
}

async fn read_marks(aws: &Aws) -> Result<Vec<WorkMark>, Failure> {
    match aws.tables().await?.pools.as_deref() {
        Some(table) => aws.work_marks(table).await,
        None => Ok(Vec::new()),
    }
}
