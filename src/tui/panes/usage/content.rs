//! What is shown: the figures for what the view is about, in the days that were chosen.

use std::borrow::Cow;

use jiff::Timestamp;
use jiff::civil::Date;
use keypool_domain::usage::{DayRange, KeyUse, SharedUse, Standing, TenantUse};
use keypool_domain::{ApiKeyId, Inventory, PlanId, Quota, Tenant};

use crate::tui::app::App;
use crate::tui::text;
use crate::tui::usage_index::{Ranks, UsageIndex};

use super::{Of, Span};

/// The figures, as far as they are known.
pub(crate) struct Content<'a> {
    pub(super) of: &'a Of,
    pub(super) span: Span,
    pub(super) inventory: Option<&'a Inventory>,
    /// What was told of the chosen days.
    pub(super) index: Option<&'a UsageIndex>,
    /// Where it stands now, whatever days are shown.
    pub(super) standing: Option<&'a Standing>,
    pub(super) quota: Option<&'a Quota>,
    pub(super) shown: DayRange,
}

impl<'a> Content<'a> {
    pub(crate) fn of(app: &'a App) -> Self {
        let pane = &app.usage_view;
        let inventory = app.known().map(AsRef::as_ref);
        let present = app.usage();
        let plan = match &pane.of {
            Of::Account => None,
            Of::Plan(plan) | Of::Key(plan, _) => Some(plan),
        };
        let standing = present.and_then(|index| match &pane.of {
            Of::Account => None,
            Of::Plan(plan) => index.plan(plan),
            Of::Key(plan, key) => index.key(plan, key),
        });
        let quota = plan.and_then(|plan| inventory?.plan(plan)?.quota.as_ref());
        let index = match pane.span.to_read(app.now) {
            None => present,
            Some(range) => {
                let other = pane.other.value().filter(|other| other.usage.range == range);
                other.map(AsRef::as_ref)
            }
        };
        let shown = pane.span.shown(quota, app.now);
        Self { of: &pane.of, span: pane.span, inventory, index, standing, quota, shown }
    }

    /// The same, where there is anything to show.
    pub(super) fn filter_known(self) -> Option<Self> {
        (self.index.is_some() && self.inventory.is_some()).then_some(self)
    }

    pub(super) fn title(&self, app: &App) -> String {
        let days = self.span.name(self.quota, app.now);
        format!("Usage · {} · {days}: {}", self.name(), range_in_words(self.shown))
    }

    /// What it is about.
    pub(super) fn name(&self) -> String {
        let plan_name = |plan| self.inventory.map_or("", |inventory| inventory.plan_name(plan));
        match self.of {
            Of::Account => "all plans".to_owned(),
            Of::Plan(plan) => plan_name(plan).to_owned(),
            Of::Key(plan, key) => {
                let who = self.inventory.map_or_else(String::new, |inventory| who(inventory, key));
                format!("{} · {key} · {who}", plan_name(plan))
            }
        }
    }

    pub(super) fn ranks(&self) -> Option<&'a Ranks> {
        match self.of {
            Of::Account => Some(&self.index?.whole),
            Of::Plan(plan) | Of::Key(plan, _) => self.index?.ranks(plan),
        }
    }

    /// The calls of each day that is shown; days to come have none.
    pub(super) fn by_day(&self) -> Vec<(Date, u64)> {
        let told: std::collections::BTreeMap<Date, u64> = match (self.of, self.index) {
            (Of::Key(plan, key), Some(index)) => {
                index.usage.days(plan, key).iter().map(|day| (day.day, day.used)).collect()
            }
            _ => self.ranks().map(|ranks| ranks.by_day.iter().copied().collect()).unwrap_or_default(),
        };
        self.shown.days().map(|day| (day, told.get(&day).copied().unwrap_or(0))).collect()
    }

    /// Days of a key at whose end nothing was left.
    pub(super) fn is_at_limit(&self, day: Date) -> bool {
        let (Of::Key(plan, key), Some(index)) = (self.of, self.index) else { return false };
        index.usage.days(plan, key).iter().any(|of| of.day == day && of.left.is_some_and(|left| left <= 0))
    }

    /// The tenants: the busiest, or all behind a key.
    pub(super) fn tenants(&self) -> Cow<'a, [TenantUse]> {
        match (self.of, self.ranks()) {
            (Of::Key(plan, key), Some(_)) => Cow::Owned(self.behind(plan, key)),
            (_, ranks) => Cow::Borrowed(ranks.map_or(&[], |ranks| &ranks.tenants)),
        }
    }

    fn behind(&self, plan: &PlanId, api_key: &ApiKeyId) -> Vec<TenantUse> {
        let used = self.by_day().into_iter().map(|(_, used)| used).fold(0, u64::saturating_add);
        let key = KeyUse { plan: plan.clone(), api_key: api_key.clone(), used };
        let Some(inventory) = self.inventory else { return Vec::new() };
        let behind = inventory.tenants_behind(api_key);
        let is_shared =
            behind.len() > 1 || inventory.rows_behind(api_key).any(|row| row.referred().is_some());
        let shared = is_shared.then_some(SharedUse { key, tenants: behind.len() });
        let of_tenant = |tenant: &Tenant| TenantUse {
            tenant: tenant.clone(),
            own: if is_shared { 0 } else { used },
            shared: shared.clone().into_iter().collect(),
        };
        behind.into_iter().map(of_tenant).collect()
    }

    /// When it was asked.
    pub(super) fn asked_at(&self) -> Option<Timestamp> {
        self.index?.usage.asked_at()
    }
}

/// Who uses a key: its tenant, or how many share it.
pub(crate) fn who(inventory: &Inventory, key: &ApiKeyId) -> String {
    let rows = inventory.rows_behind(key);
    let count = rows.len();
    let mut rows = rows;
    match (rows.next(), count) {
        (None, _) => "no tenant".to_owned(),
        (Some(row), 1) if row.referred().is_none() => row.tenant.as_str().to_owned(),
        (Some(_), count) => format!("shared by {}", text::grouped(count)),
    }
}

fn range_in_words(range: DayRange) -> String {
    let day = |day: Date| day.strftime("%-d %b").to_string();
    format!("{} – {}", day(range.from()), day(range.to()))
}
