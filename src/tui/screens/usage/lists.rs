//! The lists below the chart: API keys and tenants by calls, plans by calls per day.

use keypool_domain::usage::{KeyUse, LoggedKeyUse, QuotaStatus, TenantUse};
use keypool_domain::{Inventory, PlanId};
use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::Style;
use ratatui::text::{Line, Span, Text};

use crate::tui::figures::{Figure, QuotaFigures};
use crate::tui::model::Model;
use crate::tui::quota_text;
use crate::tui::screens::empty;
use crate::tui::screens::usage::content::UsageContent;
use crate::tui::screens::usage::log_counts::LoudRow;
use crate::tui::screens::usage::state::{UsageList, UsageSubject};
use crate::tui::styles::{Role, Styles};
use crate::tui::text;
use crate::tui::widgets::bar;
use crate::tui::widgets::cursor::Cursor;
use crate::tui::widgets::table::{self, Cell, Column, TableView};

const BAR_COLS: u16 = 12;

/// Draws all lists side by side if `wide`, otherwise the focused list below the titles of all.
pub(super) fn draw(model: &Model, content: &UsageContent<'_>, area: Rect, wide: bool, frame: &mut Frame<'_>) {
    if area.height < 2 {
        return;
    }
    let lists = content.state.lists();
    // The calls of the last minutes have the width to themselves: they are what the operator asked for.
    if !wide || content.state.list == UsageList::Loud {
        frame.render_widget(titles_line(model, content, lists), Rect { height: 1, ..area });
        let below = Rect { y: area.y + 1, height: area.height - 1, ..area };
        return draw_list(model, content, content.state.list, below, frame);
    }
    let lists: Vec<_> = lists.iter().copied().filter(|list| *list != UsageList::Loud).collect();
    let areas = Layout::horizontal(lists.iter().map(|_| Constraint::Fill(1))).spacing(2).split(area);
    for (&list, &list_area) in lists.iter().zip(areas.iter()) {
        frame.render_widget(titles_line(model, content, &[list]), Rect { height: 1, ..list_area });
        let below = Rect { y: list_area.y + 1, height: list_area.height - 1, ..list_area };
        draw_list(model, content, list, below, frame);
    }
}

fn titles_line(model: &Model, content: &UsageContent<'_>, lists: &[UsageList]) -> Line<'static> {
    let styles = model.styles();
    Line::from_iter(lists.iter().map(|&list| {
        let is_focused = list == content.state.list;
        let (marker, role) = if is_focused { ("►", Role::Title) } else { (" ", Role::Muted) };
        Span::styled(format!("{marker}{}  ", list.name()), styles.get(role))
    }))
}

fn draw_list(model: &Model, content: &UsageContent<'_>, list: UsageList, area: Rect, frame: &mut Frame<'_>) {
    let Some(inventory) = content.inventory else { return };
    match list {
        UsageList::Keys => {
            let Some(ranks) = content.ranks() else { return };
            let columns = key_columns(model, content, inventory, &ranks.keys);
            draw_rows(content, list, &ranks.keys, &columns, area, frame);
        }
        UsageList::Tenants => {
            draw_rows(content, list, &content.tenants(), &tenant_columns(model, area.width), area, frame);
        }
        UsageList::Loud => draw_loud(model, content, inventory, area, frame),
        UsageList::Plans => {
            let plans = content.plans();
            draw_rows(content, list, &plans, &plan_columns(model, inventory, &plans), area, frame);
        }
    }
}

/// The source, and below it the tenants by calls.
fn draw_loud(
    model: &Model,
    content: &UsageContent<'_>,
    inventory: &Inventory,
    area: Rect,
    frame: &mut Frame<'_>,
) {
    let log = &content.state.log;
    let source = log.describe(model, usize::from(area.width).saturating_sub(1));
    let style = model.styles().get(Role::Muted);
    let source: Text<'_> = source.iter().map(|line| Line::styled(format!(" {line}"), style)).collect();
    let height = u16::try_from(source.height()).unwrap_or(u16::MAX);
    let [above, below] = Layout::vertical([Constraint::Length(height), Constraint::Fill(1)]).areas(area);
    frame.render_widget(source, above);
    if log.counted.value().is_some() {
        let rows = log.rows(content.subject);
        let columns = loud_columns(model, content, inventory, &rows);
        draw_rows(content, UsageList::Loud, &rows, &columns, below, frame);
    }
}

fn loud_columns<'a>(
    model: &'a Model,
    content: &UsageContent<'_>,
    inventory: &'a Inventory,
    rows: &[LoudRow<'_>],
) -> [LoudColumn<'a>; 6] {
    let styles = model.styles();
    let count = |row: &LoudRow<'_>| row.key.count.map_or(0, |count| count.calls);
    let max = rows.first().map_or(0, count);
    [
        LoudColumn::new("tenant", Constraint::Fill(1), |row| row.tenant.as_str()).with_max_cols(28),
        LoudColumn::new("plan", Constraint::Fill(1), |row| inventory.plan_name(&row.key.plan))
            .with_max_cols(20)
            .shown_if(*content.subject == UsageSubject::Account),
        LoudColumn::new("api key", Constraint::Length(12), |row| row.key.api_key.as_str()),
        LoudColumn::new("calls", Constraint::Length(11), |row| match row.key.count {
            Some(count) => text::format_count_u64(count.calls),
            None => "not counted".to_owned(),
        })
        .right_aligned(),
        LoudColumn::new("", Constraint::Length(BAR_COLS), move |row| bar_cell(count(row), max, styles))
            .shown_from(64),
        LoudColumn::new("share", Constraint::Length(24), |row| format_share(row.key)).right_aligned(),
    ]
}

/// For example `71% of 100 by 3`.
fn format_share(key: &LoggedKeyUse) -> String {
    let Some((share, all)) = key.count.and_then(|count| Some((count.share()?, count.key_calls))) else {
        return "–".to_owned();
    };
    match (key.shared_by, &key.replaced_by) {
        (Some(_), Some(_)) => format!("{share:.0}% of {}, old value", text::format_count_u64(all)),
        (Some(tenants), None) => {
            format!("{share:.0}% of {} by {}", text::format_count_u64(all), text::format_count(tenants))
        }
        (None, Some(_)) => "own key, old value".to_owned(),
        (None, None) => "own key".to_owned(),
    }
}

fn draw_rows<'a, T>(
    content: &UsageContent<'_>,
    list: UsageList,
    rows: &'a [T],
    columns: &[Column<'a, &'a T>],
    area: Rect,
    frame: &mut Frame<'_>,
) {
    if rows.is_empty() {
        return empty::draw_text(content.model, area, frame, content.empty_list_text());
    }
    let focused = list == content.state.list;
    let cursor = if focused { content.state.cursor } else { Cursor { selected: usize::MAX, top: 0 } };
    let view = TableView { rows: rows.len(), cursor, focused, styles: content.model.styles() };
    table::draw(frame, area, &view, columns, |at| rows.get(at));
}

type KeyColumn<'a> = Column<'a, &'a KeyUse>;
type LoudColumn<'a> = Column<'a, &'a LoudRow<'a>>;
type TenantColumn<'a> = Column<'a, &'a TenantUse>;
type PlanUse = (PlanId, Option<QuotaStatus>);
type PlanColumn<'a> = Column<'a, &'a PlanUse>;

fn key_columns<'a>(
    model: &'a Model,
    content: &UsageContent<'_>,
    inventory: &'a Inventory,
    keys: &[KeyUse],
) -> [KeyColumn<'a>; 6] {
    let styles = model.styles();
    let max = keys.first().map_or(0, |key| key.used);
    let figures = |key: &&KeyUse| {
        let status = model.usage().and_then(|index| index.key_status(&key.plan, &key.api_key));
        Some(QuotaFigures::of_key(status, model.usage_state(&key.plan), model.now(), styles))
    };
    [
        KeyColumn::new("api key", Constraint::Length(12), |key| key.api_key.as_str()),
        KeyColumn::new("plan", Constraint::Fill(1), |key| inventory.plan_name(&key.plan))
            .with_max_cols(20)
            .shown_if(*content.subject == UsageSubject::Account),
        KeyColumn::new("tenant", Constraint::Fill(1), |key| quota_text::key_users(inventory, &key.api_key))
            .with_max_cols(28),
        KeyColumn::new("used", Constraint::Length(9), |key| text::format_count_u64(key.used)).right_aligned(),
        KeyColumn::new("", Constraint::Length(BAR_COLS), move |key| bar_cell(key.used, max, styles))
            .shown_from(56),
        Figure::Percent.column(figures),
    ]
}

fn bar_cell(part: u64, whole: u64, styles: &Styles) -> Cell<'static> {
    Cell::Line(Line::from_iter(bar::share_spans(part, whole, BAR_COLS.into(), styles)))
}

/// Calls with a tenant's own keys are exact. Calls with shared keys are estimated as an equal share for each
/// tenant, and marked with `~`.
fn tenant_columns<'a>(model: &Model, width: u16) -> [TenantColumn<'a>; 3] {
    let muted = model.styles().get(Role::Muted);
    let shared_cols = if width >= 64 { 34 } else { 26 };
    [
        TenantColumn::new("tenant", Constraint::Fill(1), |tenant| tenant.tenant.as_str()).with_max_cols(28),
        TenantColumn::new("own keys", Constraint::Length(9), |tenant| format_own_calls(tenant))
            .right_aligned(),
        TenantColumn::new("share of shared keys", Constraint::Length(shared_cols), move |tenant| {
            let style = if tenant.shared_keys.is_empty() { muted } else { Style::new() };
            Cell::Owned(format_shared_calls(tenant), style)
        })
        .right_aligned(),
    ]
}

fn format_own_calls(tenant: &TenantUse) -> String {
    if tenant.own_calls == 0 && !tenant.shared_keys.is_empty() {
        "–".to_owned()
    } else {
        text::format_count_u64(tenant.own_calls)
    }
}

fn format_shared_calls(tenant: &TenantUse) -> String {
    match &tenant.shared_keys[..] {
        [] => "–".to_owned(),
        [share] => format!(
            "~{} of {} by {}",
            text::format_count_u64(share.estimate()),
            text::format_count_u64(share.key.used),
            text::format_count(share.tenants)
        ),
        keys => format!("~{} of {} shared keys", text::format_count_u64(tenant.estimate()), keys.len()),
    }
}

fn plan_columns<'a>(model: &'a Model, inventory: &'a Inventory, plans: &[PlanUse]) -> [PlanColumn<'a>; 5] {
    let styles = model.styles();
    let max = plans.first().and_then(|(_, status)| *status).map_or(0.0, |first| first.burn_rate);
    let figures = |(plan, status): &&'a PlanUse| {
        let worst = model.usage().and_then(|index| index.worst_warning(plan));
        let usage = model.usage_state(plan);
        Some(QuotaFigures::of_plan(status.as_ref(), worst, usage, model.now(), styles))
    };
    [
        PlanColumn::new("plan", Constraint::Fill(1), |(plan, _)| inventory.plan_name(plan)).with_max_cols(28),
        PlanColumn::new("calls/day", Constraint::Length(11), |(plan, status)| {
            let missing = || model.usage_state(plan).missing_mark().to_owned();
            status.map_or_else(missing, |status| quota_text::format_rate(status.burn_rate))
        })
        .right_aligned(),
        PlanColumn::new("", Constraint::Length(BAR_COLS), move |(_, status)| {
            let rate = status.map_or(0.0, |status| status.burn_rate);
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "a bar needs no fractions"
            )]
            let [part, whole] = [rate, max].map(|rate| rate.ceil().max(0.0) as u64);
            bar_cell(part, whole, styles)
        }),
        Figure::Percent.column(figures),
        Figure::Resets.column(figures),
    ]
}
