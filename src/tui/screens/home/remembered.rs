//! What of the lists is remembered from one start of the console to the next.

use crate::ops::{RememberedList, RememberedLists};
use crate::tui::key_columns::SortBy;
use crate::tui::model::Model;
use crate::tui::model::key_index::Order;
use crate::tui::screens::filter_line::FilterLine;
use crate::tui::screens::home::keys::state::KeysPane;
use crate::tui::screens::home::list_view::ListView;
use crate::tui::screens::home::pool;
use crate::tui::screens::home::state::Home;
use crate::tui::sorting::{ListOrder, SortColumns};

impl Home {
    /// The lists as they were when they were remembered. What no longer exists, such as a column, is left out.
    pub(crate) fn restore_lists(&mut self, lists: &RememberedLists, model: &Model) {
        let (plan_columns, pool_columns) = (self.plans.sort_columns(model), self.pool.sort_columns(model));
        restore(&mut self.plans.view, &lists.plans, &plan_columns);
        restore(&mut self.pool.view, &lists.pool, &pool_columns);
        restore_filter(&mut self.keys.filter, &lists.keys.filter);
        if let Some(by) = lists.keys.sorted_by.as_deref().and_then(SortBy::from_title) {
            self.keys.order = Order { by, is_inverted: lists.keys.is_reversed };
        }
    }

    /// `None` while a filter is typed.
    pub(crate) fn lists_to_remember(&self) -> Option<RememberedLists> {
        if self.is_typing_filter() {
            return None;
        }
        let opened_keys = KeysPane::with_worst_first().order;
        let keys_order = Some(self.keys.order).filter(|order| *order != opened_keys);
        let pool_order = self.pool.view.order.filter(|order| *order != pool::FIRST_ORDER);
        Some(RememberedLists {
            plans: remembered(self.plans.view.order, &self.plans.view.filter),
            pool: remembered(pool_order, &self.pool.view.filter),
            keys: remembered(keys_order.map(Order::as_list_order), &self.keys.filter),
        })
    }
}

fn remembered(order: Option<ListOrder>, filter: &FilterLine) -> RememberedList {
    RememberedList {
        sorted_by: order.map(|order| order.head.to_owned()),
        is_reversed: order.is_some_and(|order| order.is_inverted),
        filter: if filter.filter().may_hold_secret() { String::new() } else { filter.text().to_owned() },
    }
}

fn restore(view: &mut ListView, list: &RememberedList, columns: &SortColumns) {
    restore_filter(&mut view.filter, &list.filter);
    if let Some(order) = list.sorted_by.as_deref().and_then(|head| columns.choose(head)) {
        view.order = Some(ListOrder { is_inverted: list.is_reversed, ..order });
    }
}

fn restore_filter(filter: &mut FilterLine, text: &str) {
    filter.set_text(text);
    filter.keep();
}
