//! The quota status of an API key or a plan in words, and who uses a key.

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use keypool_domain::usage::{QuotaFigure, QuotaStatus, QuotaWarningKind};
use keypool_domain::{AccountPart, ApiKeyId, Inventory, PlanId};

use crate::tui::model::usage_index::{UsageIndex, WARN_PERCENT};
use crate::tui::styles::Role;
use crate::tui::text;

/// E.g. `used 412 of 5,000`.
pub(crate) fn format_used(figure: QuotaFigure) -> String {
    let used = text::format_count_u64(figure.used());
    match figure.limit() {
        Some(limit) => format!("used {used} of {}", text::format_count_u64(limit)),
        None if figure.is_settling() => format!("used {used} · just extended; new balance not reported yet"),
        None => format!("used {used} · no quota"),
    }
}

/// E.g. `quota used up`, or `spent: 429 seen 16:03; GetUsage of 16:02 says 90%`.
fn format_exhausted(figure: QuotaFigure) -> String {
    figure.refusal_source().map_or_else(|| "quota used up".to_owned(), |source| format!("spent: {source}"))
}

/// Label of the forecast for one API key.
pub(crate) const RUNS_OUT_LABEL: &str = "runs out";
/// Label of the forecast for the API keys of a plan.
pub(crate) const FIRST_OUT_LABEL: &str = "first key runs out";

/// E.g. `367/day · runs out ~25 Nov 18:00 UTC · resets ~1 Dec 00:00 UTC`.
pub(crate) fn format_pace(status: &QuotaStatus, forecast_label: &str) -> String {
    let now =
        status.current_burn_rate.map(|rate| format!(", now ~{}/day", format_rate(rate))).unwrap_or_default();
    let rate = format!("{}/day{now}", format_rate(status.burn_rate));
    let resets = status.resets_at.map(|at| format!("resets ~{} UTC", format_time(at)));
    match (resets, status.figure.is_exhausted(), status.runs_out_at) {
        (None, ..) => rate,
        (Some(reset), true, _) => format!("{rate} · {} · {reset}", format_exhausted(status.figure)),
        (Some(reset), false, Some(out)) => {
            format!("{rate} · {forecast_label} ~{} UTC · {reset}", format_time(out))
        }
        (Some(reset), false, None) => format!("{rate} · lasts until it {reset}"),
    }
}

fn format_time(at: Timestamp) -> String {
    at.to_zoned(TimeZone::UTC).strftime("%-d %b %H:%M").to_string()
}

/// Rounds to a whole number, except between 0 and 1.
pub(crate) fn format_rate(per_day: f64) -> String {
    if per_day > 0.0 && per_day < 1.0 {
        return "<1".to_owned();
    }
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "calls a day are few and not negative"
    )]
    let whole = per_day.round().max(0.0) as u64;
    text::format_count_u64(whole)
}

/// The note in the form that changes the remaining quota: the quota status of a single key, and how to fill
/// in the form.
pub(crate) fn extension_note(usage: Option<&UsageIndex>, plan: &PlanId, api_keys: &[ApiKeyId]) -> String {
    let status = match api_keys {
        [key] => usage.and_then(|usage| usage.key_status(plan, key)),
        _ => None,
    };
    let used = status.map_or_else(String::new, |status| format!("{} · ", format_used(status.figure)));
    format!("{used}add calls to the remaining quota of this period, or set it")
}

/// The tenant of the key, or how many tenant keys share it.
pub(crate) fn key_users(inventory: &Inventory, key: &ApiKeyId) -> String {
    let mut keys = inventory.tenant_keys_of_api_key(key);
    let count = keys.len();
    match (keys.next(), count) {
        (None, _) if inventory.lists_on_demand() && inventory.counted_references(key).is_some() => {
            format!("shared by {}", text::format_tenant_keys_of(inventory, key))
        }
        (None, _) => match inventory.find_missing_part(&[AccountPart::TenantKeys]) {
            None => inventory
                .former_owner(key)
                .map_or_else(|| "no tenant".to_owned(), |tenant| format!("{tenant}, ended")),
            Some(_) => format!("tenants {}", text::PENDING),
        },
        (Some(key), 1) if key.known_pool_key().is_none() => key.tenant.as_str().to_owned(),
        (Some(_), _) => format!("shared by {}", text::format_tenant_keys_of(inventory, key)),
    }
}

/// The role of usage with this status: by the worst warning about it, or else by the status itself.
pub(crate) fn usage_role(status: &QuotaStatus, worst_warning: Option<QuotaWarningKind>) -> Role {
    match worst_warning {
        Some(QuotaWarningKind::Exhausted) => Role::Error,
        Some(QuotaWarningKind::RunsOut(_) | QuotaWarningKind::AboveThreshold) => Role::Warn,
        None if status.figure.is_exhausted() => Role::Error,
        None if status.figure.percent().is_some_and(|percent| percent >= f64::from(WARN_PERCENT)) => {
            Role::Warn
        }
        None => Role::Text,
    }
}

/// The warning for one API key, from its status; usage above the threshold is left to [`usage_role`].
pub(crate) fn key_warning(status: &QuotaStatus) -> Option<QuotaWarningKind> {
    if status.figure.is_exhausted() {
        return Some(QuotaWarningKind::Exhausted);
    }
    status.runs_out_at.map(QuotaWarningKind::RunsOut)
}

/// The time if `at` is within 24 hours of `now`, otherwise the day; both in UTC.
pub(crate) fn format_day_or_time(at: Timestamp, now: Timestamp) -> String {
    let zoned = at.to_zoned(TimeZone::UTC);
    let is_near = at.duration_since(now).abs() <= SignedDuration::from_hours(24);
    zoned.strftime(if is_near { "%H:%M" } else { "%-d %b" }).to_string()
}

/// The time if `at` is within 24 hours of `now`, otherwise with its day, or the date alone in another year; all in UTC.
pub(crate) fn format_time_or_date(at: Timestamp, now: Timestamp) -> String {
    let [zoned, today] = [at, now].map(|at| at.to_zoned(TimeZone::UTC));
    let format = match () {
        () if at.duration_since(now).abs() <= SignedDuration::from_hours(24) => "%H:%M",
        () if zoned.year() == today.year() || at > now => "%-d %b %H:%M",
        () => "%Y-%m-%d",
    };
    zoned.strftime(format).to_string()
}
