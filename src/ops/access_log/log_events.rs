//! Counts the events of a log group, read by FilterLogEvents.

use jiff::{SignedDuration, Timestamp};
use keypool_domain::charging::AccessLogFields;
use keypool_domain::usage::TimeSpan;

use super::line::parse_line;
use super::stage_logs::{StageLogGroup, report_progress};
use super::{AccessLogCalls, MAX_COMBINATIONS, UnusableAccessLog};
use crate::aws::{Aws, Failure};
use crate::ops::Run;

/// An event may be this much older than its call says, because the clocks differ.
const MAX_LEAD: SignedDuration = SignedDuration::from_mins(1);
/// An event may be this much younger than its call: API Gateway writes it when it has answered.
const MAX_LAG: SignedDuration = SignedDuration::from_mins(10);

/// Counts the calls of a span.
pub(super) async fn count(
    aws: &Aws,
    group: &StageLogGroup,
    span: TimeSpan,
    fields: &AccessLogFields,
    calls: &mut AccessLogCalls,
    run: &Run,
) -> Result<(), Failure> {
    let name = &group.group.name;
    let mut number = 0;
    let reading = aws.read_log_events(name, event_times(group, span), |events| {
        for event in events {
            number += 1;
            let line = parse_line(event.message.as_bytes(), event.at, fields);
            // The time of the event decides what is read, that of the call what counts.
            calls.count_within(span, number, (event.at, line), fields);
        }
        report_progress(run, number, format!("events of log group {name}"));
        if calls.logged.len() > MAX_COMBINATIONS {
            return Err(UnusableAccessLog::too_many_names(format!("in log group {name}")).into());
        }
        Ok(())
    });
    run.cancel.run_until_cancelled(reading).await.ok_or(Failure::Cancelled)?
}

/// The times of the events of the calls in a span, both included. AWS refuses to query what a log group does not keep.
pub(super) fn event_times(group: &StageLogGroup, span: TimeSpan) -> (Timestamp, Timestamp) {
    let from = span.from().saturating_sub(MAX_LEAD).unwrap_or(Timestamp::MIN);
    let until = span.until().saturating_add(MAX_LAG).unwrap_or(Timestamp::MAX);
    (from.max(group.group.begins.unwrap_or(Timestamp::MIN)), until)
}
