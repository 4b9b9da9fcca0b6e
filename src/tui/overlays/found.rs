//! Whose key it is: every API key that a clue fits, with its plan, its pool and everybody behind it. Never a value.

use keypool_domain::change::counted;
use keypool_domain::whose::{By, Found as Hit};
use keypool_domain::{ApiKeyId, Inventory, Known, Presence, RowId};
use ratatui::Frame;
use ratatui::text::Line;

use crate::ops::Whose;
use crate::tui::action::Action;
use crate::tui::app::App;
use crate::tui::look::Role;
use crate::tui::text;

use super::frame::{self, Scroll};
use super::{Ask, Reply};

const WIDTH: u16 = 76;
/// Tenant keys named before the rest is only counted.
const NAMED: usize = 200;

/// What was found, in words.
#[derive(Debug, Clone)]
pub(crate) struct Found {
    api_keys: Vec<ApiKeyId>,
    said: Vec<(String, Role, usize)>,
    scroll: Scroll,
}

impl Found {
    pub(crate) fn new(whose: &Whose, inventory: &Inventory) -> Self {
        let mut said = Vec::new();
        if whose.found.is_empty() {
            said.push(("nobody's: no key fits".to_owned(), Role::Title, 0));
        }
        whose.found.iter().for_each(|hit| describe(hit, inventory, &mut said));
        said.push((format!("looked at {}", whose.looked.join(", ")), Role::Muted, 0));
        said.extend(whose.remark.iter().map(|remark| (remark.clone(), Role::Warn, 0)));
        let api_keys = whose.found.iter().map(|hit| hit.api_key.clone()).collect();
        Self { api_keys, said, scroll: Scroll::default() }
    }

    pub(super) fn act(&mut self, action: Action, app: &App) -> Reply {
        if action.closes_text() {
            return Reply::Close;
        }
        if action == Action::Rotate {
            return self.rotate(app);
        }
        let lines = self.lines(app).len();
        self.scroll.act(action, frame::page(app));
        self.scroll.settle(lines, frame::page(app));
        Reply::Stay
    }

    /// Where it is one key only, for the values of several are not known to have leaked.
    fn rotate(&self, app: &App) -> Reply {
        let ([api_key], Some(inventory)) = (&self.api_keys[..], app.known()) else { return Reply::Stay };
        if inventory.pool_of(api_key).is_some() {
            return Reply::Ask(Box::new(Ask::rotate_pool_key(api_key.clone(), None, inventory)));
        }
        let rows: Vec<RowId> = inventory.rows_behind(api_key).map(|row| row.id.clone()).collect();
        if rows.is_empty() { Reply::Stay } else { Reply::Ask(Box::new(Ask::rotate(rows, inventory))) }
    }

    fn lines(&self, app: &App) -> Vec<Line<'static>> {
        let cells = usize::from(frame::room(app, WIDTH));
        let lines = self.said.iter().flat_map(|(words, role, indent)| {
            let style = app.options.look.style(*role);
            let wrapped = text::wrap(words, cells.saturating_sub(*indent));
            wrapped.into_iter().map(move |line| Line::styled(format!("{}{line}", " ".repeat(*indent)), style))
        });
        lines.collect()
    }

    pub(super) fn draw(&self, app: &App, frame: &mut Frame<'_>) {
        let lines = self.lines(app);
        let height = u16::try_from(lines.len()).unwrap_or(u16::MAX);
        let inside = frame::draw(app, frame, "whose key this is", frame::room(app, WIDTH), height);
        self.scroll.draw(app, lines, inside, frame);
    }
}

fn describe(hit: &Hit, inventory: &Inventory, said: &mut Vec<(String, Role, usize)>) {
    let by = match hit.by {
        By::Row => "the id of a row",
        By::ApiKey => "the id of an API key",
        By::Value => "a value",
        By::ValueEnd => "the end of a value",
    };
    let state = match inventory.api_key(&hit.api_key) {
        Presence::Here(key) if key.enabled => "enabled",
        Presence::Here(_) => "disabled",
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
    let pool = inventory.pool_of(&hit.api_key).and_then(|pool| Some((pool, pool.key(&hit.api_key)?)));
    said.extend(pool.map(|(pool, key)| {
        let tenants = inventory.filled_key(key).tenants;
        let filled = format!("{}/{}", text::number_or_mark(&tenants), text::number_or_mark(&key.capacity));
        let words = format!("pool: {} · {filled} · {}", pool.strategy, key.state.as_str());
        (words, Role::Text, 2)
    }));
    let rows = hit.rows(inventory);
    let count = inventory.tenants_behind(&hit.api_key).len();
    said.push((
        format!("{} behind it, with {}", counted(count, "tenant"), counted(rows.len(), "key")),
        Role::Warn,
        2,
    ));
    for row in rows.iter().take(NAMED) {
        let off = match row.enabled {
            Known::Value(true) => "",
            Known::Value(false) => " · disabled",
            Known::Unknown(_) => " · enabled: not known",
        };
        let named = hit.row.as_ref() == Some(&row.id);
        let role = if named { Role::Accent } else { Role::Text };
        said.push((format!("{} · {} · {}{off}", row.tenant, row.name, row.id), role, 4));
    }
    if rows.len() > NAMED {
        said.push((format!("and {} more", text::grouped(rows.len() - NAMED)), Role::Muted, 4));
    }
}
