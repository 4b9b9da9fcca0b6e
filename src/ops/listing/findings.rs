//! What the doctor finds, as it is written for scripts.

use keypool_domain::drift::{Finding, Source};
use keypool_domain::{Announcement, Change, Inventory};
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
    /// What fixes it; null where keypool cannot, or where there is more than one way.
    fix: Option<String>,
    steps: Vec<String>,
    /// Whom and what the fix affects, where there is one way to fix it.
    tenants: Vec<String>,
    plans: Vec<String>,
    stages: Vec<String>,
    /// What to know before the fix.
    cautions: Vec<String>,
    /// Whose consent the fix takes: `with-all`, `asked` or `choice`; null where there is no fix.
    consent: Option<&'static str>,
    /// The ways to fix it, where there is more than one.
    choices: Vec<ChoiceRecord>,
}

/// One of several ways to fix a finding.
#[derive(Debug, Serialize)]
struct ChoiceRecord {
    /// The source that it takes to be right, where sources disagree.
    prefer: Option<&'static str>,
    fix: String,
    steps: Vec<String>,
}

impl Record for FindingRecord {
    const FIELDS: &'static [&'static str] = &[
        "kind", "subject", "finding", "meaning", "fix", "steps", "consent", "tenants", "plans", "stages",
        "cautions",
    ];
    const COLUMNS: &'static [(&'static str, &'static str)] =
        &[("kind", "kind"), ("finding", "finding"), ("fix", "fix")];
}

impl FindingRecord {
    pub(crate) fn new(finding: &Finding, inventory: &Inventory) -> Self {
        let only = finding.fix.only_change();
        let answers = if only.is_none() { finding.fix.options() } else { Vec::new() };
        let choice = |(source, change): (Option<Source>, &Change)| ChoiceRecord {
            prefer: source.map(Source::as_str),
            fix: change.describe(inventory),
            steps: step_sentences(change, inventory),
        };
        let announced = only.and_then(|change| Announcement::new(change, inventory).ok()).unwrap_or_default();
        Self {
            kind: finding.kind.as_str(),
            subject: finding.subject.clone(),
            finding: finding.summary.clone(),
            meaning: finding.kind.meaning(),
            fix: only.map(|change| change.describe(inventory)),
            steps: only.map(|change| step_sentences(change, inventory)).unwrap_or_default(),
            tenants: announced.tenants.iter().map(ToString::to_string).collect(),
            plans: announced.plans.into_iter().map(|plan| plan.name).collect(),
            stages: announced.stages.iter().map(ToString::to_string).collect(),
            cautions: announced.cautions,
            consent: finding.fix.consent().map(keypool_domain::drift::Consent::as_str),
            choices: answers.into_iter().map(choice).collect(),
        }
    }
}

/// The steps of a change, in words.
pub(crate) fn step_sentences(change: &Change, inventory: &Inventory) -> Vec<String> {
    let units = change.units(inventory).unwrap_or_default();
    units.iter().flat_map(|unit| &unit.steps).map(|step| step.describe(inventory)).collect()
}
