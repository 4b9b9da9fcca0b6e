//! The calls of the last minutes, counted in access logs: their source, time and lines.

use std::sync::Arc;

use keypool_domain::Tenant;
use keypool_domain::usage::LoggedKeyUse;

use crate::ops::RecentCalls;
use crate::tui::model::Model;
use crate::tui::model::remote::Remote;
use crate::tui::screens::usage::subject::UsageSubject;
use crate::tui::text;

/// Further lines are only exported.
const MAX_ROWS: usize = 1_000;

/// Calls counted in access logs.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct LogCounts {
    /// What they were asked for.
    pub(super) subject: UsageSubject,
    pub(super) counted: Remote<Arc<RecentCalls>>,
}

/// A tenant and an API key that it uses.
#[derive(Debug, Clone, Copy)]
pub(super) struct LoudRow<'a> {
    pub(super) tenant: &'a Tenant,
    pub(super) key: &'a LoggedKeyUse,
}

impl LogCounts {
    /// Whether the calls of a subject were asked for.
    pub(super) fn covers(&self, subject: &UsageSubject) -> bool {
        let is_asked_for = self.counted != Remote::NotRequested;
        is_asked_for
            && match (&self.subject, subject) {
                (UsageSubject::Account, _) => true,
                (UsageSubject::Plan(_) | UsageSubject::Key(..), UsageSubject::Account) => false,
                (
                    UsageSubject::Plan(counted) | UsageSubject::Key(counted, _),
                    UsageSubject::Plan(plan) | UsageSubject::Key(plan, _),
                ) => counted == plan,
            }
    }

    /// The lines of a subject with the most calls.
    pub(super) fn rows(&self, subject: &UsageSubject) -> Vec<LoudRow<'_>> {
        let counted = self.counted.value().filter(|_| self.covers(subject));
        let Some(counted) = counted else { return Vec::new() };
        let rows = counted.by_calls.iter().map(|&(tenant, key)| {
            let tenant = &counted.usage.tenants[tenant];
            LoudRow { tenant: &tenant.tenant, key: &tenant.keys[key] }
        });
        rows.filter(|row| is_of_subject(row.key, subject)).take(MAX_ROWS).collect()
    }

    /// The source, the time that is covered, and when it was counted; or as many lines as a failure needs.
    pub(super) fn describe(&self, model: &Model, cells: usize) -> Vec<String> {
        let text = match (&self.counted, self.counted.value()) {
            (Remote::Failed { failure, .. }, _) => {
                return text::wrap(&format!("could not count: {failure}"), cells);
            }
            (_, Some(counted)) => {
                let more = counted.remarks.len().saturating_sub(1);
                let more = if more == 0 { String::new() } else { format!(" · {more} more remarks") };
                let spinner =
                    if self.counted.is_loading() { format!("{} ", model.spinner()) } else { String::new() };
                let as_of = counted.as_of.strftime("%H:%M UTC");
                let first = counted.remarks.first().map_or("", String::as_str);
                format!("{spinner}counted {as_of}{more} · {first}")
            }
            (Remote::Stopped, None) => "stopped".to_owned(),
            (_, None) => format!("{} counting calls in the access logs", model.spinner()),
        };
        vec![text::fit(&text, cells).into_owned()]
    }
}

fn is_of_subject(key: &LoggedKeyUse, subject: &UsageSubject) -> bool {
    match subject {
        UsageSubject::Account => true,
        UsageSubject::Plan(plan) => key.plan == *plan,
        UsageSubject::Key(plan, api_key) => key.plan == *plan && key.api_key == *api_key,
    }
}
