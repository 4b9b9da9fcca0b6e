//! The orders of the panes' lists.

use ratatui::layout::Position;

use crate::tui::key_columns::SortBy;
use crate::tui::layout::Pane;
use crate::tui::model::Model;
use crate::tui::model::key_index::Order;
use crate::tui::model::snapshot::Snapshot;
use crate::tui::screens::home::keys::on_demand::ORDER_REFUSAL;
use crate::tui::screens::home::state::Home;
use crate::tui::sorting::{ListOrder, SortColumns};

impl Home {
    pub(super) fn columns_to_sort_by(&self, model: &Model) -> Result<SortColumns, String> {
        match self.focus {
            Pane::Plans => Ok(self.plans.sort_columns(model)),
            Pane::Pool => Ok(self.pool.sort_columns(model)),
            Pane::Keys if model.snapshot().is_some_and(Snapshot::is_in_table_order) => {
                Err(ORDER_REFUSAL.to_owned())
            }
            Pane::Keys => Ok(SortColumns {
                columns: SortBy::all().map(|by| (by.title(), by.sort().direction())).collect(),
                order: Some(self.keys.order.as_list_order()),
            }),
            Pane::Test => Err("calls are listed as they were made: select pane 1, 2 or 3".to_owned()),
        }
    }

    pub(super) fn sort_focused(&mut self, order: ListOrder) {
        match self.focus {
            Pane::Plans => self.plans.view.order = Some(order),
            Pane::Pool => self.pool.view.order = Some(order),
            Pane::Keys => {
                if let Some(by) = SortBy::from_title(order.head) {
                    self.keys.order = Order { by, is_inverted: order.is_inverted };
                }
            }
            Pane::Test => {}
        }
    }

    /// Sorts by the column whose head was clicked; returns whether there is one.
    pub(super) fn sort_by_head(&mut self, pane: Pane, at: Position, model: &Model) -> bool {
        let context = self.pane_context(pane, &self.stack, model);
        let head = match pane {
            Pane::Plans => self.plans.head_at(context.area.inside, at, model),
            Pane::Pool => self.pool.head_at(at, model, context),
            Pane::Keys => self.keys.head_at(at, model, context),
            Pane::Test => None,
        };
        let columns = self.columns_to_sort_by(model).ok();
        let order = columns.zip(head).and_then(|(columns, head)| columns.choose(head));
        order.map(|order| self.sort_focused(order)).is_some()
    }
}
