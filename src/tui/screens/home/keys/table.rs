//! Draws the keys pane.

use keypool_domain::{AccountPart, Inventory};
use ratatui::Frame;
use ratatui::layout::Position;

use crate::ops::ListedKeys;
use crate::tui::figures;
use crate::tui::key_columns::{self, ColumnWidths, KeyScope};
use crate::tui::key_row::KeyRow;
use crate::tui::keys::action::Action;
use crate::tui::model::Model;
use crate::tui::model::load_states::Part;
use crate::tui::model::message::Message;
use crate::tui::model::snapshot::Snapshot;
use crate::tui::screens::empty;
use crate::tui::screens::home::keys::membership;
use crate::tui::screens::home::keys::on_demand::Obstacle;
use crate::tui::screens::home::keys::state::KeysPane;
use crate::tui::screens::home::pane::PaneContext;
use crate::tui::text;
use crate::tui::widgets::highlight::Highlight;
use crate::tui::widgets::table::{self, TableView};

impl KeysPane {
    pub(crate) fn draw(&self, model: &Model, context: PaneContext<'_>, frame: &mut Frame<'_>) {
        let styles = model.styles();
        let (focused, inside) = (context.is_focused, context.area.inside);
        let position = context.position(self.cursor, self.listed.len(), self.height, styles);
        context.draw_title(frame, &self.title_forms(model, context), position, styles);
        if context.area.is_title_only() {
            return;
        }
        let Some(inventory) = model.inventory() else {
            return empty::draw_placeholder(model, inside, frame, Part::TenantKeys, "keys");
        };
        if self.listed.is_empty() && !self.is_scanning() {
            return empty::draw_text(model, inside, frame, &self.empty_text(model, context, inventory));
        }
        let widths = column_widths(model, inventory);
        let columns = key_columns::columns(&widths, scope(context));
        let columns: Vec<_> = columns.into_iter().map(|column| column.column).collect();
        let view = TableView { rows: self.listed.len(), cursor: self.cursor, focused, styles };
        let highlight = Highlight::new(self.filter.needles());
        table::draw_filtered(frame, inside, &view, &columns, &highlight, |at| {
            let key = self.listed_key(inventory, at)?;
            Some((KeyRow::new(key, inventory, model), self.is_marked(&key.id)))
        });
    }

    pub(crate) fn head_at(
        &self,
        at: Position,
        model: &Model,
        context: PaneContext<'_>,
    ) -> Option<&'static str> {
        let columns = key_columns::columns(&column_widths(model, model.inventory()?), scope(context));
        let columns: Vec<_> = columns.into_iter().map(|column| column.column).collect();
        table::head_at(context.area.inside, &columns, at)
    }

    /// Too narrow a title leaves out the scope, then the order.
    fn title_forms(&self, model: &Model, context: PaneContext<'_>) -> Vec<String> {
        let Some(inventory) = model.inventory() else { return vec!["3 Keys".to_owned()] };
        let plan = context.plan.map_or("all plans", |plan| inventory.plan_name(&plan.id));
        let key_filter = context.pool_key.map_or_else(String::new, |key| format!(" · {key}"));
        let listed = model.listed();
        let is_complete = inventory.extent(AccountPart::TenantKeys).is_whole()
            || listed
                .is_some_and(|listed| listed.is_complete() && self.obstacle_in(listed, context).is_none());
        let is_in_table_order = model.snapshot().is_some_and(Snapshot::is_in_table_order);
        let ellipsis = if self.is_scanning() || !is_complete { "…" } else { "" };
        let marked = match self.marked_count() {
            0 => String::new(),
            marked => match self.hidden_marks() {
                0 => format!(" · {} marked", text::format_count(marked)),
                hidden => {
                    format!(" · {} marked, {} hidden", text::format_count(marked), text::format_count(hidden))
                }
            },
        };
        let count = self.describe_count(inventory, context, ellipsis);
        let filter = self.filter.describe_kept();
        let scope = format!("3 Keys · {plan}{key_filter} · {count}{filter}{marked}");
        if let Some(notice) = membership::notice(model, inventory, context.plan) {
            return vec![
                format!("{scope} · {notice}"),
                format!("3 Keys · {count}{marked} · {notice}"),
                format!("3 · {notice}"),
                "3 Keys".to_owned(),
            ];
        }
        let order = match is_in_table_order {
            true => "in the table's order".to_owned(),
            false => self.order.as_list_order().describe(),
        };
        vec![
            format!("{scope} · {order}"),
            format!("3 Keys · {count}{marked} · {order}"),
            format!("3 Keys · {count}{marked}"),
            "3 Keys".to_owned(),
        ]
    }

    /// How many tenant keys are listed, and of how many.
    fn describe_count(&self, inventory: &Inventory, context: PaneContext<'_>, ellipsis: &str) -> String {
        let count = text::format_count(self.listed.len());
        if self.filter.filter().is_empty() {
            return format!("{count}{ellipsis}");
        }
        let all = match (context.pool_key, context.plan) {
            (Some(api_key), plan) => {
                let keys = inventory.tenant_keys_of_api_key(api_key);
                keys.filter(|key| plan.is_none_or(|plan| plan.id == key.plan)).count()
            }
            (None, Some(plan)) => inventory.tenant_keys_of_plan(&plan.id).len(),
            (None, None) => inventory.tenant_keys().len(),
        };
        format!("{count}{ellipsis} of {} match", text::format_count(all))
    }

    /// How many tenant keys the filter that is typed has found.
    pub(crate) fn describe_matches(&self) -> String {
        let ellipsis = if self.is_scanning() { "…" } else { "" };
        match self.listed.len() {
            1 if ellipsis.is_empty() => "1 match".to_owned(),
            found => format!("{}{ellipsis} match", text::format_count(found)),
        }
    }

    fn empty_text(&self, model: &Model, context: PaneContext<'_>, inventory: &Inventory) -> String {
        let hotkey = |action| model.label(action).unwrap_or_default();
        let of_plan = context.plan.map(|plan| format!(" of {}", inventory.plan_name(&plan.id)));
        let keys = format!("no keys{}", of_plan.unwrap_or_default());
        if let Some(text) = self.describe_obstacle(model, context) {
            return text;
        }
        if self.filter.filter().depends_on_problems() && model.findings().is_none() {
            let doctor = hotkey(Action::Doctor);
            return format!("no problems are known until the doctor has run: press {doctor}");
        }
        let is_listed = model.listed().is_some_and(ListedKeys::is_complete);
        match inventory.find_missing_part(&[AccountPart::TenantKeys]).filter(|_| !is_listed) {
            Some(unread) if self.filter.is_active() => return format!("{keys} match the filter: {unread}"),
            Some(unread) => return format!("{keys} were read: {unread}"),
            None if self.filter.is_active() => return format!("{keys} match the filter"),
            None => {}
        }
        if inventory.plans().is_empty() {
            return format!("No usage plans yet. Press {} to set up this account.", hotkey(Action::Setup));
        }
        if model.is_read_only() {
            return "No keys yet.".to_owned();
        }
        format!("No keys yet. Press {} to create one.", hotkey(Action::New))
    }

    fn obstacle_in(&self, listed: &ListedKeys, context: PaneContext<'_>) -> Option<Obstacle> {
        self.obstacle(listed, context.plan.map(|plan| &plan.id), context.pool_key)
    }

    /// Why nothing is shown of a table that is too large to be read unasked.
    fn describe_obstacle(&self, model: &Model, context: PaneContext<'_>) -> Option<String> {
        let listed = model.listed()?;
        let obstacle = self.obstacle_in(listed, context)?;
        if let Some(refusal) = obstacle.refusal() {
            return Some(refusal.to_owned());
        }
        let wanted = self.wanted_listing(listed, context.plan.map(|plan| &plan.id), context.pool_key);
        Some(match model.listing_failure(&wanted) {
            Some(failure) => Message::from_failure(failure).plain_text(),
            None => "reading the keys".to_owned(),
        })
    }
}

const fn scope(context: PaneContext<'_>) -> KeyScope {
    match (context.pool_key, context.plan) {
        (Some(_), _) => KeyScope::PoolKey,
        (None, Some(_)) => KeyScope::Plan,
        (None, None) => KeyScope::AllPlans,
    }
}

fn column_widths(model: &Model, inventory: &Inventory) -> ColumnWidths {
    let longest = model.snapshot().map(|snapshot| snapshot.longest).unwrap_or_default();
    let plans = inventory.plans().iter().map(|plan| text::width(inventory.plan_name(&plan.id)));
    ColumnWidths {
        longest_name: longest.name,
        longest_tenant: longest.tenant,
        longest_plan: u16::try_from(plans.max().unwrap_or(0)).unwrap_or(u16::MAX),
        numbers: figures::number_cols(model.usage().map_or(0, |usage| usage.greatest_of_key)),
    }
}
