//! What the operator chose on the usage screen, and usage of the days chosen there.

use std::sync::Arc;

use keypool_domain::{ApiKeyId, PlanId};

use crate::aws::Failure;
use crate::tui::model::Model;
use crate::tui::model::remote::Remote;
use crate::tui::model::usage_index::UsageIndex;
use crate::tui::screens::usage::usage_range::UsageRange;
use crate::tui::widgets::cursor::Cursor;

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) enum UsageSubject {
    #[default]
    Account,
    Plan(PlanId),
    Key(PlanId, ApiKeyId),
}

#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Usage {
    pub(crate) subject: UsageSubject,
    /// Previous subjects, for drilling up.
    history: Vec<UsageSubject>,
    pub(crate) range: UsageRange,
    pub(crate) list: UsageList,
    pub(super) cursor: Cursor,
    pub(super) height: usize,
    /// Usage of days outside the current range.
    pub(crate) other_range: Remote<Arc<UsageIndex>>,
}

impl Usage {
    /// Shows a subject, and clears the history.
    pub(crate) fn open(&mut self, subject: UsageSubject) {
        self.history.clear();
        self.subject = subject;
        self.list = UsageList::for_subject(&self.subject)[0];
        self.cursor = Cursor::default();
    }

    pub(crate) fn drill_down(&mut self, subject: UsageSubject) {
        self.history.push(std::mem::replace(&mut self.subject, subject));
        self.list = UsageList::for_subject(&self.subject)[0];
        self.cursor = Cursor::default();
    }

    /// Returns false if there is no previous subject.
    pub(crate) fn drill_up(&mut self) -> bool {
        let Some(subject) = self.history.pop() else { return false };
        self.subject = subject;
        self.list = UsageList::for_subject(&self.subject)[0];
        self.cursor = Cursor::default();
        true
    }

    /// Why usage of the shown days could not be read.
    pub(super) fn failure<'a>(&'a self, model: &'a Model) -> Option<&'a Failure> {
        match self.range.range_to_read(model.now()) {
            Some(_) => self.other_range.failure(),
            None => model.usage_failure(),
        }
    }

    pub(crate) fn next_list(&mut self) {
        let lists = UsageList::for_subject(&self.subject);
        let at = lists.iter().position(|list| *list == self.list).unwrap_or(0);
        self.list = lists[(at + 1) % lists.len()];
        self.cursor = Cursor::default();
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum UsageList {
    #[default]
    Keys,
    Tenants,
    Plans,
}

impl UsageList {
    pub(super) const fn for_subject(subject: &UsageSubject) -> &'static [Self] {
        match subject {
            UsageSubject::Account => &[Self::Keys, Self::Tenants, Self::Plans],
            UsageSubject::Plan(_) => &[Self::Keys, Self::Tenants],
            UsageSubject::Key(..) => &[Self::Tenants],
        }
    }

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Keys => "keys by calls",
            Self::Tenants => "tenants by calls",
            Self::Plans => "plans by calls/day",
        }
    }
}
