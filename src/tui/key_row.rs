//! A tenant key in a table, and what its cells show of the account.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use keypool_domain::{ApiKeyId, Inventory, Known, Presence, Rotation, TenantKey, Unknown};
use ratatui::style::Style;

use crate::tui::figures::QuotaFigures;
use crate::tui::marks::Mark;
use crate::tui::model::Model;
use crate::tui::model::usage_loading::UsageState;
use crate::tui::recent_days::RecentDays;
use crate::tui::styles::{Role, Styles};
use crate::tui::text;
use crate::tui::widgets::table::Cell;

pub(crate) struct KeyRow<'a> {
    pub(crate) key: &'a TenantKey,
    pub(crate) inventory: &'a Inventory,
    api_key: Known<ApiKeyId>,
    state: KeyState,
    styles: &'a Styles,
    /// Usage of the API key: for a shared key, the total of all its tenants.
    pub(crate) figures: QuotaFigures<'a>,
}

/// The worst that is known of a tenant key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum KeyState {
    Missing,
    Spent,
    Problem,
    Disabled,
    Unknown,
    Active,
}

impl KeyState {
    const fn word(self) -> (&'static str, Role) {
        match self {
            Self::Missing => ("missing", Role::Error),
            Self::Spent => ("spent", Role::Error),
            Self::Problem => ("problem", Role::Problem),
            Self::Disabled => ("disabled", Role::Muted),
            Self::Unknown => (text::UNKNOWN, Role::Warn),
            Self::Active => ("active", Role::Muted),
        }
    }

    const fn mark(self) -> Option<Mark> {
        match self {
            Self::Missing | Self::Problem => Some(Mark::Problem),
            Self::Disabled => Some(Mark::Disabled),
            Self::Spent | Self::Unknown | Self::Active => None,
        }
    }
}

impl<'a> KeyRow<'a> {
    pub(crate) fn new(key: &'a TenantKey, inventory: &'a Inventory, model: &'a Model) -> Self {
        let (styles, now) = (model.styles(), model.now());
        let api_key = key.api_key();
        let usage = match api_key.reason() {
            None => model.usage_state(&key.plan),
            Some(Unknown::NotReadYet) => UsageState::Pending,
            Some(Unknown::NotAllowed(_) | Unknown::Unreadable(_)) => UsageState::Unread,
        };
        let index = model.usage().zip(api_key.value_to_show());
        let status = index.and_then(|(index, id)| index.key_status(&key.plan, id));
        let days = index.map(|(index, id)| RecentDays::of_key(index, &key.plan, id, now)).unwrap_or_default();
        let figures = QuotaFigures::of_key(status, usage, now, styles).with_days(days);
        let state = key_state(key, &api_key, figures.mark, inventory, model);
        let figures = figures.with_mark(state.mark());
        Self { key, inventory, api_key, state, styles, figures }
    }

    /// Muted in the row of a disabled key.
    pub(crate) fn text_cell(&self, text: &'a str) -> Cell<'a> {
        Cell::Text(text, self.text_style())
    }

    fn text_style(&self) -> Style {
        if self.state == KeyState::Disabled { self.styles.get(Role::Muted) } else { Style::new() }
    }

    pub(crate) fn api_key_cell(&self) -> Cell<'a> {
        match &self.key.pool_key {
            Known::Unknown(why) => Cell::Text(text::unknown_mark(why), self.styles.get(Role::Warn)),
            Known::Value(pool_key) => {
                self.text_cell(pool_key.as_ref().map_or(self.key.id.as_str(), |key| key.as_str()))
            }
        }
    }

    pub(crate) fn sharing_cell(&self) -> Cell<'a> {
        let text = self.format_sharing();
        let style =
            if text == text::NOT_APPLICABLE { self.styles.get(Role::Muted) } else { self.text_style() };
        Cell::Owned(text, style)
    }

    fn format_sharing(&self) -> String {
        match (self.inventory.is_shared(self.key), self.api_key.value_to_show()) {
            (Known::Value(true), Some(id)) if self.inventory.lists_on_demand() => {
                let counted = self.inventory.counted_references(id).map(text::format_known_count);
                format!("by {}", counted.unwrap_or_else(|| text::UNKNOWN.to_owned()))
            }
            (Known::Value(true), Some(id)) => {
                let is_complete = self.inventory.are_users_known(&self.key.plan);
                let count = self.inventory.tenant_keys_of_api_key(id).len();
                format!("by {}", text::format_count_so_far(count, is_complete))
            }
            (Known::Value(_), _) => text::NOT_APPLICABLE.to_owned(),
            (Known::Unknown(why), _) => text::unknown_mark(&why).to_owned(),
        }
    }

    /// The calls of the tenant key itself today. GetUsage counts API keys: of a shared one, an equal share is an estimate.
    pub(crate) fn own_today_cell(&self) -> Cell<'a> {
        let missing = || Cell::Text(self.figures.usage.missing_mark(), self.styles.get(Role::Muted));
        let (Some(today), Some(id)) = (self.figures.days.today(), self.api_key.value_to_show()) else {
            return missing();
        };
        match self.inventory.is_shared(self.key) {
            Known::Value(false) => Cell::Owned(text::format_count_u64(today), self.text_style()),
            // Nothing is left to be estimated.
            Known::Value(true) if today == 0 => Cell::Text("0", self.text_style()),
            Known::Value(true) if self.inventory.are_users_known(&self.key.plan) => {
                let users =
                    u64::try_from(self.inventory.tenant_keys_of_api_key(id).len()).unwrap_or(1).max(1);
                let share = text::format_count_u64((today + users / 2) / users);
                Cell::Owned(format!("~{share}"), self.styles.get(Role::Muted))
            }
            Known::Value(true) | Known::Unknown(_) => Cell::Text(text::UNKNOWN, self.styles.get(Role::Muted)),
        }
    }

    pub(crate) fn state_cell(&self) -> Cell<'a> {
        let (word, role) = self.state.word();
        Cell::Text(word, self.styles.get(role))
    }

    pub(crate) fn created_cell(&self) -> Cell<'a> {
        let date = |at: Timestamp| at.to_zoned(TimeZone::UTC).date().to_string();
        let date = self.key.created_at().map_or_else(|| text::NOT_APPLICABLE.to_owned(), date);
        Cell::Owned(date, self.styles.get(Role::Muted))
    }

    /// Of its current API key, for example "38 d".
    pub(crate) fn age_cell(&self) -> Cell<'a> {
        let age = self.inventory.key_age(self.key);
        let text = age.map_or_else(|| text::UNKNOWN.to_owned(), |age| format!("{} d", age.days()));
        Cell::Owned(text, self.styles.get(Role::Muted))
    }

    pub(crate) fn rotation_cell(&self) -> Cell<'a> {
        let text = match self.inventory.key_rotation(self.key) {
            Rotation::Rotated(Some(at)) => at.to_zoned(TimeZone::UTC).date().to_string(),
            Rotation::Rotated(None) => "yes".to_owned(),
            Rotation::Never => "never".to_owned(),
            Rotation::Unknown => text::UNKNOWN.to_owned(),
        };
        Cell::Owned(text, self.styles.get(Role::Muted))
    }
}

fn key_state(
    key: &TenantKey,
    api_key: &Known<ApiKeyId>,
    quota: Option<Mark>,
    inventory: &Inventory,
    model: &Model,
) -> KeyState {
    let presence = api_key.value_to_show().map(|id| inventory.api_key(id));
    let is_disabled = match presence {
        Some(Presence::Missing) => return KeyState::Missing,
        Some(Presence::Present(api_key)) => !api_key.enabled,
        Some(Presence::Unknown(_)) | None => false,
    };
    let is_subject = |subject: &str| {
        subject == key.id.as_str() || api_key.value_to_show().is_some_and(|id| subject == id.as_str())
    };
    let has_problem = || model.findings().into_iter().flatten().any(|finding| is_subject(&finding.subject));
    match &key.enabled {
        _ if quota == Some(Mark::Spent) => KeyState::Spent,
        _ if has_problem() => KeyState::Problem,
        Known::Value(false) => KeyState::Disabled,
        Known::Value(true) if is_disabled => KeyState::Disabled,
        Known::Value(true) => KeyState::Active,
        Known::Unknown(_) => KeyState::Unknown,
    }
}
