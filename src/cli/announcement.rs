//! What is said before a change, as text for people and as a record for scripts.

use std::io;

use keypool_domain::Announcement;
use serde::Serialize;
use serde_json::Value;

use super::CommandError;
use super::output::{self, Format, Record, plain};
use crate::ops::listing;

/// Steps, tenants, plans and stages shown for a question before the rest is only counted.
const MAX_SHOWN: usize = 12;

/// The sentence of an announcement where there is nothing to do.
pub(super) const NOTHING_TO_DO: &str = "nothing would change";

/// One step: the names are an interface.
#[derive(Debug, Serialize)]
struct PlannedStepRecord<'a> {
    subject: &'a str,
    step: &'a str,
}

impl Record for PlannedStepRecord<'_> {
    const FIELDS: &'static [&'static str] = &["subject", "step"];
    const COLUMNS: &'static [(&'static str, &'static str)] = &[("for", "subject"), ("step", "step")];
}

/// A plan that is affected.
#[derive(Debug, Serialize)]
struct AffectedPlanRecord<'a> {
    id: &'a str,
    name: &'a str,
}

/// An announcement as it is written for scripts: the names are an interface.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct AnnouncementRecord<'a> {
    change: &'a str,
    needs_confirmation: bool,
    steps: Vec<PlannedStepRecord<'a>>,
    tenants: Vec<&'a str>,
    plans: Vec<AffectedPlanRecord<'a>>,
    apis: Vec<&'a str>,
    stages: Vec<String>,
    cautions: &'a [String],
}

/// Writes what a dry run shows: as JSON everything, as CSV the steps, with the rest beside it.
pub(super) fn print(announcement: &Announcement, format: Format) -> Result<(), CommandError> {
    match format {
        Format::Json => output::document(&announcement_record(announcement)),
        Format::Csv => {
            detail_lines(announcement).iter().for_each(|line| output::note(line));
            output::list(&steps(announcement), format)
        }
        Format::Table => output::text(&format!("{}\n", render_text(announcement, usize::MAX))),
    }
}

/// The same, with a list of the command's own: in JSON a field of this name.
pub(super) fn print_with_list<R: Record>(
    announcement: &Announcement,
    format: Format,
    name: &str,
    records: &[R],
) -> Result<(), CommandError> {
    match format {
        Format::Json => {
            let mut whole =
                serde_json::to_value(announcement_record(announcement)).map_err(io::Error::from)?;
            whole[name] = Value::Array(listing::to_values(records)?);
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
pub(super) fn question_text(announcement: &Announcement) -> String {
    render_text(announcement, MAX_SHOWN)
}

/// What a command that asks nothing says before it begins.
pub(super) fn note_cautions(announcement: &Announcement) {
    cautions(announcement).iter().for_each(|line| output::note(line));
}

fn render_text(announcement: &Announcement, most: usize) -> String {
    let mut lines = vec![plain::escape_line(&announcement.summary)];
    let all = steps(announcement);
    lines.extend(
        all.iter()
            .take(most)
            .map(|one| format!("  {}: {}", plain::escape_line(one.subject), plain::escape_line(one.step))),
    );
    if all.len() > most {
        lines.push(format!("  and {} more steps: --dry-run shows all", all.len() - most));
    }
    lines.extend(affected_lines(announcement, most));
    lines.extend(cautions(announcement));
    lines.join("\n")
}

fn detail_lines(announcement: &Announcement) -> Vec<String> {
    [affected_lines(announcement, usize::MAX), cautions(announcement)].concat()
}

/// The tenants, plans and stages, a line each.
pub(super) fn affected_lines(announcement: &Announcement, most: usize) -> Vec<String> {
    let tenants: Vec<_> = announcement.tenants.iter().map(|tenant| tenant.as_str()).collect();
    let plans: Vec<_> = announcement.plans.iter().map(|plan| plan.name.as_str()).collect();
    let stages: Vec<_> = announcement.stages.iter().map(ToString::to_string).collect();
    let stages: Vec<_> = stages.iter().map(String::as_str).collect();
    let line = |label: &str, names: &[&str]| {
        let named: Vec<_> = names.iter().take(most).map(|name| plain::escape_line(name)).collect();
        let more =
            if names.len() > most { format!(" and {} more", names.len() - most) } else { String::new() };
        (!names.is_empty()).then(|| format!("{label} ({}): {}{more}", names.len(), named.join(", ")))
    };
    let lines = [line("tenants", &tenants), line("usage plans", &plans), line("API stages", &stages)];
    lines.into_iter().flatten().collect()
}

/// What to know before saying yes, a line each.
pub(super) fn cautions(announcement: &Announcement) -> Vec<String> {
    announcement.cautions.iter().map(|caution| format!("note: {}", plain::escape_line(caution))).collect()
}

fn steps(announcement: &Announcement) -> Vec<PlannedStepRecord<'_>> {
    let units = announcement.units.iter();
    units
        .flat_map(|unit| unit.steps.iter().map(|step| PlannedStepRecord { subject: &unit.subject, step }))
        .collect()
}

fn announcement_record(announcement: &Announcement) -> AnnouncementRecord<'_> {
    AnnouncementRecord {
        change: &announcement.summary,
        needs_confirmation: announcement.needs_confirmation,
        steps: steps(announcement),
        tenants: announcement.tenants.iter().map(|tenant| tenant.as_str()).collect(),
        plans: announcement
            .plans
            .iter()
            .map(|plan| AffectedPlanRecord { id: plan.id.as_str(), name: &plan.name })
            .collect(),
        apis: announcement.apis(),
        stages: announcement.stages.iter().map(ToString::to_string).collect(),
        cautions: &announcement.cautions,
    }
}
