//! Operations in progress: shown, but their keys are not findings.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::{ApiKeyId, Inventory, TenantKeyId};

use super::unfinished::may_be_in_progress;
use super::{Finding, FindingKind};

/// Removes findings about keys with an unexpired work mark, except those that say so themselves.
pub(super) fn exclude_in_progress(findings: &mut Vec<Finding>, inventory: &Inventory, now: Timestamp) {
    let is_importing = inventory.is_importing(now);
    findings.retain(|finding| {
        let may_be_imported =
            is_importing && matches!(finding.kind, FindingKind::OrphanKey | FindingKind::InterruptedImport);
        let is_excluded = is_in_progress(finding, inventory, now) && !may_be_in_progress(finding, inventory);
        !(may_be_imported || is_excluded)
    });
}

fn is_in_progress(finding: &Finding, inventory: &Inventory, now: Timestamp) -> bool {
    let subject = finding.subject.as_str();
    let api_key = inventory
        .tenant_key(&TenantKeyId::new(subject))
        .and_then(|tenant_key| tenant_key.require_api_key().ok());
    api_key.into_iter().chain([ApiKeyId::new(subject)]).any(|id| inventory.work_mark_of(&id, now).is_some())
}

/// One sentence for each operation in progress.
pub fn operations_in_progress(inventory: &Inventory, now: Timestamp) -> Vec<String> {
    let from_marks = inventory.work_marks().iter().filter(|mark| mark.is_in_progress(now)).cloned();
    let keys = inventory.api_keys().value_to_show().into_iter().flatten();
    let from_tags = keys.filter_map(|key| crate::work::work_mark_from_tag(key, now));
    // An operation marks each API key it works on.
    let mut latest: BTreeMap<String, Timestamp> = BTreeMap::new();
    for mark in from_marks.chain(from_tags) {
        let until = latest.entry(mark.operation).or_insert(mark.deadline);
        *until = mark.deadline.max(*until);
    }
    let sentence =
        |(operation, until): (&String, &Timestamp)| crate::work::describe_in_progress(operation, *until);
    latest.iter().map(sentence).collect()
}
