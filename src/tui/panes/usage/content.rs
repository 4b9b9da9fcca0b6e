//! The figures of the usage view for its subject and range.

use std::borrow::Cow;

use jiff::Timestamp;
use jiff::civil::Date;
use keypool_domain::usage::{DayRange, KeyUse, QuotaStatus, SharedUse, TenantUse};
use keypool_domain::{ApiKeyId, Inventory, PlanId, Quota, Tenant};

use crate::tui::app::App;
use crate::tui::text;
use crate::tui::usage_index::{Ranks, UsageIndex};

use super::{UsageRange, UsageSubject};

/// A field is `None` if its data has not been read, or does not exist for the subject.
pub(crate) struct UsageContent<'a> {
    pub(super) subject: &'a UsageSubject,
    pub(super) range: UsageRange,
    pub(super) inventory: Option<&'a Inventory>,
    /// Usage in the selected range.
    pub(super) index: Option<&'a UsageIndex>,
    /// In the current quota period, whatever range is selected.
    pub(super) status: Option<&'a QuotaStatus>,
    pub(super) quota: Option<&'a Quota>,
    pub(super) shown_days: DayRange,
}

impl<'a> UsageContent<'a> {
    pub(crate) fn new(app: &'a App) -> Self {
        let pane = &app.usage_view;
        let inventory = app.inventory().map(AsRef::as_ref);
        let current = app.usage();
        let plan = match &pane.subject {
            UsageSubject::Account => None,
            UsageSubject::Plan(plan) | UsageSubject::Key(plan, _) => Some(plan),
        };
        let status = current.and_then(|index| match &pane.subject {
            UsageSubject::Account => None,
            UsageSubject::Plan(plan) => index.plan_status(plan),
            UsageSubject::Key(plan, key) => index.key_status(plan, key),
        });
        let quota = plan.and_then(|plan| inventory?.plan(plan)?.quota.as_ref());
        let index = match pane.range.range_to_read(app.now) {
            None => current,
            Some(range) => {
                let index = pane.other_range.value().filter(|index| index.usage.range == range);
                index.map(AsRef::as_ref)
            }
        };
        let shown_days = pane.range.chart_days(quota, app.now);
        Self { subject: &pane.subject, range: pane.range, inventory, index, status, quota, shown_days }
    }

    /// `None` until usage and inventory have been read.
    pub(super) fn filter_loaded(self) -> Option<Self> {
        (self.index.is_some() && self.inventory.is_some()).then_some(self)
    }

    pub(super) fn title(&self, app: &App) -> String {
        let range = self.range.label(self.quota, app.now);
        format!("Usage · {} · {range}: {}", self.subject_name(), format_range(self.shown_days))
    }

    pub(super) fn subject_name(&self) -> String {
        let plan_name = |plan| self.inventory.map_or("", |inventory| inventory.plan_name(plan));
        match self.subject {
            UsageSubject::Account => "all plans".to_owned(),
            UsageSubject::Plan(plan) => plan_name(plan).to_owned(),
            UsageSubject::Key(plan, key) => {
                let users = self.inventory.map_or_else(String::new, |inventory| key_users(inventory, key));
                format!("{} · {key} · {users}", plan_name(plan))
            }
        }
    }

    pub(super) fn ranks(&self) -> Option<&'a Ranks> {
        match self.subject {
            UsageSubject::Account => Some(&self.index?.account_ranks),
            UsageSubject::Plan(plan) | UsageSubject::Key(plan, _) => self.index?.ranks(plan),
        }
    }

    /// One entry per shown day; future days have 0 calls.
    pub(super) fn by_day(&self) -> Vec<(Date, u64)> {
        let calls: std::collections::BTreeMap<Date, u64> = match (self.subject, self.index) {
            (UsageSubject::Key(plan, key), Some(index)) => {
                index.usage.days(plan, key).iter().map(|day| (day.day, day.used)).collect()
            }
            _ => self.ranks().map(|ranks| ranks.by_day.iter().copied().collect()).unwrap_or_default(),
        };
        self.shown_days.days().map(|day| (day, calls.get(&day).copied().unwrap_or(0))).collect()
    }

    /// Whether no quota remained at the end of the day; only known for an API key.
    pub(super) fn is_at_limit(&self, day: Date) -> bool {
        let (UsageSubject::Key(plan, key), Some(index)) = (self.subject, self.index) else { return false };
        index
            .usage
            .days(plan, key)
            .iter()
            .any(|day_use| day_use.day == day && day_use.remaining.is_some_and(|remaining| remaining <= 0))
    }

    /// The busiest tenants, or all tenants of an API key.
    pub(super) fn tenants(&self) -> Cow<'a, [TenantUse]> {
        match (self.subject, self.ranks()) {
            (UsageSubject::Key(plan, key), Some(_)) => Cow::Owned(self.tenants_of_key(plan, key)),
            (_, ranks) => Cow::Borrowed(ranks.map_or(&[], |ranks| &ranks.tenants)),
        }
    }

    fn tenants_of_key(&self, plan: &PlanId, api_key: &ApiKeyId) -> Vec<TenantUse> {
        let used = self.by_day().into_iter().map(|(_, used)| used).fold(0, u64::saturating_add);
        let key = KeyUse { plan: plan.clone(), api_key: api_key.clone(), used };
        let Some(inventory) = self.inventory else { return Vec::new() };
        let tenants = inventory.tenants_of_api_key(api_key);
        let is_shared = tenants.len() > 1
            || inventory.tenant_keys_of_api_key(api_key).any(|key| key.known_pool_key().is_some());
        let shared = is_shared.then_some(SharedUse { key, tenants: tenants.len() });
        let of_tenant = |tenant: &Tenant| TenantUse {
            tenant: tenant.clone(),
            own_calls: if is_shared { 0 } else { used },
            shared_keys: shared.clone().into_iter().collect(),
        };
        tenants.into_iter().map(of_tenant).collect()
    }

    pub(super) fn fetched_at(&self) -> Option<Timestamp> {
        self.index?.usage.oldest_fetch()
    }
}

/// The tenant of the key, or how many tenant keys share it.
pub(crate) fn key_users(inventory: &Inventory, key: &ApiKeyId) -> String {
    let mut keys = inventory.tenant_keys_of_api_key(key);
    let count = keys.len();
    match (keys.next(), count) {
        (None, _) => "no tenant".to_owned(),
        (Some(key), 1) if key.known_pool_key().is_none() => key.tenant.as_str().to_owned(),
        (Some(_), count) => format!("shared by {}", text::format_count(count)),
    }
}

fn format_range(range: DayRange) -> String {
    let day = |day: Date| day.strftime("%-d %b").to_string();
    format!("{} – {}", day(range.from()), day(range.to()))
}
