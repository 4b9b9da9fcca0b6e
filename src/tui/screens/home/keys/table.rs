//! Draws the keys pane.

use keypool_domain::{Inventory, Known, Presence, TenantKey};
use ratatui::Frame;
use ratatui::layout::{Constraint, Rect};
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use crate::tui::figures::Figure;
use crate::tui::keys::action::Action;
use crate::tui::model::Model;
use crate::tui::quota_text;
use crate::tui::screens::empty;
use crate::tui::screens::home::keys::state::KeysPane;
use crate::tui::screens::home::pane::PaneContext;
use crate::tui::styles::Role;
use crate::tui::text;
use crate::tui::widgets::table::{self, Cell, Column, TableView};
use crate::tui::widgets::{panel, prompt};

/// Shown while the filter is empty.
const FILTER_HELP: &str = "word ~fuzzy !word plan: tenant: name: key: enabled:no mode:pooled used:>80%";

impl KeysPane {
    pub(crate) fn draw(&self, model: &Model, context: PaneContext<'_>, area: Rect, frame: &mut Frame<'_>) {
        let styles = model.styles();
        let focused = context.is_focused;
        let mut inside = panel::draw(frame, area, &self.title(model, context), focused, styles);
        let Some(inventory) = model.inventory() else {
            return empty::draw_placeholder(model, inside, frame, "keys");
        };
        if self.has_filter_line() && inside.height > 1 {
            let line = Rect { height: 1, ..inside };
            if self.input.value().is_empty() {
                frame
                    .render_widget(Line::styled(format!("    {FILTER_HELP}"), styles.get(Role::Muted)), line);
            }
            prompt::draw(frame, line, "/", &self.input, self.is_typing_filter, styles);
            inside = Rect { y: inside.y + 1, height: inside.height - 1, ..inside };
        }
        if self.listed.is_empty() && !self.is_scanning() {
            return empty::draw_text(model, inside, frame, &self.empty_text(model, context, inventory));
        }
        let key_columns = KeyColumns { has_plan: context.plan.is_none(), width: inside.width };
        let columns = key_columns.columns();
        let view =
            TableView { columns: &columns, rows: self.listed.len(), cursor: self.cursor, focused, styles };
        table::draw(frame, inside, &view, |at| match self.listed_key(inventory, at) {
            Some(key) => (self.marks.contains(&key.id), key_columns.cells(key, model, inventory)),
            None => (false, Vec::new()),
        });
    }

    fn title(&self, model: &Model, context: PaneContext<'_>) -> String {
        if model.inventory().is_none() {
            return "3 Keys".to_owned();
        }
        let plan = context.plan.map_or("all plans", |plan| plan.name.as_str());
        let key_filter = context.pool_key.map_or_else(String::new, |key| format!(" · {key}"));
        let ellipsis = if self.is_scanning() { "…" } else { "" };
        let marked = match self.marked_count() {
            0 => String::new(),
            marked => match self.hidden_marks() {
                0 => format!(" · {} marked", text::format_count(marked)),
                hidden => {
                    format!(" · {} marked, {} hidden", text::format_count(marked), text::format_count(hidden))
                }
            },
        };
        let arrow = if self.order.is_inverted { "↑" } else { "↓" };
        let count = text::format_count(self.listed.len());
        format!(
            "3 Keys · {plan}{key_filter} · {count}{ellipsis}{marked} · by {} {arrow}",
            self.order.by.name()
        )
    }

    fn empty_text(&self, model: &Model, context: PaneContext<'_>, inventory: &Inventory) -> String {
        let hotkey = |action| model.label(action).unwrap_or_default();
        if self.has_filter_line() {
            return match context.plan {
                Some(plan) => format!("no keys of {} match the filter", plan.name),
                None => "no keys match the filter".to_owned(),
            };
        }
        if inventory.plans().is_empty() {
            return format!("No usage plans yet. Press {} to set up this account.", hotkey(Action::Setup));
        }
        if model.is_read_only() {
            return "No keys yet.".to_owned();
        }
        format!("No keys yet. Press {} to create one.", hotkey(Action::New))
    }
}

/// Below this width, the title of the `enabled` column is abbreviated.
const MIN_FULL_TITLE_COLS: u16 = 90;

/// Selects the columns that fit.
struct KeyColumns {
    has_plan: bool,
    width: u16,
}

impl KeyColumns {
    const fn has_shared(&self) -> bool {
        self.width >= 70
    }

    const fn has_created(&self) -> bool {
        self.width >= 118
    }

    /// Usage of the API key: for a shared key, the total of all its tenants.
    const fn figures(&self) -> &'static [Figure] {
        match self.width {
            ..56 => &[],
            56..74 => &[Figure::Percent],
            74..90 => &[Figure::Used, Figure::Percent],
            90..104 => &[Figure::Used, Figure::Left, Figure::Percent],
            _ => &[Figure::Used, Figure::Left, Figure::Percent, Figure::Resets],
        }
    }

    fn columns(&self) -> Vec<Column> {
        let mut columns = vec![
            Column::new("name", Constraint::Fill(3)).with_max_cols(40),
            Column::new("tenant", Constraint::Fill(2)).with_max_cols(28),
        ];
        if self.has_plan {
            columns.push(Column::new("plan", Constraint::Fill(2)).with_max_cols(24));
        }
        columns.push(Column::new("api key", Constraint::Length(10)));
        if self.has_shared() {
            columns.push(Column::new("shared", Constraint::Length(6)).right_aligned());
        }
        columns.extend(self.figures().iter().map(|figure| figure.column()));
        let (enabled, cells) = if self.width < MIN_FULL_TITLE_COLS { ("on", 3) } else { ("enabled", 7) };
        columns.push(Column::new(enabled, Constraint::Length(cells)));
        if self.has_created() {
            columns.push(Column::new("created", Constraint::Length(10)));
        }
        columns
    }

    fn cells<'a>(&self, key: &'a TenantKey, model: &Model, inventory: &'a Inventory) -> Vec<Cell<'a>> {
        let (plain, styles) = (Style::new(), model.styles());
        let api_key = key.api_key();
        let mut cells = vec![Cell::Text(&key.name, plain), Cell::Text(key.tenant.as_str(), plain)];
        if self.has_plan {
            cells.push(Cell::Text(inventory.plan_name(&key.plan), plain));
        }
        let api_key = api_key.value_to_show();
        let is_missing = api_key.is_some_and(|id| inventory.api_key(id) == Presence::Missing);
        cells.push(match &key.pool_key {
            Known::Unknown(_) => Cell::Text("?", styles.get(Role::Warn)),
            Known::Value(_) if is_missing => Cell::Text("missing", styles.get(Role::Error)),
            Known::Value(pool_key) => {
                Cell::Text(pool_key.as_ref().map_or(key.id.as_str(), |key| key.as_str()), plain)
            }
        });
        if self.has_shared() {
            let shared = match (inventory.is_shared(key), api_key) {
                (Known::Value(true), Some(id)) => {
                    format!("by {}", inventory.tenant_keys_of_api_key(id).len())
                }
                (Known::Value(_), _) => "–".to_owned(),
                (Known::Unknown(_), _) => "?".to_owned(),
            };
            cells.push(Cell::Owned(shared, plain));
        }
        let status = model.usage().and_then(|usage| usage.key_status(&key.plan, api_key?));
        let warning = status.and_then(quota_text::key_warning);
        cells.extend(self.figures().iter().map(|figure| figure.cell(status, warning, model.now(), styles)));
        let (text, role) = match key.enabled {
            Known::Value(true) => ("yes", Role::Ok),
            Known::Value(false) => ("no", Role::Warn),
            Known::Unknown(_) => ("?", Role::Warn),
        };
        cells.push(Cell::Line(Line::from(Span::styled(text, styles.get(role)))));
        if self.has_created() {
            let date = key.created_at.map_or_else(|| "–".to_owned(), format_date);
            cells.push(Cell::Owned(date, styles.get(Role::Muted)));
        }
        cells
    }
}

/// The day in UTC.
fn format_date(at: jiff::Timestamp) -> String {
    at.to_zoned(jiff::tz::TimeZone::UTC).date().to_string()
}
