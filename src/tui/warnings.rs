//! What the home screen says by itself: which quotas run out before they reset, and which of the account's limits are
//! near. The first line counts API keys and plans at all times.

use keypool_domain::usage::{AccountLimit, AccountLimitUse, QuotaWarning, QuotaWarningKind};
use keypool_domain::{ApiKeyId, PlanId, TenantKey};

use super::app::App;
use super::panes::{figures, usage};
use super::styles::Role;
use super::text;

/// Warnings that are put into words; no line is longer.
const MAX_WARNINGS: usize = 12;

/// The line in so many cells, and how it is meant; `None` where nothing is known of usage.
pub(crate) fn summary_line(app: &App, cells: usize) -> Option<(Role, String)> {
    let tonight = &app.usage()?.warnings;
    let spent = find_spent_key(app);
    let told =
        |warning: &&QuotaWarning| spent.is_none_or(|key| !key.api_key().is_known_to_be(&warning.api_key));
    let quotas: Vec<_> = tonight.quotas.iter().filter(told).collect();
    let role = match quotas.first().map(|first| first.kind) {
        _ if spent.is_some() => Role::Error,
        Some(QuotaWarningKind::Exhausted) => Role::Error,
        Some(_) => Role::Warn,
        None if !tonight.is_empty() => Role::Warn,
        None => Role::Muted,
    };
    let is_quiet = quotas.is_empty() && spent.is_none();
    let head = if is_quiet { "tonight: no quota runs out" } else { "tonight:" };
    let answered = spent.and_then(|key| {
        Some(describe_key(app, &key.plan, key.api_key().value_to_show()?, "spent, a call was answered"))
    });
    let warnings = quotas.iter().take(MAX_WARNINGS).map(|warning| describe_warning(app, warning));
    let over = tonight.account_limits.iter().filter(|limit| limit.is_over).map(describe_limit);
    let named: Vec<String> = answered.into_iter().chain(warnings).chain(over).collect();
    let unsaid = quotas.len().saturating_sub(MAX_WARNINGS);
    let line = join_fitting(head, &named, unsaid, is_quiet, cells);
    Some((role, line))
}

/// The key whose quota a call found spent after usage was told.
fn find_spent_key(app: &App) -> Option<&TenantKey> {
    let (row, at) = app.test.last_spent_call()?;
    let told = app.usage()?.usage.oldest_fetch();
    app.inventory()?.tenant_key(row).filter(|_| told.is_none_or(|told| at > told))
}

/// As many as fit, and how many more there are.
fn join_fitting(head: &str, named: &[String], unsaid: usize, quiet: bool, cells: usize) -> String {
    let mut line = head.to_owned();
    for (at, one) in named.iter().enumerate() {
        let gap = if at == 0 && !quiet { " " } else { " · " };
        let rest = named.len() - at + unsaid;
        let longer = format!("{line}{gap}{one}");
        let room = if rest > 1 { text::width(&more_suffix(rest - 1)) } else { 0 };
        // The first is said as far as there is room.
        if at > 0 && text::width(&longer).saturating_add(room) > cells {
            return format!("{line}{}", more_suffix(rest));
        }
        line = longer;
    }
    if unsaid > 0 { format!("{line}{}", more_suffix(unsaid)) } else { line }
}

fn more_suffix(count: usize) -> String {
    format!(" · {} more", text::format_count(count))
}

/// In how many plans the API key is that is in the most: the limit that the first line does not name.
pub(crate) fn plans_per_key(app: &App) -> Option<(String, Role)> {
    let account = &app.usage()?.warnings.account_limits;
    let most = account.iter().find(|limit| matches!(limit.limit, AccountLimit::PlansOfKey(_)))?;
    Some((format!("plans a key {}", format_limit(most)), if most.is_over { Role::Warn } else { Role::Muted }))
}

fn describe_warning(app: &App, warning: &QuotaWarning) -> String {
    let what = match warning.kind {
        QuotaWarningKind::Exhausted => "spent".to_owned(),
        QuotaWarningKind::RunsOut(at) => {
            format!("runs out about {} UTC", figures::format_day_or_time(at, app.now))
        }
        QuotaWarningKind::AboveThreshold => format!("at {}%", warning.status.whole_percent().unwrap_or(100)),
    };
    describe_key(app, &warning.plan, &warning.api_key, &what)
}

fn describe_key(app: &App, plan: &PlanId, api_key: &ApiKeyId, what: &str) -> String {
    let Some(inventory) = app.inventory() else { return String::new() };
    let who = match inventory.tenant_keys_of_api_key(api_key).len() {
        1 => usage::key_users(inventory, api_key),
        _ => format!("{api_key} ({})", usage::key_users(inventory, api_key)),
    };
    format!("{} {who} {what}", inventory.plan_name(plan))
}

fn describe_limit(limit: &AccountLimitUse) -> String {
    match &limit.limit {
        AccountLimit::ApiKeys => format!("API keys {}", format_limit(limit)),
        AccountLimit::Plans => format!("plans {}", format_limit(limit)),
        AccountLimit::PlansOfKey(key) => format!("plans of key {key} {}", format_limit(limit)),
    }
}

fn format_limit(limit: &AccountLimitUse) -> String {
    format!("{}/{}", text::format_count(limit.count), text::format_count(limit.max))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_warnings_that_fit_and_counts_the_rest() {
        let all = ["one is spent", "two is spent", "three is spent"].map(str::to_owned);
        assert_eq!(
            join_fitting("tonight:", &all, 0, false, 80),
            "tonight: one is spent · two is spent · three is spent"
        );
        assert_eq!(
            join_fitting("tonight:", &all, 0, false, 50),
            "tonight: one is spent · two is spent · 1 more"
        );
        assert_eq!(
            join_fitting("tonight:", &all[..2], 7, false, 80),
            "tonight: one is spent · two is spent · 7 more"
        );
        assert_eq!(join_fitting("tonight:", &all, 0, false, 34), "tonight: one is spent · 2 more");
        assert_eq!(join_fitting("tonight:", &all, 0, false, 5), "tonight: one is spent · 2 more");
        assert_eq!(
            join_fitting("tonight: no quota runs out", &[], 0, true, 80),
            "tonight: no quota runs out"
        );
    }
}
