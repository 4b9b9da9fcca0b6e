//! What was read from AWS, how old it is, and what is under way.
//!
//! Placement: what a refresh renews lives here; what a person chose (focus, selection, marks, filter) lives in the
//! panes.

use std::collections::BTreeMap;

use jiff::Timestamp;
use keypool_domain::{Change, TenantKeyId};

use crate::aws::Failure;
use crate::ops::{ConfirmedFix, ExportRequest, Progress, Query};

use super::event::TaskId;

/// Something that is read from elsewhere. A failed reading keeps what was there before.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) enum Remote<T> {
    /// Nobody asked for it.
    #[default]
    NotRequested,
    /// It was asked for.
    Loading {
        /// What was there before, and since when.
        old: Option<(T, Timestamp)>,
    },
    /// It is here.
    Ready {
        /// It.
        value: T,
        /// Since when.
        at: Timestamp,
    },
    /// It could not be read.
    Failed {
        /// Why.
        failure: Failure,
        /// What was there before, and since when.
        old: Option<(T, Timestamp)>,
    },
}

impl<T> Remote<T> {
    /// What can be shown, be it stale.
    pub(crate) fn value(&self) -> Option<&T> {
        match self {
            Self::Ready { value, .. } => Some(value),
            Self::Loading { old } | Self::Failed { old, .. } => old.as_ref().map(|(value, _)| value),
            Self::NotRequested => None,
        }
    }

    /// The same, to be changed.
    pub(crate) const fn value_mut(&mut self) -> Option<&mut T> {
        match self {
            Self::Ready { value, .. } => Some(value),
            Self::Loading { old: Some((value, _)) } | Self::Failed { old: Some((value, _)), .. } => {
                Some(value)
            }
            Self::NotRequested | Self::Loading { .. } | Self::Failed { .. } => None,
        }
    }

    /// Since when it is here.
    pub(crate) fn fetched_at(&self) -> Option<Timestamp> {
        match self {
            Self::Ready { at, .. } => Some(*at),
            Self::Loading { old } | Self::Failed { old, .. } => old.as_ref().map(|&(_, at)| at),
            Self::NotRequested => None,
        }
    }

    /// Why the last reading failed.
    pub(crate) const fn failure(&self) -> Option<&Failure> {
        match self {
            Self::Failed { failure, .. } => Some(failure),
            Self::NotRequested | Self::Loading { .. } | Self::Ready { .. } => None,
        }
    }

    /// It is being read.
    pub(crate) fn start(&mut self) {
        *self = Self::Loading { old: self.take() };
    }

    /// It was read, or not.
    pub(crate) fn finish(&mut self, result: Result<T, Failure>, at: Timestamp) {
        *self = match result {
            Ok(value) => Self::Ready { value, at },
            // Who stops a refresh keeps what there is.
            Err(Failure::Cancelled) => match self.take() {
                Some((value, at)) => Self::Ready { value, at },
                None => Self::Failed { failure: Failure::Cancelled, old: None },
            },
            Err(failure) => Self::Failed { failure, old: self.take() },
        };
    }

    /// It is no longer being read; what was there stays.
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

/// What a task is for.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum TaskKind {
    /// The connection.
    Connect,
    /// A query for the store.
    Load(Query),
    /// A secret to be copied, not shown.
    CopySecret,
    /// The value of a key that is about to be deleted.
    KeepValue(TenantKeyId),
    /// A change, with its words.
    Apply(Change, String),
    /// Confirmed fixes of the doctor, in words.
    Fix(Vec<ConfirmedFix>, String),
    /// A series of calls.
    Probe,
    /// A list to be written to a file.
    Export(Box<ExportRequest>),
}

impl TaskKind {
    /// What is done, in words, where something is read.
    pub(crate) const fn read_label(&self) -> Option<&'static str> {
        Some(match self {
            Self::Connect => "connecting",
            Self::Load(Query::Inventory) => "reading the account",
            Self::Load(Query::Secret(_)) | Self::CopySecret | Self::KeepValue(_) => {
                "reading the secret value"
            }
            Self::Load(Query::Routes(_)) => "reading the methods of the plan",
            Self::Load(Query::KeyLookup(_)) => "looking for the key",
            Self::Load(Query::ChangeDetails(_)) => "reading what the change depends on",
            Self::Load(Query::Explain(_)) => "looking at every link of the call",
            Self::Load(Query::Setup(_) | Query::StageChoices(_)) => "looking at APIs and stages",
            Self::Load(Query::Charges(..)) => "reading the usage of the month",
            Self::Load(Query::Usage(_)) => "reading the usage of the plans",
            Self::Load(Query::Diagnosis) => "looking the account over",
            Self::Apply(..) | Self::Fix(..) | Self::Probe | Self::Export(_) => return None,
        })
    }

    /// What is written, in words.
    pub(crate) fn write_label(&self) -> Option<&str> {
        match self {
            Self::Apply(_, words) | Self::Fix(_, words) => Some(words),
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

/// One task under way.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Task {
    pub(crate) kind: TaskKind,
    pub(crate) progress: Option<Progress>,
    pub(crate) is_stopping: bool,
    pub(crate) started_at: Timestamp,
    /// When it reported last.
    pub(crate) last_report_at: Timestamp,
}

/// The tasks whose outcomes are awaited.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Tasks {
    last_id: u64,
    running: BTreeMap<TaskId, Task>,
}

impl Tasks {
    pub(crate) fn start(&mut self, errand: TaskKind, since: Timestamp) -> TaskId {
        self.last_id += 1;
        let task = Task {
            kind: errand,
            progress: None,
            is_stopping: false,
            started_at: since,
            last_report_at: since,
        };
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

    /// The newest task of this kind.
    pub(crate) fn find(&self, is: impl Fn(&TaskKind) -> bool) -> Option<(TaskId, &Task)> {
        self.running.iter().rev().find(|(_, task)| is(&task.kind)).map(|(&id, task)| (id, task))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).expect("a time")
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
