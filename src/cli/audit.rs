//! `keypool audit`: changes made from this machine.

use std::borrow::Cow;

use clap::Args;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use keypool_domain::text::pluralize;
use serde_json::Value;

use super::CommandError;
use super::output::{self, Format, OutputArgs, records};
use crate::ops::Trail;
use crate::ops::audit::{self, PastChange};
use crate::settings::{Environment, Settings};

/// Show the audit trail: which changes were made from this machine, when, by whom and why
///
/// Each change has two lines in the trail, written before its first step and after its last. A change
/// with only the first line is shown as unfinished: it is still running, or was interrupted. The trail
/// contains no secrets.
#[derive(Debug, Args)]
pub struct Audit {
    /// Show changes since this date or time (UTC), for example 2026-11-01
    #[arg(long, value_name = "DATE", value_parser = parse_since)]
    since: Option<Timestamp>,
    /// Show changes that affected this tenant
    #[arg(long, value_name = "TENANT")]
    tenant: Option<String>,
    #[command(flatten)]
    output: OutputArgs,
}

records! {
    struct ChangeRecord<'a> {
        time: Cow<'a, str> => "time",
        /// Profile, endpoint and region, as far as known. Only in the table; CSV and JSON have separate fields.
        #[serde(skip_serializing_if = "Option::is_none")]
        context: Option<String> => "context" [extra],
        who: Option<&'a str> => "who",
        profile: Option<&'a str>,
        region: &'a str,
        endpoint: Option<&'a str>,
        tables_endpoint: Option<&'a str> [last_in_csv],
        operation: Cow<'a, str> => "operation",
        reason: Option<Cow<'a, str>> => "reason" [after("outcome")],
        outcome: &'static str => "outcome",
        ended: Option<&'a str>,
        error: Option<&'a str>,
        tenants: &'a [String],
        steps: &'a [String],
        created: &'a [String],
        edited: &'a [String],
        deleted: &'a [String],
        moved: &'a [String],
        /// Only in JSON: a CSV cell cannot hold records.
        #[serde(skip_serializing_if = "Option::is_none")]
        before: Option<&'a [Value]> [extra],
        #[serde(skip_serializing_if = "Option::is_none")]
        after: Option<&'a [Value]> [extra],
    }
}

/// In the table, longer texts are cut; CSV and JSON have the whole text.
const MAX_CELL_CHARS: usize = 60;

/// Returns the audit trail that these settings select; `None` for a demo, which has none.
pub fn audit_trail(settings: &Settings) -> Option<Trail> {
    (!settings.demo).then(|| Trail::new(settings.audit_file.clone(), settings.reason.clone()))
}

impl Audit {
    pub(super) fn run(&self, environment: &Environment) -> Result<(), CommandError> {
        let path = environment.audit_file().unwrap_or_default();
        let contents = audit::read(&path).map_err(CommandError::cannot_read(path.display()))?;
        if contents.unreadable_lines > 0 {
            let lines = pluralize(contents.unreadable_lines, "line");
            output::note(&format!("note: {lines} of {} cannot be read", path.display()));
        }
        let selected = contents.changes.iter().filter(|change| self.matches(change));
        let format = self.output.output;
        let records: Vec<_> = selected.map(|change| change_record(change, format)).collect();
        output::list(&records, format)
    }

    fn matches(&self, change: &PastChange) -> bool {
        let is_recent_enough =
            self.since.is_none_or(|since| change.started_at().is_none_or(|at| at >= since));
        is_recent_enough && self.tenant.as_ref().is_none_or(|tenant| change.tenants().contains(tenant))
    }
}

fn parse_since(text: &str) -> Result<Timestamp, String> {
    let parse_day =
        || text.parse::<Date>().and_then(|day| day.to_zoned(TimeZone::UTC)).map(|day| day.timestamp());
    text.parse()
        .or_else(|_| parse_day())
        .map_err(|_| "give a date such as 2026-11-01, or a time such as 2026-11-01T18:00:00Z".to_owned())
}

fn change_record(change: &PastChange, format: Format) -> ChangeRecord<'_> {
    let in_json = |records| (format == Format::Json).then_some(records);
    let is_table = format == Format::Table;
    let cell = |text| if is_table { shorten(text) } else { Cow::Borrowed(text) };
    let (end, [created, edited, deleted, moved]) = (change.end(), change.tenant_keys());
    ChangeRecord {
        time: if is_table { format_time(change) } else { Cow::Borrowed(change.time()) },
        context: is_table.then(|| format_context(change)),
        who: change.caller(),
        profile: change.profile(),
        region: change.region(),
        endpoint: change.endpoint(),
        tables_endpoint: change.tables_endpoint(),
        operation: cell(change.operation()),
        reason: change.reason().map(cell),
        outcome: end.outcome,
        ended: end.time,
        error: end.error,
        tenants: change.tenants(),
        steps: change.steps(),
        created,
        edited,
        deleted,
        moved,
        before: in_json(change.before()),
        after: in_json(change.after()),
    }
}

fn format_time(change: &PastChange) -> Cow<'_, str> {
    let to_second = |at: Timestamp| at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
    change.started_at().map_or(Cow::Borrowed(change.time()), |at| Cow::Owned(to_second(at)))
}

/// The account as far as the trail knows it, for example `prod eu-central-1`.
fn format_context(change: &PastChange) -> String {
    let address = |url| str::split_once(url, "://").map_or(url, |(_, address)| address);
    let parts = [change.profile(), change.endpoint().map(address), Some(change.region())];
    let tables = change.tables_endpoint().map(|url| format!("tables {}", address(url)));
    let parts = parts.into_iter().flatten().map(str::to_owned);
    parts.chain(tables).collect::<Vec<_>>().join(" ")
}

fn shorten(text: &str) -> Cow<'_, str> {
    match text.char_indices().nth(MAX_CELL_CHARS) {
        Some(_) => Cow::Owned(text.chars().take(MAX_CELL_CHARS - 1).chain(['…']).collect()),
        None => Cow::Borrowed(text),
    }
}
