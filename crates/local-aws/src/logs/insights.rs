//! Queries of Logs Insights: commands separated by `|`, which run one after another on the rows of the one before.
//!
//! Served are `fields`, `display`, `filter`, `parse` with `*`, `stats`, `sort` and `limit`; everything else is refused as
//! malformed. Values are text; both sides of a comparison that are numbers are compared as such.

mod condition;
mod lexer;
mod parser;
mod stats;

use std::collections::BTreeMap;

use serde_json::Value;

use self::condition::Condition;
use self::stats::Stats;
use super::groups::{LOG_STREAM, LogEvent};

/// The rows of a result, each with its fields in order.
pub(super) type Rows = Vec<Vec<(String, String)>>;

/// A log event, or a row of `stats`, with its fields. A field that it does not have is left out.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Record(BTreeMap<String, String>);

#[derive(Debug)]
pub(super) struct Query(Vec<Command>);

#[derive(Debug)]
enum Command {
    /// The fields that the result shows.
    Fields(Vec<String>),
    Filter(Condition),
    Parse {
        field: String,
        pattern: String,
        names: Vec<String>,
    },
    Stats(Stats),
    Sort {
        field: String,
        is_descending: bool,
    },
    Limit(usize),
}

impl Record {
    pub(super) fn from_event(group: &str, event: &LogEvent) -> Self {
        let mut record = Self::default();
        if let Ok(message) = serde_json::from_str::<Value>(&event.message)
            && message.is_object()
        {
            record.discover(String::new(), &message);
        }
        let times = condition::format_time(event.at);
        for (name, value) in [
            ("@timestamp", times.as_str()),
            ("@message", &event.message),
            ("@logStream", LOG_STREAM),
            ("@log", group),
            ("@ptr", &event.id()),
        ] {
            record.set(name, value.to_owned());
        }
        record
    }

    /// Adds the fields of a JSON message: those of nested objects after a dot.
    fn discover(&mut self, name: String, value: &Value) {
        let below = |part: &str| if name.is_empty() { part.to_owned() } else { format!("{name}.{part}") };
        match value {
            Value::Object(members) => {
                for (member, value) in members {
                    self.discover(below(member), value);
                }
            }
            Value::Array(elements) => {
                for (at, value) in elements.iter().enumerate() {
                    self.discover(below(&at.to_string()), value);
                }
            }
            Value::String(text) => self.set(&name, text.clone()),
            Value::Null => {}
            Value::Bool(_) | Value::Number(_) => self.set(&name, value.to_string()),
        }
    }

    fn get(&self, field: &str) -> Option<&str> {
        self.0.get(field).map(String::as_str)
    }

    fn set(&mut self, field: &str, value: String) {
        self.0.insert(field.to_owned(), value);
    }
}

impl Query {
    /// Returns at most `limit` rows, and the number of log events that the filters let pass.
    pub(super) fn run(&self, mut records: Vec<Record>, limit: usize) -> (Rows, usize) {
        // As at AWS, the latest events come first.
        records.reverse();
        let mut columns = vec!["@timestamp".to_owned(), "@message".to_owned()];
        let mut matched = records.len();
        let (mut limit, mut is_of_events) = (limit, true);
        for command in &self.0 {
            match command {
                Command::Fields(fields) => columns.clone_from(fields),
                Command::Filter(condition) => records.retain(|record| condition.holds(record)),
                Command::Parse { field, pattern, names } => {
                    for record in &mut records {
                        parse(record, field, pattern, names);
                    }
                }
                Command::Stats(stats) => {
                    is_of_events = false;
                    (columns, records) = stats.run(&records);
                }
                Command::Sort { field, is_descending } => records.sort_by(|a, b| {
                    let order = condition::compare_fields(a.get(field), b.get(field));
                    if *is_descending { order.reverse() } else { order }
                }),
                Command::Limit(count) => limit = limit.min(*count),
            }
            if is_of_events {
                matched = records.len();
            }
        }
        if is_of_events {
            columns.push("@ptr".to_owned());
        }
        let row = |record: &Record| {
            let cell = |column: &String| Some((column.clone(), record.get(column)?.to_owned()));
            columns.iter().filter_map(cell).collect()
        };
        (records.iter().take(limit).map(row).collect(), matched)
    }
}

/// Sets the fields to what stands for each `*` of the pattern, if the text has the rest of it.
fn parse(record: &mut Record, field: &str, pattern: &str, names: &[String]) {
    let mut literals = pattern.split('*');
    let first = literals.next().unwrap_or_default();
    let Some((_, mut rest)) = record.get(field).and_then(|text| text.split_once(first)) else { return };
    let mut values = Vec::new();
    for literal in literals {
        let found = if literal.is_empty() { Some((rest, "")) } else { rest.split_once(literal) };
        let Some((value, after)) = found else { return };
        values.push(value.to_owned());
        rest = after;
    }
    for (name, value) in names.iter().zip(values) {
        record.set(name, value);
    }
}

#[cfg(test)]
mod tests;
