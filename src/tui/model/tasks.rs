//! The running tasks.

use std::collections::BTreeMap;

use jiff::Timestamp;
use keypool_domain::Change;

use crate::ops::{ConfirmedFix, ExportRequest, Progress};
use crate::tui::keys::action::Action;
use crate::tui::model::event::TaskId;
use crate::tui::model::query::Query;
use crate::tui::view::View;

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum TaskKind {
    Connect,
    Load(Query),
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
            Self::Load(query) => query.label(),
            Self::Apply(..) | Self::Fix(..) | Self::Probe | Self::Export(_) => return None,
        })
    }

    /// The description of a change or of fixes; `None` for all other tasks.
    pub(crate) fn write_label(&self) -> Option<&str> {
        match self {
            Self::Apply(_, description) | Self::Fix(_, description) => Some(description),
            Self::Connect | Self::Load(_) | Self::Probe | Self::Export(_) => None,
        }
    }

    /// Whether the task reads something in the background, for later.
    pub(crate) const fn is_background_read(&self) -> bool {
        match self {
            Self::Load(query) => query.is_background(),
            Self::Connect | Self::Apply(..) | Self::Fix(..) | Self::Probe | Self::Export(_) => false,
        }
    }

    pub(crate) const fn is_read(&self) -> bool {
        self.read_label().is_some()
    }

    /// Whether the task reads what this screen shows: going back there stops no other read.
    pub(crate) const fn is_read_of(&self, view: View) -> bool {
        match self {
            Self::Connect => true,
            Self::Load(query) => query.is_shown_on(view),
            Self::Apply(..) | Self::Fix(..) | Self::Probe | Self::Export(_) => false,
        }
    }

    /// The action that reads again what this task reads; `None` if that is not its own action.
    pub(crate) const fn repeating_action(&self) -> Option<Action> {
        match self {
            Self::Connect => Some(Action::Refresh),
            Self::Load(query) => query.repeating_action(),
            Self::Apply(..) | Self::Fix(..) | Self::Probe | Self::Export(_) => None,
        }
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
