//! The filter and the order of a short list, such as plans and pool keys, whose rows are arranged again when anything
//! changes that they depend on.

use std::sync::Arc;

use keypool_domain::Inventory;

use crate::ops::DoctorReport;
use crate::tui::model::Model;
use crate::tui::model::filter::field::Field;
use crate::tui::model::filter::{Filter, RowFacts, RowMatcher};
use crate::tui::model::usage_index::UsageIndex;
use crate::tui::screens::filter_line::FilterLine;
use crate::tui::sorting::{ListOrder, SortKey};
use crate::tui::text;

#[derive(Debug, Clone)]
pub(crate) struct ListView {
    pub(crate) filter: FilterLine,
    /// `None` for the order of the account.
    pub(crate) order: Option<ListOrder>,
    arranged_for: Option<Inputs>,
    /// Rows before they are filtered.
    total: usize,
}

/// What the rows were arranged for.
#[derive(Debug, Clone)]
struct Inputs {
    inventory: Arc<Inventory>,
    usage: Option<Arc<UsageIndex>>,
    report: Option<Arc<DoctorReport>>,
    filter: Filter,
    order: Option<ListOrder>,
}

/// A row that can be filtered.
pub(crate) trait ListRow {
    fn facts<'r>(&'r self, model: &'r Model) -> RowFacts<'r>;
}

impl Inputs {
    fn is_same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.inventory, &other.inventory)
            && self.usage.as_ref().map(Arc::as_ptr) == other.usage.as_ref().map(Arc::as_ptr)
            && self.report.as_ref().map(Arc::as_ptr) == other.report.as_ref().map(Arc::as_ptr)
            && self.filter == other.filter
            && self.order == other.order
    }
}

impl ListView {
    pub(crate) fn new(fields: &'static [Field]) -> Self {
        Self { filter: FilterLine::new(fields), order: None, arranged_for: None, total: 0 }
    }

    pub(crate) fn sorted_by(self, order: ListOrder) -> Self {
        Self { order: Some(order), ..self }
    }

    /// Whether the rows must be arranged again, which the caller then does.
    pub(crate) fn needs_arranging(&mut self, inventory: &Arc<Inventory>, model: &Model) -> bool {
        let inputs = Inputs {
            inventory: Arc::clone(inventory),
            usage: model.snapshot().and_then(|snapshot| snapshot.usage.clone()),
            report: model.doctor_report().value().cloned(),
            filter: self.filter.filter().clone(),
            order: self.order,
        };
        if self.arranged_for.as_ref().is_some_and(|last| last.is_same(&inputs)) {
            return false;
        }
        self.arranged_for = Some(inputs);
        true
    }

    /// The rows that match, in order.
    pub(crate) fn arrange<R: ListRow>(
        &mut self,
        rows: Vec<R>,
        model: &Model,
        key: impl Fn(&R, &'static str) -> SortKey,
    ) -> Vec<R> {
        self.total = rows.len();
        let matcher = RowMatcher::new(self.filter.filter(), model.findings());
        let rows = rows.into_iter().filter(|row| matcher.matches(&row.facts(model))).collect();
        match self.order {
            Some(order) => order.sort(rows, |row| key(row, order.head)),
            None => rows,
        }
    }

    /// For example ` · by % high→low`; empty without an order.
    pub(crate) fn describe_order(&self) -> String {
        self.order.map_or_else(String::new, |order| format!(" · {}", order.describe()))
    }

    /// For example ` · 2 of 34 match`; empty without a filter.
    pub(crate) fn describe_filter(&self, matching: usize) -> String {
        if self.filter.filter().is_empty() {
            return String::new();
        }
        let (matching, total) = (text::format_count(matching), text::format_count(self.total));
        format!(" · {matching} of {total} match{}", self.filter.describe_kept())
    }
}
