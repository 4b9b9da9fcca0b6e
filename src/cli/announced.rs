//! What is said before a change, as text for people and as a record for scripts.

use std::io;

use keypool_domain::Announcement;
use serde::Serialize;
use serde_json::Value;

use super::Stop;
use super::output::{self, Format, Record, plain};
use crate::ops::listing;

/// Steps, tenants, plans and stages shown for a question before the rest is only counted.
const MAX_SHOWN: usize = 12;

/// The sentence of an announcement where there is nothing to do.
pub(super) const NOTHING: &str = "nothing would change";

/// One step: the names are an interface.
#[derive(Debug, Serialize)]
struct PlannedStep<'a> {
    subject: &'a str,
    step: &'a str,
}

impl Record for PlannedStep<'_> {
    const FIELDS: &'static [&'static str] = &["subject", "step"];
    const TABLE: &'static [(&'static str, &'static str)] = &[("for", "subject"), ("step", "step")];
}

/// A plan that is affected.
#[derive(Debug, Serialize)]
struct PlanRecord<'a> {
    id: &'a str,
    name: &'a str,
}

/// An announcement as it is written for scripts: the names are an interface.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct AnnouncementRecord<'a> {
    change: &'a str,
    needs_confirmation: bool,
    steps: Vec<PlannedStep<'a>>,
    tenants: Vec<&'a str>,
    plans: Vec<PlanRecord<'a>>,
    apis: Vec<&'a str>,
    stages: Vec<String>,
    cautions: &'a [String],
}

/// Writes what a dry run shows: as JSON everything, as CSV the steps, with the rest beside it.
pub(super) fn print(announcement: &Announcement, format: Format) -> Result<(), Stop> {
    match format {
        Format::Json => output::document(&record(announcement)),
        Format::Csv => {
            beside(announcement).iter().for_each(|line| output::note(line));
            output::list(&steps(announcement), format)
        }
        Format::Table => output::text(&format!("{}\n", text(announcement, usize::MAX))),
    }
}

/// The same, with a list of the command's own: in JSON a field of this name.
pub(super) fn print_with<R: Record>(
    announcement: &Announcement,
    format: Format,
    name: &str,
    records: &[R],
) -> Result<(), Stop> {
    match format {
        Format::Json => {
            let mut whole = serde_json::to_value(record(announcement)).map_err(io::Error::from)?;
            whole[name] = Value::Array(listing::values(records)?);
            output::document(&whole)
        }
        Format::Csv => print(announcement, format),
        Format::Table => {
            print(announcement, format)?;
            output::text("\n")?;
            output::list(records, format)
        }
    }
}

/// What a question shows.
pub(super) fn question(announcement: &Announcement) -> String {
    text(announcement, MAX_SHOWN)
}

/// What a command that asks nothing says before it begins.
pub(super) fn note_cautions(announcement: &Announcement) {
    cautions(announcement).iter().for_each(|line| output::note(line));
}

fn text(announcement: &Announcement, most: usize) -> String {
    let mut lines = vec![plain::line(&announcement.sentence)];
    let all = steps(announcement);
    lines.extend(
        all.iter().take(most).map(|one| format!("  {}: {}", plain::line(one.subject), plain::line(one.step))),
    );
    if all.len() > most {
        lines.push(format!("  and {} more steps: --dry-run shows all", all.len() - most));
    }
    lines.extend(affected(announcement, most));
    lines.extend(cautions(announcement));
    lines.join("\n")
}

fn beside(announcement: &Announcement) -> Vec<String> {
    [affected(announcement, usize::MAX), cautions(announcement)].concat()
}

/// The tenants, plans and stages, a line each.
pub(super) fn affected(announcement: &Announcement, most: usize) -> Vec<String> {
    let tenants: Vec<_> = announcement.tenants.iter().map(|tenant| tenant.as_str()).collect();
    let plans: Vec<_> = announcement.plans.iter().map(|plan| plan.name.as_str()).collect();
    let stages: Vec<_> = announcement.stages.iter().map(ToString::to_string).collect();
    let stages: Vec<_> = stages.iter().map(String::as_str).collect();
    let line = |label: &str, names: &[&str]| {
        let named: Vec<_> = names.iter().take(most).map(|name| plain::line(name)).collect();
        let more =
            if names.len() > most { format!(" and {} more", names.len() - most) } else { String::new() };
        (!names.is_empty()).then(|| format!("{label} ({}): {}{more}", names.len(), named.join(", ")))
    };
    let lines = [line("tenants", &tenants), line("usage plans", &plans), line("API stages", &stages)];
    lines.into_iter().flatten().collect()
}

/// What to know before saying yes, a line each.
pub(super) fn cautions(announcement: &Announcement) -> Vec<String> {
    announcement.cautions.iter().map(|caution| format!("note: {}", plain::line(caution))).collect()
}

fn steps(announcement: &Announcement) -> Vec<PlannedStep<'_>> {
    let units = announcement.units.iter();
    units
        .flat_map(|unit| unit.steps.iter().map(|step| PlannedStep { subject: &unit.subject, step }))
        .collect()
}

fn record(announcement: &Announcement) -> AnnouncementRecord<'_> {
    AnnouncementRecord {
        change: &announcement.sentence,
        needs_confirmation: announcement.asks_first,
        steps: steps(announcement),
        tenants: announcement.tenants.iter().map(|tenant| tenant.as_str()).collect(),
        plans: announcement
            .plans
            .iter()
            .map(|plan| PlanRecord { id: plan.id.as_str(), name: &plan.name })
            .collect(),
        apis: announcement.apis(),
        stages: announcement.stages.iter().map(ToString::to_string).collect(),
        cautions: &announcement.cautions,
    }
}
