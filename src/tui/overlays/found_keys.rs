//! Whose key it is: every API key that a clue fits, with its plan, its pool and everybody behind it. Never a value.

use keypool_domain::change::pluralize;
use keypool_domain::key_lookup::{KeyMatch as Hit, MatchKind};
use keypool_domain::{ApiKeyId, Inventory, Known, Presence, TenantKeyId};
use ratatui::Frame;
use ratatui::text::Line;

use crate::ops::KeyLookup;
use crate::tui::action::Action;
use crate::tui::app::App;
use crate::tui::styles::Role;
use crate::tui::text;

use super::frame::{self, Scroll};
use super::{PromptForm, Reply};

const WIDTH: u16 = 76;
/// Tenant keys named before the rest is only counted.
const MAX_NAMED_KEYS: usize = 200;

/// What was found, in words.
#[derive(Debug, Clone)]
pub(crate) struct FoundKeys {
    api_keys: Vec<ApiKeyId>,
    paragraphs: Vec<(String, Role, usize)>,
    scroll: Scroll,
}

impl FoundKeys {
    pub(crate) fn new(whose: &KeyLookup, inventory: &Inventory) -> Self {
        let mut said = Vec::new();
        if whose.matches.is_empty() {
            said.push(("nobody's: no key fits".to_owned(), Role::Title, 0));
        }
        whose.matches.iter().for_each(|hit| describe_match(hit, inventory, &mut said));
        said.push((format!("looked at {}", whose.searched.join(", ")), Role::Muted, 0));
        said.extend(whose.remark.iter().map(|remark| (remark.clone(), Role::Warn, 0)));
        let api_keys = whose.matches.iter().map(|hit| hit.api_key.clone()).collect();
        Self { api_keys, paragraphs: said, scroll: Scroll::default() }
    }

    pub(super) fn act(&mut self, action: Action, app: &App) -> Reply {
        if action.closes_text() {
            return Reply::Close;
        }
        if action == Action::Rotate {
            return self.rotate(app);
        }
        let lines = self.lines(app).len();
        self.scroll.act(action, frame::page_rows(app));
        self.scroll.clamp(lines, frame::page_rows(app));
        Reply::Stay
    }

    /// Where it is one key only, for the values of several are not known to have leaked.
    fn rotate(&self, app: &App) -> Reply {
        let ([api_key], Some(inventory)) = (&self.api_keys[..], app.inventory()) else { return Reply::Stay };
        if inventory.pool_of_api_key(api_key).is_some() {
            return Reply::Prompt(Box::new(PromptForm::rotate_pool_key(api_key.clone(), None, inventory)));
        }
        let rows: Vec<TenantKeyId> =
            inventory.tenant_keys_of_api_key(api_key).map(|row| row.id.clone()).collect();
        if rows.is_empty() {
            Reply::Stay
        } else {
            Reply::Prompt(Box::new(PromptForm::rotate(rows, inventory)))
        }
    }

    fn lines(&self, app: &App) -> Vec<Line<'static>> {
        let cells = usize::from(frame::content_cols(app, WIDTH));
        let lines = self.paragraphs.iter().flat_map(|(words, role, indent)| {
            let style = app.options.styles.get(*role);
            let wrapped = text::wrap(words, cells.saturating_sub(*indent));
            wrapped.into_iter().map(move |line| Line::styled(format!("{}{line}", " ".repeat(*indent)), style))
        });
        lines.collect()
    }

    pub(super) fn draw(&self, app: &App, frame: &mut Frame<'_>) {
        let lines = self.lines(app);
        let height = u16::try_from(lines.len()).unwrap_or(u16::MAX);
        let inside = frame::draw(app, frame, "whose key this is", frame::content_cols(app, WIDTH), height);
        self.scroll.draw(app, lines, inside, frame);
    }
}

fn describe_match(hit: &Hit, inventory: &Inventory, said: &mut Vec<(String, Role, usize)>) {
    let by = match hit.kind {
        MatchKind::TenantKey => "the id of a row",
        MatchKind::ApiKey => "the id of an API key",
        MatchKind::Value => "a value",
        MatchKind::ValueTail => "the end of a value",
    };
    let state = match inventory.api_key(&hit.api_key) {
        Presence::Present(key) if key.enabled => "enabled",
        Presence::Present(_) => "disabled",
        Presence::Missing => "missing in API Gateway",
        Presence::Unknown(_) => "not listed",
    };
    said.push((format!("API key {} · {state} · found by {by}", hit.api_key), Role::Title, 0));
    let plans = hit.plans(inventory);
    let plans: Vec<_> = plans.iter().map(|plan| inventory.plan_name(plan)).collect();
    said.push((
        format!("plan: {}", if plans.is_empty() { "none".to_owned() } else { plans.join(", ") }),
        Role::Text,
        2,
    ));
    let pool =
        inventory.pool_of_api_key(&hit.api_key).and_then(|pool| Some((pool, pool.pool_key(&hit.api_key)?)));
    said.extend(pool.map(|(pool, key)| {
        let tenants = inventory.pool_key_with_actual_count(key).tenants;
        let filled =
            format!("{}/{}", text::format_known_count(&tenants), text::format_known_count(&key.capacity));
        let words = format!("pool: {} · {filled} · {}", pool.strategy, key.state.as_str());
        (words, Role::Text, 2)
    }));
    let rows = hit.tenant_keys(inventory);
    let count = inventory.tenants_of_api_key(&hit.api_key).len();
    said.push((
        format!("{} behind it, with {}", pluralize(count, "tenant"), pluralize(rows.len(), "key")),
        Role::Warn,
        2,
    ));
    for row in rows.iter().take(MAX_NAMED_KEYS) {
        let off = match row.enabled {
            Known::Value(true) => "",
            Known::Value(false) => " · disabled",
            Known::Unknown(_) => " · enabled: not known",
        };
        let named = hit.tenant_key.as_ref() == Some(&row.id);
        let role = if named { Role::Accent } else { Role::Text };
        said.push((format!("{} · {} · {}{off}", row.tenant, row.name, row.id), role, 4));
    }
    if rows.len() > MAX_NAMED_KEYS {
        said.push((format!("and {} more", text::format_count(rows.len() - MAX_NAMED_KEYS)), Role::Muted, 4));
    }
}
