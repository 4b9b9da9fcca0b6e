//! Warnings on the home screen: quotas that run out before they reset, and account limits that are nearly
//! reached. The status line always shows the numbers of API keys and plans beside their limits.

use keypool_domain::usage::{AccountLimit, AccountLimitUse, QuotaWarning, QuotaWarningKind};

use crate::tui::model::Model;
use crate::tui::quota_text;
use crate::tui::styles::Role;
use crate::tui::text;

/// More warnings about quotas than this never fit on a line.
const MAX_WARNINGS: usize = 12;

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
        (None, false) => "⚠".to_owned(),
        (Some(so_far), true) => format!("{} read: {quiet}", describe_plans(so_far)),
        (Some(so_far), false) => format!("⚠ {}:", describe_plans(so_far)),
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
        let gap = if at == 0 && !is_quiet { " " } else { " · " };
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
    format!(" · {} more", text::format_count(count))
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

fn describe_warning(model: &Model, warning: &QuotaWarning) -> String {
    let what = match warning.kind {
        QuotaWarningKind::Exhausted => {
            let source = warning.status.figure.refusal_source();
            source.map_or_else(|| "spent".to_owned(), |source| format!("spent: {source}"))
        }
        QuotaWarningKind::RunsOut(at) => {
            format!("runs out ~{} UTC", quota_text::format_day_or_time(at, model.now()))
        }
        QuotaWarningKind::AboveThreshold => {
            format!("at {}%", warning.status.figure.whole_percent().unwrap_or(100))
        }
    };
    let (Some(inventory), api_key) = (model.inventory(), &warning.api_key) else { return String::new() };
    let who = match inventory.tenant_keys_of_api_key(api_key).len() {
        1 => quota_text::key_users(inventory, api_key),
        _ => format!("{api_key} ({})", quota_text::key_users(inventory, api_key)),
    };
    format!("{} {who} {what}", inventory.plan_name(&warning.plan))
}

fn describe_limit(limit: &AccountLimitUse) -> String {
    match &limit.limit {
        AccountLimit::ApiKeys => format!("API keys {}", format_limit(limit)),
        AccountLimit::Plans => format!("plans {}", format_limit(limit)),
        AccountLimit::PlansOfKey(key) => format!("plans of API key {key} {}", format_limit(limit)),
    }
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
        assert_eq!(join_warnings("⚠", &all, 0, false, 80), "⚠ one is spent · two is spent · three is spent");
        assert_eq!(join_warnings("⚠", &all, 0, false, 43), "⚠ one is spent · two is spent · 1 more");
        assert_eq!(join_warnings("⚠", &all[..2], 7, false, 80), "⚠ one is spent · two is spent · 7 more");
        assert_eq!(join_warnings("⚠", &all, 0, false, 27), "⚠ one is spent · 2 more");
        assert_eq!(join_warnings("⚠", &all, 0, false, 5), "⚠ one is spent · 2 more");
        assert_eq!(
            join_warnings("no quota runs out before it resets", &[], 0, true, 80),
            "no quota runs out before it resets"
        );
    }
}
