//! The figures of the usage screen for its subject and range.

use std::borrow::Cow;

use jiff::Timestamp;
use jiff::civil::Date;
use keypool_domain::usage::{DayRange, KeyUse, QuotaStatus, SharedUse, TenantUse};
use keypool_domain::{ApiKeyId, Inventory, PlanId, Quota, Tenant};

use crate::tui::model::Model;
use crate::tui::model::usage_index::{Ranks, UsageIndex};
use crate::tui::model::usage_loading::UsageState;
use crate::tui::quota_text;
use crate::tui::screens::usage::state::{Usage, UsageList, UsageSubject};
use crate::tui::screens::usage::usage_range::UsageRange;

/// A field is `None` if its data has not been read, or does not exist for the subject.
pub(super) struct UsageContent<'a> {
    pub(super) state: &'a Usage,
    pub(super) model: &'a Model,
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
    pub(super) fn new(state: &'a Usage, model: &'a Model) -> Self {
        let inventory = model.inventory().map(AsRef::as_ref);
        let current = model.usage();
        let plan = match &state.subject {
            UsageSubject::Account => None,
            UsageSubject::Plan(plan) | UsageSubject::Key(plan, _) => Some(plan),
        };
        let status = current.and_then(|index| match &state.subject {
            UsageSubject::Account => None,
            UsageSubject::Plan(plan) => index.plan_status(plan),
            UsageSubject::Key(plan, key) => index.key_status(plan, key),
        });
        let quota = plan.and_then(|plan| inventory?.plan(plan)?.quota.as_ref());
        let index = match state.range.range_to_read(model.now()) {
            None => current,
            Some(range) => {
                let index = state.other_range.value().filter(|index| index.usage.range == range);
                index.map(AsRef::as_ref)
            }
        };
        let shown_days = state.range.chart_days(quota, model.now());
        Self {
            state,
            model,
            subject: &state.subject,
            range: state.range,
            inventory,
            index,
            status,
            quota,
            shown_days,
        }
    }

    /// `None` until inventory and usage have been read; of the account, usage of some plan.
    pub(super) fn filter_loaded(self) -> Option<Self> {
        let index = self.index.filter(|_| self.inventory.is_some())?;
        let is_missing = |plan: &PlanId| index.usage.plan(plan).is_none();
        (!self.plan().is_some_and(is_missing)).then_some(self)
    }

    fn plan(&self) -> Option<&'a PlanId> {
        match self.subject {
            UsageSubject::Account => None,
            UsageSubject::Plan(plan) | UsageSubject::Key(plan, _) => Some(plan),
        }
    }

    /// Whether the status of the subject in the current period is known, also if there is none.
    pub(super) fn is_status_known(&self) -> bool {
        self.plan().is_none_or(|plan| self.model.usage_state(plan) == UsageState::Read)
    }

    /// Whether the figures are of all plans.
    pub(super) fn has_all_plans(&self) -> bool {
        self.range != UsageRange::Period || self.model.usage_so_far().is_none()
    }

    /// Shown in a list without rows.
    pub(super) fn empty_list_text(&self) -> &'static str {
        let is_of_account = *self.subject == UsageSubject::Account;
        if is_of_account && !self.has_all_plans() {
            "the usage of some plans is not read yet"
        } else {
            "no usage data for these days"
        }
    }

    pub(super) fn title(&self, model: &Model) -> String {
        let range = self.range.label(self.quota, model.now());
        format!("Usage · {} · {range}: {}", self.subject_name(), format_range(self.shown_days))
    }

    pub(super) fn subject_name(&self) -> String {
        let plan_name = |plan| self.inventory.map_or("", |inventory| inventory.plan_name(plan));
        match self.subject {
            UsageSubject::Account => "all plans".to_owned(),
            UsageSubject::Plan(plan) => plan_name(plan).to_owned(),
            UsageSubject::Key(plan, key) => {
                let users = self
                    .inventory
                    .map_or_else(String::new, |inventory| quota_text::key_users(inventory, key));
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

impl UsageContent<'_> {
    /// The plans with their statuses, by calls per day, highest first.
    pub(super) fn plans(&self) -> Vec<(PlanId, Option<QuotaStatus>)> {
        let plans = self.inventory.map_or(&[][..], Inventory::plans);
        let status = |plan: &PlanId| self.model.usage().and_then(|index| index.plan_status(plan)).copied();
        let mut statuses: Vec<_> = plans.iter().map(|plan| (plan.id.clone(), status(&plan.id))).collect();
        let burn = |status: &Option<QuotaStatus>| status.map_or(-1.0, |status| status.burn_rate);
        statuses.sort_by(|a, b| burn(&b.1).total_cmp(&burn(&a.1)));
        statuses
    }

    pub(super) fn row_count(&self) -> usize {
        match self.state.list {
            UsageList::Keys => self.ranks().map_or(0, |ranks| ranks.keys.len()),
            UsageList::Tenants => self.tenants().len(),
            UsageList::Plans => self.plans().len(),
            UsageList::Loud => self.state.log.rows(self.subject).len(),
        }
    }

    /// The subject to drill down to from the selected row.
    pub(super) fn selected_subject(&self) -> Option<UsageSubject> {
        let at = self.state.cursor.selected;
        match self.state.list {
            UsageList::Keys => {
                self.ranks()?.keys.get(at).map(|key| UsageSubject::Key(key.plan.clone(), key.api_key.clone()))
            }
            UsageList::Tenants => None,
            UsageList::Loud => {
                let rows = self.state.log.rows(self.subject);
                rows.get(at).map(|row| UsageSubject::Key(row.key.plan.clone(), row.key.api_key.clone()))
            }
            UsageList::Plans => self.plans().into_iter().nth(at).map(|(plan, _)| UsageSubject::Plan(plan)),
        }
    }
}

fn format_range(range: DayRange) -> String {
    let day = |day: Date| day.strftime("%-d %b").to_string();
    format!("{} – {}", day(range.from()), day(range.to()))
}
