//! The lists below the chart: API keys and tenants by calls, plans by calls per day.

use keypool_domain::usage::{KeyUse, QuotaStatus, TenantUse};
use keypool_domain::{Inventory, PlanId};
use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use crate::tui::figures::Figure;
use crate::tui::model::Model;
use crate::tui::quota_text;
use crate::tui::screens::empty;
use crate::tui::screens::usage::content::UsageContent;
use crate::tui::screens::usage::state::{UsageList, UsageSubject};
use crate::tui::styles::Role;
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
    let lists = UsageList::for_subject(content.subject);
    if !wide {
        frame.render_widget(titles_line(model, content, lists), Rect { height: 1, ..area });
        let below = Rect { y: area.y + 1, height: area.height - 1, ..area };
        return draw_list(model, content, content.state.list, below, frame);
    }
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
        let (marker, role) = if is_focused { ("▶", Role::Title) } else { (" ", Role::Muted) };
        Span::styled(format!("{marker}{}  ", list.name()), styles.get(role))
    }))
}

fn draw_list(model: &Model, content: &UsageContent<'_>, list: UsageList, area: Rect, frame: &mut Frame<'_>) {
    let focused = list == content.state.list;
    let cursor = if focused { content.state.cursor } else { Cursor { selected: usize::MAX, top: 0 } };
    let styles = model.styles();
    let Some(inventory) = content.inventory else { return };
    let draw_rows = |frame: &mut Frame<'_>,
                     columns: &[Column],
                     rows: usize,
                     row: &dyn Fn(usize) -> Vec<Cell<'static>>| {
        if rows == 0 {
            return empty::draw_text(model, area, frame, "no usage data for these days");
        }
        let view = TableView { columns, rows, cursor, focused, styles };
        table::draw(frame, area, &view, |at| (false, row(at)));
    };
    match list {
        UsageList::Keys => {
            let Some(ranks) = content.ranks() else { return };
            let max = ranks.keys.first().map_or(0, |key| key.used);
            let columns = key_columns(content, area.width);
            draw_rows(frame, &columns, ranks.keys.len(), &|at| {
                key_cells(model, content, inventory, &ranks.keys[at], max, area.width)
            });
        }
        UsageList::Tenants => {
            let tenants = content.tenants();
            let columns = tenant_columns(area.width);
            draw_rows(frame, &columns, tenants.len(), &|at| tenant_cells(model, &tenants[at]));
        }
        UsageList::Plans => {
            let plans = content.plans();
            let max = plans.first().and_then(|(_, status)| *status).map_or(0.0, |first| first.burn_rate);
            draw_rows(frame, &plan_columns(), plans.len(), &|at| {
                plan_cells(model, inventory, &plans[at], max)
            });
        }
    }
}

fn key_columns(content: &UsageContent<'_>, width: u16) -> Vec<Column> {
    let mut columns = vec![Column::new("api key", Constraint::Length(12))];
    if *content.subject == UsageSubject::Account {
        columns.push(Column::new("plan", Constraint::Fill(1)).with_max_cols(20));
    }
    columns.push(Column::new("tenant", Constraint::Fill(1)).with_max_cols(28));
    columns.push(Figure::Used.column());
    if width >= 56 {
        columns.push(Column::new("", Constraint::Length(BAR_COLS)));
    }
    columns.push(Figure::Percent.column());
    columns
}

fn key_cells(
    model: &Model,
    content: &UsageContent<'_>,
    inventory: &Inventory,
    key: &KeyUse,
    max: u64,
    width: u16,
) -> Vec<Cell<'static>> {
    let (plain, styles) = (Style::new(), model.styles());
    let mut cells = vec![Cell::Owned(key.api_key.as_str().to_owned(), plain)];
    if *content.subject == UsageSubject::Account {
        cells.push(Cell::Owned(inventory.plan_name(&key.plan).to_owned(), plain));
    }
    cells.push(Cell::Owned(quota_text::key_users(inventory, &key.api_key), plain));
    cells.push(Cell::Owned(text::format_count_u64(key.used), plain));
    if width >= 56 {
        cells.push(Cell::Line(Line::from_iter(bar::spans(key.used, max, BAR_COLS.into(), styles))));
    }
    let status = model.usage().and_then(|index| index.key_status(&key.plan, &key.api_key));
    cells.push(Figure::Percent.cell(status, status.and_then(quota_text::key_warning), model.now(), styles));
    cells
}

fn tenant_columns(width: u16) -> Vec<Column> {
    vec![
        Column::new("tenant", Constraint::Fill(1)).with_max_cols(28),
        Column::new("own keys", Constraint::Length(9)).right_aligned(),
        Column::new("share of shared keys", Constraint::Length(if width >= 64 { 34 } else { 26 }))
            .right_aligned(),
    ]
}

/// Calls with a tenant's own keys are exact. Calls with shared keys are estimated as an equal share for each
/// tenant, and marked with `~`.
fn tenant_cells(model: &Model, tenant: &TenantUse) -> Vec<Cell<'static>> {
    let (plain, muted) = (Style::new(), model.styles().get(Role::Muted));
    let own = if tenant.own_calls == 0 && !tenant.shared_keys.is_empty() {
        "–".to_owned()
    } else {
        text::format_count_u64(tenant.own_calls)
    };
    let shared = match &tenant.shared_keys[..] {
        [] => "–".to_owned(),
        [share] => format!(
            "~{} of {} by {}",
            text::format_count_u64(share.estimate()),
            text::format_count_u64(share.key.used),
            text::format_count(share.tenants)
        ),
        keys => format!("~{} of {} shared keys", text::format_count_u64(tenant.estimate()), keys.len()),
    };
    vec![
        Cell::Owned(tenant.tenant.as_str().to_owned(), plain),
        Cell::Owned(own, plain),
        Cell::Owned(shared, if tenant.shared_keys.is_empty() { muted } else { plain }),
    ]
}

fn plan_columns() -> Vec<Column> {
    vec![
        Column::new("plan", Constraint::Fill(1)).with_max_cols(28),
        Column::new("calls/day", Constraint::Length(11)).right_aligned(),
        Column::new("", Constraint::Length(BAR_COLS)),
        Figure::Percent.column(),
        Figure::Resets.column(),
    ]
}

fn plan_cells(
    model: &Model,
    inventory: &Inventory,
    (plan, status): &(PlanId, Option<QuotaStatus>),
    max: f64,
) -> Vec<Cell<'static>> {
    let (plain, styles) = (Style::new(), model.styles());
    let rate = status.map_or_else(|| "–".to_owned(), |status| quota_text::format_rate(status.burn_rate));
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a bar needs no fractions")]
    let [part, whole] =
        [status.map_or(0.0, |status| status.burn_rate), max].map(|rate| rate.ceil().max(0.0) as u64);
    let warning = model.usage().and_then(|index| index.worst_warning(plan));
    vec![
        Cell::Owned(inventory.plan_name(plan).to_owned(), plain),
        Cell::Owned(rate, plain),
        Cell::Line(Line::from_iter(bar::spans(part, whole, BAR_COLS.into(), styles))),
        Figure::Percent.cell(status.as_ref(), warning, model.now(), styles),
        Figure::Resets.cell(status.as_ref(), warning, model.now(), styles),
    ]
}
