//! How the quotas of a plan's API keys end: spent, running out, or lasting until they reset.

use std::collections::HashMap;

use jiff::Timestamp;
use keypool_domain::PlanId;
use keypool_domain::usage::{QuotaWarningKind, UsageWarnings};

use super::KeyStatusIndexes;

/// Numbers of a plan's API keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Outlook {
    /// With data for the current period.
    pub(crate) keys: usize,
    pub(crate) spent: usize,
    /// That run out before their reset.
    pub(crate) running_out: usize,
    /// When the first of them runs out.
    pub(crate) first_out_at: Option<Timestamp>,
}

pub(super) fn for_plans(warnings: &UsageWarnings, by_key: &KeyStatusIndexes) -> HashMap<PlanId, Outlook> {
    let counted =
        by_key.iter().map(|(plan, keys)| (plan.clone(), Outlook { keys: keys.len(), ..Outlook::default() }));
    let mut outlooks: HashMap<PlanId, Outlook> = counted.collect();
    for warning in &warnings.quotas {
        let outlook = outlooks.entry(warning.plan.clone()).or_default();
        match warning.kind {
            QuotaWarningKind::Exhausted => outlook.spent += 1,
            QuotaWarningKind::RunsOut(at) => {
                outlook.running_out += 1;
                outlook.first_out_at = Some(outlook.first_out_at.map_or(at, |first| first.min(at)));
            }
            QuotaWarningKind::AboveThreshold => {}
        }
    }
    outlooks
}
