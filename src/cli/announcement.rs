//! The announcement of a change, as text and as a record for scripts.

use std::io;

use keypool_domain::Announcement;
use serde::Serialize;
use serde_json::Value;

use super::CommandError;
use super::output::{self, Format, Record, plain, records};
use crate::ops::listing;

/// A question lists at most this many steps, tenants, plans and stages each; the rest are only counted.
const MAX_SHOWN: usize = 12;

/// Names and owners can have hundreds of thousands of characters.
const MAX_NAME_CELLS: usize = 200;
const MAX_SENTENCE_CELLS: usize = 1_000;

pub(super) const NOTHING_TO_DO: &str = "nothing would change";

records! {
    /// A step of an announced change.
    struct PlannedStepRecord<'a> {
        subject: &'a str => "for",
        step: &'a str => "step",
    }
}

/// A usage plan that the change affects.
#[derive(Debug, Serialize)]
struct AffectedPlanRecord<'a> {
    id: &'a str,
    name: &'a str,
}

/// Field names are a public interface.
#[derive(Serialize)]
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

/// Prints a dry run: as JSON the whole announcement, as CSV the steps, with the rest on stderr.
pub(super) fn print(announcement: &Announcement, format: Format) -> Result<(), CommandError> {
    match format {
        Format::Json => output::document(&announcement_record(announcement)),
        Format::Csv => {
            detail_lines(announcement).iter().for_each(|line| output::note(line));
            output::list(&step_records(announcement), format)
        }
        Format::Table => output::text(&format!("{}\n", render_text(announcement, usize::MAX))),
    }
}

/// Like [`print()`], and adds a list of records: in JSON as the field `name`, as a table below the
/// announcement. CSV leaves the list out.
pub(super) fn print_with_list<R: Record>(
    announcement: &Announcement,
    format: Format,
    name: &str,
    records: &[R],
) -> Result<(), CommandError> {
    match format {
        Format::Json => {
            let mut document =
                serde_json::to_value(announcement_record(announcement)).map_err(io::Error::from)?;
            document[name] = Value::Array(listing::to_values(records)?);
            output::document(&document)
        }
        Format::Csv => print(announcement, format),
        Format::Table => {
            print(announcement, format)?;
            output::text("\n")?;
            output::list(records, format)
        }
    }
}

pub(super) fn question_text(announcement: &Announcement) -> String {
    render_text(announcement, MAX_SHOWN)
}

/// Prints the cautions of a change that needs no confirmation.
pub(super) fn note_cautions(announcement: &Announcement) {
    caution_lines(announcement).iter().for_each(|line| output::note(line));
}

fn render_text(announcement: &Announcement, max_shown: usize) -> String {
    let mut lines = vec![sentence(&announcement.summary)];
    let steps = step_records(announcement);
    lines.extend(
        steps
            .iter()
            .take(max_shown)
            .map(|step| format!("  {}: {}", sentence(step.subject), sentence(step.step))),
    );
    if steps.len() > max_shown {
        lines.push(format!("  and {} more steps: --dry-run shows all", steps.len() - max_shown));
    }
    lines.extend(affected_lines(announcement, max_shown));
    lines.extend(caution_lines(announcement));
    lines.join("\n")
}

fn detail_lines(announcement: &Announcement) -> Vec<String> {
    [affected_lines(announcement, usize::MAX), caution_lines(announcement)].concat()
}

/// Tenants, plans and stages, one line each.
pub(super) fn affected_lines(announcement: &Announcement, max_shown: usize) -> Vec<String> {
    let tenants: Vec<_> = announcement.tenants.iter().map(|tenant| tenant.as_str()).collect();
    let plans: Vec<_> = announcement.plans.iter().map(|plan| plan.name.as_str()).collect();
    let stages: Vec<_> = announcement.stages.iter().map(ToString::to_string).collect();
    let stages: Vec<_> = stages.iter().map(String::as_str).collect();
    let line = |label: &str, names: &[&str]| {
        let shown: Vec<_> =
            names.iter().take(max_shown).map(|name| plain::fit_line(name, MAX_NAME_CELLS)).collect();
        let more = if names.len() > max_shown {
            format!(" and {} more", names.len() - max_shown)
        } else {
            String::new()
        };
        (!names.is_empty()).then(|| format!("{label} ({}): {}{more}", names.len(), shown.join(", ")))
    };
    let lines = [line("tenants", &tenants), line("usage plans", &plans), line("API stages", &stages)];
    lines.into_iter().flatten().collect()
}

fn sentence(text: &str) -> String {
    plain::fit_line(text, MAX_SENTENCE_CELLS)
}

/// Cautions, one line each.
pub(super) fn caution_lines(announcement: &Announcement) -> Vec<String> {
    announcement.cautions.iter().map(|caution| format!("note: {}", sentence(caution))).collect()
}

fn step_records(announcement: &Announcement) -> Vec<PlannedStepRecord<'_>> {
    let units = announcement.units.iter();
    units
        .flat_map(|unit| unit.steps.iter().map(|step| PlannedStepRecord { subject: &unit.subject, step }))
        .collect()
}

fn announcement_record(announcement: &Announcement) -> AnnouncementRecord<'_> {
    AnnouncementRecord {
        change: &announcement.summary,
        needs_confirmation: announcement.needs_confirmation,
        steps: step_records(announcement),
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
