//! The first line: context and region, counts beside the account's limits, age of the data, and read-only mode.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use keypool_domain::limits::MAX_API_KEYS;
use keypool_domain::text::pluralize;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use crate::aws::Endpoints;
use crate::tui::model::Model;
use crate::tui::styles::Role;
use crate::tui::text;

/// How many usage plans API Gateway allows per account and region.
const MAX_PLANS: usize = 300;
/// Percentage of an account limit from which it is shown as a warning.
const WARN_PERCENT: usize = 80;

pub(crate) fn draw(model: &Model, area: Rect, frame: &mut Frame<'_>) {
    frame.buffer_mut().set_style(area, model.styles().background(Role::Status));
    let state = state_line(model);
    let room_beside_state = usize::from(area.width).saturating_sub(state.width());
    let limits = limits_line(model, room_beside_state);
    let room = room_beside_state.saturating_sub(limits.width() + 2);
    let context = context_text(model, room);
    let context = Span::styled(text::fit(&context, room).into_owned(), bar_style(model, Role::Title));
    let [left_width, right_width] =
        [context.width(), state.width()].map(|cells| u16::try_from(cells).unwrap_or(0));
    let limits_area =
        Rect { x: area.x + left_width, width: area.width.saturating_sub(left_width + right_width), ..area };
    frame.render_widget(Line::from(context), area);
    frame.render_widget(state.right_aligned(), area);
    frame.render_widget(limits.centered(), limits_area);
}

/// Returns the longest form of the context that fits.
fn context_text(model: &Model, room: usize) -> String {
    let fits = context_forms(model).into_iter().find(|form| text::width(form) <= room);
    fits.unwrap_or_else(|| format!(" {}", model.options().label))
}

/// Context, region and endpoint, longest form first.
fn context_forms(model: &Model) -> [String; 4] {
    let label = &model.options().label;
    let context = model.context().value();
    let region = context.map_or_else(String::new, |context| format!(" · {}", context.region));
    let endpoint = context.map_or_else(String::new, |context| format_hosts(&context.endpoints));
    [
        format!(" keypool  {label}{region}{endpoint}"),
        format!(" {label}{region}{endpoint}"),
        // A custom endpoint matters more than the region.
        if endpoint.is_empty() { format!(" {label}{region}") } else { format!(" {label}{endpoint}") },
        format!(
            " {label}{}",
            context.map_or_else(String::new, |context| format_hosts_short(&context.endpoints))
        ),
    ]
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

/// The counts of API keys, plans and problems; leaves out those that would hide the context.
fn limits_line(model: &Model, room: usize) -> Line<'static> {
    let Some(inventory) = model.inventory() else { return Line::default() };
    let limit_span = |name: &str, count: Option<usize>, limit: usize| {
        let is_near_limit = count.is_some_and(|count| count * 100 >= limit * WARN_PERCENT);
        let role = if is_near_limit { Role::Warn } else { Role::Text };
        let count = count.map_or_else(|| text::format_unlisted_api_keys(inventory), text::format_count);
        let text = format!("{name} {count}/{}", text::format_count(limit));
        Span::styled(text, bar_style(model, role))
    };
    let keys = limit_span("API keys", inventory.api_keys().value_to_show().map(Vec::len), MAX_API_KEYS);
    let plans = limit_span("plans", Some(inventory.plans().len()), MAX_PLANS);
    let counts = vec![keys.clone(), Span::raw("  "), plans];
    let problems: Vec<_> = problem_spans(model).into_iter().chain(so_far_spans(model)).collect();
    let with_problems = |head: &[Span<'static>]| Line::from_iter(head.iter().chain(&problems).cloned());
    let (all, short) = (with_problems(&counts), with_problems(std::slice::from_ref(&keys)));
    let fits = |line: &Line<'_>, context: &str| text::width(context) + line.width() + 2 <= room;
    let [_, full, region, _] = context_forms(model);
    let label = format!(" {} ", model.options().label);
    // Each line, with the context that must fit beside it. Problems matter more than the region, and a custom
    // endpoint more than any count.
    let candidates =
        if model.context().value().is_some_and(|context| !format_hosts(&context.endpoints).is_empty()) {
            let problems = Line::from_iter(problems.iter().skip(1).cloned());
            vec![(all.clone(), &full), (all, &region), (short, &region), (problems, &region)]
        } else if problems.is_empty() {
            vec![(all.clone(), &full), (all, &region), (short, &label)]
        } else {
            let problems = Line::from_iter(problems.iter().skip(1).cloned());
            vec![(all.clone(), &full), (all, &label), (short, &label), (problems, &label)]
        };
    candidates
        .into_iter()
        .find_map(|(line, context)| fits(&line, context).then_some(line))
        .unwrap_or_default()
}

/// Empty until the doctor has run.
fn problem_spans(model: &Model) -> Vec<Span<'static>> {
    let Some(report) = model.doctor_report().value() else { return Vec::new() };
    let count = report.findings.len();
    let (role, text) = match (count, report.unfinished()) {
        (0, None) => (Role::Ok, "no problems".to_owned()),
        (0, Some(_)) => (Role::Warn, "check unfinished".to_owned()),
        (count, _) => (Role::Warn, pluralize(count, "problem")),
    };
    vec![Span::raw("  "), Span::styled(text, bar_style(model, role))]
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

fn state_line(model: &Model) -> Line<'static> {
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
    Line::from(vec![age, mode])
}
