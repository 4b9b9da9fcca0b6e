//! Counts the events of a log group by queries of Logs Insights, which run at AWS.
//!
//! Invariant: a result that is as long as its limit is never used, because it may be cut. Its time is halved, and each
//! half queried.

use std::collections::BTreeMap;
use std::time::Duration;

use keypool_domain::charging::AccessLogFields;
use keypool_domain::text::format_bytes;
use keypool_domain::usage::TimeSpan;
use serde_json::{Map, Value};

use super::line::parse_line;
use super::log_events::event_times;
use super::stage_logs::{StageLogGroup, report_progress};
use super::{AccessLogCalls, MAX_COMBINATIONS, UnusableAccessLog};
use crate::aws::{Aws, Failure, LogQuery, QueryOutcome, QueryResult};
use crate::ops::Run;

/// The most rows that Logs Insights returns.
const MAX_ROWS: usize = 10_000;

const POLL_INTERVAL: Duration = Duration::from_secs(1);
const LOOPBACK_POLL_INTERVAL: Duration = Duration::from_millis(20);
/// AWS ends a query after an hour.
const MAX_POLLS: usize = 4_000;

/// The column with the number of equal events.
const COUNT_COLUMN: &str = "keypool_calls";

type Row = BTreeMap<String, String>;

/// What a query compares with a span.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum TimeOfCall<'a> {
    /// A field with milliseconds since 1970.
    Field(&'a str),
    /// The time of the event.
    Event,
}

/// Counts the calls of a span. Returns the number of bytes that AWS scanned.
pub(super) async fn count(
    aws: &Aws,
    group: &StageLogGroup,
    span: TimeSpan,
    fields: &AccessLogFields,
    calls: &mut AccessLogCalls,
    run: &Run,
) -> Result<u64, Failure> {
    let name = &group.group.name;
    let (mut spans, mut number) = (vec![span], 0);
    let mut queries = Queries { aws, group, run, bytes_scanned: 0 };
    let time = queries.choose_time(span).await?;
    while let Some(span) = spans.pop() {
        let rows = queries.run(span, &query_text(&group.fields.names, span, time)?).await?;
        if rows.len() >= MAX_ROWS {
            let Some([first, second]) = span.halves() else {
                let why = format!("log group {name} has more than {MAX_ROWS} tenants in a millisecond");
                return Err(Failure::Setting(why));
            };
            spans.extend([second, first]);
            continue;
        }
        for row in rows {
            number += 1;
            let Some(count) = row.get(COUNT_COLUMN).and_then(|count| parse_count(count)) else {
                let operation = "GetQueryResults".to_owned();
                let message = "a row of the result has no count".to_owned();
                return Err(Failure::Unexpected { operation, message });
            };
            // The query has selected the time.
            let line = parse_line(row_as_json(row).as_bytes(), Some(span.from()), fields);
            calls.count_equal(number, line, count, fields);
        }
        if calls.logged.len() > MAX_COMBINATIONS {
            return Err(UnusableAccessLog::too_many_names(format!("in log group {name}")).into());
        }
    }
    Ok(queries.bytes_scanned)
}

/// The queries of one log group.
struct Queries<'a> {
    aws: &'a Aws,
    group: &'a StageLogGroup,
    run: &'a Run,
    /// By all queries so far.
    bytes_scanned: u64,
}

impl<'a> Queries<'a> {
    /// Prefers the calls' own time, if Logs Insights compares it as a number: else no call would be found.
    async fn choose_time(&mut self, span: TimeSpan) -> Result<TimeOfCall<'a>, Failure> {
        let Some(name) = self.group.fields.time.as_deref() else { return Ok(TimeOfCall::Event) };
        let text = format!("filter {} > 0 | stats count(*) as {COUNT_COLUMN}", quote_name(name)?);
        let rows = self.run(span, &text).await?;
        let count = rows.first().and_then(|row| parse_count(row.get(COUNT_COLUMN)?));
        Ok(if count.unwrap_or(0) > 0 { TimeOfCall::Field(name) } else { TimeOfCall::Event })
    }

    /// Runs a query to its end. However else it ends, the query is stopped, so that it costs no more.
    async fn run(&mut self, span: TimeSpan, text: &str) -> Result<Vec<Row>, Failure> {
        let times = event_times(self.group, span);
        let query = self.aws.start_log_query(&self.group.group.name, times, text, MAX_ROWS).await?;
        let waiting = self.wait_for_rows(&query);
        let result = self.run.cancel.run_until_cancelled(waiting).await.unwrap_or(Err(Failure::Cancelled));
        match result {
            Ok((rows, bytes)) => {
                self.bytes_scanned = self.bytes_scanned.saturating_add(bytes);
                Ok(rows)
            }
            Err(failure) => {
                self.aws.stop_log_query(&query).await;
                Err(failure)
            }
        }
    }

    /// Returns the rows, and the number of bytes scanned.
    async fn wait_for_rows(&self, query: &LogQuery) -> Result<(Vec<Row>, u64), Failure> {
        let interval = if self.aws.is_loopback() { LOOPBACK_POLL_INTERVAL } else { POLL_INTERVAL };
        for _ in 0..MAX_POLLS {
            let QueryResult { outcome, bytes_scanned, events_scanned } =
                self.aws.log_query_result(query).await?;
            let scanned = format_bytes(self.bytes_scanned.saturating_add(bytes_scanned));
            let doing = format!("events of log group {} scanned ({scanned})", self.group.group.name);
            report_progress(self.run, events_scanned, doing);
            match outcome {
                QueryOutcome::Complete(rows) => return Ok((rows, bytes_scanned)),
                QueryOutcome::Running => tokio::time::sleep(interval).await,
            }
        }
        let message = "the query does not end: ask for fewer hours".to_owned();
        Err(Failure::Unexpected { operation: "GetQueryResults".to_owned(), message })
    }
}

/// Counts equal events. Those of a field that an event lacks are counted, too.
fn query_text(names: &[String], span: TimeSpan, time: TimeOfCall<'_>) -> Result<String, Failure> {
    let time = match time {
        TimeOfCall::Field(name) => quote_name(name)?,
        TimeOfCall::Event => "toMillis(@timestamp)".to_owned(),
    };
    let (from, until) = (span.from().as_millisecond(), span.until().as_millisecond());
    let names: Vec<_> = names.iter().map(|name| quote_name(name)).collect::<Result<_, _>>()?;
    Ok(format!(
        "filter {time} >= {from} and {time} < {until} | stats count(*) as {COUNT_COLUMN} by {} | limit {MAX_ROWS}",
        names.join(", ")
    ))
}

/// Quotes a name that has other characters than letters, digits and dots.
fn quote_name(name: &str) -> Result<String, Failure> {
    if name.contains(['`', '\\', '\n']) {
        return Err(Failure::Setting(format!(
            "Logs Insights cannot count by the field {name:?}: name another one under [charging.access_log], or ask \
             for at most 15 minutes"
        )));
    }
    let is_plain = name.starts_with(|first: char| first.is_ascii_alphabetic())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '.');
    Ok(if is_plain { name.to_owned() } else { format!("`{name}`") })
}

/// Large counts may have an exponent.
fn parse_count(text: &str) -> Option<u64> {
    let from_float = || {
        let count: f64 = text.parse().ok()?;
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked")]
        (count >= 0.0 && count.fract() == 0.0 && count <= 9e15).then_some(count as u64)
    };
    text.parse().ok().or_else(from_float)
}

/// An event with the fields of a row.
fn row_as_json(row: Row) -> String {
    let fields = row.into_iter().filter(|(name, _)| name != COUNT_COLUMN);
    Value::Object(fields.map(|(name, value)| (name, Value::String(value))).collect::<Map<_, _>>()).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span() -> TimeSpan {
        let [from, until] = [1_795_860_000_000, 1_795_863_600_000]
            .map(|millis| jiff::Timestamp::from_millisecond(millis).expect("a time"));
        TimeSpan::new(from, until).expect("a span")
    }

    #[test]
    fn a_query_counts_equal_events_of_exactly_the_span() {
        let names = ["apiKeyId", "context.authorizer.tenant", "the_tenant"].map(str::to_owned);
        assert_eq!(
            query_text(&names, span(), TimeOfCall::Field("ts")).expect("a query"),
            "filter ts >= 1795860000000 and ts < 1795863600000 | stats count(*) as keypool_calls by apiKeyId, \
             context.authorizer.tenant, `the_tenant` | limit 10000"
        );
        let by_event = query_text(&names, span(), TimeOfCall::Event).expect("a query");
        assert!(by_event.starts_with("filter toMillis(@timestamp) >= 1795860000000 and"), "{by_event}");
        assert!(query_text(&["a`b".to_owned()], span(), TimeOfCall::Event).is_err());
    }

    #[test]
    fn counts_with_an_exponent_are_whole_numbers() {
        for (text, count) in
            [("71", Some(71)), ("1.2345678E7", Some(12_345_678)), ("0.5", None), ("-1", None)]
        {
            assert_eq!(parse_count(text), count, "{text}");
        }
    }

    #[test]
    fn a_row_is_an_event_of_its_fields() {
        let row = [("apiKeyId", "k"), ("tenant", "a\"b"), (COUNT_COLUMN, "3")];
        let row: Row = row.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
        assert_eq!(row_as_json(row), r#"{"apiKeyId":"k","tenant":"a\"b"}"#);
    }
}
