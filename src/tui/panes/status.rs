//! The first line: where one is, how near the account's limits are, how old all this is, and whether one can write.

use keypool_domain::change::MAX_API_KEYS;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use crate::aws::Endpoints;
use crate::tui::app::App;
use crate::tui::styles::Role;
use crate::tui::text;

/// Usage plans that API Gateway allows in an account and region.
const MAX_PLANS: usize = 300;
/// From this share of a limit on it is shown as a warning.
const WARN_PERCENT: usize = 80;

pub(crate) fn draw(app: &App, area: Rect, frame: &mut Frame<'_>) {
    frame.buffer_mut().set_style(area, app.options.styles.background(Role::Status));
    let right = state_line(app);
    let beside = usize::from(area.width).saturating_sub(right.width());
    let middle = limits_line(app, beside);
    let room = beside.saturating_sub(middle.width() + 2);
    let left = context_text(app, room);
    let left = Span::styled(text::fit(&left, room).into_owned(), bar_style(app, Role::Title));
    let [left_width, right_width] =
        [left.width(), right.width()].map(|cells| u16::try_from(cells).unwrap_or(0));
    let free =
        Rect { x: area.x + left_width, width: area.width.saturating_sub(left_width + right_width), ..area };
    frame.render_widget(Line::from(left), area);
    frame.render_widget(right.right_aligned(), area);
    frame.render_widget(middle.centered(), free);
}

/// As much of name, context, region and endpoint as there is room for.
fn context_text(app: &App, room: usize) -> String {
    let fits = context_forms(app).into_iter().find(|form| text::width(form) <= room);
    fits.unwrap_or_else(|| format!(" {}", app.options.label))
}

/// Where one is, the longest form first.
fn context_forms(app: &App) -> [String; 4] {
    let label = &app.options.label;
    let place = app.context.value();
    let region = place.map_or_else(String::new, |place| format!(" · {}", place.region));
    let endpoint = place.map_or_else(String::new, |place| format_hosts(&place.endpoints));
    [
        format!(" keypool  {label}{region}{endpoint}"),
        format!(" {label}{region}{endpoint}"),
        // Another host than AWS's matters more than the region.
        if endpoint.is_empty() { format!(" {label}{region}") } else { format!(" {label}{endpoint}") },
        format!(" {label}{}", place.map_or_else(String::new, |place| format_hosts_short(&place.endpoints))),
    ]
}

/// The host and port where it is not AWS; both, where keys and tables are at different ones.
fn format_hosts(endpoints: &Endpoints) -> String {
    let (keys, tables) = (&endpoints.api_gateway, &endpoints.dynamodb);
    if endpoints.has_different_hosts() {
        format!(" · keys {} · tables {}", keys.label(), tables.label())
    } else if keys.url.is_some() {
        format!(" · {}", keys.authority)
    } else {
        String::new()
    }
}

/// What is left of the hosts where there is little room.
fn format_hosts_short(endpoints: &Endpoints) -> String {
    if endpoints.has_different_hosts() {
        " · two hosts".to_owned()
    } else if endpoints.api_gateway.url.is_some() {
        format!(" · {}", endpoints.api_gateway.host())
    } else {
        String::new()
    }
}

/// How near the limits are, unless that would hide where one is.
fn limits_line(app: &App, room: usize) -> Line<'static> {
    let Some(inventory) = app.inventory() else { return Line::default() };
    let used = |name: &str, have: Option<usize>, most: usize| {
        let near = have.is_some_and(|have| have * 100 >= most * WARN_PERCENT);
        let role = if near { Role::Warn } else { Role::Text };
        let have = have.map_or_else(|| "?".to_owned(), text::format_count);
        let words = format!("{name} {have}/{}", text::format_count(most));
        Span::styled(words, bar_style(app, role))
    };
    let keys = used("keys", inventory.api_keys().value_to_show().map(Vec::len), MAX_API_KEYS);
    let plans = used("plans", Some(inventory.plans().len()), MAX_PLANS);
    let both = vec![keys.clone(), Span::raw("  "), plans];
    let found = finding_spans(app);
    let with_findings = |head: &[Span<'static>]| Line::from_iter(head.iter().chain(&found).cloned());
    let (all, short) = (with_findings(&both), with_findings(std::slice::from_ref(&keys)));
    let fits = |line: &Line<'_>, place: &str| text::width(place) + line.width() + 2 <= room;
    let [_, place, region, _] = context_forms(app);
    let label = format!(" {} ", app.options.label);
    // What the doctor found matters more than the region, and no count more than a host that is not AWS's.
    let choices = if app.context.value().is_some_and(|place| !format_hosts(&place.endpoints).is_empty()) {
        let found = Line::from_iter(found.iter().skip(1).cloned());
        vec![(all.clone(), &place), (all, &region), (short, &region), (found, &region)]
    } else if found.is_empty() {
        vec![(all.clone(), &place), (all, &region), (short, &label)]
    } else {
        vec![(all.clone(), &place), (all, &label), (short, &label)]
    };
    choices.into_iter().find_map(|(line, place)| fits(&line, place).then_some(line)).unwrap_or_default()
}

/// How much the doctor found, once it has looked.
fn finding_spans(app: &App) -> Vec<Span<'static>> {
    let Some(diagnosis) = app.diagnosis.value() else { return Vec::new() };
    let count = diagnosis.findings.len();
    let role = if count == 0 { Role::Ok } else { Role::Warn };
    vec![
        Span::raw("  "),
        Span::styled(format!("findings {}", text::format_count(count)), bar_style(app, role)),
    ]
}

/// Written on the bar, whatever ground the role has elsewhere.
fn bar_style(app: &App, role: Role) -> Style {
    Style { bg: None, ..app.options.styles.get(role) }
}

fn state_line(app: &App) -> Line<'static> {
    let age = match (app.is_reading(), app.age()) {
        (true, _) => Span::styled(format!("{} reading", app.spinner()), bar_style(app, Role::Accent)),
        (false, Some(age)) if app.is_stale() => {
            Span::styled(format!("stale, {age}"), bar_style(app, Role::Warn))
        }
        (false, Some(age)) => Span::styled(age, bar_style(app, Role::Muted)),
        (false, None) => Span::raw(""),
    };
    let is_mixed = app.context.value().is_some_and(|place| place.endpoints.check_writable().is_err());
    let (mode, role) = match (app.options.is_read_only || is_mixed, app.options.is_production) {
        (true, _) => ("  [ro] ", Role::Warn),
        (false, true) => ("  [production] ", Role::Warn),
        (false, false) => ("  [rw] ", Role::Text),
    };
    let mode = Span::styled(mode, bar_style(app, role));
    Line::from(vec![age, mode])
}
