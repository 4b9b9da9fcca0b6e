//! Records of the doctor's findings.

use keypool_domain::drift::{Finding, Source};
use keypool_domain::{Announcement, Change, Inventory};

use super::record::records;

records! {
    pub(crate) struct FindingRecord {
        kind: &'static str => "kind",
        subject: String,
        finding: String => "problem",
        meaning: &'static str,
        /// Null if keypool cannot fix it or there is more than one way.
        fix: Option<String> => "fix",
        steps: Vec<String>,
        /// What the fix affects, if there is exactly one way to fix it.
        tenants: Vec<String> [last_in_csv],
        plans: Vec<String> [last_in_csv],
        stages: Vec<String> [last_in_csv],
        /// What to know before fixing.
        cautions: Vec<String> [last_in_csv],
        /// The consent the fix needs: `with-all`, `asked` or `choice`; null if there is no fix.
        consent: Option<&'static str>,
        /// Only if there is more than one way to fix it.
        choices: Vec<ChoiceRecord> [extra],
    }

    struct ChoiceRecord {
        /// The source this choice takes as correct, if sources disagree.
        prefer: Option<&'static str>,
        fix: String,
        steps: Vec<String>,
    }
}

impl FindingRecord {
    pub(crate) fn new(finding: &Finding, inventory: &Inventory) -> Self {
        let only_change = finding.fix.only_change();
        let options = if only_change.is_none() { finding.fix.options() } else { Vec::new() };
        let choice = |(source, change): (Option<Source>, &Change)| ChoiceRecord {
            prefer: source.map(Source::as_str),
            fix: change.describe(inventory),
            steps: step_sentences(change, inventory),
        };
        let announcement =
            only_change.and_then(|change| Announcement::new(change, inventory).ok()).unwrap_or_default();
        Self {
            kind: finding.kind.as_str(),
            subject: finding.subject.clone(),
            finding: finding.summary.clone(),
            meaning: finding.kind.meaning(),
            fix: only_change.map(|change| change.describe(inventory)),
            steps: only_change.map(|change| step_sentences(change, inventory)).unwrap_or_default(),
            tenants: announcement.tenants.iter().map(ToString::to_string).collect(),
            plans: announcement.plans.into_iter().map(|plan| plan.name).collect(),
            stages: announcement.stages.iter().map(ToString::to_string).collect(),
            cautions: announcement.cautions,
            consent: finding.fix.consent().map(keypool_domain::drift::Consent::as_str),
            choices: options.into_iter().map(choice).collect(),
        }
    }
}

pub(crate) fn step_sentences(change: &Change, inventory: &Inventory) -> Vec<String> {
    let units = change.units(inventory).unwrap_or_default();
    units.iter().flat_map(|unit| &unit.steps).map(|step| step.describe(inventory)).collect()
}
