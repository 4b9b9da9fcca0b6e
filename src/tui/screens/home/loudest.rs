//! The shares of the tenants behind shared API keys, as far as an access log was counted.

use std::collections::HashMap;

use jiff::Timestamp;
use keypool_domain::{ApiKeyId, PlanId};
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use crate::ops::RecentCalls;
use crate::tui::model::Model;
use crate::tui::screens::home::detail::Section;
use crate::tui::styles::{Role, Styles};
use crate::tui::text;
use crate::tui::widgets::bar;
use crate::tui::widgets::table::Cell;

/// From this share of the calls on, a tenant is highlighted.
const LOUD_PERCENT: u64 = 50;
/// Further tenants of an API key are not shown.
const MAX_TENANTS: usize = 6;

/// What was counted of each shared API key.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct LoudestTenants(HashMap<PlanId, HashMap<ApiKeyId, CountedKey>>);

#[derive(Debug, Clone, PartialEq, Eq)]
struct CountedKey {
    counted_at: Timestamp,
    /// Most calls first.
    tenants: Vec<TenantShare>,
    /// Of all its tenants.
    calls: u64,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct TenantShare {
    tenant: String,
    calls: u64,
}

impl CountedKey {
    /// Rounded down; `None` without calls.
    const fn percent(&self, share: &TenantShare) -> Option<u64> {
        share.calls.saturating_mul(100).checked_div(self.calls)
    }
}

impl LoudestTenants {
    /// Replaces what was counted before of the same API keys.
    pub(super) fn add(&mut self, counted: &RecentCalls) {
        let mut of_log: HashMap<(&PlanId, &ApiKeyId), CountedKey> = HashMap::new();
        // Those with the most calls come first.
        for &(tenant, key) in &counted.by_calls {
            let tenant = &counted.usage.tenants[tenant];
            let key = &tenant.keys[key];
            let Some(count) = key.count.filter(|_| key.shared_by.is_some()) else { continue };
            let share = TenantShare { tenant: tenant.tenant.as_str().to_owned(), calls: count.calls };
            let counted = of_log.entry((&key.plan, &key.api_key)).or_insert_with(|| CountedKey {
                counted_at: counted.as_of,
                tenants: Vec::new(),
                calls: count.key_calls,
            });
            if counted.tenants.len() < MAX_TENANTS {
                counted.tenants.push(share);
            }
        }
        for ((plan, api_key), counted) in of_log {
            self.0.entry(plan.clone()).or_default().insert(api_key.clone(), counted);
        }
    }

    fn counted(&self, plan: &PlanId, api_key: &ApiKeyId) -> Option<&CountedKey> {
        self.0.get(plan)?.get(api_key)
    }

    /// The loudest tenant, with its share.
    pub(super) fn cell(&self, plan: &PlanId, api_key: &ApiKeyId, styles: &Styles) -> Cell<'static> {
        let muted = styles.get(Role::Muted);
        let Some(counted) = self.counted(plan, api_key) else { return Cell::Text("not counted", muted) };
        let loudest = counted.tenants.first().and_then(|share| Some((share, counted.percent(share)?)));
        let Some((share, percent)) = loudest else { return Cell::Text("no calls", muted) };
        let style = if percent >= LOUD_PERCENT { styles.get(Role::Warn) } else { Style::new() };
        let percent = format!(" {percent}%");
        let room = LOUDEST_COLS.saturating_sub(text::width(&percent));
        Cell::Owned(format!("{}{percent}", text::fit(&share.tenant, room)), style)
    }

    /// The shares of the tenants behind an API key; `None` if it was not counted.
    pub(super) fn section(
        &self,
        model: &Model,
        plan: &PlanId,
        api_key: &ApiKeyId,
        cells: usize,
    ) -> Option<Section> {
        let counted = self.counted(plan, api_key)?;
        let styles = model.styles();
        let names = counted.tenants.iter().map(|share| text::width(&text::clean(&share.tenant)));
        let name_cols = names.max().unwrap_or(0).min(MAX_TENANT_COLS);
        let lines = counted.tenants.iter().map(|share| {
            let name = text::fit(&share.tenant, name_cols).into_owned();
            let name = format!("{name}{}", " ".repeat(name_cols.saturating_sub(text::width(&name))));
            let percent = counted.percent(share).unwrap_or(0);
            let figures = format!("{name}  {:>9}  {percent:>3}%  ", text::format_count_u64(share.calls));
            let bar_cols = cells.saturating_sub(text::width(&figures)).min(MAX_BAR_COLS);
            let style = if percent >= LOUD_PERCENT { styles.get(Role::Warn) } else { Style::new() };
            let bar = bar::share_spans(share.calls, counted.calls, bar_cols, styles);
            Line::from_iter(std::iter::once(Span::styled(figures, style)).chain(bar))
        });
        let at = counted.counted_at.strftime("%H:%M");
        Some(Section::new(format!("Behind this API key · access log of {at} UTC"), lines.collect()))
    }
}

const MAX_TENANT_COLS: usize = 20;
const MAX_BAR_COLS: usize = 20;

/// The width of the column.
pub(super) const LOUDEST_COLS: usize = 14;
