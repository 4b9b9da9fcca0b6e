//! Warnings on the home screen: quotas that run out before they reset, and account limits that are nearly
//! reached. The status line always shows the numbers of API keys and plans beside their limits.

use keypool_domain::alert::AlertKind;
use keypool_domain::drift::FindingKind;
use keypool_domain::text::pluralize;
use keypool_domain::usage::{AccountLimit, AccountLimitUse, QuotaWarning, QuotaWarningKind};

use crate::tui::marks::Mark;
use crate::tui::model::Model;
use crate::tui::quota_text;
use crate::tui::styles::Role;
use crate::tui::text;

/// More warnings about quotas than this never fit on a line.
const MAX_WARNINGS: usize = 12;
const WARNING_GAP: &str = "   ";
/// More tenants behind an API key are only counted.
const MAX_NAMED_TENANTS: usize = 3;
/// With more tenant keys behind an API key, their tenants are not counted.
const MAX_COUNTED_KEYS: usize = 200;

/// The line of warnings for this width, and its role; `None` until usage is read.
pub(crate) fn summary_line(model: &Model, cells: usize) -> Option<(Role, String)> {
    let warnings = &model.usage()?.warnings;
    let quotas = &warnings.quotas;
    let role = match quotas.first().map(|first| first.kind) {
        Some(QuotaWarningKind::Exhausted) => Role::Error,
        Some(QuotaWarningKind::RunsOut(_) | QuotaWarningKind::AboveThreshold) => Role::Warn,
        None if !warnings.is_empty() => Role::Warn,
        None => Role::Muted,
    };
    let is_quiet = quotas.is_empty();
    let quiet = "no quota runs out before it resets";
    let head = match (model.usage_so_far(), is_quiet) {
        (None, true) => quiet.to_owned(),
        (None, false) => String::new(),
        (Some(so_far), true) => format!("{} read: {quiet}", describe_plans(so_far)),
        (Some(so_far), false) => format!("{}:", describe_plans(so_far)),
    };
    let quota_texts = quotas.iter().take(MAX_WARNINGS).map(|warning| describe_warning(model, warning));
    let limits = warnings.account_limits.iter().filter(|limit| limit.is_above_threshold).map(describe_limit);
    let texts: Vec<String> = quota_texts.chain(limits).collect();
    let hidden = quotas.len().saturating_sub(MAX_WARNINGS);
    let line = join_warnings(&head, &texts, hidden, is_quiet, cells);
    Some((role, line))
}

/// For example `120 of 300 plans`.
fn describe_plans((known, total): (usize, usize)) -> String {
    format!("{} of {} plans", text::format_count(known), text::format_count(total))
}

/// Joins as many warnings as fit, and counts the rest, including the `hidden` ones. `is_quiet` means that
/// `head` is a sentence.
fn join_warnings(head: &str, warnings: &[String], hidden: usize, is_quiet: bool, cells: usize) -> String {
    let mut line = head.to_owned();
    for (at, warning) in warnings.iter().enumerate() {
        let gap = match at {
            0 if head.is_empty() => "",
            0 if !is_quiet => " ",
            _ => WARNING_GAP,
        };
        let rest = warnings.len() - at + hidden;
        let longer = format!("{line}{gap}{warning}");
        let room = if rest > 1 { text::width(&more_suffix(rest - 1)) } else { 0 };
        // The first warning is always shown; the caller cuts it to the width.
        if at > 0 && text::width(&longer).saturating_add(room) > cells {
            return format!("{line}{}", more_suffix(rest));
        }
        line = longer;
    }
    if hidden > 0 { format!("{line}{}", more_suffix(hidden)) } else { line }
}

fn more_suffix(count: usize) -> String {
    format!("{WARNING_GAP}{} more", text::format_count(count))
}

/// The highest number of plans per API key, with its limit. The status line does not show this limit.
pub(crate) fn plans_per_key(model: &Model) -> Option<(String, Role)> {
    let account = &model.usage()?.warnings.account_limits;
    let most = account.iter().find(|limit| matches!(limit.limit, AccountLimit::PlansOfKey(_)))?;
    Some((
        format!("plans/key {}", format_limit(most)),
        if most.is_above_threshold { Role::Warn } else { Role::Muted },
    ))
}

/// E.g. `✗ BasicPlan 5v2seh60kv spent: globex, hooli, wayne get 429 until 1 Dec 00:00 UTC`.
fn describe_warning(model: &Model, warning: &QuotaWarning) -> String {
    let Some(inventory) = model.inventory() else { return String::new() };
    let (status, now) = (&warning.status, model.now());
    let mark = Mark::of_warning(warning.kind).symbol();
    // This is drawn in every frame, and an API key may have hundreds of thousands of tenant keys.
    let is_countable = inventory.tenant_keys_of_api_key(&warning.api_key).len() <= MAX_COUNTED_KEYS;
    let tenants = if is_countable { inventory.tenants_of_api_key(&warning.api_key) } else { Vec::new() };
    let named: Vec<_> = tenants.iter().map(|tenant| tenant.as_str()).collect();
    let who = match named.len() {
        0 => quota_text::key_users(inventory, &warning.api_key),
        1..=MAX_NAMED_TENANTS => named.join(", "),
        count => pluralize(count, "tenant"),
    };
    let what = match warning.kind {
        QuotaWarningKind::Exhausted => {
            let gets = if named.len() == 1 { "gets" } else { "get" };
            let until = status.resets_at.map(|at| quota_text::format_time_or_date(at, now));
            let until = until.map_or_else(String::new, |at| format!(" until {at} UTC"));
            let source = status.figure.refusal_source();
            let source = source.map_or_else(String::new, |source| format!(" · {source}"));
            format!("spent: {who} {gets} 429{until}{source}")
        }
        QuotaWarningKind::RunsOut(at) => {
            format!("runs out ~{} UTC: {who}", quota_text::format_time_or_date(at, now))
        }
        QuotaWarningKind::AboveThreshold => {
            format!("at {}%: {who}", status.figure.whole_percent().unwrap_or(100))
        }
    };
    format!("{mark} {} {} {what}", inventory.plan_name(&warning.plan), warning.api_key)
}

/// The number of alerts, and of those of each kind; `None` until usage is read. Problems count once the doctor has run.
pub(crate) fn count_alerts(model: &Model) -> Option<AlertCounts> {
    let alerts = &model.usage()?.alert_counts;
    let of_kind = |kind: AlertKind| alerts.get(&kind).copied().unwrap_or(0);
    let findings = model.findings().into_iter().flatten();
    Some(AlertCounts {
        spent: of_kind(AlertKind::QuotaExhausted),
        forecast: of_kind(AlertKind::QuotaRunsOut) + of_kind(AlertKind::QuotaAboveThreshold),
        problems: findings.filter(|finding| finding.kind != FindingKind::NearLimit).count(),
        ending: of_kind(AlertKind::KeyEnding),
        limits: of_kind(AlertKind::AccountLimit),
    })
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct AlertCounts {
    spent: usize,
    /// Quotas that run out, or are nearly used up.
    forecast: usize,
    problems: usize,
    ending: usize,
    limits: usize,
}

impl AlertCounts {
    pub(crate) const fn total(&self) -> usize {
        self.spent + self.forecast + self.problems + self.ending + self.limits
    }

    pub(crate) const fn has_spent(&self) -> bool {
        self.spent > 0
    }

    /// E.g. `1 spent · 2 forecast · 2 problems`.
    pub(crate) fn describe_kinds(&self) -> String {
        let problems = if self.problems == 1 { "problem" } else { "problems" };
        let limits = if self.limits == 1 { "limit" } else { "limits" };
        let kinds = [
            (self.spent, "spent"),
            (self.forecast, "forecast"),
            (self.problems, problems),
            (self.ending, "ending"),
            (self.limits, limits),
        ];
        let counted = kinds.into_iter().filter(|(count, _)| *count > 0);
        let counted: Vec<_> =
            counted.map(|(count, word)| format!("{} {word}", text::format_count(count))).collect();
        counted.join(" · ")
    }
}

fn describe_limit(limit: &AccountLimitUse) -> String {
    let what = match &limit.limit {
        AccountLimit::ApiKeys => "API keys".to_owned(),
        AccountLimit::Plans => "plans".to_owned(),
        AccountLimit::PlansOfKey(key) => format!("plans of API key {key}"),
    };
    format!("{} {what} {}", Mark::NearLimit.symbol(), format_limit(limit))
}

fn format_limit(limit: &AccountLimitUse) -> String {
    format!("{}/{}", text::format_count(limit.count), text::format_count(limit.max))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_lists_the_warnings_that_fit_and_counts_the_rest() {
        let all = ["one is spent", "two is spent", "three is spent"].map(str::to_owned);
        assert_eq!(join_warnings("", &all, 0, false, 80), "one is spent   two is spent   three is spent");
        assert_eq!(join_warnings("", &all, 0, false, 40), "one is spent   two is spent   1 more");
        assert_eq!(join_warnings("", &all[..2], 7, false, 80), "one is spent   two is spent   7 more");
        assert_eq!(join_warnings("", &all, 0, false, 25), "one is spent   2 more");
        assert_eq!(join_warnings("", &all, 0, false, 5), "one is spent   2 more");
        assert_eq!(join_warnings("1 of 2 plans:", &all, 0, false, 5), "1 of 2 plans: one is spent   2 more");
        assert_eq!(
            join_warnings("no quota runs out before it resets", &[], 0, true, 80),
            "no quota runs out before it resets"
        );
    }
}
