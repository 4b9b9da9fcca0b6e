//! The calls of an API key on each day of its quota period, and the last calls that were made from here.

use keypool_domain::{ApiKeyId, Period, PlanId, TenantKeyId, Verdict};
use ratatui::text::{Line, Span};

use crate::tui::model::Model;
use crate::tui::model::usage_days::day_of;
use crate::tui::screens::home::detail::Section;
use crate::tui::screens::home::test::state::{RecentCall, TestPane};
use crate::tui::styles::Role;
use crate::tui::text;
use crate::tui::widgets::columns::Day;

/// A chart of calls per day.
pub(super) struct CallsPerDay {
    pub(super) title: String,
    pub(super) days: Vec<Day>,
    /// A quota of more than a day, spread evenly over its days.
    pub(super) even_pace: Option<u64>,
}

/// `None` until usage is read.
pub(super) fn per_day(model: &Model, plan: &PlanId, api_key: &ApiKeyId) -> Option<CallsPerDay> {
    let usage = model.usage()?.usage.plan(plan)?;
    let today = day_of(model.now());
    let quota = model.inventory()?.plan(plan)?.quota.filter(|quota| quota.period == Period::Month);
    let (first, title) = match quota {
        Some(quota) => (
            quota.period_start(today),
            format!("Calls per day · since {}", quota.period_start(today).strftime("%-d %b")),
        ),
        None => (usage.range.from(), "Calls per day · last 31 days".to_owned()),
    };
    let by_day =
        usage.key_calls_by_day(api_key).into_iter().filter(|(day, _)| first <= *day && *day <= today);
    let role = |day| if day == today { Role::Accent } else { Role::Bar };
    let days = by_day.map(|(day, value)| Day { day, value, role: role(day) }).collect();
    let limit = model.usage()?.key_status(plan, api_key).and_then(|status| status.figure.limit());
    let even_pace =
        quota.and(limit).map(|limit| limit.div_ceil(u64::from(today.days_in_month().unsigned_abs())));
    Some(CallsPerDay { title, days, even_pace })
}

/// `None` if none were made with this tenant key.
pub(super) fn section(
    model: &Model,
    test: &TestPane,
    tenant_key: &TenantKeyId,
    cells: usize,
) -> Option<Section> {
    let lines: Vec<_> = test.recent_calls(tenant_key).map(|call| call_line(model, call, cells)).collect();
    (!lines.is_empty()).then(|| Section::new("Last calls from here", lines))
}

/// E.g. `16:03:41.6  429 quota spent … 7 ms`.
fn call_line(model: &Model, call: &RecentCall, cells: usize) -> Line<'static> {
    let (role, words) = match call.verdict {
        Verdict::Ok => (Role::Ok, "OK"),
        Verdict::Throttled => (Role::Warn, "throttled"),
        Verdict::QuotaExhausted => (Role::Error, "quota spent"),
        Verdict::Forbidden => (Role::Error, "forbidden"),
        Verdict::Other => (Role::Error, "other"),
    };
    let status = call.status.map_or_else(|| "no response".to_owned(), |status| format!("{status} {words}"));
    let at = call.at.strftime("%H:%M:%S%.1f").to_string();
    let latency = text::format_latency(call.latency);
    let gap = cells.saturating_sub(text::width(&at) + 2 + text::width(&status) + text::width(&latency));
    let styles = model.styles();
    Line::from(vec![
        Span::styled(format!("{at}  "), styles.get(Role::Muted)),
        Span::styled(status, styles.get(role)),
        Span::raw(" ".repeat(gap)),
        Span::styled(latency, styles.get(Role::Muted)),
    ])
}
