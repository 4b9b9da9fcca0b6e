//! Queries of Logs Insights: StartQuery, GetQueryResults and StopQuery.
//!
//! A query reads its log groups when it is started. The first GetQueryResults says that it is running, the next has its
//! results.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};

use super::error::{LogsError, parse_body};
use super::insights::{Query, Record, Rows};
use crate::shared::Shared;

/// How many rows a query returns at most. The rest is left out without a word, as at AWS.
const MAX_ROWS: usize = 10_000;

/// The queries that were started, by id.
#[derive(Debug, Default)]
pub(crate) struct Queries(Mutex<HashMap<String, StartedQuery>>);

#[derive(Debug)]
struct StartedQuery {
    status: Status,
    rows: Rows,
    statistics: Value,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Status {
    Running,
    Complete,
    Cancelled,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct StartQuery {
    log_group_name: Option<String>,
    #[serde(default)]
    log_group_names: Vec<String>,
    #[serde(default)]
    log_group_identifiers: Vec<String>,
    /// Seconds; both ends are included.
    start_time: i64,
    end_time: i64,
    query_string: String,
    limit: Option<usize>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct QueryId {
    query_id: String,
}

pub(super) fn start(shared: &Shared, body: &[u8], _: Timestamp) -> Result<Value, LogsError> {
    let input: StartQuery = parse_body(body)?;
    let limit = input.limit.unwrap_or(MAX_ROWS);
    if !(1..=MAX_ROWS).contains(&limit) {
        return Err(LogsError::invalid_parameter(format!("limit must be between 1 and {MAX_ROWS}")));
    }
    if input.start_time >= input.end_time {
        return Err(LogsError::invalid_parameter("End time should not be before or equal to start time"));
    }
    let names: Vec<&String> = input
        .log_group_name
        .iter()
        .chain(&input.log_group_names)
        .chain(&input.log_group_identifiers)
        .collect();
    if names.is_empty() {
        return Err(LogsError::invalid_parameter("At least one log group is required"));
    }
    let query: Query = input.query_string.parse()?;
    let mut records = Vec::new();
    let (mut scanned, mut bytes) = (0, 0);
    for name in names {
        let (name, group) = shared.log_groups.find(name)?;
        for event in &group.events {
            if (input.start_time * 1000..=input.end_time * 1000).contains(&event.at.as_millisecond()) {
                scanned += 1;
                bytes += event.message.len();
                records.push(Record::from_event(&name, event));
            }
        }
    }
    let (rows, matched) = query.run(records, limit);
    let statistics = json!({ "recordsMatched": matched, "recordsScanned": scanned, "bytesScanned": bytes });
    let id = uuid::Uuid::new_v4().to_string();
    shared.log_queries.lock().insert(id.clone(), StartedQuery { status: Status::Running, rows, statistics });
    Ok(json!({ "queryId": id }))
}

pub(super) fn results(shared: &Shared, body: &[u8], _: Timestamp) -> Result<Value, LogsError> {
    let input: QueryId = parse_body(body)?;
    let mut queries = shared.log_queries.lock();
    let query = queries.get_mut(&input.query_id).ok_or_else(LogsError::no_such_query)?;
    let status = query.status;
    if status == Status::Running {
        query.status = Status::Complete;
    }
    let rows = if status == Status::Complete { query.rows.as_slice() } else { &[] };
    let field = |(name, value): &(String, String)| json!({ "field": name, "value": value });
    let rows: Vec<Vec<Value>> = rows.iter().map(|row| row.iter().map(field).collect()).collect();
    Ok(json!({ "status": status.name(), "results": rows, "statistics": query.statistics }))
}

pub(super) fn stop(shared: &Shared, body: &[u8], _: Timestamp) -> Result<Value, LogsError> {
    let input: QueryId = parse_body(body)?;
    let mut queries = shared.log_queries.lock();
    let query = queries.get_mut(&input.query_id).ok_or_else(LogsError::no_such_query)?;
    if query.status != Status::Running {
        return Err(LogsError::invalid_parameter(format!("Query {} is not running", input.query_id)));
    }
    query.status = Status::Cancelled;
    Ok(json!({ "success": true }))
}

impl Status {
    const fn name(self) -> &'static str {
        match self {
            Self::Running => "Running",
            Self::Complete => "Complete",
            Self::Cancelled => "Cancelled",
        }
    }
}

impl Queries {
    fn lock(&self) -> MutexGuard<'_, HashMap<String, StartedQuery>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
