//! Queries of Logs Insights, which run at AWS.

use std::collections::BTreeMap;

use aws_sdk_cloudwatchlogs::types::{QueryStatus, ResultField};
use jiff::Timestamp;

use crate::aws::failure::Service;
use crate::aws::{Aws, Failure};

/// A query that was started.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct LogQuery {
    id: String,
    group: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct QueryResult {
    pub(crate) outcome: QueryOutcome,
    /// So far, while the query runs.
    pub(crate) bytes_scanned: u64,
    pub(crate) events_scanned: u64,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum QueryOutcome {
    Running,
    /// The rows, each with the fields that it has.
    Complete(Vec<BTreeMap<String, String>>),
}

impl Aws {
    /// Starts a query of the events from one time to another, both included, in whole seconds. The result ends after
    /// `max_rows` without saying so.
    pub(crate) async fn start_log_query(
        &self,
        group: &str,
        (from, to): (Timestamp, Timestamp),
        query: &str,
        max_rows: usize,
    ) -> Result<LogQuery, Failure> {
        let call = self.call(Service::Logs, "StartQuery", format!("log group {group}"));
        let request = self
            .shared
            .logs
            .start_query()
            .log_group_name(group)
            .start_time(from.as_second())
            .end_time(to.as_second())
            .query_string(query)
            .limit(i32::try_from(max_rows).unwrap_or(i32::MAX));
        let response = request.send().await.map_err(|error| call.failure(error))?;
        let id = response.query_id.ok_or_else(|| call.unsupported_failure())?;
        Ok(LogQuery { id, group: group.to_owned() })
    }

    /// Returns the state of a query, and its rows once it is complete. A query that failed is a failure.
    pub(crate) async fn log_query_result(&self, query: &LogQuery) -> Result<QueryResult, Failure> {
        let subject = format!("the query of log group {}", query.group);
        let call = self.call(Service::Logs, "GetQueryResults", subject);
        let response = self.shared.logs.get_query_results().query_id(&query.id).send().await;
        let response = response.map_err(|error| call.failure(error))?;
        let outcome = match response.status {
            Some(QueryStatus::Scheduled | QueryStatus::Running) => QueryOutcome::Running,
            Some(QueryStatus::Complete) => {
                QueryOutcome::Complete(response.results.unwrap_or_default().into_iter().map(row).collect())
            }
            Some(status) => {
                return Err(call.unexpected_failure(format!(
                    "Logs Insights ended the query of log group {} with the status {}: ask for fewer hours",
                    query.group,
                    status.as_str()
                )));
            }
            None => return Err(call.unsupported_failure()),
        };
        let scanned = response.statistics.map_or((0.0, 0.0), |all| (all.bytes_scanned, all.records_scanned));
        Ok(QueryResult { outcome, bytes_scanned: whole(scanned.0), events_scanned: whole(scanned.1) })
    }

    /// Stops a query, so that it scans and costs no more. One that has ended is left as it is.
    pub(crate) async fn stop_log_query(&self, query: &LogQuery) {
        let stopped = self.shared.logs.stop_query().query_id(&query.id).send().await;
        if let Err(error) = stopped {
            tracing::debug!("a query of log group {} was not stopped: {error}", query.group);
        }
    }
}

/// Names of fields are without the backquotes that a query needs around some.
fn row(fields: Vec<ResultField>) -> BTreeMap<String, String> {
    let cell = |field: ResultField| Some((field.field?.trim_matches('`').to_owned(), field.value?));
    fields.into_iter().filter_map(cell).collect()
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a count of AWS, as a float")]
fn whole(count: f64) -> u64 {
    count.max(0.0) as u64
}
