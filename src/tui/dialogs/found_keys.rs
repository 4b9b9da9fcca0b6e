//! Results of a key lookup: the matching API keys with plan, pool and tenant keys. Never shows a key value.

use keypool_domain::key_lookup::{KeyMatch, MatchKind};
use keypool_domain::text::pluralize;
use keypool_domain::{ApiKeyId, Inventory, Known, Presence, TenantKeyId};
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;

use crate::ops::KeyLookup;
use crate::tui::dialogs::forms::rotate;
use crate::tui::dialogs::frame::{self, Scroll};
use crate::tui::keys::action::Action;
use crate::tui::keys::action::Scope;
use crate::tui::model::Model;
use crate::tui::screen::{Command, Dialog, DialogPurpose, Handled, Screen, done};
use crate::tui::styles::Role;
use crate::tui::text;

const WIDTH: u16 = 76;
/// Further tenant keys are only counted.
const MAX_NAMED_KEYS: usize = 200;

/// The result of a key lookup.
#[derive(Debug, Clone)]
pub(crate) struct FoundKeys {
    api_keys: Vec<ApiKeyId>,
    /// The text of each paragraph, its role, and its indent in cells.
    paragraphs: Vec<(String, Role, usize)>,
    scroll: Scroll,
}

impl FoundKeys {
    pub(crate) fn new(lookup: &KeyLookup, inventory: &Inventory) -> Self {
        let mut paragraphs = Vec::new();
        if lookup.matches.is_empty() {
            paragraphs.push(("no key matches".to_owned(), Role::Title, 0));
        }
        lookup.matches.iter().for_each(|key_match| describe_match(key_match, inventory, &mut paragraphs));
        paragraphs.push((format!("searched {}", lookup.searched.join(", ")), Role::Muted, 0));
        paragraphs.extend(lookup.remark.iter().map(|remark| (remark.clone(), Role::Warn, 0)));
        let api_keys = lookup.matches.iter().map(|key_match| key_match.api_key.clone()).collect();
        Self { api_keys, paragraphs, scroll: Scroll::default() }
    }

    /// Opens the form to rotate the only match. With several matches, it is unclear which value has leaked.
    fn rotate(&self, model: &Model) -> Handled {
        let ([api_key], Some(inventory)) = (&self.api_keys[..], model.inventory()) else { return done() };
        if inventory.pool_of_api_key(api_key).is_some() {
            return Some(vec![rotate::open_for_pool_key(api_key.clone(), None, inventory)]);
        }
        let keys: Vec<TenantKeyId> =
            inventory.tenant_keys_of_api_key(api_key).map(|key| key.id.clone()).collect();
        if keys.is_empty() { done() } else { Some(vec![rotate::open_for_siloed_keys(keys, inventory)]) }
    }

    fn lines(&self, model: &Model) -> Vec<Line<'static>> {
        let cells = usize::from(frame::content_cols(model, WIDTH));
        let lines = self.paragraphs.iter().flat_map(|(text, role, indent)| {
            let style = model.styles().get(*role);
            let wrapped = text::wrap(text, cells.saturating_sub(*indent));
            wrapped.into_iter().map(move |line| Line::styled(format!("{}{line}", " ".repeat(*indent)), style))
        });
        lines.collect()
    }
}

impl Screen for FoundKeys {
    fn scopes(&self) -> &'static [Scope] {
        &[Scope::FoundKeys, Scope::Text]
    }

    fn handle(&mut self, action: Action, model: &Model) -> Handled {
        if action.closes_text() {
            return Some(vec![Command::Close]);
        }
        if action == Action::Rotate {
            return self.rotate(model);
        }
        let lines = self.lines(model).len();
        self.scroll.act(action, frame::page_rows(model));
        self.scroll.clamp(lines, frame::page_rows(model));
        done()
    }

    fn draw(&self, model: &Model, _area: Rect, frame: &mut Frame<'_>) {
        let lines = self.lines(model);
        let height = u16::try_from(lines.len()).unwrap_or(u16::MAX);
        let inside = frame::draw(model, frame, "key lookup", frame::content_cols(model, WIDTH), height);
        self.scroll.draw(model, lines, inside, frame);
    }
}

impl Dialog for FoundKeys {
    fn purpose(&self) -> DialogPurpose {
        DialogPurpose::Shows
    }
}

fn describe_match(key_match: &KeyMatch, inventory: &Inventory, paragraphs: &mut Vec<(String, Role, usize)>) {
    let matched_by = match key_match.kind {
        MatchKind::TenantKey => "tenant key id",
        MatchKind::ApiKey => "API key id",
        MatchKind::Value => "value",
        MatchKind::ValueTail => "end of value",
    };
    let state = match inventory.api_key(&key_match.api_key) {
        Presence::Present(key) if key.enabled => "enabled",
        Presence::Present(_) => "disabled",
        Presence::Missing => "not in API Gateway",
        Presence::Unknown(_) => "not listed",
    };
    paragraphs.push((
        format!("API key {} · {state} · matched by {matched_by}", key_match.api_key),
        Role::Title,
        0,
    ));
    let plans = key_match.plans(inventory);
    let plans: Vec<_> = plans.iter().map(|plan| inventory.plan_name(plan)).collect();
    paragraphs.push((
        format!("plan: {}", if plans.is_empty() { "none".to_owned() } else { plans.join(", ") }),
        Role::Text,
        2,
    ));
    let pool = inventory
        .pool_of_api_key(&key_match.api_key)
        .and_then(|pool| Some((pool, pool.pool_key(&key_match.api_key)?)));
    paragraphs.extend(pool.map(|(pool, key)| {
        let tenants = inventory.pool_key_with_actual_count(key).tenants;
        let filled =
            format!("{}/{}", text::format_known_count(&tenants), text::format_known_count(&key.capacity));
        let text = format!("pool: {} · {filled} · {}", pool.strategy, key.state.as_str());
        (text, Role::Text, 2)
    }));
    paragraphs.extend(inventory.key_in_grace(&key_match.api_key).map(|old| {
        let until = old.until.map(|at| format!(" · works until {at}")).unwrap_or_default();
        let text = format!("old key of {} · {}{until}", old.successor.tenant, old.successor.id);
        (text, Role::Warn, 2)
    }));
    let keys = key_match.tenant_keys(inventory);
    let count = inventory.tenants_of_api_key(&key_match.api_key).len();
    paragraphs.push((
        format!("used by {} with {}", pluralize(count, "tenant"), pluralize(keys.len(), "key")),
        Role::Warn,
        2,
    ));
    for key in keys.iter().take(MAX_NAMED_KEYS) {
        let state = match key.enabled {
            Known::Value(true) => "",
            Known::Value(false) => " · disabled",
            Known::Unknown(_) => " · enabled: unknown",
        };
        let is_match = key_match.tenant_key.as_ref() == Some(&key.id);
        let role = if is_match { Role::Accent } else { Role::Text };
        paragraphs.push((format!("{} · {} · {}{state}", key.tenant, key.name, key.id), role, 4));
    }
    if keys.len() > MAX_NAMED_KEYS {
        paragraphs.push((
            format!("and {} more", text::format_count(keys.len() - MAX_NAMED_KEYS)),
            Role::Muted,
            4,
        ));
    }
}
