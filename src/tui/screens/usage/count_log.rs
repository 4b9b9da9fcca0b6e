//! Counts calls in access logs when the operator asks, and then each minute while they are on the screen.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use crate::aws::Failure;
use crate::ops::{RECENT, RecentCallsRequest};
use crate::tui::model::Model;
use crate::tui::model::query::{Query, QueryResult};
use crate::tui::model::remote::Remote;
use crate::tui::screen::Command;
use crate::tui::screens::usage::log_counts::LogCounts;
use crate::tui::screens::usage::state::{Usage, UsageList};

const INTERVAL: SignedDuration = SignedDuration::from_secs(60);

impl Usage {
    /// Counts the calls of the shown subject in access logs, and shows the list of them.
    pub(super) fn count_log(&mut self, model: &Model) -> Vec<Command> {
        if !self.log.covers(&self.subject) {
            self.log = LogCounts { subject: self.subject.clone(), counted: Remote::NotRequested };
        }
        let commands = self.count_log_again(model);
        self.show_list(UsageList::Loud);
        commands
    }

    /// Stores what was counted, or why it was not.
    pub(super) fn take_counts(&mut self, result: &Result<QueryResult, Failure>, model: &Model) {
        match result {
            Ok(QueryResult::RecentCalls(counted)) => {
                self.log.counted.finish(Ok(Arc::clone(counted)), model.now());
            }
            Ok(_) => {}
            Err(failure) => self.log.counted.finish(Err(failure.clone()), model.now()),
        }
    }

    fn count_log_again(&mut self, model: &Model) -> Vec<Command> {
        let plans = Self::plans_of(&self.log.subject, model);
        let fields = model.options().access_log_fields.clone();
        let query = Query::RecentCalls(RecentCallsRequest { plans, fields, length: RECENT });
        if model.is_loading(&query) {
            return Vec::new();
        }
        self.log.counted.start();
        vec![Command::Load(query)]
    }

    /// When the counted calls on the screen are a minute old. Logs Insights costs money, so what it counted is counted
    /// again only on request, and so is what failed.
    pub(super) fn counts_log_at(&self) -> Option<Timestamp> {
        let is_shown = self.list == UsageList::Loud && self.log.covers(&self.subject);
        match &self.log.counted {
            Remote::Ready { value, at } if is_shown && value.bytes_scanned == 0 => {
                at.checked_add(INTERVAL).ok()
            }
            Remote::Ready { .. }
            | Remote::NotRequested
            | Remote::Loading { .. }
            | Remote::Failed { .. }
            | Remote::Stopped => None,
        }
    }

    pub(crate) fn count_log_if_due(&mut self, model: &Model) -> Vec<Command> {
        let is_due = self.counts_log_at().is_some_and(|at| at <= model.now());
        if is_due { self.count_log_again(model) } else { Vec::new() }
    }
}
