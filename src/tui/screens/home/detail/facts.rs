//! Who is behind a tenant key, and what limits its calls.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use keypool_domain::text::pluralize;
use keypool_domain::{Inventory, Known, Presence, Rotation, Secret, TenantKey};
use ratatui::text::{Line, Span};

use crate::tui::keys::action::Action;
use crate::tui::model::Model;
use crate::tui::screens::home::detail::Section;
use crate::tui::screens::home::plan_columns::{format_price, format_quota};
use crate::tui::styles::Role;
use crate::tui::text;

/// The width of the labels.
const LABEL_COLS: usize = 10;

struct Fact {
    label: &'static str,
    text: String,
    role: Role,
}

pub(super) fn section(model: &Model, key: &TenantKey, cells: usize) -> Section {
    let facts = model.inventory().map(|inventory| facts(model, inventory, key)).unwrap_or_default();
    let styles = model.styles();
    let lines = facts.into_iter().flat_map(|Fact { label, text, role }| {
        let wrapped = text::wrap(&text, cells.saturating_sub(LABEL_COLS));
        wrapped.into_iter().enumerate().map(move |(at, line)| {
            let label = if at == 0 { label } else { "" };
            Line::from(vec![
                Span::styled(format!("{label:<LABEL_COLS$}"), styles.get(Role::Muted)),
                Span::styled(line, styles.get(role)),
            ])
        })
    });
    Section::new("", lines.collect())
}

fn facts(model: &Model, inventory: &Inventory, key: &TenantKey) -> Vec<Fact> {
    let fact = |label, text: String| Fact { label, text, role: Role::Text };
    let keys_of_tenant = inventory.tenant_keys().iter().filter(|other| other.tenant == key.tenant);
    // To count those of a tenant takes a look at each tenant key.
    let count = (inventory.tenant_keys().len() <= MAX_COUNTED_KEYS).then(|| keys_of_tenant.count());
    let count = count.map_or_else(String::new, |count| format!(" · {}", pluralize(count, "key")));
    let plan = inventory.plan(&key.plan);
    let price = plan.map(|plan| format_price(&plan.known_price(), &model.options().tariff.currency));
    let price = price.filter(|price| price != text::NOT_APPLICABLE);
    let price = price.map_or_else(String::new, |price| format!(" · {price}"));
    let throttle = plan.and_then(|plan| plan.throttle).map(|throttle| throttle.to_string());
    let throttle = throttle.unwrap_or_else(|| "no throttle of the plan".to_owned());
    let quota = plan.map_or_else(String::new, |plan| match format_quota(plan).as_str() {
        text::NOT_APPLICABLE => " · no quota".to_owned(),
        quota => format!(" · {quota}"),
    });
    let masked = key.stored_value().map_or_else(|| "••••".to_owned(), Secret::masked);
    let (reveal, copy) = (model.key_label(Action::Reveal), model.key_label(Action::CopyValue));
    let mut facts = vec![
        fact("tenant", format!("{}{count}", key.tenant)),
        fact(
            "plan",
            format!(
                "{} · {}{price}",
                inventory.plan_name(&key.plan),
                text::format_model(inventory, &key.plan)
            ),
        ),
        fact("API key", describe_api_key(inventory, key)),
        fact("value", format!("{masked} · {copy} copies · {reveal} reveals for 30 s")),
        fact("limits", format!("{throttle}{quota} · per API key")),
        fact(
            "created",
            key.created_at()
                .map_or_else(|| text::NOT_APPLICABLE.to_owned(), |at| describe_age(at, model.now()))
                + &describe_rotation(inventory.key_rotation(key)),
        ),
    ];
    if !key.description.is_empty() {
        facts.push(fact("about", key.description.to_string()));
    }
    facts.extend(state(model, inventory, key));
    facts
}

fn describe_rotation(rotation: Rotation) -> String {
    match rotation {
        Rotation::Never => " · never rotated".to_owned(),
        Rotation::Rotated(Some(at)) => format!(" · rotated {}", at.strftime("%-d %b %Y")),
        Rotation::Rotated(None) => " · rotated".to_owned(),
        Rotation::Unknown => String::new(),
    }
}

/// With more tenant keys, those of one tenant are not counted while the cursor moves.
const MAX_COUNTED_KEYS: usize = 20_000;

fn describe_api_key(inventory: &Inventory, key: &TenantKey) -> String {
    let id = match key.api_key() {
        Known::Value(id) => id,
        Known::Unknown(why) => return format!("unknown: {why}"),
    };
    let name = inventory.api_key(&id).key().map(|key| format!(" \"{}\"", key.name)).unwrap_or_default();
    let sharing = match inventory.is_shared(key) {
        Known::Value(true) => format!(" · shared by {}", text::format_tenant_keys_of(inventory, &id)),
        Known::Value(false) => " · its own".to_owned(),
        Known::Unknown(_) => String::new(),
    };
    format!("{id}{name}{sharing}")
}

/// E.g. `21 Oct 2026 · 38 days ago`.
fn describe_age(at: Timestamp, now: Timestamp) -> String {
    let days = usize::try_from(now.duration_since(at).as_hours() / 24).unwrap_or(0);
    let date = at.to_zoned(TimeZone::UTC).strftime("%-d %b %Y").to_string();
    if days == 0 { format!("{date} · today") } else { format!("{date} · {} ago", pluralize(days, "day")) }
}

/// What keeps calls from working, with its source; one line that nothing does, if so.
fn state(model: &Model, inventory: &Inventory, key: &TenantKey) -> Vec<Fact> {
    let api_key = key.api_key();
    let api_key = api_key.value_to_show();
    let mut problems = Vec::new();
    match api_key.map(|id| inventory.api_key(id)) {
        Some(Presence::Missing) => {
            problems.push((Role::Error, "✗ API key missing: calls get 403".to_owned()))
        }
        Some(Presence::Present(key)) if !key.enabled => {
            problems.push((Role::Warn, "○ API key disabled: calls get 403".to_owned()));
        }
        Some(Presence::Present(_) | Presence::Unknown(_)) | None => {}
    }
    let status = model.usage().zip(api_key).and_then(|(index, id)| index.key_status(&key.plan, id));
    if let Some(figure) = status.map(|status| status.figure).filter(|figure| figure.is_exhausted()) {
        let source = figure.refusal_source().unwrap_or_else(|| "as GetUsage says".to_owned());
        problems.push((Role::Error, format!("✗ spent: {source}")));
    }
    let is_subject =
        |subject: &str| subject == key.id.as_str() || api_key.is_some_and(|id| subject == id.as_str());
    let findings = model.findings().into_iter().flatten();
    let findings = findings.filter(|finding| is_subject(&finding.subject));
    problems.extend(findings.map(|finding| (Role::Problem, format!("• {}", finding.summary))));
    if problems.is_empty() {
        let enabled = match key.enabled {
            Known::Value(true) => "active".to_owned(),
            Known::Value(false) => "disabled".to_owned(),
            Known::Unknown(ref why) => format!("unknown: {why}"),
        };
        problems.push((Role::Text, enabled));
    }
    let facts = problems.into_iter().enumerate();
    facts.map(|(at, (role, text))| Fact { label: if at == 0 { "state" } else { "" }, text, role }).collect()
}
