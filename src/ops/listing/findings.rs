//! What the doctor finds, as it is written for scripts.

use keypool_domain::drift::Finding;
use keypool_domain::{Change, Inventory};
use serde::Serialize;

use super::Record;

/// A finding as it is written for scripts: the names are an interface.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct FindingRecord {
    kind: &'static str,
    subject: String,
    finding: String,
    meaning: &'static str,
    /// What would mend it; null where keypool cannot.
    mend: Option<String>,
    steps: Vec<String>,
}

impl Record for FindingRecord {
    const FIELDS: &'static [&'static str] = &["kind", "subject", "finding", "meaning", "mend", "steps"];
    const TABLE: &'static [(&'static str, &'static str)] =
        &[("kind", "kind"), ("finding", "finding"), ("mended by", "mend")];
}

impl FindingRecord {
    pub(crate) fn of(finding: &Finding, inventory: &Inventory) -> Self {
        Self {
            kind: finding.kind.as_str(),
            subject: finding.subject.clone(),
            finding: finding.seen.clone(),
            meaning: finding.kind.meaning(),
            mend: finding.mend.as_ref().map(|change| change.describe(inventory)),
            steps: finding.mend.as_ref().map(|change| sentences(change, inventory)).unwrap_or_default(),
        }
    }
}

/// The steps of a change, in words.
pub(crate) fn sentences(change: &Change, inventory: &Inventory) -> Vec<String> {
    let units = change.units(inventory).unwrap_or_default();
    units.iter().flat_map(|unit| &unit.steps).map(|step| step.sentence(inventory)).collect()
}
