//! Data read from AWS with its age, and the running tasks.
//!
//! Data that a refresh renews is here; what the operator chose (focus, selection, marks, filter) is in the panes.

use std::collections::BTreeMap;

use jiff::Timestamp;
use keypool_domain::{Change, TenantKeyId};

use crate::aws::Failure;
use crate::ops::{ConfirmedFix, ExportRequest, Progress, Query};

use super::event::TaskId;

/// A value read from AWS. A failed read keeps the old value.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) enum Remote<T> {
    #[default]
    NotRequested,
    Loading {
        /// The previous value and when it was fetched.
        old: Option<(T, Timestamp)>,
    },
    Ready {
        value: T,
        /// When it was fetched.
        at: Timestamp,
    },
    Failed {
        failure: Failure,
        /// The previous value and when it was fetched.
        old: Option<(T, Timestamp)>,
    },
}

impl<T> Remote<T> {
    /// The value, which may be stale.
    pub(crate) fn value(&self) -> Option<&T> {
        match self {
            Self::Ready { value, .. } => Some(value),
            Self::Loading { old } | Self::Failed { old, .. } => old.as_ref().map(|(value, _)| value),
            Self::NotRequested => None,
        }
    }

    pub(crate) const fn value_mut(&mut self) -> Option<&mut T> {
        match self {
            Self::Ready { value, .. } => Some(value),
            Self::Loading { old: Some((value, _)) } | Self::Failed { old: Some((value, _)), .. } => {
                Some(value)
            }
            Self::NotRequested | Self::Loading { .. } | Self::Failed { .. } => None,
        }
    }

    pub(crate) fn fetched_at(&self) -> Option<Timestamp> {
        match self {
            Self::Ready { at, .. } => Some(*at),
            Self::Loading { old } | Self::Failed { old, .. } => old.as_ref().map(|&(_, at)| at),
            Self::NotRequested => None,
        }
    }

    pub(crate) const fn failure(&self) -> Option<&Failure> {
        match self {
            Self::Failed { failure, .. } => Some(failure),
            Self::NotRequested | Self::Loading { .. } | Self::Ready { .. } => None,
        }
    }

    pub(crate) fn start(&mut self) {
        *self = Self::Loading { old: self.take() };
    }

    pub(crate) fn finish(&mut self, result: Result<T, Failure>, at: Timestamp) {
        *self = match result {
            Ok(value) => Self::Ready { value, at },
            // A cancelled refresh keeps the old value.
            Err(Failure::Cancelled) => match self.take() {
                Some((value, at)) => Self::Ready { value, at },
                None => Self::Failed { failure: Failure::Cancelled, old: None },
            },
            Err(failure) => Self::Failed { failure, old: self.take() },
        };
    }

    /// Stops loading and keeps the old value.
    pub(crate) fn stop(&mut self) {
        if let Self::Loading { .. } = self
            && let Some((value, at)) = self.take()
        {
            *self = Self::Ready { value, at };
        }
    }

    fn take(&mut self) -> Option<(T, Timestamp)> {
        match std::mem::take(self) {
            Self::Ready { value, at } => Some((value, at)),
            Self::Loading { old } | Self::Failed { old, .. } => old,
            Self::NotRequested => None,
        }
    }
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum TaskKind {
    Connect,
    Load(Query),
    /// Reads a secret to copy it without showing it.
    CopySecret,
    /// Reads the value of a key that is about to be deleted, to undo the deletion.
    KeepValue(TenantKeyId),
    /// A change with its description.
    Apply(Change, String),
    /// Confirmed fixes of the doctor with their description.
    Fix(Vec<ConfirmedFix>, String),
    /// One or several calls of the protected API.
    Probe,
    Export(Box<ExportRequest>),
}

impl TaskKind {
    /// What a task of this kind does, if it reads; `None` if it does not.
    pub(crate) const fn read_label(&self) -> Option<&'static str> {
        Some(match self {
            Self::Connect => "connecting",
            Self::Load(Query::Inventory) => "reading the account",
            Self::Load(Query::Secret(_)) | Self::CopySecret | Self::KeepValue(_) => {
                "reading the secret value"
            }
            Self::Load(Query::Routes(_)) => "reading the methods of the plan",
            Self::Load(Query::KeyLookup(_)) => "looking up the key",
            Self::Load(Query::ChangeDetails(_)) => "reading what the change depends on",
            Self::Load(Query::Explain(_)) => "diagnosing the call",
            Self::Load(Query::Setup(_) | Query::StageChoices(_)) => "reading APIs and stages",
            Self::Load(Query::Charges(..)) => "reading the usage of the month",
            Self::Load(Query::Usage(_)) => "reading the usage of the plans",
            Self::Load(Query::Diagnosis) => "checking the account",
            Self::Apply(..) | Self::Fix(..) | Self::Probe | Self::Export(_) => return None,
        })
    }

    /// The description of a change or of fixes; `None` for all other tasks.
    pub(crate) fn write_label(&self) -> Option<&str> {
        match self {
            Self::Apply(_, description) | Self::Fix(_, description) => Some(description),
            Self::Connect
            | Self::Load(_)
            | Self::CopySecret
            | Self::KeepValue(_)
            | Self::Probe
            | Self::Export(_) => None,
        }
    }

    pub(crate) const fn is_read(&self) -> bool {
        self.read_label().is_some()
    }
}

/// A running task.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Task {
    pub(crate) kind: TaskKind,
    pub(crate) progress: Option<Progress>,
    pub(crate) is_stopping: bool,
    pub(crate) started_at: Timestamp,
    /// When the task last reported.
    pub(crate) last_report_at: Timestamp,
}

/// The running tasks whose reports are awaited.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Tasks {
    last_id: u64,
    running: BTreeMap<TaskId, Task>,
}

impl Tasks {
    pub(crate) fn start(&mut self, kind: TaskKind, now: Timestamp) -> TaskId {
        self.last_id += 1;
        let task = Task { kind, progress: None, is_stopping: false, started_at: now, last_report_at: now };
        self.running.insert(TaskId(self.last_id), task);
        TaskId(self.last_id)
    }

    pub(crate) fn get_mut(&mut self, id: TaskId) -> Option<&mut Task> {
        self.running.get_mut(&id)
    }

    pub(crate) fn end(&mut self, id: TaskId) -> Option<Task> {
        self.running.remove(&id)
    }

    pub(crate) fn is_idle(&self) -> bool {
        self.running.is_empty()
    }

    /// The newest matching task.
    pub(crate) fn find(&self, is_match: impl Fn(&TaskKind) -> bool) -> Option<(TaskId, &Task)> {
        self.running.iter().rev().find(|(_, task)| is_match(&task.kind)).map(|(&id, task)| (id, task))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).expect("valid timestamp")
    }

    #[test]
    fn a_failed_read_keeps_the_stale_value() {
        let mut remote = Remote::NotRequested;
        remote.start();
        remote.finish(Ok(7), at(1));
        remote.start();
        assert_eq!((remote.value(), remote.fetched_at()), (Some(&7), Some(at(1))));
        remote.finish(Err(Failure::NoRegion), at(2));
        assert_eq!((remote.value(), remote.fetched_at()), (Some(&7), Some(at(1))));
        assert_eq!(remote.failure(), Some(&Failure::NoRegion));
    }

    #[test]
    fn a_cancelled_refresh_keeps_the_value() {
        let mut remote = Remote::Ready { value: 7, at: at(1) };
        remote.start();
        remote.finish(Err(Failure::Cancelled), at(2));
        assert_eq!(remote, Remote::Ready { value: 7, at: at(1) });
    }
}
