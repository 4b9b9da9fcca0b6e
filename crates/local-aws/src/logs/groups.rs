//! Log groups and their events.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::error::LogsError;
use crate::state::ACCOUNT_ID;

/// Number of events kept in a log group; older ones are dropped.
const MAX_EVENTS: usize = 100_000;
/// What AWS adds to the size of each message.
const EVENT_OVERHEAD: usize = 26;

/// The log groups by name.
#[derive(Debug, Default)]
pub(crate) struct LogGroups(Mutex<BTreeMap<String, LogGroup>>);

#[derive(Debug, Clone)]
pub(super) struct LogGroup {
    pub(super) class: LogGroupClass,
    pub(super) created: Timestamp,
    pub(super) stored_bytes: usize,
    pub(super) events: VecDeque<LogEvent>,
    /// The number of the next event.
    next: u64,
}

#[derive(Debug, Clone)]
pub(super) struct LogEvent {
    /// Counts the events of the group from 0.
    pub(super) number: u64,
    pub(super) at: Timestamp,
    pub(super) message: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(super) enum LogGroupClass {
    #[default]
    Standard,
    InfrequentAccess,
}

impl LogGroups {
    /// Appends an event to the log group of an ARN. Other destinations, such as Firehose, keep nothing here.
    pub(crate) fn write(&self, destination_arn: &str, at: Timestamp, message: &str) {
        let Some(name) = group_name(destination_arn) else { return };
        let mut groups = self.lock();
        let new_group = || LogGroup::new(LogGroupClass::default(), at);
        groups.entry(name.to_owned()).or_insert_with(new_group).append(at, message.to_owned());
    }

    pub(super) fn create(&self, name: &str, class: LogGroupClass, now: Timestamp) -> Result<(), LogsError> {
        let mut groups = self.lock();
        if groups.contains_key(name) {
            return Err(LogsError::already_exists());
        }
        groups.insert(name.to_owned(), LogGroup::new(class, now));
        Ok(())
    }

    /// A copy of the group with this name or ARN.
    pub(super) fn find(&self, name_or_arn: &str) -> Result<(String, LogGroup), LogsError> {
        let name = group_name(name_or_arn).unwrap_or(name_or_arn);
        let group = self.lock().get(name).cloned().ok_or_else(LogsError::no_such_group)?;
        Ok((name.to_owned(), group))
    }

    pub(super) fn all(&self) -> BTreeMap<String, LogGroup> {
        self.lock().clone()
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, LogGroup>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl LogGroup {
    const fn new(class: LogGroupClass, created: Timestamp) -> Self {
        Self { class, created, stored_bytes: 0, events: VecDeque::new(), next: 0 }
    }

    fn append(&mut self, at: Timestamp, message: String) {
        if self.events.len() == MAX_EVENTS {
            self.events.pop_front();
        }
        self.stored_bytes += message.len() + EVENT_OVERHEAD;
        self.events.push_back(LogEvent { number: self.next, at, message });
        self.next += 1;
    }
}

impl LogEvent {
    pub(super) fn id(&self) -> String {
        format!("{:056}", self.number)
    }
}

/// The only stream of each log group.
pub(super) const LOG_STREAM: &str = "local";

pub(super) fn group_arn(name: &str) -> String {
    format!("arn:aws:logs:us-east-1:{ACCOUNT_ID}:log-group:{name}")
}

/// The name in `arn:aws:logs:REGION:ACCOUNT:log-group:NAME`, which may end in `:*`.
fn group_name(arn: &str) -> Option<&str> {
    let mut parts = arn.splitn(7, ':');
    let is_log_group = parts.next() == Some("arn") && parts.nth(1) == Some("logs");
    let name = parts.nth(2).filter(|kind| *kind == "log-group").and_then(|_| parts.next())?;
    let name = name.strip_suffix(":*").unwrap_or(name);
    (is_log_group && !name.is_empty()).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_arn_of_a_log_group_has_its_name() {
        let arn = group_arn("/aws/apigateway/calls");
        assert_eq!(group_name(&arn), Some("/aws/apigateway/calls"));
        assert_eq!(group_name(&format!("{arn}:*")), Some("/aws/apigateway/calls"));
        let firehose = "arn:aws:firehose:us-east-1:000000000000:deliverystream/amazon-apigateway-calls";
        for other in ["", "/aws/apigateway/calls", "arn:aws:logs:us-east-1:0:log-group:", firehose] {
            assert_eq!(group_name(other), None, "{other}");
        }
    }
}
