//! Asks for the usage plan that is to cover a stage.

use keypool_domain::managed::is_managed;
use keypool_domain::{Inventory, Plan, PlanChange, PlanEdit, StageRef};

use crate::tui::dialogs::form::{self, Form, Submission, form_fields};
use crate::tui::model::Model;
use crate::tui::screen::Command;
use crate::tui::widgets::text_field::TextField;

#[derive(Debug, Clone)]
struct LinkPlanForm {
    stage: StageRef,
    plan: TextField,
}

pub(crate) fn open(stage: StageRef, inventory: &Inventory) -> Command {
    let may_be_managed = |plan: &&Plan| !is_managed(&plan.id, inventory).is_known_to_be(&false);
    let plans = inventory.plans().iter().filter(may_be_managed);
    let names: Vec<_> = plans.map(|plan| inventory.plan_name(&plan.id)).collect();
    let first = names.first().copied().unwrap_or_default();
    let title = format!("usage plan for {stage}");
    let plan = TextField::with_choices("plan", first, &names);
    form::open(title, "The plan's keys can then call this stage.", LinkPlanForm { stage, plan })
}

impl Form for LinkPlanForm {
    const ASKS_FOR_CHANGE: bool = true;
    form_fields!(plan);

    fn submit(&self, model: &Model) -> Submission {
        let inventory = model.inventory_or_empty();
        let plan = inventory.find_plan(self.plan.text())?.id.clone();
        let edit = PlanEdit { link: vec![self.stage.clone()], ..PlanEdit::default() };
        form::confirm(PlanChange::Edit { plan, edit }.into(), model)
    }
}
