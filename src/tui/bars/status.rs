//! The first line: context and region, counts beside the account's limits, age of the data, and read-only mode.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use keypool_domain::limits::MAX_API_KEYS;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use crate::aws::Endpoints;
use crate::tui::model::Model;
use crate::tui::styles::Role;
use crate::tui::text;
use crate::tui::warnings;

/// How many usage plans API Gateway allows per account and region.
const MAX_PLANS: usize = 300;
/// Percentage of an account limit from which it is shown as a warning.
const WARN_PERCENT: usize = 80;
/// Narrower screens show only the number of all alerts.
const MIN_KINDS_COLS: u16 = 160;

/// Least cells between the context, the counts and the state.
const GAP_COLS: usize = 2;

/// What the line shows. Context, alerts and mode never go, and neither does the host of a custom endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Detail {
    has_program_name: bool,
    has_region: bool,
    /// Whether the host of a custom endpoint is shown with its port.
    has_port: bool,
    has_plans: bool,
    /// Whether the limit of API keys is shown, and of how many plans usage is known.
    has_limit: bool,
    has_age: bool,
    has_api_keys: bool,
}

impl Detail {
    /// The longest form first. A custom endpoint matters more than the region, and the region more than the plans.
    fn forms(has_custom_endpoint: bool) -> impl Iterator<Item = Self> {
        let (region, plans) = if has_custom_endpoint { (2, 4) } else { (3, 2) };
        let form = move |left_out: usize| Self {
            has_program_name: left_out < 1,
            has_region: left_out < region,
            has_port: left_out < 3,
            has_plans: left_out < plans,
            has_limit: left_out < 5,
            has_age: left_out < 6,
            has_api_keys: left_out < 7,
        };
        (0..=7).map(form)
    }
}

pub(crate) fn draw(model: &Model, area: Rect, frame: &mut Frame<'_>) {
    frame.buffer_mut().set_style(area, model.styles().background(Role::Status));
    let lines = |detail| (context_text(model, detail), counts_line(model, detail), state_line(model, detail));
    let fits = |(context, counts, state): &(String, Line<'_>, Line<'_>)| {
        text::width(context) + counts.width() + state.width() + 2 * GAP_COLS <= area.width.into()
    };
    let context = model.context().value();
    let has_custom_endpoint = context.is_some_and(|context| !format_hosts(&context.endpoints).is_empty());
    let mut shortest = None;
    let fitting = Detail::forms(has_custom_endpoint).map(lines).find(|form| {
        shortest = Some(form.clone());
        fits(form)
    });
    let Some((context, counts, state)) = fitting.or(shortest) else { return };
    let room = usize::from(area.width).saturating_sub(counts.width() + state.width() + 2 * GAP_COLS);
    let context = Span::styled(text::fit(&context, room).into_owned(), bar_style(model, Role::Title));
    let [left_width, right_width] =
        [context.width(), state.width()].map(|cells| u16::try_from(cells).unwrap_or(0));
    let counts_area =
        Rect { x: area.x + left_width, width: area.width.saturating_sub(left_width + right_width), ..area };
    frame.render_widget(Line::from(context), area);
    frame.render_widget(state.right_aligned(), area);
    frame.render_widget(counts.centered(), counts_area);
}

fn context_text(model: &Model, detail: Detail) -> String {
    let label = &model.options().label;
    let name = if detail.has_program_name { "keypool  " } else { "" };
    let context = model.context().value();
    let region = context.filter(|_| detail.has_region);
    let region = region.map_or_else(String::new, |context| format!(" · {}", context.region));
    let endpoint = context.map_or_else(String::new, |context| match detail.has_port {
        true => format_hosts(&context.endpoints),
        false => format_hosts_short(&context.endpoints),
    });
    format!(" {name}{label}{region}{endpoint}")
}

/// Empty for AWS's own endpoints; both hosts if those of API Gateway and DynamoDB differ.
fn format_hosts(endpoints: &Endpoints) -> String {
    let (api_gateway, dynamodb) = (&endpoints.api_gateway, &endpoints.dynamodb);
    if endpoints.has_different_hosts() {
        format!(" · keys {} · tables {}", api_gateway.label(), dynamodb.label())
    } else if api_gateway.url.is_some() {
        format!(" · {}", api_gateway.authority)
    } else {
        String::new()
    }
}

fn format_hosts_short(endpoints: &Endpoints) -> String {
    if endpoints.has_different_hosts() {
        " · two hosts".to_owned()
    } else if endpoints.api_gateway.url.is_some() {
        format!(" · {}", endpoints.api_gateway.host())
    } else {
        String::new()
    }
}

/// The counts of API keys, plans and alerts.
fn counts_line(model: &Model, detail: Detail) -> Line<'static> {
    let Some(inventory) = model.inventory() else { return Line::default() };
    let limit_span = |name: &str, count: Option<usize>, limit: usize| {
        let is_near_limit = count.is_some_and(|count| count * 100 >= limit * WARN_PERCENT);
        let role = if is_near_limit { Role::Warn } else { Role::Text };
        let count = count.map_or_else(|| text::format_unlisted_api_keys(inventory), text::format_count);
        let limit = if detail.has_limit { format!("/{}", text::format_count(limit)) } else { String::new() };
        Span::styled(format!("{name} {count}{limit}"), bar_style(model, role))
    };
    let api_keys = inventory.api_keys().value_to_show().map(Vec::len);
    let mut spans = Vec::new();
    if detail.has_api_keys {
        spans.push(limit_span("API keys", api_keys, MAX_API_KEYS));
    }
    if detail.has_plans {
        spans.extend([Span::raw("  "), limit_span("plans", Some(inventory.plans().len()), MAX_PLANS)]);
    }
    // Each starts with a gap.
    spans.extend(alert_spans(model).into_iter().skip(usize::from(!detail.has_api_keys)));
    if detail.has_limit {
        spans.extend(so_far_spans(model));
    }
    Line::from(spans)
}

/// Everything that is broken or about to be; empty until usage is read. A check that is not finished may have missed
/// problems.
fn alert_spans(model: &Model) -> Vec<Span<'static>> {
    let unfinished = model.doctor_report().value().is_some_and(|report| report.unfinished().is_some());
    let mut spans = Vec::new();
    if let Some(alerts) = warnings::count_alerts(model) {
        let role = match alerts.total() {
            0 => Role::Muted,
            _ if alerts.has_spent() => Role::Error,
            _ => Role::Warn,
        };
        let total = format!("alerts {}", text::format_count(alerts.total()));
        spans.extend([Span::raw("  "), Span::styled(total, bar_style(model, role))]);
        if model.size().width >= MIN_KINDS_COLS && alerts.total() > 0 {
            let kinds = format!(": {}", alerts.describe_kinds());
            spans.push(Span::styled(kinds, bar_style(model, Role::Text)));
        }
    }
    if unfinished {
        let text = Span::styled("check unfinished", bar_style(model, Role::Warn));
        spans.extend([Span::raw("  "), text]);
    }
    spans
}

/// Empty once the usage of all plans is known: until then, warnings may be missing.
fn so_far_spans(model: &Model) -> Vec<Span<'static>> {
    let Some((known, total)) = model.usage_so_far() else { return Vec::new() };
    let [known, total] = [known, total].map(text::format_count);
    let text = format!("warnings so far: {known} of {total} plans");
    vec![Span::raw("  "), Span::styled(text, bar_style(model, Role::Muted))]
}

/// The style of the role without its background.
fn bar_style(model: &Model, role: Role) -> Style {
    Style { bg: None, ..model.styles().get(role) }
}

/// For example "⠋ as of 14:03 UTC, 2 h ago; reading".
fn remembered_span(model: &Model, at: Timestamp, age: &str) -> Span<'static> {
    let [at, now] = [at, model.now()].map(|time| time.to_zoned(TimeZone::UTC));
    let format = if at.date() == now.date() { "%H:%M" } else { "%-d %b %H:%M" };
    let at = at.strftime(format);
    match model.is_reading() {
        true => {
            let text = format!("{} as of {at} UTC, {age}; reading", model.spinner());
            Span::styled(text, bar_style(model, Role::Accent))
        }
        false => Span::styled(format!("as of {at} UTC, {age}; not read"), bar_style(model, Role::Warn)),
    }
}

fn state_line(model: &Model, detail: Detail) -> Line<'static> {
    let remembered = model.remembered_at().zip(model.age()).map(|(at, age)| remembered_span(model, at, &age));
    let read = || match (model.is_reading(), model.age()) {
        (true, _) => Span::styled(format!("{} reading", model.spinner()), bar_style(model, Role::Accent)),
        (false, Some(age)) if model.is_stale() => {
            Span::styled(format!("stale, {age}"), bar_style(model, Role::Warn))
        }
        (false, Some(age)) => Span::styled(age, bar_style(model, Role::Muted)),
        (false, None) => Span::raw(""),
    };
    let age = remembered.unwrap_or_else(read);
    let refuses_writes =
        model.context().value().is_some_and(|context| context.endpoints.check_writable().is_err());
    let (mode, role) = match (model.is_read_only() || refuses_writes, model.options().is_production) {
        (true, _) => ("  [ro] ", Role::Warn),
        (false, true) => ("  [production] ", Role::Warn),
        (false, false) => ("  [rw] ", Role::Text),
    };
    let mode = Span::styled(mode, bar_style(model, role));
    let is_news = model.is_reading() || model.is_stale() || model.remembered_at().is_some();
    Line::from_iter((detail.has_age || is_news).then_some(age).into_iter().chain([mode]))
}
