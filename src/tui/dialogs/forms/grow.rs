//! Asks how many API keys to add to a pool.

use keypool_domain::{Change, Inventory, PlanId};

use crate::tui::dialogs::form::{self, Form, Submission, form_fields};
use crate::tui::model::Model;
use crate::tui::screen::Command;
use crate::tui::widgets::text_field::TextField;

#[derive(Debug, Clone)]
struct GrowForm {
    plan: PlanId,
    count: TextField,
}

pub(crate) fn open(plan: PlanId, inventory: &Inventory) -> Command {
    let title = format!("add API keys to the pool of {}", inventory.plan_name(&plan));
    let note = "Each new key is added to the plan and takes new tenants.";
    form::open(title, note, GrowForm { plan, count: TextField::with_suggestion("count", "1") })
}

impl Form for GrowForm {
    const ASKS_FOR_CHANGE: bool = true;
    form_fields!(count);

    fn submit(&self, model: &Model) -> Submission {
        let count = self.count.parse_whole_number()?;
        form::confirm(Change::Grow { plan: self.plan.clone(), count }, model)
    }
}
