//! What the operator chose on the usage screen, and usage of the days chosen there.

use std::sync::Arc;

use crate::aws::Failure;
use crate::tui::model::Model;
use crate::tui::model::remote::Remote;
use crate::tui::model::usage_index::UsageIndex;
use crate::tui::screens::usage::log_counts::LogCounts;
pub(crate) use crate::tui::screens::usage::subject::UsageSubject;
use crate::tui::screens::usage::usage_range::UsageRange;
use crate::tui::widgets::cursor::Cursor;

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
    pub(super) log: LogCounts,
}

impl Usage {
    /// Shows a subject, and clears the history.
    pub(crate) fn open(&mut self, subject: UsageSubject) {
        self.history.clear();
        self.subject = subject;
        self.show_list(self.lists()[0]);
    }

    /// The lists of the subject, with that of the access logs once it was asked for.
    pub(super) fn lists(&self) -> &'static [UsageList] {
        UsageList::for_subject(&self.subject, self.log.covers(&self.subject))
    }

    pub(super) fn show_list(&mut self, list: UsageList) {
        self.list = list;
        self.cursor = Cursor::default();
    }

    pub(crate) fn drill_down(&mut self, subject: UsageSubject) {
        self.history.push(std::mem::replace(&mut self.subject, subject));
        self.show_list(self.lists()[0]);
    }

    /// Returns false if there is no previous subject.
    pub(crate) fn drill_up(&mut self) -> bool {
        let Some(subject) = self.history.pop() else { return false };
        self.subject = subject;
        self.show_list(self.lists()[0]);
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
        let lists = self.lists();
        let at = lists.iter().position(|list| *list == self.list).unwrap_or(0);
        self.show_list(lists[(at + 1) % lists.len()]);
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum UsageList {
    #[default]
    Keys,
    Tenants,
    Plans,
    /// Tenants by the calls that access logs have of the last minutes.
    Loud,
}

impl UsageList {
    const fn for_subject(subject: &UsageSubject, has_log: bool) -> &'static [Self] {
        match (subject, has_log) {
            (UsageSubject::Account, false) => &[Self::Keys, Self::Tenants, Self::Plans],
            (UsageSubject::Account, true) => &[Self::Keys, Self::Tenants, Self::Plans, Self::Loud],
            (UsageSubject::Plan(_), false) => &[Self::Keys, Self::Tenants],
            (UsageSubject::Plan(_), true) => &[Self::Keys, Self::Tenants, Self::Loud],
            (UsageSubject::Key(..), false) => &[Self::Tenants],
            (UsageSubject::Key(..), true) => &[Self::Tenants, Self::Loud],
        }
    }

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Keys => "keys by calls",
            Self::Tenants => "tenants by calls",
            Self::Plans => "plans by calls/day",
            Self::Loud => "last 15 min",
        }
    }

    /// Rows above the table.
    pub(super) const fn header_rows(self) -> u16 {
        match self {
            Self::Keys | Self::Tenants | Self::Plans => 1,
            // With the source.
            Self::Loud => 2,
        }
    }
}
