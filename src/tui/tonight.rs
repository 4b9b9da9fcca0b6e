//! What the home screen says by itself: which quotas run out before they reset, and which of the account's limits are
//! near. The first line counts API keys and plans at all times.

use keypool_domain::usage::{AccountUse, Limit, QuotaWarning, Why};
use keypool_domain::{ApiKeyId, PlanId, TenantKey};

use super::app::App;
use super::look::Role;
use super::panes::{figures, usage};
use super::text;

/// Warnings that are put into words; no line is longer.
const SAID: usize = 12;

/// The line in so many cells, and how it is meant; `None` where nothing is known of usage.
pub(crate) fn in_words(app: &App, cells: usize) -> Option<(Role, String)> {
    let tonight = &app.usage()?.tonight;
    let spent = found_spent(app);
    let told =
        |warning: &&QuotaWarning| spent.is_none_or(|key| !key.api_key().is_known_to_be(&warning.api_key));
    let quotas: Vec<_> = tonight.quotas.iter().filter(told).collect();
    let role = match quotas.first().map(|first| first.why) {
        _ if spent.is_some() => Role::Error,
        Some(Why::Spent) => Role::Error,
        Some(_) => Role::Warn,
        None if !tonight.is_quiet() => Role::Warn,
        None => Role::Muted,
    };
    let is_quiet = quotas.is_empty() && spent.is_none();
    let head = if is_quiet { "tonight: no quota runs out" } else { "tonight:" };
    let answered = spent.and_then(|key| {
        Some(said(app, &key.plan, key.api_key().value_to_show()?, "spent, a call was answered"))
    });
    let warnings = quotas.iter().take(SAID).map(|warning| warned(app, warning));
    let over = tonight.account.iter().filter(|limit| limit.over).map(limit);
    let named: Vec<String> = answered.into_iter().chain(warnings).chain(over).collect();
    let unsaid = quotas.len().saturating_sub(SAID);
    let line = fill(head, &named, unsaid, is_quiet, cells);
    Some((role, line))
}

/// The key whose quota a call found spent after usage was told.
fn found_spent(app: &App) -> Option<&TenantKey> {
    let (row, at) = app.test.found_spent()?;
    let told = app.usage()?.usage.asked_at();
    app.known()?.row(row).filter(|_| told.is_none_or(|told| at > told))
}

/// As many as fit, and how many more there are.
fn fill(head: &str, named: &[String], unsaid: usize, quiet: bool, cells: usize) -> String {
    let mut line = head.to_owned();
    for (at, one) in named.iter().enumerate() {
        let gap = if at == 0 && !quiet { " " } else { " · " };
        let rest = named.len() - at + unsaid;
        let longer = format!("{line}{gap}{one}");
        let room = if rest > 1 { text::width(&more(rest - 1)) } else { 0 };
        // The first is said as far as there is room.
        if at > 0 && text::width(&longer).saturating_add(room) > cells {
            return format!("{line}{}", more(rest));
        }
        line = longer;
    }
    if unsaid > 0 { format!("{line}{}", more(unsaid)) } else { line }
}

fn more(count: usize) -> String {
    format!(" · {} more", text::grouped(count))
}

/// In how many plans the API key is that is in the most: the limit that the first line does not name.
pub(crate) fn plans_of_a_key(app: &App) -> Option<(String, Role)> {
    let account = &app.usage()?.tonight.account;
    let most = account.iter().find(|limit| matches!(limit.limit, Limit::PlansOfKey(_)))?;
    Some((format!("plans a key {}", so_many(most)), if most.over { Role::Warn } else { Role::Muted }))
}

fn warned(app: &App, warning: &QuotaWarning) -> String {
    let what = match warning.why {
        Why::Spent => "spent".to_owned(),
        Why::RunsOut(at) => format!("runs out about {} UTC", figures::day_or_time(at, app.now)),
        Why::Over => format!("at {}%", warning.standing.whole_percent().unwrap_or(100)),
    };
    said(app, &warning.plan, &warning.api_key, &what)
}

fn said(app: &App, plan: &PlanId, api_key: &ApiKeyId, what: &str) -> String {
    let Some(inventory) = app.known() else { return String::new() };
    let who = match inventory.rows_behind(api_key).len() {
        1 => usage::who(inventory, api_key),
        _ => format!("{api_key} ({})", usage::who(inventory, api_key)),
    };
    format!("{} {who} {what}", inventory.plan_name(plan))
}

fn limit(limit: &AccountUse) -> String {
    match &limit.limit {
        Limit::ApiKeys => format!("API keys {}", so_many(limit)),
        Limit::Plans => format!("plans {}", so_many(limit)),
        Limit::PlansOfKey(key) => format!("plans of key {key} {}", so_many(limit)),
    }
}

fn so_many(limit: &AccountUse) -> String {
    format!("{}/{}", text::grouped(limit.count), text::grouped(limit.most))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_many_as_fit_are_said_and_the_rest_is_counted() {
        let all = ["one is spent", "two is spent", "three is spent"].map(str::to_owned);
        assert_eq!(
            fill("tonight:", &all, 0, false, 80),
            "tonight: one is spent · two is spent · three is spent"
        );
        assert_eq!(fill("tonight:", &all, 0, false, 50), "tonight: one is spent · two is spent · 1 more");
        assert_eq!(
            fill("tonight:", &all[..2], 7, false, 80),
            "tonight: one is spent · two is spent · 7 more"
        );
        assert_eq!(fill("tonight:", &all, 0, false, 34), "tonight: one is spent · 2 more");
        assert_eq!(fill("tonight:", &all, 0, false, 5), "tonight: one is spent · 2 more");
        assert_eq!(fill("tonight: no quota runs out", &[], 0, true, 80), "tonight: no quota runs out");
    }
}
